/* xdp_linux.c - frames are written where the kernel copies them from, and one
   system call says that they are there. Copy mode works with every driver.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "engine/log.h"
#include "engine/paths.h"
#include "frame_linux.h"
#include "hal/platform.h"
#include "net_linux.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FRAMES 256 /* as many as can be on their way; a power of two */
#define FRAME_BYTES 2048
#define KICK 32 /* frames of a system call: the kernel stops there */
/* The kernel lets go of a queue a moment after its socket was closed. */
#define PATIENCE 20
#define MOMENT 10000000 /* ns */

/* With MSG_DONTWAIT it does not wait. */
ssize_t
send(int fd, const void *bytes, size_t length, int flags) VSC_RT;

/* Shared with the kernel, which is the other side of it. */
struct ring {
  void *map; /* NULL: none */
  size_t bytes;
  _Atomic uint32_t *producer, *consumer;
  unsigned char *entries;
};

struct xdp {
  /* constant */
  int fd;
  uint8_t mac[6];
  unsigned char *memory; /* FRAMES of FRAME_BYTES */
  struct ring tx, done;
  /* who has it */
  unsigned free_count;
  uint64_t free[FRAMES]; /* places in memory */
};

static int
map_ring(struct xdp *x,
         const struct xdp_ring_offset *at,
         size_t entry,
         off_t what,
         struct ring *out)
{
  const size_t bytes = at->desc + FRAMES * entry;
  void *const map = mmap(NULL,
                         bytes,
                         PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_POPULATE,
                         x->fd,
                         what);
  if (map == MAP_FAILED) {
    return 0;
  }
  unsigned char *const base = map;
  *out = (struct ring){ .map = map,
                        .bytes = bytes,
                        .producer = (void *)(base + at->producer),
                        .consumer = (void *)(base + at->consumer),
                        .entries = base + at->desc };
  return 1;
}

static void
destroy(struct xdp *x)
{
  if (!x) {
    return;
  }
  if (x->fd >= 0) {
    close(x->fd);
  }
  if (x->tx.map) {
    munmap(x->tx.map, x->tx.bytes);
  }
  if (x->done.map) {
    munmap(x->done.map, x->done.bytes);
  }
  if (x->memory) {
    munmap(x->memory, (size_t)FRAMES * FRAME_BYTES);
  }
  free(x);
}

static int
set_number(const struct xdp *x, int name, int value)
{
  return !setsockopt(x->fd, SOL_XDP, name, &value, sizeof value);
}

/* errno where it fails. */
static int
set_up(struct xdp *x, uint32_t buffer_bytes)
{
  x->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (x->fd < 0) {
    return 0;
  }
  void *const memory = mmap(NULL,
                            (size_t)FRAMES * FRAME_BYTES,
                            PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
                            -1,
                            0);
  if (memory == MAP_FAILED) {
    return 0;
  }
  x->memory = memory;
  for (; x->free_count < FRAMES; x->free_count++) {
    x->free[x->free_count] = (uint64_t)x->free_count * FRAME_BYTES;
  }
  const struct xdp_umem_reg registration = { .addr = (uintptr_t)memory,
                                             .len =
                                               (uint64_t)FRAMES * FRAME_BYTES,
                                             .chunk_size = FRAME_BYTES };
  const int bytes = (int)buffer_bytes; /* 0: the default */
  struct xdp_mmap_offsets at;
  socklen_t size = sizeof at;
  return !setsockopt(
           x->fd, SOL_XDP, XDP_UMEM_REG, &registration, sizeof registration) &&
         /* Nothing is received; without this ring it is no socket. */
         set_number(x, XDP_UMEM_FILL_RING, 2) &&
         set_number(x, XDP_UMEM_COMPLETION_RING, FRAMES) &&
         set_number(x, XDP_TX_RING, FRAMES) &&
         (!bytes ||
          !setsockopt(x->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes)) &&
         !getsockopt(x->fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &size) &&
         map_ring(
           x, &at.tx, sizeof(struct xdp_desc), XDP_PGOFF_TX_RING, &x->tx) &&
         map_ring(x,
                  &at.cr,
                  sizeof(uint64_t),
                  XDP_UMEM_PGOFF_COMPLETION_RING,
                  &x->done);
}

