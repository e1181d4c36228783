/* batch_darwin.c - what has arrived and what is due, a system call each: macOS
   has no public call for several. SPDX-License-Identifier: MIT */
#include "os_darwin.h"

#include "hal/platform.h"

#include <string.h>

#define STAMPS 16            /* of what was sent and nobody has asked for yet */
#define OLDEST_NS 2000000000 /* an older stamp is none */

/* With MSG_DONTWAIT they do not wait. */
ssize_t
recvmsg(int fd, struct msghdr *m, int flags) VSC_RT;
ssize_t
sendmsg(int fd, const struct msghdr *m, int flags) VSC_RT;

struct traffic {
  /* the thread that sends with VSC_SOCKET_STAMPS, which is the main thread */
  vsc_ns stamps[STAMPS];
  unsigned stamp_count;
};

/* What the kernel said about one datagram. */
struct arrival {
  struct in_pktinfo info;
  uint64_t ticks; /* 0: no stamp */
};

vsc_status
batch_init(vsc_socket *s)
{
  const int is_receiver = (s->config.flags & VSC_SOCKET_RECEIVE) != 0;
  s->traffic = arena_alloc(&s->memory, sizeof *s->traffic);
  if (is_receiver) {
    s->payloads =
      arena_alloc(&s->memory, (size_t)s->config.batch * NET_PAYLOAD);
  }
  return s->traffic && (s->payloads || !is_receiver) ? VSC_OK : VSC_ERR_NOMEM;
}

static struct arrival
read_control(const struct msghdr *m) VSC_RT
{
  struct arrival a = { .ticks = 0 };
  struct control_message c;
  for (size_t at = 0; control_next(m, &at, &c);) {
    if (c.level == IPPROTO_IP && c.type == IP_PKTINFO &&
        c.bytes >= sizeof a.info) {
      memcpy(&a.info, c.data, sizeof a.info);
    } else if (c.level == SOL_SOCKET && c.type == SCM_TIMESTAMP_MONOTONIC &&
               c.bytes >= sizeof a.ticks) {
      memcpy(&a.ticks, c.data, sizeof a.ticks);
    }
  }
  return a;
}

/* The next datagram, into PAYLOAD: 1; of another interface: 0; none: -1. */
static int
receive_one(vsc_socket *s, unsigned char *payload, vsc_datagram *out) VSC_RT
{
  union control control;
  struct sockaddr_in from = { .sin_port = 0 };
  struct iovec part = { .iov_base = payload, .iov_len = NET_PAYLOAD };
  struct msghdr m = { .msg_name = &from,
                      .msg_namelen = sizeof from,
                      .msg_iov = &part,
                      .msg_iovlen = 1,
                      .msg_control = &control,
                      .msg_controllen = sizeof control };
  const ssize_t bytes = recvmsg(s->fd, &m, MSG_DONTWAIT);
  if (bytes < 0) {
    return -1;
  }
  const struct arrival a = read_control(&m);
  if (!net_is_ours(s, (int)a.info.ipi_ifindex)) {
    return 0;
  }
  const vsc_ns now = platform_now();
  const vsc_ns when = mach_ns(a.ticks);
  const int is_stamp = a.ticks && when <= now && now - when < OLDEST_NS;
  *out = (vsc_datagram){
    .bytes = payload,
    .length = (uint32_t)bytes,
    .source = ntohl(from.sin_addr.s_addr),
    .dest = ntohl(a.info.ipi_addr.s_addr),
    .source_port = ntohs(from.sin_port),
    .dest_port = atomic_load_explicit(&s->port, memory_order_relaxed),
    .truncated = (m.msg_flags & MSG_TRUNC) != 0,
    .is_exact = is_stamp && s->config.flags & VSC_SOCKET_STAMPS,
    .when = is_stamp ? when : now,
  };
  return 1;
}

int32_t
batch_receive(const vsc_net *net,
              vsc_socket *s,
              vsc_datagram *out,
              uint32_t max) VSC_RT
{
  (void)net;
  const uint32_t most = max < s->config.batch ? max : s->config.batch;
  uint32_t count = 0;
  /* Pairs with the release in set_live. Twice as many tries as there is room
     for, so that strangers cannot keep us here. */
  if (!s->payloads ||
      !atomic_load_explicit(&s->is_live, memory_order_acquire)) {
    return 0;
  }
  for (uint32_t tries = 0; count < most && tries < 2 * most; tries++) {
    const int got =
      receive_one(s, s->payloads + (size_t)count * NET_PAYLOAD, &out[count]);
    if (got < 0) {
      break;
    }
    count += (uint32_t)got;
  }
  return (int32_t)count;
}

static int
send_one(vsc_socket *s, const vsc_datagram *d) VSC_RT
{
  struct sockaddr_in to = net_at(d->dest, d->dest_port);
  struct iovec part = { .iov_base = d->bytes, .iov_len = d->length };
  const struct msghdr m = {
    .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &part, .msg_iovlen = 1
  };
  /* 0.0.0.0 would be this machine. */
  return d->dest && d->dest_port && sendmsg(s->fd, &m, MSG_DONTWAIT) >= 0;
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
  struct traffic *const t = s->traffic;
  uint32_t sent = 0;
  while (sent < count && send_one(s, &batch[sent])) {
    sent++;
    if (s->config.flags & VSC_SOCKET_STAMPS && t->stamp_count < STAMPS) {
      t->stamps[t->stamp_count++] = platform_now();
    }
  }
  return (int32_t)sent;
}

/* The kernel stamps nothing that is sent: the time right after the call, which
   is early by what the packet waits for the wire. */
int32_t
batch_sent(const vsc_net *net, vsc_socket *s, vsc_ns *out, uint32_t max)
{
  (void)net;
  struct traffic *const t = s->traffic;
  const unsigned count = t->stamp_count < max ? t->stamp_count : max;
  memcpy(out, t->stamps, count * sizeof *out);
  t->stamp_count -= count;
  memmove(t->stamps, t->stamps + count, t->stamp_count * sizeof *t->stamps);
  return (int32_t)count;
}
