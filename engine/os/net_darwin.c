/* net_darwin.c - UDP sockets that speak on one interface and on no other, and
   that survive its going away. macOS gives a socket that is bound to all
   addresses what any program has joined; what is not asked for is dropped by
   its destination above (transport-rtp/demux.c).
   SPDX-License-Identifier: MIT */
#include "os_darwin.h"

#include "engine/log.h"
#include "modules/shared/address.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct option {
  int level, name;
  const void *value;
  socklen_t bytes;
  const char *what;
};
#define ROW(level, name, value)                                                \
  {                                                                            \
    level, name, &(value), sizeof(value), #name                                \
  }
#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* The first that the kernel refuses, or NULL. */
static const char *
set_options(int fd, const struct option *rows, unsigned count)
{
  for (unsigned i = 0; i < count; i++) {
    const struct option *const o = &rows[i];
    if (setsockopt(fd, o->level, o->name, o->value, o->bytes)) {
      return o->what;
    }
  }
  return NULL;
}

static int
index_of(const struct os_darwin *os)
{
  return atomic_load_explicit(&os->index, memory_order_relaxed);
}

static vsc_ip
address_of(const struct os_darwin *os)
{
  return atomic_load_explicit(&os->address, memory_order_relaxed);
}

int
net_socket(void)
{
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd >= 0 &&
      (fcntl(fd, F_SETFD, FD_CLOEXEC) || fcntl(fd, F_SETFL, O_NONBLOCK))) {
    close(fd);
    return -1;
  }
  return fd;
}

static const char *
set_up(int fd, const struct os_darwin *os, const vsc_socket_config *c)
{
  const int on = 1;
  const uint8_t loop = !(c->flags & VSC_SOCKET_NO_LOOP);
  const uint8_t hops = c->ttl ? c->ttl : 1;
  const int ttl = hops, tos = c->dscp << 2, index = index_of(os);
  /* Expedited forwarding (AES67's clock), AF41 (its media), the rest. */
  const int service = c->dscp >= 46   ? NET_SERVICE_TYPE_VO
                      : c->dscp >= 34 ? NET_SERVICE_TYPE_AV
                                      : NET_SERVICE_TYPE_BE;
  const struct ip_mreqn multicast = { .imr_address.s_addr =
                                        htonl(address_of(os)),
                                      .imr_ifindex = index };
  const int bytes = (int)c->buffer_bytes;
  const struct option all[] = {
    ROW(IPPROTO_IP, IP_BOUND_IF, index),
    ROW(IPPROTO_IP, IP_MULTICAST_IF, multicast),
    ROW(IPPROTO_IP, IP_MULTICAST_LOOP, loop),
    ROW(IPPROTO_IP, IP_MULTICAST_TTL, hops),
    ROW(IPPROTO_IP, IP_TTL, ttl),
    ROW(IPPROTO_IP, IP_DONTFRAG, on),
    ROW(SOL_SOCKET, SO_NET_SERVICE_TYPE, service),
    ROW(IPPROTO_IP, IP_TOS, tos), /* what the packet says, after the above */
  };
  const struct option receive[] = {
    ROW(IPPROTO_IP, IP_PKTINFO, on),
    ROW(SOL_SOCKET, SO_TIMESTAMP_MONOTONIC, on),
  };
  /* Several programs may hear one multicast port. */
  const struct option share[] = { ROW(SOL_SOCKET, SO_REUSEADDR, on),
                                  ROW(SOL_SOCKET, SO_REUSEPORT, on) };
  const struct option in = ROW(SOL_SOCKET, SO_RCVBUF, bytes);
  const struct option out = ROW(SOL_SOCKET, SO_SNDBUF, bytes);
  const int is_receiver = (c->flags & VSC_SOCKET_RECEIVE) != 0;
  const char *what = set_options(fd, all, COUNT(all));
  if (!what && is_receiver) {
    what = set_options(fd, receive, COUNT(receive));
  }
  if (!what && c->port) {
    what = set_options(fd, share, COUNT(share));
  }
  if (!what && bytes) {
    what = set_options(fd, is_receiver ? &in : &out, 1);
  }
  return what;
}

static struct sockaddr_in
at(vsc_ip ip, uint16_t port)
{
  return (struct sockaddr_in){ .sin_len = sizeof(struct sockaddr_in),
                               .sin_family = AF_INET,
                               .sin_port = htons(port),
                               .sin_addr.s_addr = htonl(ip) };
}

/* Received multicast comes to any address; everything else is the interface's
   own. */
static int
bind_to(int fd, const struct os_darwin *os, const vsc_socket_config *c)
{
  const int is_any =
    (c->flags & VSC_SOCKET_RECEIVE) && !(c->flags & VSC_SOCKET_UNICAST);
  const struct sockaddr_in in = at(is_any ? 0 : address_of(os), c->port);
  return bind(fd, (const struct sockaddr *)&in, sizeof in);
}

