/* fakenet.c - a network without a wire: what is sent to a group arrives at once
   at every socket that has joined it.
   SPDX-License-Identifier: MIT */
#include "fakehost.h"

#include <stdlib.h>
#include <string.h>

#define ADDRESS 0x0A000002u /* 10.0.0.2 */
#define PEER 0x0A000003u    /* who injects */
#define FIRST_FD 100000     /* beyond what the system gives */
#define BYTES_MAX 2048      /* net.h, truncated */
#define BATCH_MAX 256

struct vsc_socket {
  struct fakehost *host;
  vsc_socket_config config;
  struct {
    vsc_ip group, source;
  } joined[VSC_NET_GROUPS];
  unsigned joins;
  uint32_t head, tail; /* of the queue; head - tail datagrams wait */
  uint32_t lent;       /* datagrams given by the last receive */
  uint32_t stamps;     /* of datagrams sent just now */
  vsc_datagram queue[FAKEHOST_QUEUE];
  uint8_t bytes[FAKEHOST_QUEUE][BYTES_MAX];
};

static struct fakehost *
of(const vsc_net *net) VSC_RT
{
  return net->os;
}

static vsc_status
net_open(const vsc_net *net, const vsc_socket_config *config, vsc_socket **out)
{
  struct fakehost *const h = of(net);
  *out = NULL;
  if (config->size < sizeof *config || config->dscp > 63 ||
      config->batch > BATCH_MAX) {
    fakehost_complain(h,
                      "opens a socket with a size, dscp or batch that is "
                      "not allowed");
    return VSC_ERR_INVALID;
  }
  for (size_t i = 0; i < FAKEHOST_SOCKETS; i++) {
    if (!h->sockets[i]) {
      vsc_socket *const s = calloc(1, sizeof *s);
      if (!s) {
        return VSC_ERR_NOMEM;
      }
      s->host = h;
      s->config = *config;
      h->sockets[i] = s;
      *out = s;
      return VSC_OK;
    }
  }
  return VSC_ERR_REFUSED;
}

static void
net_close(const vsc_net *net, vsc_socket *s)
{
  struct fakehost *const h = of(net);
  for (size_t i = 0; s && i < FAKEHOST_SOCKETS; i++) {
    if (h->sockets[i] == s) {
      h->sockets[i] = NULL;
      free(s);
      return;
    }
  }
  if (s) {
    fakehost_complain(h, "closes a socket that it does not have");
  }
}

static vsc_status
net_join(const vsc_net *net, vsc_socket *s, vsc_ip group, vsc_ip source)
{
  if (!VSC_IP_IS_MULTICAST(group)) {
    fakehost_complain(of(net), "joins what is not a multicast group");
    return VSC_ERR_INVALID;
  }
  if (s->joins == VSC_NET_GROUPS) {
    return VSC_ERR_REFUSED;
  }
  s->joined[s->joins].group = group;
  s->joined[s->joins++].source = source;
  return VSC_OK;
}

static void
net_leave(const vsc_net *net, vsc_socket *s, vsc_ip group, vsc_ip source)
{
  for (unsigned i = 0; i < s->joins; i++) {
    if (s->joined[i].group == group && s->joined[i].source == source) {
      s->joined[i] = s->joined[--s->joins];
      return;
    }
  }
  fakehost_complain(of(net), "leaves a group that it has not joined");
}

static void
push(vsc_socket *s, const vsc_datagram *d) VSC_RT
{
  if (s->head - s->tail == FAKEHOST_QUEUE) {
    return; /* as a full kernel buffer */
  }
  const uint32_t i = s->head++ % FAKEHOST_QUEUE;
  const uint32_t length = d->length < BYTES_MAX ? d->length : BYTES_MAX;
  memcpy(s->bytes[i], d->bytes, length);
  s->queue[i] = *d;
  s->queue[i].bytes = s->bytes[i];
  s->queue[i].length = length;
  s->queue[i].truncated = length < d->length;
  s->queue[i].dest_port = s->config.port;
  s->queue[i].when = s->host->now;
  s->queue[i].is_exact = (s->config.flags & VSC_SOCKET_STAMPS) != 0;
}

