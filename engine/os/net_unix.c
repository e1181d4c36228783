/* net_unix.c - UDP sockets that speak on one interface and on no other, and
   that survive its going away. Every byte of memory is there from open() on.
   SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "engine/log.h"
#include "modules/shared/address.h"
#include "system.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *
net_set(int fd, const struct net_option *rows, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    const struct net_option *const o = &rows[i];
    if (setsockopt(fd, o->level, o->name, o->value, o->bytes)) {
      return o->what;
    }
  }
  return NULL;
}

/* NULL, or what the system refuses. */
static const char *
set_up(int fd, const struct os_unix *os, const vsc_socket_config *c)
{
  const int bytes = (int)c->buffer_bytes;
  const struct net_option in = NET_ROW(SOL_SOCKET, SO_RCVBUF, bytes);
  const struct net_option out = NET_ROW(SOL_SOCKET, SO_SNDBUF, bytes);
  const char *what = net_set_up(fd, os, c);
  if (!what && c->port && net_share(fd)) {
    what = "SO_REUSEADDR";
  }
  if (!what && bytes) {
    what = net_set(fd, c->flags & VSC_SOCKET_RECEIVE ? &in : &out, 1);
  }
  return what;
}

/* Received multicast comes to any address; everything else is the interface's
   own. */
static int
bind_to(int fd, const struct os_unix *os, const vsc_socket_config *c)
{
  const int is_any =
    (c->flags & VSC_SOCKET_RECEIVE) && !(c->flags & VSC_SOCKET_UNICAST);
  const struct sockaddr_in in =
    net_at(is_any ? INADDR_ANY : os_address(os), c->port);
  return bind(fd, (const struct sockaddr *)&in, sizeof in);
}

static void
say_refused(const struct os_unix *os, unsigned port, int error)
{
  char advice[300];
  if (error == EACCES && net_permission(advice, sizeof advice)) {
    log_write(os->log,
              VSC_LOG_ERROR,
              "net",
              "no permission for UDP port %u: %s",
              port,
              advice);
    return;
  }
  log_write(os->log,
            VSC_LOG_ERROR,
            "net",
            "cannot use UDP port %u on %s: %s",
            port,
            os->name,
            strerror(error));
}

/* Logged when it fails. */
static vsc_status
open_fd(const struct os_unix *os, const vsc_socket_config *c, int *out)
{
  const int given =
    c->port && c->flags & VSC_SOCKET_RECEIVE ? activation_socket(c->port) : -1;
  const int fd = given >= 0 ? given : net_socket();
  if (fd < 0) {
    log_write(os->log, VSC_LOG_ERROR, "net", "no socket: %s", strerror(errno));
    return VSC_ERR_SYSTEM;
  }
  const char *const refused = os_address(os) ? set_up(fd, os, c) : NULL;
  if (refused) {
    log_write(os->log,
              VSC_LOG_ERROR,
              "net",
              "the system refuses %s on %s: %s",
              refused,
              os->name,
              strerror(errno));
  } else if (!os_address(os) || given >= 0 || !bind_to(fd, os, c)) {
    *out = fd;
    return VSC_OK;
  }
  const int error = errno;
  close(fd);
  if (refused) {
    return VSC_ERR_SYSTEM;
  }
  say_refused(os, c->port, error);
  return error == EACCES       ? VSC_ERR_REFUSED
         : error == EADDRINUSE ? VSC_ERR_AGAIN
                               : VSC_ERR_SYSTEM;
}

/* As setsockopt(). */
static int
change(int fd, const struct net_group *g, int is_join)
{
  /* By the interface's number: two may have the same address. */
  if (!g->source) {
    const struct ip_mreqn request = { .imr_multiaddr.s_addr = htonl(g->group),
                                      .imr_ifindex = g->index };
    return setsockopt(fd,
                      IPPROTO_IP,
                      is_join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP,
                      &request,
                      sizeof request);
  }
  const struct sockaddr_in group = net_at(g->group, 0);
  const struct sockaddr_in source = net_at(g->source, 0);
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
  const struct sockaddr_in in = net_at(g->group, port);
  /* Without a number the kernel would join where it likes. */
  if (g->index == 0) {
    errno = ENODEV;
    return -1;
  }
  const int fd = net_socket();
  if (fd < 0 || net_share(fd) ||
      bind(fd, (const struct sockaddr *)&in, sizeof in) || change(fd, g, 1)) {
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
                               .index = os_index(s->os) };
  return change(s->fd, &g, is_join);
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
  struct os_unix *const os = net->os;
  for (vsc_socket **at = &os->sockets; *at; at = &(*at)->next) {
    if (*at == s) {
      *at = s->next;
      break;
    }
  }
  hardware_close(os);
  if (s->fd >= 0) {
    close(s->fd);
  }
  arena_free(&s->memory);
  free(s);
}

static void
read_port(vsc_socket *s)
{
  struct sockaddr_in in = { 0 };
  socklen_t bytes = sizeof in;
  if (!getsockname(s->fd, (struct sockaddr *)&in, &bytes)) {
    atomic_store_explicit(&s->port, ntohs(in.sin_port), memory_order_relaxed);
  }
}

static vsc_status
net_open(const vsc_net *net, const vsc_socket_config *config, vsc_socket **out)
{
  struct os_unix *const os = net->os;
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
  hardware_open(os, config);
  vsc_status status = batch_init(s);
  if (status >= 0) {
    status = open_fd(os, config, &s->fd);
  }
  if (status < 0) {
    net_close(net, s);
    return status;
  }
  read_port(s);
  set_live(s, os_address(os) != 0);
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
    /* The kernel's limits may be lower than ours, and a group with and without
       a source does not go together: another socket helps. */
    if (s->group_count &&
        (errno == ENOBUFS || errno == EADDRINUSE || errno == EINVAL)) {
      return VSC_ERR_REFUSED;
    }
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
  return os_address(net->os);
}

static vsc_status
net_about(const vsc_net *net, vsc_net_about *out)
{
  const struct os_unix *const os = net->os;
  vsc_net_about about = { .size = sizeof about };
  if (!os->name[0]) {
    return VSC_ERR_UNSUPPORTED;
  }
  memcpy(about.name, os->name, sizeof about.name);
  interface_identity(os->name, os->os.engine_id, about.identity);
  hardware_about(os, &about);
  memcpy(out, &about, out->size < sizeof about ? out->size : sizeof about);
  return VSC_OK;
}

int
net_is_ours(const vsc_socket *s, int index) VSC_RT
{
  return s->config.flags & VSC_SOCKET_UNICAST || /* bound to our address */
         index == os_index(s->os);
}

void
net_init(struct os_unix *os)
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

/* A new socket takes the old one's place behind the same number, in one step:
   the audio thread and poll() go on with what they know. */
static int
renew(vsc_socket *s)
{
  int fd;
  if (open_fd(s->os, &s->config, &fd) < 0) {
    return 0;
  }
  const int is_placed = net_place(fd, s->fd) >= 0;
  close(fd);
  if (is_placed) {
    read_port(s);
  } else {
    log_write(s->os->log,
              VSC_LOG_ERROR,
              "net",
              "cannot renew a socket on %s",
              s->os->name);
  }
  return is_placed;
}

void
net_revive(struct os_unix *os, int is_changed)
{
  hardware_renew(os);
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
net_silence(struct os_unix *os)
{
  for (vsc_socket *s = os->sockets; s; s = s->next) {
    set_live(s, 0);
  }
}