static int
bind_to(const struct xdp *x, int index)
{
  const struct sockaddr_xdp to = { .sxdp_family = AF_XDP,
                                   .sxdp_flags = XDP_COPY,
                                   .sxdp_ifindex = (uint32_t)index };
  int result = -1;
  for (int i = 0; result < 0 && i < PATIENCE; i++) {
    result = bind(x->fd, (const struct sockaddr *)&to, sizeof to);
    if (result < 0 && errno != EBUSY) {
      break;
    }
    if (result < 0) {
      platform_sleep(MOMENT);
      errno = EBUSY;
    }
  }
  return result;
}

static void
say_refused(const struct os_unix *os, int error)
{
  char path[256];
  if (error == EPERM && exe_path(path, sizeof path) >= 0) {
    log_write(os->log,
              VSC_LOG_WARN,
              "net",
              "no permission for AF_XDP: packets go through the kernel's UDP; "
              "sudo setcap cap_net_raw,cap_net_bind_service+ep %s",
              path);
    return;
  }
  log_write(os->log,
            VSC_LOG_WARN,
            "net",
            "no AF_XDP on %s (%s): packets go through the kernel's UDP",
            os->name,
            error == EBUSY ? "another program has it"
            : error        ? strerror(error)
                           : "it is no Ethernet");
}

/* NULL when there is none; logged. */
static struct xdp *
create(struct os_unix *os, uint32_t buffer_bytes)
{
  const int index = os_index(os);
  struct xdp *const x = index ? calloc(1, sizeof *x) : NULL;
  if (!x) {
    return NULL; /* it comes with the interface */
  }
  x->fd = -1;
  const int is_ethernet = interface_hardware(os->name, x->mac);
  if (is_ethernet && set_up(x, buffer_bytes) && !bind_to(x, index)) {
    log_write(os->log,
              VSC_LOG_INFO,
              "net",
              "what is sent to groups goes past the kernel's UDP (AF_XDP)");
    return x;
  }
  say_refused(os, is_ethernet ? errno : 0);
  destroy(x);
  return NULL;
}

/* A socket that sends this way, or NULL. */
static const vsc_socket *
user_of(const struct os_unix *os)
{
  const vsc_socket *s = os->sockets;
  while (s && !(s->config.flags & VSC_SOCKET_DIRECT)) {
    s = s->next;
  }
  return s;
}

static void
put(struct xdp_place *place, struct xdp *x) VSC_RT
{
  /* Pairs with the acquire in take and in xdp_send. */
  atomic_store_explicit(&place->ring, x, memory_order_release);
}

static struct xdp *
take(struct xdp_place *place)
{
  struct xdp *x = NULL;
  while (place->is_there && !x) {
    x = atomic_exchange_explicit(&place->ring, NULL, memory_order_acquire);
    if (!x) {
      platform_sleep(100000); /* the sender is in a system call */
    }
  }
  place->is_there = 0;
  return x;
}

void
xdp_look(struct os_unix *os)
{
  if (os->hardware->xdp.is_there) {
    atomic_store_explicit(
      &os->hardware->xdp.mtu, interface_mtu(os->name), memory_order_relaxed);
  }
}

static void
make(struct os_unix *os, uint32_t buffer_bytes)
{
  struct xdp *const x = create(os, buffer_bytes);
  os->hardware->xdp.is_there = x != NULL;
  xdp_look(os);
  put(&os->hardware->xdp, x);
}

void
xdp_open(struct os_unix *os, const vsc_socket_config *config)
{
  if (config->flags & VSC_SOCKET_DIRECT && !user_of(os)) {
    make(os, config->buffer_bytes);
  }
}

