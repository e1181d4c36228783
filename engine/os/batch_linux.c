/* batch_linux.c - the two system calls of the audio thread: everything that has
   arrived in one, everything that is due in another.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "net_linux.h"

#include <arpa/inet.h>
#include <string.h>

#define OLDEST_STAMP                                                           \
  2000000000 /* ns; older ones are a step of the wall clock */
/* System calls of one receive while a full batch held nothing of ours. */
#define TRIES 4

/* Functions or macros: parentheses keep the names. */
uint32_t(ntohl)(uint32_t network) VSC_RT;
uint16_t(ntohs)(uint16_t network) VSC_RT;
uint32_t(htonl)(uint32_t host) VSC_RT;
uint16_t(htons)(uint16_t host) VSC_RT;
/* With MSG_DONTWAIT they do not wait. */
int
recvmmsg(int fd,
         struct mmsghdr *messages,
         unsigned count,
         int flags,
         struct timespec *timeout) VSC_RT;
int
sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags) VSC_RT;

/* What the kernel said about one datagram. */
struct arrival {
  struct in_pktinfo info;
  struct stamps stamps;
};

static int
make(struct arena *memory, struct batch *b, unsigned count)
{
  b->messages = arena_alloc(memory, count * sizeof *b->messages);
  b->parts = arena_alloc(memory, count * sizeof *b->parts);
  b->peers = arena_alloc(memory, count * sizeof *b->peers);
  if (!b->messages || !b->parts || !b->peers) {
    return 0;
  }
  for (unsigned i = 0; i < count; i++) {
    b->messages[i].msg_hdr = (struct msghdr){ .msg_name = &b->peers[i],
                                              .msg_namelen = sizeof *b->peers,
                                              .msg_iov = &b->parts[i],
                                              .msg_iovlen = 1 };
  }
  return 1;
}

/* The kernel wrote lengths over what it was given. */
static void
reset(struct traffic *t, unsigned i) VSC_RT
{
  struct msghdr *const m = &t->in.messages[i].msg_hdr;
  m->msg_namelen = sizeof t->in.peers[i];
  m->msg_control = &t->controls[i];
  m->msg_controllen = sizeof t->controls[i];
  m->msg_flags = 0;
}

vsc_status
batch_init(vsc_socket *s)
{
  const unsigned count = s->config.batch;
  struct traffic *const t = arena_alloc(&s->memory, sizeof *t);
  s->traffic = t;
  if (!t || !make(&s->memory, &t->out, NET_SEND_BATCH)) {
    return VSC_ERR_NOMEM;
  }
  if (!(s->config.flags & VSC_SOCKET_RECEIVE)) {
    return VSC_OK;
  }
  s->payloads = arena_alloc(&s->memory, (size_t)count * NET_PAYLOAD);
  t->controls = arena_alloc(&s->memory, count * sizeof *t->controls);
  if (!s->payloads || !t->controls || !make(&s->memory, &t->in, count)) {
    return VSC_ERR_NOMEM;
  }
  for (unsigned i = 0; i < count; i++) {
    t->in.parts[i] =
      (struct iovec){ .iov_base = s->payloads + (size_t)i * NET_PAYLOAD,
                      .iov_len = NET_PAYLOAD };
    reset(t, i);
  }
  return VSC_OK;
}

static struct arrival
read_control(const struct msghdr *m) VSC_RT
{
  struct arrival a = { .stamps = { 0 } };
  struct control_message c;
  for (size_t at = 0; control_next(m, &at, &c);) {
    if (c.level == IPPROTO_IP && c.type == IP_PKTINFO &&
        c.bytes >= sizeof a.info) {
      memcpy(&a.info, c.data, sizeof a.info);
    } else if (c.level == SOL_SOCKET && c.type == SCM_TIMESTAMPNS &&
               c.bytes >= sizeof(struct timespec)) {
      struct timespec t;
      memcpy(&t, c.data, sizeof t);
      a.stamps.software = timespec_ns(&t);
    } else if (c.level == SOL_SOCKET && c.type == SCM_TIMESTAMPING) {
      a.stamps = stamp_read(c.data, c.bytes);
    }
  }
  return a;
}

