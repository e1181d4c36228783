/* module.c - discovery-sap: sessions as the Session Announcement Protocol tells
   them (RFC 2974), and ours to the others.
   SPDX-License-Identifier: MIT */
#include "announcer.h"
#include "cache.h"
#include "modules/shared/ours.h"

#include <vsc/discovery.h>

#include <string.h>

#define SECOND (vsc_ns)1000000000
#define BATCH 64
#define BATCHES 8 /* of one turn: others want theirs */
#define TTL 255   /* RFC 2974, 3 */
#define GROUPS 2
/* Of some thousand packets: what comes while the main thread is busy. */
#define SOCKET_BYTES (1 << 20)

/* Administratively scoped, and global (RFC 2974, 3). */
static const vsc_ip groups[GROUPS] = { 0xEFFFFFFF, 0xE0027FFE };

struct discovery {
  vsc_ns period; /* option */
  /* constant after init */
  const vsc_host *host;
  struct cache *cache;
  struct announcer *announcer;
  vsc_counter *received, *sent, *malformed;
  vsc_counter *verdicts[CACHE_VERDICTS]; /* NULL: not counted */
  /* main thread */
  vsc_socket *socket; /* NULL: no interface */
  vsc_watch *watch;
  vsc_timer *timer;
};

static void
send_row(struct discovery *d, const struct announced *row, bool is_deletion)
{
  uint8_t bytes[ANNOUNCER_BYTES];
  const vsc_status n = announcer_packet(d->announcer, row, is_deletion, bytes);
  if (n <= 0 || !d->socket) {
    return;
  }
  vsc_datagram batch[GROUPS];
  for (unsigned i = 0; i < GROUPS; i++) {
    batch[i] = (vsc_datagram){ .bytes = bytes,
                               .length = (uint32_t)n,
                               .dest = groups[i],
                               .dest_port = SAP_PORT };
  }
  const vsc_net *const net = d->host->net;
  const int32_t gone = net->send(net, d->socket, batch, GROUPS);
  d->host->count(d->sent, gone > 0 ? (uint64_t)gone : 0);
}

/* What is due; at most all of them, once. */
static void
send_due(struct discovery *d, vsc_ns now)
{
  for (unsigned i = 0; i < ANNOUNCER_SESSIONS; i++) {
    struct announced *const row = announcer_due(d->announcer, now);
    if (!row) {
      return;
    }
    send_row(d, row, false);
    announcer_said(d->announcer, row, d->cache->bytes, now);
  }
}

static void
take(struct discovery *d, const vsc_datagram *datagram, vsc_ns now)
{
  struct sap_packet packet;
  d->host->count(d->received, 1);
  if (datagram->truncated ||
      sap_read(datagram->bytes, datagram->length, &packet) < 0) {
    d->host->count(d->malformed, 1);
    return;
  }
  if (datagram->source == d->host->net->address(d->host->net) &&
      announcer_knows(d->announcer, &packet)) {
    return;
  }
  const enum cache_verdict verdict =
    cache_take(d->cache, &packet, datagram->source, now);
  if (d->verdicts[verdict]) {
    d->host->count(d->verdicts[verdict], 1);
  }
}

static void
on_packets(void *arg, uint32_t events)
{
  struct discovery *const d = arg;
  const vsc_net *const net = d->host->net;
  const vsc_ns now = d->host->now(d->host);
  (void)events;
  for (unsigned turn = 0; turn < BATCHES; turn++) {
    vsc_datagram batch[BATCH];
    const int32_t n = net->receive(net, d->socket, batch, BATCH);
    for (int32_t i = 0; i < n; i++) {
      take(d, &batch[i], now);
    }
    if (n < BATCH) {
      return;
    }
  }
}

static void
on_tick(void *arg)
{
  struct discovery *const d = arg;
  const vsc_ns now = d->host->now(d->host);
  cache_expire(d->cache, now);
  send_due(d, now);
}

static vsc_status
discovery_init(void *self, const vsc_host *host)
{
  struct discovery *const d = self;
  d->host = host;
  d->cache = host->alloc(host, sizeof *d->cache);
  d->announcer = host->alloc(host, sizeof *d->announcer);
  d->received = host->counter(host, "received");
  d->sent = host->counter(host, "sent");
  d->malformed = host->counter(host, "malformed");
  d->verdicts[CACHE_REFUSED] = host->counter(host, "not_for_us");
  d->verdicts[CACHE_FULL] = host->counter(host, "too_many");
  d->verdicts[CACHE_FOREIGN] = host->counter(host, "foreign");
  return d->cache && d->announcer ? VSC_OK : VSC_ERR_NOMEM;
}

