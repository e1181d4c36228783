/* rtp_world.h - a host, a network and ports of paper, for tests of
   transport-rtp: sockets take what their memberships let through, time stands
   still until a test moves it.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TEST_RTP_WORLD_H
#define VSC_TEST_RTP_WORLD_H

#include <vsc/transport.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef WORLD_SOCKETS /* a fuzz target is content with a smaller one */
#define WORLD_SOCKETS 160
#define WORLD_INBOX 4096
#define WORLD_SEEN 8192
#endif
#define WORLD_SENT 256
#define OWN 0x0A000001u /* 10.0.0.1 */

struct vsc_counter {
  char name[32];
  uint64_t value;
};

struct vsc_socket {
  struct world *world;
  int is_open;
  vsc_socket_config config;
  struct {
    vsc_ip group, source;
  } joined[VSC_NET_GROUPS];
  uint32_t joined_count;
  vsc_datagram inbox[WORLD_INBOX];
  uint32_t head, tail;
  uint32_t calls; /* of receive */
  uint8_t *lent[256];
  uint32_t lent_count;
  const vsc_datagram *storm; /* arrives whenever asked */
};

struct sent {
  uint8_t bytes[1500];
  uint32_t length;
  vsc_ip dest;
  uint16_t port;
  uint8_t dscp, ttl;
};

struct world {
  vsc_net net;
  vsc_host host;
  vsc_ns now;
  vsc_clock_view view;
  struct vsc_counter counters[8];
  void *memory[64];
  uint32_t memory_count;
  struct vsc_socket *sockets; /* WORLD_SOCKETS */
  struct sent sent[WORLD_SENT];
  uint32_t sent_count, send_calls;
  vsc_ip refused;   /* this destination stops a batch */
  int is_jammed;    /* no datagram is taken */
  int is_offline;   /* open() answers VSC_ERR_UNSUPPORTED */
  uint32_t misuses; /* what a kernel would have refused */
  uint32_t logs;
  char last_log[256];
};

/* A receiver's port that remembers. */
struct ear {
  vsc_rx_port port;
  uint32_t counts[4]; /* by enum vsc_rx_event */
  struct {
    vsc_pos pos;
    vsc_ns when;
    uint32_t flags, length;
    uint8_t first;
  } seen[WORLD_SEEN];
  uint32_t seen_count;
  uint32_t other_type; /* the newest */
};

/* A sender's port: LENGTH bytes of the position's low byte, or a status. */
struct mouth {
  vsc_tx_port port;
  int32_t length;
};

static void
world_log(const vsc_host *h, int level, const char *fmt, ...) VSC_PRINTF(3, 4);
static void
world_log(const vsc_host *h, int level, const char *fmt, ...)
{
  struct world *const w = h->instance;
  va_list args;
  (void)level;
  va_start(args, fmt);
  vsnprintf(w->last_log, sizeof w->last_log, fmt, args);
  va_end(args);
  w->logs++;
}

static void *
world_alloc(const vsc_host *h, size_t bytes)
{
  struct world *const w = h->instance;
  if (w->memory_count == 64) {
    return NULL;
  }
  return w->memory[w->memory_count++] = calloc(1, bytes ? bytes : 1);
}

static vsc_ns
world_now(const vsc_host *h)
{
  const struct world *const w = h->instance;
  return w->now;
}

static void
world_clock_read(const vsc_host *h, vsc_clock_view *out)
{
  const struct world *const w = h->instance;
  *out = w->view;
}

static vsc_counter *
world_counter(const vsc_host *h, const char *name)
{
  struct world *const w = h->instance;
  uint32_t i = 0;
  while (i < 7 && w->counters[i].name[0] && strcmp(w->counters[i].name, name)) {
    i++;
  }
  snprintf(w->counters[i].name, sizeof w->counters[i].name, "%s", name);
  return &w->counters[i];
}

static void
world_count(vsc_counter *c, uint64_t n)
{
  c->value += n;
}