void
xdp_close(struct os_unix *os)
{
  if (!user_of(os)) {
    destroy(take(&os->hardware->xdp));
  }
}

void
xdp_renew(struct os_unix *os)
{
  const vsc_socket *const s = user_of(os);
  if (s) {
    destroy(take(&os->hardware->xdp));
    make(os, s->config.buffer_bytes);
  }
}

/* What has left is free again. */
static void
reclaim(struct xdp *x) VSC_RT
{
  uint32_t at = atomic_load_explicit(x->done.consumer, memory_order_relaxed);
  /* Pairs with the kernel's release, behind the entries. */
  const uint32_t end =
    atomic_load_explicit(x->done.producer, memory_order_acquire);
  for (; at != end && x->free_count < FRAMES; at++) {
    memcpy(&x->free[x->free_count++],
           x->done.entries + (at & (FRAMES - 1)) * sizeof(uint64_t),
           sizeof(uint64_t));
  }
  atomic_store_explicit(x->done.consumer, at, memory_order_release);
}

/* Frames of the first datagrams, at most MOST, that are fit to be sent. */
static uint32_t
fill(struct xdp *x,
     const struct frame_sender *from,
     const vsc_datagram *batch,
     uint32_t most,
     uint32_t mtu) VSC_RT
{
  uint32_t at = atomic_load_explicit(x->tx.producer, memory_order_relaxed);
  uint32_t n = 0;
  for (; n < most && x->free_count; n++) {
    const vsc_datagram *const d = &batch[n];
    const uint64_t bytes = (uint64_t)d->length + FRAME_HEADER;
    if (!VSC_IP_IS_MULTICAST(d->dest) || !d->dest_port || bytes > FRAME_BYTES ||
        bytes > (uint64_t)mtu + FRAME_ETHERNET) {
      break;
    }
    const uint64_t place = x->free[--x->free_count];
    const struct xdp_desc entry = { .addr = place,
                                    .len =
                                      frame_write(from, d, x->memory + place) };
    memcpy(x->tx.entries + (at++ & (FRAMES - 1)) * sizeof entry,
           &entry,
           sizeof entry);
  }
  /* Pairs with the kernel's acquire: the entries are before it. */
  atomic_store_explicit(x->tx.producer, at, memory_order_release);
  return n;
}

/* Once, if nothing hinders, for the COUNT frames that are new. Without a
   carrier the kernel drops one each time, so that none waits for it. When its
   buffers are full they wait for the next time, and while there is no place
   left datagrams are refused; while the interface is down, too, until the ring
   is made anew. */
static void
kick(const struct xdp *x, uint32_t count) VSC_RT
{
  for (uint32_t i = 0; i < count; i++) {
    if (send(x->fd, NULL, 0, MSG_DONTWAIT) >= 0) {
      return;
    }
  }
}

int32_t
xdp_send(vsc_socket *s, const vsc_datagram *batch, uint32_t count) VSC_RT
{
  struct xdp_place *const place = &s->os->hardware->xdp;
  /* Pairs with the release in put. */
  struct xdp *const x =
    atomic_exchange_explicit(&place->ring, NULL, memory_order_acquire);
  if (!x) {
    return -1;
  }
  struct frame_sender from = {
    .dscp = s->config.dscp,
    .ttl = s->config.ttl ? s->config.ttl : 1,
    .address = os_address(s->os),
    .port = atomic_load_explicit(&s->port, memory_order_relaxed),
  };
  memcpy(from.mac, x->mac, sizeof from.mac);
  const uint32_t mtu = atomic_load_explicit(&place->mtu, memory_order_relaxed);
  uint32_t sent = 0;
  uint32_t n = 1;
  reclaim(x);
  while (sent < count && n) {
    const uint32_t left = count - sent;
    n = fill(x, &from, batch + sent, left < KICK ? left : KICK, mtu);
    if (n) {
      kick(x, n);
    }
    sent += n;
  }
  put(place, x);
  return (int32_t)sent;
}