static bool
hears(const vsc_socket *s, const vsc_datagram *d) VSC_RT
{
  if (!(s->config.flags & VSC_SOCKET_RECEIVE) ||
      s->config.port != d->dest_port) {
    return false;
  }
  if (!VSC_IP_IS_MULTICAST(d->dest)) {
    return d->dest == ADDRESS;
  }
  for (unsigned i = 0; i < s->joins; i++) {
    if (s->joined[i].group == d->dest &&
        (!s->joined[i].source || s->joined[i].source == d->source)) {
      return true;
    }
  }
  return false;
}

static int32_t
net_receive(const vsc_net *net,
            vsc_socket *s,
            vsc_datagram *out,
            uint32_t max) VSC_RT
{
  (void)net;
  s->tail += s->lent; /* their bytes may be written over now */
  s->lent = 0;
  while (s->lent < max && s->lent < s->config.batch &&
         s->tail + s->lent != s->head) {
    out[s->lent] = s->queue[(s->tail + s->lent) % FAKEHOST_QUEUE];
    s->lent++;
  }
  return (int32_t)s->lent;
}

static int32_t
net_send(const vsc_net *net,
         vsc_socket *s,
         const vsc_datagram *batch,
         uint32_t count) VSC_RT
{
  struct fakehost *const h = of(net);
  for (uint32_t i = 0; i < count; i++) {
    vsc_datagram d = batch[i];
    d.source = ADDRESS;
    d.source_port = s->config.port ? s->config.port : 40000;
    if (!d.bytes || !d.dest || !d.dest_port) {
      fakehost_complain(h, "sends a datagram to nowhere, or of nothing");
      continue;
    }
    for (size_t k = 0; k < FAKEHOST_SOCKETS; k++) {
      if (h->sockets[k] && hears(h->sockets[k], &d)) {
        push(h->sockets[k], &d);
      }
    }
    s->stamps += (s->config.flags & VSC_SOCKET_STAMPS) != 0;
  }
  return (int32_t)count;
}

static int
net_fd(const vsc_net *net, const vsc_socket *s)
{
  const struct fakehost *const h = of(net);
  for (int i = 0; i < FAKEHOST_SOCKETS; i++) {
    if (h->sockets[i] == s) {
      return FIRST_FD + i;
    }
  }
  return -1;
}

static vsc_ip
net_address(const vsc_net *net) VSC_RT
{
  (void)net;
  return ADDRESS;
}

static int32_t
net_sent(const vsc_net *net, vsc_socket *s, vsc_ns *out, uint32_t max)
{
  uint32_t n = 0;
  for (; n < max && s->stamps > 0; n++) {
    out[n] = of(net)->now;
    s->stamps--;
  }
  return (int32_t)n;
}

static vsc_status
net_about(const vsc_net *net, vsc_net_about *out)
{
  const vsc_net_about about = { .size = sizeof about,
                                .name = "fake",
                                .identity = { 2, 0, 0, 1, 10, 0, 0, 2 } };
  (void)net;
  memcpy(out, &about, out->size < sizeof about ? out->size : sizeof about);
  return VSC_OK;
}

void
fakenet_init(struct fakehost *h)
{
  h->net = (vsc_net){
    .size = sizeof h->net,
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
    .about = net_about,
  };
}

void
fakenet_finish(struct fakehost *h)
{
  for (size_t i = 0; i < FAKEHOST_SOCKETS; i++) {
    free(h->sockets[i]);
    h->sockets[i] = NULL;
  }
}

bool
fakenet_has(const struct fakehost *h, int fd)
{
  return fd >= FIRST_FD && fd < FIRST_FD + FAKEHOST_SOCKETS &&
         h->sockets[fd - FIRST_FD];
}

bool
fakenet_is_readable(const struct fakehost *h, int fd)
{
  const vsc_socket *const s = h->sockets[fd - FIRST_FD];
  return s->head - s->tail > s->lent;
}

void
fakehost_inject(struct fakehost *h, const void *bytes, uint32_t length)
{
  for (size_t i = 0; i < FAKEHOST_SOCKETS; i++) {
    vsc_socket *const s = h->sockets[i];
    if (s && s->config.flags & VSC_SOCKET_RECEIVE) {
      uint8_t copy[BYTES_MAX + 1] = { 0 };
      const uint32_t n = length < sizeof copy ? length : sizeof copy;
      memcpy(copy, bytes, n);
      const vsc_datagram d = {
        .bytes = copy,
        .length = n,
        .source = PEER,
        .source_port = s->config.port,
        .dest = s->joins ? s->joined[0].group : ADDRESS,
      };
      push(s, &d);
    }
  }
}
