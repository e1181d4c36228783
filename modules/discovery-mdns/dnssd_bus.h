/* dnssd_bus.h - a connection to the D-Bus system bus on the engine's loop.
   Nothing here waits: libavahi-client would, 25 s for each call while the
   daemon is stopped, and PTP with it. All [main-thread].
   SPDX-License-Identifier: MIT */
#ifndef VSC_MDNS_DNSSD_BUS_H
#define VSC_MDNS_DNSSD_BUS_H

#include <vsc/host.h>

#include <dbus/dbus.h>
#include <stdbool.h>

#define BUS_WATCHES 4 /* libdbus makes two for a socket */

struct bus;

/** A question that has no answer yet, or none at all. Zeroed it is none. */
struct bus_call {
  struct bus *bus;
  DBusPendingCall *pending; /* NULL: nothing was asked */
  void (*answered)(void *arg, DBusMessage *answer);
  void *arg;
};

struct bus_watch {
  struct bus *bus;
  DBusWatch *watch; /* NULL: free */
  vsc_watch *at;    /* NULL: not now */
};

struct bus {
  /* set before bus_open */
  const vsc_host *host;
  void (*ready)(void *arg); /**< we have a name and may ask */
  void (*signal)(void *arg, DBusMessage *message);
  void (*ended)(void *arg); /**< closed by the other side; may open again */
  void *arg;
  /* the bus's own */
  DBusConnection *connection; /* NULL: closed */
  vsc_timer *pump;
  struct bus_watch watches[BUS_WATCHES];
  struct bus_call hello;
  unsigned waiting; /* questions without an answer */
  vsc_ns since;     /* the last answer, or the first question after it */
  bool is_broken;   /* to be closed */
};

/** VSC_ERR_SYSTEM: there is no bus. */
vsc_status
bus_open(struct bus *b);
/** Whatever was asked must have been forgotten. Closed already is fine. */
void
bus_close(struct bus *b);

/** Takes MESSAGE, which may be NULL: no memory. The answer, which may be an
    error's, comes to call->answered; another question is forgotten. */
void
bus_ask(struct bus *b, struct bus_call *call, DBusMessage *message);
/** No answer will come. */
void
bus_forget(struct bus_call *call);
/** Takes MESSAGE, as bus_ask; nobody waits for an answer. */
void
bus_tell(struct bus *b, DBusMessage *message);

/** The name of the error that ANSWER is, or NULL. */
const char *
bus_error(DBusMessage *answer);
/** Has nothing been answered for ten seconds? */
bool
bus_is_stuck(const struct bus *b, vsc_ns now);

#endif