static void
discovery_stop(void *self)
{
  struct discovery *const d = self;
  for (unsigned i = 0; i < ANNOUNCER_SESSIONS; i++) {
    if (d->announcer->rows[i].stream.id[0]) {
      send_row(d, &d->announcer->rows[i], true);
      announcer_drop(d->announcer, &d->announcer->rows[i]);
    }
  }
  d->host->unwatch(d->host, d->watch);
  d->host->untimer(d->host, d->timer);
  d->host->net->close(d->host->net, d->socket);
  d->watch = NULL;
  d->timer = NULL;
  d->socket = NULL;
  /* Here and not at the start, where it would only bring in pages. */
  memset(d->cache, 0, sizeof *d->cache);
  memset(d->announcer, 0, sizeof *d->announcer);
}

/* Both groups, or one if the system refuses the other. */
static vsc_status
open_socket(struct discovery *d)
{
  const vsc_net *const net = d->host->net;
  const vsc_socket_config config = { .size = sizeof config,
                                     .flags = VSC_SOCKET_RECEIVE,
                                     .port = SAP_PORT,
                                     .ttl = TTL,
                                     .buffer_bytes = SOCKET_BYTES,
                                     .batch = BATCH };
  const vsc_status status = net->open(net, &config, &d->socket);
  if (status < 0) {
    d->socket = NULL;
    return status;
  }
  for (unsigned i = 0; i < GROUPS; i++) {
    net->join(net, d->socket, groups[i], 0);
  }
  const int fd = net->fd(net, d->socket);
  if (fd >= 0) {
    d->watch = d->host->watch(d->host, fd, VSC_FD_READ, on_packets, d);
  }
  return VSC_OK;
}

/* How often to look what is due: an idle engine should sleep. */
static vsc_ns
tick_of(vsc_ns period)
{
  const vsc_ns sixth = period / 6;
  return sixth < SECOND ? SECOND : sixth > 10 * SECOND ? 10 * SECOND : sixth;
}

/* Without an interface, or where somebody else has the port, nothing is found
   and nobody told; the engine goes on. */
static vsc_status
discovery_start(void *self, const vsc_discovery_sink *sink)
{
  struct discovery *const d = self;
  const vsc_ns now = d->host->now(d->host);
  cache_init(d->cache, sink);
  d->cache->filled = now;
  d->announcer->period = d->period;
  d->announcer->seed =
    ((uint64_t)now << 1 | 1) ^ d->host->net->address(d->host->net);
  if (open_socket(d) < 0) {
    d->host->log(
      d->host, VSC_LOG_WARN, "no session is announced, and none is found");
  }
  const vsc_ns tick = tick_of(d->period);
  d->timer = d->host->timer(d->host, now + tick, tick, on_tick, d);
  return d->timer ? VSC_OK : VSC_ERR_NOMEM;
}

static vsc_status
discovery_announce(void *self, const vsc_stream *stream)
{
  struct discovery *const d = self;
  const vsc_ns now = d->host->now(d->host);
  vsc_stream copy = { 0 };
  memcpy(
    &copy, stream, stream->size < sizeof copy ? stream->size : sizeof copy);
  struct announced *const row = announcer_put(d->announcer, &copy, now);
  if (!row) {
    return VSC_ERR_INVALID;
  }
  send_row(d, row, false);
  announcer_said(d->announcer, row, d->cache->bytes, now);
  return VSC_OK;
}

static void
discovery_withdraw(void *self, const char *id)
{
  struct discovery *const d = self;
  struct announced *const row = *id ? announcer_find(d->announcer, id) : NULL;
  if (row) {
    send_row(d, row, true);
    announcer_drop(d->announcer, row);
  }
}

static const vsc_option options[] = {
  VSC_OPTION(struct discovery,
             period,
             "period",
             VSC_OPT_DURATION,
             "30s",
             1000000000,
             300000000000,
             "between two announcements of a session; longer where many "
             "announce"),
  VSC_OPTIONS_END,
};

static const vsc_discovery_ops ops = {
  .size = sizeof ops,
  .start = discovery_start,
  .stop = discovery_stop,
  .announce = discovery_announce,
  .withdraw = discovery_withdraw,
};

VSC_EXPORT const vsc_module vsc_module_entry = {
  OUR_MODULE,
  .kind = VSC_KIND_DISCOVERY,
  .summary = "streams announced by SAP (RFC 2974), and ours to others",
  .instance_size = sizeof(struct discovery),
  .options = options,
  .ops = &ops,
  .init = discovery_init,
};