/* Logged when it fails. */
static vsc_status
open_fd(const struct os_darwin *os, const vsc_socket_config *c, int *out)
{
  const int given =
    c->port && c->flags & VSC_SOCKET_RECEIVE ? activation_socket(c->port) : -1;
  const int fd = given >= 0 ? given : net_socket();
  if (fd < 0) {
    log_write(os->log, VSC_LOG_ERROR, "net", "no socket: %s", strerror(errno));
    return VSC_ERR_SYSTEM;
  }
  const char *const refused = address_of(os) ? set_up(fd, os, c) : NULL;
  if (!refused && (!address_of(os) || given >= 0 || !bind_to(fd, os, c))) {
    *out = fd;
    return VSC_OK;
  }
  const int error = errno;
  close(fd);
  log_write(os->log,
            VSC_LOG_ERROR,
            "net",
            "cannot use %s %s for UDP port %u: %s",
            os->name,
            refused ? refused : "",
            c->port,
            strerror(error));
  return error == EACCES       ? VSC_ERR_REFUSED
         : error == EADDRINUSE ? VSC_ERR_AGAIN
                               : VSC_ERR_SYSTEM;
}

int
net_change_group(int fd, const struct net_group *g, int is_join)
{
  if (!g->source) {
    const struct ip_mreqn request = { .imr_multiaddr.s_addr = htonl(g->group),
                                      .imr_ifindex = g->index };
    return setsockopt(fd,
                      IPPROTO_IP,
                      is_join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP,
                      &request,
                      sizeof request);
  }
  const struct sockaddr_in group = at(g->group, 0), source = at(g->source, 0);
  struct group_source_req request = { .gsr_interface = (uint32_t)g->index };
  memcpy(&request.gsr_group, &group, sizeof group);
  memcpy(&request.gsr_source, &source, sizeof source);
  return setsockopt(fd,
                    IPPROTO_IP,
                    is_join ? MCAST_JOIN_SOURCE_GROUP
                            : MCAST_LEAVE_SOURCE_GROUP,
                    &request,
                    sizeof request);
}

int
net_listen(const struct net_group *g, uint16_t port)
{
  const int on = 1;
  const struct sockaddr_in in = at(g->group, port);
  /* Without a number the kernel would join where it likes. */
  if (g->index == 0) {
    errno = ENXIO;
    return -1;
  }
  const int fd = net_socket();
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
      setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) ||
      bind(fd, (const struct sockaddr *)&in, sizeof in) ||
      net_change_group(fd, g, 1)) {
    const int error = errno;
    if (fd >= 0) {
      close(fd);
    }
    errno = error;
    return -1;
  }
  return fd;
}

static int
change_group(const vsc_socket *s, const struct membership *m, int is_join)
{
  const struct net_group g = { .group = m->group,
                               .source = m->source,
                               .index = index_of(s->os) };
  return net_change_group(s->fd, &g, is_join);
}

static void
set_live(vsc_socket *s, int live)
{
  /* Pairs with the acquire in batch_receive and batch_send. */
  atomic_store_explicit(&s->is_live, live, memory_order_release);
}

static int
is_live(const vsc_socket *s)
{
  return atomic_load_explicit(&s->is_live, memory_order_relaxed);
}

static void
net_close(const vsc_net *net, vsc_socket *s)
{
  if (!s) {
    return;
  }
  struct os_darwin *const os = net->os;
  for (vsc_socket **link = &os->sockets; *link; link = &(*link)->next) {
    if (*link == s) {
      *link = s->next;
      break;
    }
  }
  if (s->fd >= 0) {
    close(s->fd);
  }
  arena_free(&s->memory);
  free(s);
}

static void
read_port(vsc_socket *s)
{
  struct sockaddr_in in = { .sin_port = 0 };
  socklen_t bytes = sizeof in;
  if (!getsockname(s->fd, (struct sockaddr *)&in, &bytes)) {
    atomic_store_explicit(&s->port, ntohs(in.sin_port), memory_order_relaxed);
  }
}

static vsc_status
net_open(const vsc_net *net, const vsc_socket_config *config, vsc_socket **out)
{
  struct os_darwin *const os = net->os;
  if (config->size < sizeof *config || config->dscp > 63 ||
      config->buffer_bytes > INT32_MAX || config->batch > NET_BATCH ||
      (config->flags & VSC_SOCKET_RECEIVE && !config->batch)) {
    return VSC_ERR_INVALID;
  }
  if (!os->name[0]) {
    return VSC_ERR_UNSUPPORTED;
  }
  vsc_socket *const s = calloc(1, sizeof *s);
  if (!s) {
    return VSC_ERR_NOMEM;
  }
  s->os = os;
  s->config = *config;
  s->fd = -1;
  vsc_status status = batch_init(s);
  if (status >= 0) {
    status = open_fd(os, config, &s->fd);
  }
  if (status < 0) {
    net_close(net, s);
    return status;
  }
  read_port(s);
  set_live(s, address_of(os) != 0);
  s->next = os->sockets;
  os->sockets = s;
  *out = s;
  return VSC_OK;
}