static vsc_status
world_open(const vsc_net *net,
           const vsc_socket_config *config,
           vsc_socket **out)
{
  struct world *const w = net->os;
  if (w->is_offline) {
    return VSC_ERR_UNSUPPORTED;
  }
  for (uint32_t i = 0; i < WORLD_SOCKETS; i++) {
    struct vsc_socket *const s = &w->sockets[i];
    if (!s->is_open) {
      memset(s, 0, sizeof *s);
      s->world = w;
      s->is_open = 1;
      s->config = *config;
      *out = s;
      return VSC_OK;
    }
  }
  return VSC_ERR_SYSTEM;
}

static void
world_return_lent(struct vsc_socket *s)
{
  while (s->lent_count) {
    free(s->lent[--s->lent_count]);
  }
}

static void
world_close(const vsc_net *net, vsc_socket *s)
{
  (void)net;
  if (s) {
    world_return_lent(s);
    for (; s->head < s->tail; s->head++) {
      free(s->inbox[s->head].bytes);
    }
    s->is_open = 0;
  }
}

/* As Linux has it: once for each group and source, never both modes of a
   group on one socket. */
static vsc_status
world_join(const vsc_net *net, vsc_socket *s, vsc_ip group, vsc_ip source)
{
  struct world *const w = net->os;
  for (uint32_t i = 0; i < s->joined_count; i++) {
    if (s->joined[i].group == group &&
        (!s->joined[i].source != !source || s->joined[i].source == source)) {
      w->misuses++;
      return VSC_ERR_SYSTEM;
    }
  }
  if (s->joined_count == VSC_NET_GROUPS) {
    return VSC_ERR_REFUSED;
  }
  s->joined[s->joined_count].group = group;
  s->joined[s->joined_count++].source = source;
  return VSC_OK;
}

static void
world_leave(const vsc_net *net, vsc_socket *s, vsc_ip group, vsc_ip source)
{
  struct world *const w = net->os;
  for (uint32_t i = 0; i < s->joined_count; i++) {
    if (s->joined[i].group == group && s->joined[i].source == source) {
      s->joined[i] = s->joined[--s->joined_count];
      return;
    }
  }
  w->misuses++;
}

static int32_t
world_receive(const vsc_net *net,
              vsc_socket *s,
              vsc_datagram *out,
              uint32_t max)
{
  (void)net;
  world_return_lent(s);
  s->calls++;
  max = max < s->config.batch ? max : s->config.batch;
  uint32_t n = 0;
  for (; n < max && s->head < s->tail; n++) {
    out[n] = s->inbox[s->head++];
    s->lent[s->lent_count++] = out[n].bytes;
  }
  for (; s->storm && n < max; n++) {
    out[n] = *s->storm;
  }
  if (s->head == s->tail) {
    s->head = s->tail = 0;
  }
  return (int32_t)n;
}

static int32_t
world_transmit(const vsc_net *net,
               vsc_socket *s,
               const vsc_datagram *batch,
               uint32_t count)
{
  struct world *const w = net->os;
  uint32_t n = 0;
  w->send_calls++;
  for (; !w->is_jammed && n < count && w->sent_count < WORLD_SENT; n++) {
    if (w->refused && batch[n].dest == w->refused) {
      break;
    }
    struct sent *const sent = &w->sent[w->sent_count++];
    memcpy(sent->bytes, batch[n].bytes, batch[n].length);
    sent->length = batch[n].length;
    sent->dest = batch[n].dest;
    sent->port = batch[n].dest_port;
    sent->dscp = s->config.dscp;
    sent->ttl = s->config.ttl;
  }
  return (int32_t)n;
}

static vsc_ip
world_address(const vsc_net *net)
{
  const struct world *const w = net->os;
  return w->is_offline ? 0 : OWN;
}

static vsc_status
ear_packet(const vsc_rx_port *p, const vsc_packet *packet)
{
  struct ear *const ear = p->route;
  volatile uint8_t sum = 0;
  for (uint32_t i = 0; i < packet->length; i++) {
    sum = (uint8_t)(sum + packet->payload[i]);
  }
  if (ear->seen_count < WORLD_SEEN) {
    const uint32_t i = ear->seen_count++;
    ear->seen[i].pos = packet->pos;
    ear->seen[i].when = packet->when;
    ear->seen[i].flags = packet->flags;
    ear->seen[i].length = packet->length;
    ear->seen[i].first = packet->payload[0];
  }
  return VSC_OK;
}

