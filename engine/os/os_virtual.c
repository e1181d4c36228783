/* os_virtual.c - the virtual back-end: a socket is a heap of datagrams ordered
   by arrival.
   SPDX-License-Identifier: MIT */
#include "os_virtual.h"

#include "modules/shared/splitmix.h"

#include <stdlib.h>
#include <string.h>

#define HOSTS 8
#define SOCKETS 64
#define HEAP 8192
#define BATCH 256
#define BYTES 2048
#define STAMPS 16 /* more are lost, as from a kernel's full queue */

struct held {
  int64_t arrival; /* true time */
  uint64_t order;  /* first sent first, at the same arrival */
  struct held *next;
  vsc_ip source, dest;
  uint16_t source_port;
  uint32_t length;
  uint8_t bytes[BYTES];
};

struct vsc_socket {
  struct host *host;
  int is_open;
  vsc_socket_config config;
  struct {
    vsc_ip group, source;
  } joins[VSC_NET_GROUPS];
  unsigned join_count;
  struct held *heap[HEAP];
  unsigned held;
  struct held *lent[BATCH]; /* until the next receive */
  unsigned lent_count;
  vsc_ns stamps[STAMPS]; /* of what was sent; the oldest first */
  unsigned stamp_count;
};

struct host {
  struct os os; /* first */
  struct world *world;
  vsc_ip address;
  double ppm;
  int64_t born, step;
  int is_unplugged;
  struct vsc_socket *sockets[SOCKETS];
};

struct world {
  int64_t now;
  uint64_t random, order;
  world_fate *fate;
  void *fate_arg;
  struct host *hosts[HOSTS];
  unsigned host_count;
  struct held *spare;
};

static struct host *
host_of(const struct os *os)
{
  return (struct host *)(void *)os;
}

uint64_t
world_random(struct world *w)
{
  return splitmix64(&w->random);
}

int64_t
world_now(const struct world *w)
{
  return w->now;
}

void
world_set_now(struct world *w, int64_t tai)
{
  w->now = tai > w->now ? tai : w->now;
}

vsc_ns
world_host_time(const struct os *os, int64_t tai)
{
  const struct host *const h = host_of(os);
  const int64_t since = tai - h->born;
  return 1000000000 + since + (int64_t)((double)since * h->ppm * 1e-6);
}

int64_t
world_true_time(const struct os *os, vsc_ns host)
{
  const struct host *const h = host_of(os);
  const int64_t since = host - 1000000000;
  int64_t t = h->born - 3 + since -
              (int64_t)((double)since * h->ppm * 1e-6 / (1.0 + h->ppm * 1e-6));
  while (world_host_time(os, t) < host) {
    t++;
  }
  return t;
}

void
world_step_clock(struct os *os, int64_t ns)
{
  host_of(os)->step += ns;
}

static vsc_ns
os_now(const struct os *os)
{
  return world_host_time(os, host_of(os)->world->now);
}

static vsc_status
os_system_clock(const struct os *os,
                vsc_ns *host,
                int64_t *tai_ns,
                int32_t *utc_offset)
{
  *host = os_now(os);
  *tai_ns = host_of(os)->world->now + host_of(os)->step;
  *utc_offset = 37;
  return VSC_OK;
}

static void
os_sleep(const struct os *os, vsc_ns t)
{
  (void)os;
  (void)t;
}

static void
os_reception(const struct os *os, vsc_ip group, struct os_reception *out)
{
  const struct host *const h = host_of(os);
  *out = (struct os_reception){ .name = "virtual", .is_up = !h->is_unplugged };
  for (unsigned i = 0; i < SOCKETS; i++) {
    const struct vsc_socket *const s = h->sockets[i];
    for (unsigned j = 0; s && s->is_open && j < s->join_count; j++) {
      out->is_joined |= s->joins[j].group == group;
    }
  }
}

void
world_unplug(struct os *os, int is_unplugged)
{
  host_of(os)->is_unplugged = is_unplugged;
}

void
world_forget_groups(struct os *os)
{
  struct host *const h = host_of(os);
  for (unsigned i = 0; i < SOCKETS; i++) {
    if (h->sockets[i]) {
      h->sockets[i]->join_count = 0;
    }
  }
}

static int
no_fd(const struct os *os)
{
  (void)os;
  return -1;
}

static void
nothing(struct os *os)
{
  (void)os;
}

static int
comes_before(const struct held *a, const struct held *b)
{
  return a->arrival != b->arrival ? a->arrival < b->arrival
                                  : a->order < b->order;
}

static void
push(struct vsc_socket *s, struct held *p)
{
  unsigned i = s->held++;
  while (i > 0 && comes_before(p, s->heap[(i - 1) / 2])) {
    s->heap[i] = s->heap[(i - 1) / 2];
    i = (i - 1) / 2;
  }
  s->heap[i] = p;
}

