/* membership.c - finds a socket for a group, or opens one.
   SPDX-License-Identifier: MIT */
#include "modules/transport-rtp/membership.h"

#include "modules/shared/address.h"

vsc_status
membership_init(struct membership_table *table,
                const vsc_host *host,
                uint32_t buffer_bytes)
{
  table->host = host;
  table->buffer_bytes = buffer_bytes;
  table->sockets = host->alloc(host, RX_SOCKETS * sizeof *table->sockets);
  if (!table->sockets) {
    host->log(
      host, VSC_LOG_ERROR, "no memory for %d receive sockets", RX_SOCKETS);
    return VSC_ERR_NOMEM;
  }
  return VSC_OK;
}

static struct membership *
find(struct rx_socket *socket, vsc_ip group, vsc_ip source)
{
  for (uint32_t i = 0; i < VSC_NET_GROUPS; i++) {
    struct membership *const m = &socket->members[i];
    if (m->uses && m->group == group && m->source == source) {
      return m;
    }
  }
  return NULL;
}

/* A free place for the group; none where the socket has the same group in the
   other mode: "any source" and "these sources" exclude each other on a socket,
   and the second would silence the first. */
static struct membership *
place(struct rx_socket *socket, vsc_ip group, vsc_ip source)
{
  struct membership *free = NULL;
  for (uint32_t i = 0; i < VSC_NET_GROUPS; i++) {
    struct membership *const m = &socket->members[i];
    if (!m->uses) {
      free = free ? free : m;
    } else if (m->group == group && !m->source != !source) {
      return NULL;
    }
  }
  return free;
}

static struct membership_hold
hold_of(const struct membership_table *table,
        const struct rx_socket *socket,
        const struct membership *member)
{
  return (struct membership_hold){
    .socket = (uint16_t)(socket - table->sockets),
    .member = (uint16_t)(member - socket->members),
  };
}

static vsc_status
open_socket(struct membership_table *table,
            uint16_t port,
            int is_unicast,
            struct rx_socket **out)
{
  const vsc_host *const host = table->host;
  struct rx_socket *s = table->sockets;
  while (s < table->sockets + RX_SOCKETS && s->socket) {
    s++;
  }
  if (s == table->sockets + RX_SOCKETS) {
    host->log(host,
              VSC_LOG_ERROR,
              "all %d receive sockets are in use; receive fewer groups or "
              "ports, or run a second instance",
              RX_SOCKETS);
    return VSC_ERR_NOMEM;
  }
  const vsc_socket_config config = {
    .size = sizeof config,
    .flags = VSC_SOCKET_RECEIVE | (is_unicast ? VSC_SOCKET_UNICAST : 0u),
    .port = port,
    .ttl = 1, /* nothing is sent from it */
    .buffer_bytes = table->buffer_bytes,
    .batch = RX_BATCH,
  };
  const vsc_status status = host->net->open(host->net, &config, &s->socket);
  if (status < 0) {
    s->socket = NULL;
    return status;
  }
  s->port = port;
  s->is_unicast = (uint8_t)is_unicast;
  *out = s;
  return VSC_OK;
}

static void
close_if_unused(struct membership_table *table, struct rx_socket *socket)
{
  for (uint32_t i = 0; i < VSC_NET_GROUPS; i++) {
    if (socket->members[i].uses) {
      return;
    }
  }
  table->host->net->close(table->host->net, socket->socket);
  *socket = (struct rx_socket){ .socket = NULL };
}

static vsc_status
join(struct membership_table *table,
     struct rx_socket *socket,
     const vsc_stream *stream,
     struct membership_hold *out)
{
  struct membership *const m = place(socket, stream->address, stream->source);
  if (!m) {
    return VSC_ERR_REFUSED;
  }
  const vsc_net *const net = table->host->net;
  const vsc_status status =
    net->join(net, socket->socket, stream->address, stream->source);
  if (status < 0) {
    return status;
  }
  *m = (struct membership){ .group = stream->address,
                            .source = stream->source,
                            .uses = 1 };
  *out = hold_of(table, socket, m);
  return VSC_OK;
}

static vsc_status
open_group(struct membership_table *table,
           const vsc_stream *stream,
           struct membership_hold *out)
{
  for (uint32_t i = 0; i < RX_SOCKETS; i++) {
    struct rx_socket *const s = &table->sockets[i];
    if (s->socket && s->port == stream->port && !s->is_unicast) {
      const vsc_status status = join(table, s, stream, out);
      if (status != VSC_ERR_REFUSED) {
        return status;
      }
    }
  }
  struct rx_socket *s = NULL;
  vsc_status status = open_socket(table, stream->port, 0, &s);
  if (status < 0) {
    return status;
  }
  status = join(table, s, stream, out);
  if (status == VSC_ERR_REFUSED) {
    table->host->log(table->host,
                     VSC_LOG_ERROR,
                     "stream \"%s\": the system refuses to join " IP_FORMAT
                     "; see net.ipv4.igmp_max_memberships",
                     stream->name,
                     IP_BYTES(stream->address));
  }
  if (status < 0) {
    close_if_unused(table, s);
  }
  return status;
}

static vsc_status
open_unicast(struct membership_table *table,
             const vsc_stream *stream,
             struct membership_hold *out)
{
  const vsc_net *const net = table->host->net;
  const vsc_ip own = net->address(net);
  if (own && stream->address != own) {
    table->host->log(table->host,
                     VSC_LOG_ERROR,
                     "stream \"%s\": address \"" IP_FORMAT
                     "\" is neither a group nor ours, \"" IP_FORMAT "\"",
                     stream->name,
                     IP_BYTES(stream->address),
                     IP_BYTES(own));
    return VSC_ERR_UNSUPPORTED;
  }
  struct rx_socket *s = NULL;
  const vsc_status status = open_socket(table, stream->port, 1, &s);
  if (status < 0) {
    return status;
  }
  /* Sources are told apart by the receivers: no kernel filter for unicast. */
  s->members[0] = (struct membership){ .group = stream->address, .uses = 1 };
  *out = hold_of(table, s, &s->members[0]);
  return VSC_OK;
}

vsc_status
membership_open(struct membership_table *table,
                const vsc_stream *stream,
                struct membership_hold *out)
{
  const int is_unicast = !VSC_IP_IS_MULTICAST(stream->address);
  const vsc_ip source = is_unicast ? 0 : stream->source;
  for (uint32_t i = 0; i < RX_SOCKETS; i++) {
    struct rx_socket *const s = &table->sockets[i];
    if (s->socket && s->port == stream->port && s->is_unicast == is_unicast) {
      struct membership *const m = find(s, stream->address, source);
      if (m) {
        m->uses++;
        *out = hold_of(table, s, m);
        return VSC_OK;
      }
    }
  }
  return is_unicast ? open_unicast(table, stream, out)
                    : open_group(table, stream, out);
}

void
membership_close(struct membership_table *table,
                 const struct membership_hold *hold)
{
  const vsc_net *const net = table->host->net;
  struct rx_socket *const s = &table->sockets[hold->socket];
  struct membership *const m = &s->members[hold->member];
  if (--m->uses) {
    return;
  }
  if (!s->is_unicast) {
    net->leave(net, s->socket, m->group, m->source);
  }
  close_if_unused(table, s);
}
