/* dnssd.h - RAVENNA's services in DNS-SD: who is there, and telling that we
   are. All [main-thread].
   SPDX-License-Identifier: MIT */
#ifndef VSC_MDNS_DNSSD_H
#define VSC_MDNS_DNSSD_H

#include <vsc/host.h>

#define DNSSD_FOUND 256 /* sessions that are found at most */

struct dnssd;

/** Where findings go. URL is rtsp://A.B.C.D:PORT/by-name/NAME, NAME
    percent-encoded. A name that is found again may have moved. Ours are not
    found, but for a moment perhaps. */
struct dnssd_sink {
  void *arg;
  void (*found)(void *arg, const char *name, const char *url);
  void (*lost)(void *arg, const char *name);
};

/** Works without a daemon: waits for one, and says so once. SINK is copied. */
vsc_status
dnssd_open(const vsc_host *host,
           const struct dnssd_sink *sink,
           struct dnssd **out);
/** Withdraws everything; nothing is found or lost after it. NULL is fine. */
void
dnssd_close(struct dnssd *d);
/** A session that RTSP describes at RTSP_PORT: _rtsp._tcp with the subtype
    _ravenna_session; with the first of them the device is told, too. NAME is
    below VSC_NAME_BYTES. Where it is another's already, or cannot stand in
    DNS-SD as it is, it is told under another: dnssd_own() knows. Never from the
    sink's functions, as the rest. NULL is fine. */
vsc_status
dnssd_register(struct dnssd *d, const char *name, uint16_t rtsp_port);
void
dnssd_withdraw(struct dnssd *d, const char *name);
/** The session of ours that others know as PUBLISHED, which is what they ask
    RTSP for; NULL: none, or D is NULL. */
const char *
dnssd_own(const struct dnssd *d, const char *published);

#endif
