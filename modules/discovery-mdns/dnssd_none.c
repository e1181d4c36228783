/* dnssd_none.c - where there is no DNS-SD: nobody is found, and nobody told.
   SPDX-License-Identifier: MIT */
#include "dnssd.h"

vsc_status
dnssd_open(const vsc_host *host,
           const struct dnssd_sink *sink,
           struct dnssd **out)
{
  (void)sink;
  *out = NULL;
  host->log(host,
            VSC_LOG_INFO,
            "this build has no DNS-SD: nobody is found or told by it");
  return VSC_OK;
}

void
dnssd_close(struct dnssd *d)
{
  (void)d;
}

vsc_status
dnssd_register(struct dnssd *d, const char *name, uint16_t rtsp_port)
{
  (void)d;
  (void)name;
  (void)rtsp_port;
  return VSC_ERR_UNSUPPORTED;
}

void
dnssd_withdraw(struct dnssd *d, const char *name)
{
  (void)d;
  (void)name;
}

const char *
dnssd_own(const struct dnssd *d, const char *published)
{
  (void)d;
  (void)published;
  return NULL;
}