static struct membership *
find(vsc_socket *s, vsc_ip group, vsc_ip source)
{
  for (unsigned i = 0; i < s->group_count; i++) {
    if (s->groups[i].group == group && s->groups[i].source == source) {
      return &s->groups[i];
    }
  }
  return NULL;
}

static vsc_status
net_join(const vsc_net *net, vsc_socket *s, vsc_ip group, vsc_ip source)
{
  (void)net;
  if (!VSC_IP_IS_MULTICAST(group) || !(s->config.flags & VSC_SOCKET_RECEIVE)) {
    return VSC_ERR_INVALID;
  }
  struct membership *const known = find(s, group, source);
  if (known) {
    known->uses++;
    return VSC_OK;
  }
  const struct membership m = { .group = group, .source = source, .uses = 1 };
  if (s->group_count == VSC_NET_GROUPS) {
    return VSC_ERR_REFUSED;
  }
  if (is_live(s) && change_group(s, &m, 1)) {
    log_write(s->os->log,
              VSC_LOG_ERROR,
              "net",
              "cannot join " IP_FORMAT " on %s: %s",
              IP_BYTES(group),
              s->os->name,
              strerror(errno));
    return VSC_ERR_SYSTEM;
  }
  s->groups[s->group_count++] = m;
  return VSC_OK;
}

static void
net_leave(const vsc_net *net, vsc_socket *s, vsc_ip group, vsc_ip source)
{
  (void)net;
  struct membership *const m = find(s, group, source);
  if (m && --m->uses == 0) {
    (void)change_group(s, m, 0); /* gone with the interface is gone, too */
    *m = s->groups[--s->group_count];
  }
}

static int
net_fd(const vsc_net *net, const vsc_socket *s)
{
  (void)net;
  return s->fd;
}

static vsc_ip
net_address(const vsc_net *net) VSC_RT
{
  const struct os_darwin *const os = net->os;
  return atomic_load_explicit(&os->address, memory_order_relaxed);
}

static vsc_status
net_about(const vsc_net *net, vsc_net_about *out)
{
  const struct os_darwin *const os = net->os;
  vsc_net_about about = { .size = sizeof about };
  if (!os->name[0]) {
    return VSC_ERR_UNSUPPORTED;
  }
  memcpy(about.name, os->name, sizeof about.name);
  interface_identity(os->name, os->os.engine_id, about.identity);
  memcpy(out, &about, out->size < sizeof about ? out->size : sizeof about);
  return VSC_OK;
}

void
net_init(struct os_darwin *os)
{
  os->os.net = (vsc_net){ .size = sizeof(vsc_net),
                          .os = os,
                          .open = net_open,
                          .close = net_close,
                          .join = net_join,
                          .leave = net_leave,
                          .receive = batch_receive,
                          .send = batch_send,
                          .fd = net_fd,
                          .address = net_address,
                          .sent = batch_sent,
                          .about = net_about };
}

/* A new socket takes the old one's place behind the same number: the audio
   thread and the loop go on with what they know. */
static int
renew(vsc_socket *s)
{
  int fd;
  if (open_fd(s->os, &s->config, &fd) < 0) {
    return 0;
  }
  const int is_placed =
    dup2(fd, s->fd) >= 0 && !fcntl(s->fd, F_SETFD, FD_CLOEXEC);
  close(fd);
  if (is_placed) {
    read_port(s);
  }
  return is_placed;
}

void
net_revive(struct os_darwin *os, int is_changed)
{
  for (vsc_socket *s = os->sockets; s; s = s->next) {
    const int live = is_changed ? renew(s) : is_live(s);
    for (unsigned i = 0; live && i < s->group_count; i++) {
      /* The kernel reports a membership when it begins, and switches forgot. */
      if (!is_changed) {
        (void)change_group(s, &s->groups[i], 0);
      }
      if (change_group(s, &s->groups[i], 1)) {
        log_write(os->log,
                  VSC_LOG_ERROR,
                  "net",
                  "cannot join again on %s: %s",
                  os->name,
                  strerror(errno));
      }
    }
    set_live(s, live);
  }
}

void
net_silence(struct os_darwin *os)
{
  for (vsc_socket *s = os->sockets; s; s = s->next) {
    set_live(s, 0);
  }
}