/* One batch: how many of the GOT are ours. */
static int32_t
deliver(vsc_socket *s, unsigned got, vsc_datagram *out) VSC_RT
{
  /* The wall clock first: reading late makes arrivals look older, not newer. */
  const int64_t wall = clock_read(CLOCK_REALTIME);
  const vsc_ns now = clock_read(CLOCK_MONOTONIC_RAW);
  int is_exact = 0;
  const int64_t offset = s->config.flags & VSC_SOCKET_STAMPS
                           ? stamp_offset(s, &is_exact)
                           : wall - now;
  const uint16_t port = atomic_load_explicit(&s->port, memory_order_relaxed);
  const int is_hardware = stamp_is_hardware(s);
  const vsc_ip address = os_address(s->os);
  struct traffic *const t = s->traffic;
  int32_t count = 0;
  for (unsigned i = 0; i < got; i++) {
    const struct mmsghdr *const m = &t->in.messages[i];
    const struct arrival a = read_control(&m->msg_hdr);
    if (net_is_ours(s, a.info.ipi_ifindex)) {
      const int64_t age = wall - a.stamps.software;
      const int is_old = age < 0 || age > OLDEST_STAMP;
      out[count] = (vsc_datagram){
        .bytes = t->in.parts[i].iov_base,
        .length = m->msg_len,
        .source = ntohl(t->in.peers[i].sin_addr.s_addr),
        .dest = ntohl(a.info.ipi_addr.s_addr),
        .source_port = ntohs(t->in.peers[i].sin_port),
        .dest_port = port,
        .truncated = (m->msg_hdr.msg_flags & MSG_TRUNC) != 0,
        .is_exact = is_exact && !is_old,
        .when = is_old ? now : a.stamps.software - offset,
      };
      /* What this machine says to itself no interface stamps. */
      if (is_hardware && out[count].source != address) {
        phc_arrived(&s->os->hardware->phc, a.stamps.hardware, now);
        out[count].is_exact = phc_host(&s->os->hardware->phc,
                                       a.stamps.hardware,
                                       now,
                                       &out[count].when) != 0;
      }
      count++;
    }
    reset(t, i);
  }
  return count;
}

int32_t
batch_receive(const vsc_net *net,
              vsc_socket *s,
              vsc_datagram *out,
              uint32_t max) VSC_RT
{
  (void)net;
  const unsigned most = max < s->config.batch ? max : s->config.batch;
  /* Pairs with the release in set_live. */
  if (!s->payloads || !most ||
      !atomic_load_explicit(&s->is_live, memory_order_acquire)) {
    return 0;
  }
  for (int i = 0; i < TRIES; i++) {
    const int got =
      recvmmsg(s->fd, s->traffic->in.messages, most, MSG_DONTWAIT, NULL);
    if (got <= 0) {
      return 0;
    }
    const int32_t count = deliver(s, (unsigned)got, out);
    if (count || (unsigned)got < most) {
      return count;
    }
  }
  return 0;
}

/* Datagrams that may go out with the first, in the socket's arrays. */
static unsigned
fill(vsc_socket *s, const vsc_datagram *batch, uint32_t count) VSC_RT
{
  struct batch *const out = &s->traffic->out;
  unsigned n = 0;
  for (; n < count && n < NET_SEND_BATCH; n++) {
    const vsc_datagram *const d = &batch[n];
    if (!d->dest || !d->dest_port) {
      break; /* the kernel would take 0.0.0.0 for this machine */
    }
    out->parts[n] =
      (struct iovec){ .iov_base = d->bytes, .iov_len = d->length };
    out->peers[n] = (struct sockaddr_in){ .sin_family = AF_INET,
                                          .sin_port = htons(d->dest_port),
                                          .sin_addr.s_addr = htonl(d->dest) };
  }
  return n;
}

int32_t
batch_send(const vsc_net *net,
           vsc_socket *s,
           const vsc_datagram *batch,
           uint32_t count) VSC_RT
{
  (void)net;
  /* Pairs with the release in set_live. */
  if (!atomic_load_explicit(&s->is_live, memory_order_acquire)) {
    return 0;
  }
  if (s->config.flags & VSC_SOCKET_DIRECT) {
    const int32_t taken = xdp_send(s, batch, count);
    if (taken >= 0) {
      return taken;
    }
  }
  uint32_t sent = 0;
  while (sent < count) {
    const unsigned n = fill(s, batch + sent, count - sent);
    const int taken =
      n ? sendmmsg(s->fd, s->traffic->out.messages, n, MSG_DONTWAIT) : 0;
    if (taken <= 0) {
      break;
    }
    sent += (uint32_t)taken;
    if ((unsigned)taken < n) {
      break;
    }
  }
  if (stamp_is_hardware(s)) {
    phc_sent(&s->os->hardware->phc, sent);
  }
  return (int32_t)sent;
}
