/* host.h - what the engine offers a module. Modules call nothing else: no
   clock_gettime, no malloc, no threads, no stdout.
   SPDX-License-Identifier: MIT */
#ifndef VSC_HOST_H
#define VSC_HOST_H

#include <vsc/base.h>
#include <vsc/net.h>

VSC_BEGIN_DECLS

enum vsc_log_level { VSC_LOG_ERROR, VSC_LOG_WARN, VSC_LOG_INFO, VSC_LOG_DEBUG };
enum { VSC_FD_READ = 1, VSC_FD_WRITE = 2, VSC_FD_ERROR = 4 };

enum vsc_clock_state {
  VSC_CLOCK_FREE = 0,    /**< follows nobody */
  VSC_CLOCK_LOCKING = 1, /**< has a master, not yet trusted */
  VSC_CLOCK_LOCKED = 2,
  VSC_CLOCK_HOLDOVER = 3, /**< lost its master, goes on at the last rate */
  VSC_CLOCK_MASTER = 4,   /**< others follow us */
};

/** One consistent view of the media clock: at host time t the media time is
    tai_ns + (t - host_ns) * rate, while generation stays the same. */
typedef struct vsc_clock_view {
  uint32_t size;       /**< sizeof(vsc_clock_view) */
  uint32_t state;      /**< enum vsc_clock_state */
  vsc_ns host_ns;      /**< where the map is anchored; host time */
  int64_t tai_ns;      /**< media time there; since the PTP epoch */
  double rate;         /**< media seconds per host second, 0.99..1.01 */
  int64_t error_ns;    /**< bound of the error at host_ns; below 0: unknown */
  uint32_t generation; /**< grows by one at every step of media time */
  uint32_t domain;     /**< PTP domain; 0 for other clocks */
  uint8_t grandmaster[8]; /**< clock identity; all zero: none */
} vsc_clock_view;

typedef struct vsc_counter vsc_counter;
typedef struct vsc_watch vsc_watch;
typedef struct vsc_timer vsc_timer;

/** Lent to an instance from init() until fini() returns. */
typedef struct vsc_host {
  uint32_t size;      /**< sizeof(vsc_host) */
  uint32_t abi_major, /**< the engine's VSC_ABI_MAJOR */
    abi_minor;        /**< the engine's VSC_ABI_MINOR */
  void *instance;     /**< the engine's own; do not touch */

  /** Log one line; no newline. Formats into a ring that the main thread
      drains; when the ring is full the line is dropped and counted. At most 240
      bytes. From the audio thread only integers, %s and %c. [thread-safe] */
  void (*log)(const struct vsc_host *h, int level, const char *fmt, ...) VSC_RT
    VSC_PRINTF(3, 4);

  /** Zeroed, prefaulted, cache-aligned memory: the instance's while called
      from init(), the stream's while called from an open(); freed by the host
      after fini() or close(). NULL when there is none. [main-thread] */
  void *(*alloc)(const struct vsc_host *h, size_t bytes);

  /** Host time. Under test it is virtual. [thread-safe] */
  vsc_ns (*now)(const struct vsc_host *h) VSC_RT;

  /** The same instant on two clocks: host time, and TAI as the system has it
      with its UTC offset in seconds (0: the system does not know one). For
      clock modules. [main-thread] */
  vsc_status (*system_clock)(const struct vsc_host *h,
                             vsc_ns *host,
                             int64_t *tai_ns,
                             int32_t *utc_offset);

  /** Read the media clock; wait-free. OUT->size must be set. [thread-safe] */
  void (*clock_read)(const struct vsc_host *h, vsc_clock_view *out) VSC_RT;

  /** A named counter that shows up in `aes67 stats`; the same name gives the
      same counter. Never NULL. [main-thread] */
  vsc_counter *(*counter)(const struct vsc_host *h, const char *name);
  void (*count)(vsc_counter *c, uint64_t n) VSC_RT; /**< [thread-safe] */

  /** The main loop. Callbacks run on the main thread. [main-thread] */
  vsc_watch *(*watch)(const struct vsc_host *h,
                      int fd,
                      uint32_t events,
                      void (*cb)(void *arg, uint32_t events),
                      void *arg);
  /** Frees W, also from its own callback; NULL is fine. [main-thread] */
  void (*unwatch)(const struct vsc_host *h, vsc_watch *w);
  /** First call at host time FIRST, then every PERIOD ns (0: once; it must
      still be freed with untimer). [main-thread] */
  vsc_timer *(*timer)(const struct vsc_host *h,
                      vsc_ns first,
                      vsc_ns period,
                      void (*cb)(void *arg),
                      void *arg);
  /** Frees T, also from its own callback; NULL is fine. [main-thread] */
  void (*untimer)(const struct vsc_host *h, vsc_timer *t);

  /** Ask for the module's on_main() soon; calls in between collapse.
      [thread-safe] */
  void (*request_main)(const struct vsc_host *h) VSC_RT;

  const vsc_net *net; /**< sockets; never NULL */

  /** Later services, by name; NULL where this engine lacks them.
      [thread-safe] */
  const void *(*extension)(const struct vsc_host *h, const char *id);
} vsc_host;

VSC_END_DECLS
#endif
