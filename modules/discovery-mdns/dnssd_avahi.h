/* dnssd_avahi.h - what the two halves, what others have and what we have,
   share: the way to avahi-daemon and its state. All [main-thread].
   SPDX-License-Identifier: MIT */
#ifndef VSC_MDNS_DNSSD_AVAHI_H
#define VSC_MDNS_DNSSD_AVAHI_H

#include "dnssd.h"
#include "dnssd_bus.h"
#include "dnssd_label.h"

#include <vsc/stream.h>

#define DNSSD_PATH_BYTES 96
#define DNSSD_OWN 257 /* as many as are announced by SAP, and the device */

/* Interfaces of avahi-daemon, and the services that are meant. */
#define AVAHI "org.freedesktop.Avahi"
#define AVAHI_SERVER AVAHI ".Server"
#define AVAHI_BROWSER AVAHI ".ServiceBrowser"
#define AVAHI_RESOLVER AVAHI ".ServiceResolver"
#define AVAHI_GROUP AVAHI ".EntryGroup"
#define RTSP_TYPE "_rtsp._tcp"
#define SESSION_TYPE "_ravenna_session._sub._rtsp._tcp"
#define DEVICE_TYPE "_ravenna._sub._rtsp._tcp"
#define DOMAIN_LOCAL "local"

enum { AVAHI_IPV4 = 0, AVAHI_RUNNING = 2, AVAHI_OUR_OWN = 16 };

/** A session of somebody else's. */
struct found {
  char name[DNSSD_LABEL_BYTES]; /* empty: the row is free */
  char path[DNSSD_PATH_BYTES];  /* of its resolver; empty: none */
  struct dnssd *dnssd;
  struct bus_call call;
  vsc_ip address;
  uint16_t port;
  vsc_ns told_at;
  bool is_told;  /* the sink knows it */
  bool is_stale; /* of a daemon that is gone */
  bool is_gone;  /* freed when the call is answered */
};

enum own_step {
  OWN_NEW,
  OWN_RESET,
  OWN_ADD,
  OWN_SUBTYPE,
  OWN_COMMIT,
  OWN_DONE
};

/** A session of ours, or the device that has them. */
struct own {
  char name[VSC_NAME_BYTES];     /* empty: the row is free */
  char label[DNSSD_LABEL_BYTES]; /* what it is published as */
  char path[DNSSD_PATH_BYTES];   /* of its entry group; empty: none */
  struct dnssd *dnssd;
  struct bus_call call;
  enum own_step step; /* what is asked for, or done */
  uint16_t port;
  bool is_device;
  bool is_changed;  /* to be done again when the call is answered */
  bool is_gone;     /* freed when the call is answered */
  bool has_failed;  /* and was said; another try at the next tick */
  bool is_renamed;  /* and was not said */
  unsigned renames; /* since the last tick */
};

enum dnssd_phase {
  DNSSD_NO_INTERFACE,
  DNSSD_NO_BUS,
  DNSSD_NO_DAEMON,
  DNSSD_STUCK,
  DNSSD_STARTING,
  DNSSD_RUNNING,
};

struct dnssd {
  /* constant */
  const vsc_host *host;
  struct dnssd_sink sink;
  vsc_net_about about;
  vsc_counter *too_many, *malformed;
  /* main thread */
  struct bus bus;
  vsc_timer *tick;
  enum dnssd_phase phase;
  int32_t index;                /* the interface's; 0: it is not there */
  char owner[DNSSD_PATH_BYTES]; /* avahi-daemon's name on the bus, or empty */
  struct bus_call owner_call, state_call;
  bool is_running; /* avahi-daemon has its host name */
  bool has_complained;
  /* browsing */
  struct bus_call browse_call;
  char browser[DNSSD_PATH_BYTES];
  unsigned budget;  /* of resolvers until the next tick */
  bool has_missed;  /* there was no row for one */
  bool is_refused;  /* the browser was, and that was said */
  vsc_ns forget_at; /* what is stale; INT64_MAX: never */
  struct found found[DNSSD_FOUND];
  struct own own[DNSSD_OWN];
};

/** A call of METHOD at avahi-daemon's object PATH; NULL without memory. */
DBusMessage *
dnssd_method(const char *path, const char *interface, const char *method);
/** The object path that ANSWER has, into OUT; false: another answer. */
bool
dnssd_path(DBusMessage *answer, char out[DNSSD_PATH_BYTES]);
/** Frees what INTERFACE has at PATH, and empties it. */
void
dnssd_free(struct dnssd *d, const char *interface, char path[DNSSD_PATH_BYTES]);

/* dnssd_browse.c */

/** Look, anew, for what there is: a daemon runs, and none of its objects is
    ours. */
void
browse_start(struct dnssd *d);
/** The daemon is gone, and with it all objects; what was found stays a while.
 */
void
browse_lost(struct dnssd *d);
void
browse_tick(struct dnssd *d, vsc_ns now);
void
browse_signal(struct dnssd *d, DBusMessage *message);

/* dnssd_publish.c */

/** Tell all that we have, again where it was told: the daemon has a host name,
    or another. */
void
publish_start(struct dnssd *d);
/** As browse_lost. */
void
publish_lost(struct dnssd *d);
void
publish_tick(struct dnssd *d);
void
publish_signal(struct dnssd *d, DBusMessage *message);

#endif
