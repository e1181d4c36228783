/* module.c - discovery-mdns: RAVENNA's way: sessions have names in DNS-SD, and
   RTSP describes them.
   SPDX-License-Identifier: MIT */
#include "dnssd.h"

#include <vsc/discovery.h>

struct discovery {
  int64_t rtsp_port; /* option */
  /* constant after init */
  const vsc_host *host;
  /* main thread */
  struct dnssd *dnssd;
};

static void
on_found(void *arg, const char *name, const char *url)
{
  struct discovery *const d = arg;
  d->host->log(d->host, VSC_LOG_DEBUG, "found \"%s\" at %s", name, url);
}

static void
on_lost(void *arg, const char *name)
{
  struct discovery *const d = arg;
  d->host->log(d->host, VSC_LOG_DEBUG, "lost \"%s\"", name);
}

static vsc_status
discovery_init(void *self, const vsc_host *host)
{
  struct discovery *const d = self;
  d->host = host;
  return VSC_OK;
}

static void
discovery_stop(void *self)
{
  struct discovery *const d = self;
  dnssd_close(d->dnssd);
  d->dnssd = NULL;
}

static vsc_status
discovery_start(void *self, const vsc_discovery_sink *sink)
{
  struct discovery *const d = self;
  const struct dnssd_sink names = { .arg = d,
                                    .found = on_found,
                                    .lost = on_lost };
  (void)sink;
  return dnssd_open(d->host, &names, &d->dnssd);
}

static vsc_status
discovery_announce(void *self, const vsc_stream *stream)
{
  struct discovery *const d = self;
  return dnssd_register(d->dnssd, stream->name, (uint16_t)d->rtsp_port);
}

static void
discovery_withdraw(void *self, const char *id)
{
  (void)self;
  (void)id;
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
};

VSC_EXPORT const vsc_module vsc_module_entry = {
  VSC_MODULE_HEAD,
  .kind = VSC_KIND_DISCOVERY,
  .version = "0.1.0",
  .vendor = "AES67 Virtual Soundcard",
  .license = "MIT",
  .summary = "RAVENNA sessions by DNS-SD and RTSP, and ours to others",
  .instance_size = sizeof(struct discovery),
  .options = options,
  .ops = &ops,
  .init = discovery_init,
};
