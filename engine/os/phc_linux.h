/* phc_linux.h - the time stamps that a network interface makes itself, and its
   clock (PHC) beside ours. The system's calls are in a table, so that what is
   made of their answers can be tested without such an interface.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_PHC_LINUX_H
#define VSC_ENGINE_PHC_LINUX_H

#include "phc_map.h"

#include <stddef.h>

/** Answers are of the system: below 0 is an errno, of read() any. */
struct phc_system {
  void *arg;
  int (*open)(void *arg, const char *path);
  void (*close)(void *arg, int fd);
  /** An ioctl of any socket, about INTERFACE, with DATA behind its request. */
  int (*ask)(void *arg,
             const char *interface,
             unsigned long request,
             void *data);
  /** An ioctl of what open() opened. */
  int (*read)(void *arg, int fd, unsigned long request, void *data) VSC_RT;
  /** CLOCK_REALTIME - host time. */
  int64_t (*real_offset)(void *arg) VSC_RT;
};
extern const struct phc_system phc_kernel;

enum phc_method { PHC_PRECISE, PHC_RAW, PHC_REAL };

/** All zero is none. */
struct phc {
  const struct phc_system *system; /* NULL: no stamps of the interface */
  int fd;                          /* of /dev/ptpN */
  enum phc_method method;
  struct phc_map map;
  vsc_ns looked; /* when it was last read */
  unsigned lost; /* looks in a row after which nothing could be mapped */
  unsigned bare, unsent; /* arrivals in a row without a stamp; departures */
  vsc_ns bare_since;
  int is_bare; /* so many, for so long */
};

/** Turn the stamps of INTERFACE on, unless somebody has done so, and find its
    clock. VSC_ERR_UNSUPPORTED: it has none; VSC_ERR_REFUSED: it has, and they
   may not be used: WHY says what to permit. [main-thread] */
vsc_status
phc_begin(struct phc *p,
          const struct phc_system *system,
          const char *interface,
          char *why,
          size_t why_bytes);
/** Leaves the interface as it is: others may use its stamps by now. */
void
phc_end(struct phc *p);
/** A datagram came, with this stamp of the interface; 0: without. */
void
phc_arrived(struct phc *p, int64_t stamp, vsc_ns now) VSC_RT;
/** Host time of a stamp that the interface made before NOW, of an arrival or a
    departure. 0: not known. Looks at the clock a few times a second.
    [main-thread] */
int
phc_host(struct phc *p, int64_t stamp, vsc_ns now, vsc_ns *out) VSC_RT;
/** COUNT datagrams were sent, whose stamps phc_host() is to see. */
void
phc_sent(struct phc *p, uint32_t count) VSC_RT;
/** Nothing could be mapped, or nothing was stamped, for so long that it never
 * will.
 */
int
phc_is_lost(const struct phc *p);

#endif