static struct held *
pop(struct vsc_socket *s)
{
  struct held *const first = s->heap[0];
  struct held *const last = s->heap[--s->held];
  unsigned i = 0;
  for (unsigned c = 1; c < s->held; c = 2 * i + 1) {
    if (c + 1 < s->held && comes_before(s->heap[c + 1], s->heap[c])) {
      c++;
    }
    if (!comes_before(s->heap[c], last)) {
      break;
    }
    s->heap[i] = s->heap[c];
    i = c;
  }
  s->heap[i] = last;
  return first;
}

static void
hold(struct vsc_socket *s, const struct world_packet *p, int64_t arrival)
{
  struct world *const w = s->host->world;
  struct held *h = w->spare;
  if (s->held == HEAP) {
    return; /* as a kernel's full buffer */
  }
  if (h) {
    w->spare = h->next;
  } else {
    h = malloc(sizeof *h);
  }
  if (!h) {
    return;
  }
  h->arrival = arrival;
  h->order = w->order++;
  h->source = p->source;
  h->dest = p->dest;
  h->source_port = p->source_port;
  h->length = p->length;
  memcpy(h->bytes, p->bytes, p->length < BYTES ? p->length : BYTES);
  push(s, h);
}

static int
wants(const struct vsc_socket *s, const struct world_packet *p)
{
  if (!(s->config.flags & VSC_SOCKET_RECEIVE) ||
      s->config.port != p->dest_port) {
    return 0;
  }
  if (!VSC_IP_IS_MULTICAST(p->dest)) {
    return p->dest == s->host->address;
  }
  for (unsigned i = 0; i < s->join_count; i++) {
    if (s->joins[i].group == p->dest &&
        (!s->joins[i].source || s->joins[i].source == p->source)) {
      return 1;
    }
  }
  return 0;
}

void
world_inject(struct world *w, const struct world_packet *p)
{
  for (unsigned h = 0; h < w->host_count; h++) {
    int64_t delay[WORLD_COPIES] = { 100000 };
    int copies = w->hosts[h]->is_unplugged ? 0 : -1;
    struct vsc_socket *const *const sockets = w->hosts[h]->sockets;
    /* Places are taken in order. */
    for (unsigned i = 0; i < SOCKETS && sockets[i]; i++) {
      struct vsc_socket *const s = sockets[i];
      if (!s->is_open || !wants(s, p)) {
        continue;
      }
      if (copies < 0) {
        copies =
          w->fate ? w->fate(w->fate_arg, p, w->hosts[h]->address, delay) : 1;
      }
      for (int c = 0; c < copies; c++) {
        hold(s, p, p->sent + delay[c]);
      }
    }
  }
}

static vsc_status
net_open(const vsc_net *net, const vsc_socket_config *config, vsc_socket **out)
{
  struct host *const h = net->os;
  for (unsigned i = 0; h->address && i < SOCKETS; i++) {
    if (!h->sockets[i]) {
      h->sockets[i] = calloc(1, sizeof *h->sockets[i]);
    }
    struct vsc_socket *const s = h->sockets[i];
    if (s && !s->is_open) {
      s->host = h;
      s->is_open = 1;
      s->config = *config;
      s->join_count = 0;
      s->stamp_count = 0;
      *out = s;
      return VSC_OK;
    }
  }
  return VSC_ERR_UNSUPPORTED;
}

static void
give_back(struct world *w, struct held *p)
{
  p->next = w->spare;
  w->spare = p;
}

static void
net_close(const vsc_net *net, vsc_socket *s)
{
  (void)net;
  if (!s) {
    return;
  }
  while (s->held > 0) {
    give_back(s->host->world, s->heap[--s->held]);
  }
  while (s->lent_count > 0) {
    give_back(s->host->world, s->lent[--s->lent_count]);
  }
  s->is_open = 0;
}

static vsc_status
net_join(const vsc_net *net, vsc_socket *s, vsc_ip group, vsc_ip source)
{
  (void)net;
  if (s->join_count == VSC_NET_GROUPS) {
    return VSC_ERR_REFUSED;
  }
  s->joins[s->join_count].group = group;
  s->joins[s->join_count++].source = source;
  return VSC_OK;
}

static void
net_leave(const vsc_net *net, vsc_socket *s, vsc_ip group, vsc_ip source)
{
  (void)net;
  for (unsigned i = 0; i < s->join_count; i++) {
    if (s->joins[i].group == group && s->joins[i].source == source) {
      s->joins[i] = s->joins[--s->join_count];
      return;
    }
  }
}

static int32_t
net_receive(const vsc_net *net, vsc_socket *s, vsc_datagram *out, uint32_t max)
{
  struct host *const h = net->os;
  int32_t n = 0;
  while (s->lent_count > 0) {
    give_back(h->world, s->lent[--s->lent_count]);
  }
  const uint32_t batch = s->config.batch < BATCH ? s->config.batch : BATCH;
  while (s->held > 0 && (uint32_t)n < max && (uint32_t)n < batch &&
         s->heap[0]->arrival <= h->world->now) {
    struct held *const p = pop(s);
    s->lent[s->lent_count++] = p;
    out[n++] = (vsc_datagram){
      .bytes = p->bytes,
      .length = p->length < BYTES ? p->length : BYTES,
      .source = p->source,
      .dest = p->dest,
      .source_port = p->source_port,
      .dest_port = s->config.port,
      .truncated = p->length > BYTES,
      .is_exact = (s->config.flags & VSC_SOCKET_STAMPS) != 0,
      .when = world_host_time(&h->os, p->arrival),
    };
  }
  return n;
}