static void
ear_count(const vsc_rx_port *p, uint32_t event)
{
  struct ear *const ear = p->route;
  ear->counts[event]++;
}

static void
ear_other_type(const vsc_rx_port *p, uint32_t type)
{
  struct ear *const ear = p->route;
  ear->other_type = type;
}

static int32_t
mouth_packet(const vsc_tx_port *p, vsc_pos pos, uint8_t *dst, uint32_t capacity)
{
  const struct mouth *const mouth = p->route;
  if (mouth->length > 0 && (uint32_t)mouth->length <= capacity) {
    memset(dst, (int)(pos & 0xff), (size_t)mouth->length);
  }
  return mouth->length;
}

/* Host time and media time are both 1,000,000 s after their epochs; so is
   position 48e9. */
static void
world_init(struct world *w)
{
  memset(w, 0, sizeof *w);
  w->sockets = calloc(WORLD_SOCKETS, sizeof *w->sockets);
  w->now = (vsc_ns)1000000 * 1000000000;
  w->view = (vsc_clock_view){ .size = sizeof w->view,
                              .state = VSC_CLOCK_LOCKED,
                              .host_ns = w->now,
                              .tai_ns = w->now,
                              .rate = 1.0,
                              .generation = 1 };
  w->net = (vsc_net){ .size = sizeof w->net,
                      .os = w,
                      .open = world_open,
                      .close = world_close,
                      .join = world_join,
                      .leave = world_leave,
                      .receive = world_receive,
                      .send = world_transmit,
                      .address = world_address };
  w->host = (vsc_host){ .size = sizeof w->host,
                        .abi_major = VSC_ABI_MAJOR,
                        .abi_minor = VSC_ABI_MINOR,
                        .instance = w,
                        .log = world_log,
                        .alloc = world_alloc,
                        .now = world_now,
                        .clock_read = world_clock_read,
                        .counter = world_counter,
                        .count = world_count,
                        .net = &w->net };
}

static void
world_finish(struct world *w)
{
  for (uint32_t i = 0; i < WORLD_SOCKETS; i++) {
    world_close(&w->net, &w->sockets[i]);
  }
  while (w->memory_count) {
    free(w->memory[--w->memory_count]);
  }
  free(w->sockets);
}

static void
ear_init(struct ear *ear)
{
  memset(ear, 0, sizeof *ear);
  ear->port = (vsc_rx_port){ .size = sizeof ear->port,
                             .route = ear,
                             .packet = ear_packet,
                             .count = ear_count,
                             .other_type = ear_other_type };
}

static inline void
mouth_init(struct mouth *mouth, int32_t length)
{
  mouth->port = (vsc_tx_port){ .size = sizeof mouth->port,
                               .route = mouth,
                               .packet = mouth_packet };
  mouth->length = length;
}

/* The network: a copy to every socket that would get one. */
static void
world_deliver(struct world *w, const vsc_datagram *d)
{
  for (uint32_t i = 0; i < WORLD_SOCKETS; i++) {
    struct vsc_socket *const s = &w->sockets[i];
    int is_wanted = s->config.flags & VSC_SOCKET_UNICAST && d->dest == OWN;
    for (uint32_t j = 0; j < s->joined_count; j++) {
      is_wanted |= s->joined[j].group == d->dest &&
                   (!s->joined[j].source || s->joined[j].source == d->source);
    }
    if (s->is_open && is_wanted && s->config.port == d->dest_port &&
        s->tail < WORLD_INBOX) {
      vsc_datagram *const copy = &s->inbox[s->tail++];
      *copy = *d;
      copy->bytes = malloc(d->length ? d->length : 1);
      memcpy(copy->bytes, d->bytes, d->length);
    }
  }
}

static inline uint64_t
world_counted(const struct world *w, const char *name)
{
  for (uint32_t i = 0; i < 8; i++) {
    if (!strcmp(w->counters[i].name, name)) {
      return w->counters[i].value;
    }
  }
  return 0;
}

static inline uint32_t
world_open_sockets(const struct world *w)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < WORLD_SOCKETS; i++) {
    n += w->sockets[i].is_open != 0;
  }
  return n;
}

#endif
