/* module.c - discovery-mdns: RAVENNA's way: sessions have names in DNS-SD, and
   RTSP describes them.
   SPDX-License-Identifier: MIT */
#include "dnssd.h"
#include "rtsp_client.h"
#include "rtsp_server.h"
#include "modules/shared/ours.h"

#include <vsc/discovery.h>

#include <string.h>

#define SECOND (vsc_ns)1000000000

struct discovery {
  int64_t rtsp_port; /* option */
  /* constant after init */
  const vsc_host *host;
  struct rtsp_client *client;
  struct rtsp_server *server;
  /* main thread */
  struct dnssd *dnssd;
  vsc_timer *timer;
};

/* What we register comes back. */
static bool
is_own(const struct discovery *d, const char *url)
{
  struct rtsp_url u;
  const char *why;
  return rtsp_url_read(url, &u, &why) >= 0 && u.host == d->server->address &&
         u.port == d->server->port;
}

static void
on_found(void *arg, const char *name, const char *url)
{
  struct discovery *const d = arg;
  if (!is_own(d, url)) {
    rtsp_client_add(d->client, name, url);
  }
}

static void
on_lost(void *arg, const char *name)
{
  struct discovery *const d = arg;
  rtsp_client_drop(d->client, name);
}

/* Names lead to a port: told again where that is another. */
static void
register_all(struct discovery *d)
{
  for (unsigned i = 0; i < RTSP_SESSIONS; i++) {
    const vsc_stream *const row = &d->server->rows[i];
    if (row->id[0]) {
      dnssd_register(d->dnssd, row->name, d->server->port);
    }
  }
}

static const char *
own_name(void *arg, const char *published)
{
  const struct discovery *const d = arg;
  return dnssd_own(d->dnssd, published);
}

/* An idle engine should sleep. */
static void
tick(void *arg)
{
  struct discovery *const d = arg;
  const vsc_host *const h = d->host;
  const vsc_ns now = h->now(h);
  rtsp_client_tick(d->client);
  if (rtsp_server_tick(d->server)) {
    register_all(d);
  }
  h->untimer(h, d->timer);
  d->timer =
    h->timer(h,
             now + (rtsp_client_is_busy(d->client) ? SECOND : 5 * SECOND),
             0,
             tick,
             d);
}

/* The client has something to do sooner than it had. */
static void
on_main(void *self)
{
  struct discovery *const d = self;
  if (d->timer) {
    tick(d);
  }
}

static vsc_status
discovery_init(void *self, const vsc_host *host)
{
  struct discovery *const d = self;
  d->host = host;
  d->client = host->alloc(host, sizeof *d->client);
  d->server = host->alloc(host, sizeof *d->server);
  if (!d->client || !d->server) {
    return VSC_ERR_NOMEM;
  }
  rtsp_client_init(d->client, host);
  rtsp_server_init(d->server, host, (uint16_t)d->rtsp_port);
  d->server->own = own_name;
  d->server->arg = d;
  return VSC_OK;
}

static void
discovery_stop(void *self)
{
  struct discovery *const d = self;
  dnssd_close(d->dnssd);
  d->dnssd = NULL;
  d->host->untimer(d->host, d->timer);
  d->timer = NULL;
  rtsp_client_stop(d->client);
  rtsp_server_stop(d->server);
  memset(d->server->rows, 0, sizeof d->server->rows);
}

/* DNS-SD is half of it: without that, URLs still work. */
static vsc_status
discovery_start(void *self, const vsc_discovery_sink *sink)
{
  struct discovery *const d = self;
  const struct dnssd_sink names = { .arg = d,
                                    .found = on_found,
                                    .lost = on_lost };
  rtsp_client_start(d->client, sink);
  (void)dnssd_open(d->host, &names, &d->dnssd);
  tick(d);
  if (!d->timer) {
    discovery_stop(d);
    return VSC_ERR_NOMEM;
  }
  return VSC_OK;
}

static vsc_status
discovery_announce(void *self, const vsc_stream *stream)
{
  struct discovery *const d = self;
  vsc_stream copy = { 0 };
  memcpy(
    &copy, stream, stream->size < sizeof copy ? stream->size : sizeof copy);
  const vsc_stream *const known = rtsp_server_find(d->server, copy.id);
  const bool is_renamed = !known || strcmp(known->name, copy.name) != 0;
  if (known && is_renamed) {
    dnssd_withdraw(d->dnssd, known->name);
  }
  const vsc_status status = rtsp_server_put(d->server, &copy);
  if (status >= 0 && is_renamed && d->server->address) {
    dnssd_register(d->dnssd, copy.name, d->server->port);
  }
  return status;
}

static void
discovery_withdraw(void *self, const char *id)
{
  struct discovery *const d = self;
  const vsc_stream *const row = *id ? rtsp_server_find(d->server, id) : NULL;
  if (row) {
    dnssd_withdraw(d->dnssd, row->name);
    rtsp_server_drop(d->server, id);
  }
}

static void
discovery_follow(void *self, const char *const *urls, uint32_t count)
{
  struct discovery *const d = self;
  rtsp_client_follow(d->client, urls, count);
}

static const char *
discovery_trouble(void *self, const char *url)
{
  const struct discovery *const d = self;
  return rtsp_client_trouble(d->client, url);
}

static const vsc_option options[] = {
  VSC_OPTION(struct discovery,
             rtsp_port,
             "rtsp_port",
             VSC_OPT_INT,
             "8854",
             1,
             65535,
             "TCP port where our sessions are described; any other that is "
             "free when it is taken"),
  VSC_OPTIONS_END,
};

static const vsc_discovery_ops ops = {
  .size = sizeof ops,
  .start = discovery_start,
  .stop = discovery_stop,
  .announce = discovery_announce,
  .withdraw = discovery_withdraw,
  .follow = discovery_follow,
  .trouble = discovery_trouble,
};

VSC_EXPORT const vsc_module vsc_module_entry = {
  OUR_MODULE,
  .kind = VSC_KIND_DISCOVERY,
  .summary = "RAVENNA sessions by DNS-SD and RTSP, and ours to others",
  .instance_size = sizeof(struct discovery),
  .options = options,
  .ops = &ops,
  .init = discovery_init,
  .on_main = on_main,
};