static int32_t
net_send(const vsc_net *net,
         vsc_socket *s,
         const vsc_datagram *batch,
         uint32_t count)
{
  struct host *const h = net->os;
  for (uint32_t i = 0; i < count; i++) {
    const struct world_packet p = {
      .source = h->address,
      .dest = batch[i].dest,
      .source_port = s->config.port ? s->config.port : 40000,
      .dest_port = batch[i].dest_port,
      .dscp = s->config.dscp,
      .ttl = s->config.ttl,
      .length = batch[i].length,
      .bytes = batch[i].bytes,
      .sent = h->world->now,
    };
    world_inject(h->world, &p);
    if (s->config.flags & VSC_SOCKET_STAMPS && s->stamp_count < STAMPS) {
      s->stamps[s->stamp_count++] = os_now(&h->os);
    }
  }
  return (int32_t)count;
}

static int
net_fd(const vsc_net *net, const vsc_socket *s)
{
  (void)net;
  (void)s;
  return -1;
}

static vsc_ip
net_address(const vsc_net *net)
{
  const struct host *const h = net->os;
  return h->address;
}

static int32_t
net_sent(const vsc_net *net, vsc_socket *s, vsc_ns *out, uint32_t max)
{
  (void)net;
  const unsigned n = s->stamp_count < max ? s->stamp_count : max;
  memcpy(out, s->stamps, n * sizeof *out);
  s->stamp_count -= n;
  memmove(s->stamps, s->stamps + n, s->stamp_count * sizeof *out);
  return (int32_t)n;
}

static vsc_status
net_about(const vsc_net *net, vsc_net_about *out)
{
  const struct host *const h = net->os;
  vsc_net_about about = { .size = sizeof about, .name = "virtual" };
  about.identity[0] = 2;
  for (int i = 0; i < 4; i++) {
    about.identity[4 + i] = (uint8_t)(h->address >> (24 - 8 * i));
  }
  memcpy(out, &about, out->size < sizeof about ? out->size : sizeof about);
  return h->address ? VSC_OK : VSC_ERR_UNSUPPORTED;
}

static int
listen_at(const struct os *os, vsc_ip group, uint16_t port)
{
  const struct host *const h = host_of(os);
  const vsc_socket_config config = {
    .size = sizeof config, .flags = VSC_SOCKET_RECEIVE, .port = port, .batch = 1
  };
  vsc_socket *s = NULL;
  if (net_open(&os->net, &config, &s) < 0) {
    return -1;
  }
  net_join(&os->net, s, group, 0);
  int i = 0;
  while (h->sockets[i] != s) {
    i++;
  }
  return i;
}

static int
has_heard(const struct os *os, int ear)
{
  vsc_socket *const s = host_of(os)->sockets[ear];
  const int has = s->held > 0;
  net_close(&os->net, s);
  return has;
}

struct os *
world_host(struct world *w, vsc_ip address, double ppm)
{
  struct host *const h = calloc(1, sizeof *h);
  if (!h || w->host_count == HOSTS) {
    free(h);
    return NULL;
  }
  h->world = w;
  h->address = address;
  h->ppm = ppm;
  h->born = w->now;
  h->os = (struct os){
    .now = os_now,
    .system_clock = os_system_clock,
    .sleep_until = os_sleep,
    .reception = os_reception,
    .listen_at = listen_at,
    .has_heard = has_heard,
    .link_fd = no_fd,
    .service = nothing,
    .destroy = nothing, /* the world's */
    .net = { .size = sizeof(vsc_net),
             .os = h,
             .open = net_open,
             .close = net_close,
             .join = net_join,
             .leave = net_leave,
             .receive = net_receive,
             .send = net_send,
             .fd = net_fd,
             .address = net_address,
             .sent = net_sent,
             .about = net_about },
  };
  w->hosts[w->host_count++] = h;
  return &h->os;
}

struct world *
world_create(uint64_t seed, int64_t tai)
{
  struct world *const w = calloc(1, sizeof *w);
  if (w) {
    w->random = seed;
    w->now = tai;
  }
  return w;
}

void
world_set_fate(struct world *w, world_fate *fate, void *arg)
{
  w->fate = fate;
  w->fate_arg = arg;
}

void
world_destroy(struct world *w)
{
  for (unsigned h = 0; w && h < w->host_count; h++) {
    for (unsigned i = 0; i < SOCKETS; i++) {
      if (w->hosts[h]->sockets[i]) {
        net_close(&w->hosts[h]->os.net, w->hosts[h]->sockets[i]);
        free(w->hosts[h]->sockets[i]);
      }
    }
    free(w->hosts[h]);
  }
  while (w && w->spare) {
    struct held *const p = w->spare;
    w->spare = p->next;
    free(p);
  }
  free(w);
}
