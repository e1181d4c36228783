/* os.h - what the engine needs of the system: time, sleep, sockets. The back
   ends are os/os_unix.c, for Linux and macOS, and os/os_virtual.c.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_OS_H
#define VSC_ENGINE_OS_H

#include <vsc/host.h>

struct log;

/** What the system says of what reaches us. */
struct os_reception {
  char name[64]; /* of the interface */
  int is_up;     /* it has a link */
  int is_joined; /* it is in the group; -1: the system does not say */
};

/** A back-end begins with this struct. */
struct os {
  /** [thread-safe] */
  vsc_ns (*now)(const struct os *os) VSC_RT;
  /** As vsc_host.system_clock. [main-thread] */
  vsc_status (*system_clock)(const struct os *os,
                             vsc_ns *host,
                             int64_t *tai_ns,
                             int32_t *utc_offset);
  /** Sleep on the audio thread until host time T; returns at once when T has
      passed. [audio-thread] */
  void (*sleep_until)(const struct os *os, vsc_ns t) VSC_RT;
  /** Something changed about the interface (link, address): the back-end has
      done its part; called from its own watch. May be NULL. [main-thread] */
  void (*on_link)(void *arg, int is_up);
  void *on_link_arg;
  vsc_net net; /* net.os is this */
  /** Told apart from this machine's other engines by it; see
      vsc_net_about.identity. Set by who creates it. */
  uint64_t engine_id;
  /** An ear for GROUP at PORT, beside our sockets and of no consequence for
      other programs: its number, or -1. Then whether it has heard anything, and
      it is closed. [main-thread] */
  int (*listen_at)(const struct os *os, vsc_ip group, uint16_t port);
  int (*has_heard)(const struct os *os, int ear);
  /** How the interface and GROUP are, for people. [main-thread] */
  void (*reception)(const struct os *os,
                    vsc_ip group,
                    struct os_reception *out);
  /** Its file descriptor for link changes, or -1; when readable call
      service(). [main-thread] */
  int (*link_fd)(const struct os *os);
  void (*service)(struct os *os);
  void (*destroy)(struct os *os); /* [main-thread] */
};

/** Which interface a profile means. */
struct os_interface {
  char name[64];  /* "eth0"; empty: none, nothing is ever sent */
  int index;      /* the system's number; 0: none */
  vsc_ip address; /* its IPv4 address; 0: none */
  int is_loopback;
};

/** WISH: empty, an interface name, an IPv4 address, or "auto". VSC_ERR_* with
    one sentence in WHY (what is wrong, and which interfaces there are).
    Empty gives VSC_OK and no interface. [main-thread] */
vsc_status
os_find_interface(const char *wish,
                  struct os_interface *out,
                  char *why,
                  size_t why_bytes);

/** The real back-end of this system. LOG outlives it. [main-thread] */
vsc_status
os_create(const struct os_interface *interface,
          struct log *log,
          struct os **out);

/** NULL is fine. [main-thread] */
static inline void
os_destroy(struct os *os)
{
  if (os) {
    os->destroy(os);
  }
}

#endif
