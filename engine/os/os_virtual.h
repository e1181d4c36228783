/* os_virtual.h - hosts, clocks and a network that exist only in a program:
   whole engines run on them from one seed, much faster than real time.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_OS_VIRTUAL_H
#define VSC_ENGINE_OS_VIRTUAL_H

#include "engine/os.h"

struct world;

/** A datagram on its way. */
struct world_packet {
  vsc_ip source, dest;
  uint16_t source_port, dest_port;
  uint8_t dscp, ttl;
  uint32_t length;
  const uint8_t *bytes;
  int64_t sent; /* true time, ns */
};

#define WORLD_COPIES 4
/** What the network does to P on its way to host TO: how many copies arrive (0:
    lost), each DELAY[i] ns after it was sent. */
typedef int
world_fate(void *arg,
           const struct world_packet *p,
           vsc_ip to,
           int64_t delay[WORLD_COPIES]);

/** TAI: true time at the start. Without a fate everything arrives after 100 us.
 */
struct world *
world_create(uint64_t seed, int64_t tai);
void
world_destroy(struct world *w); /* its hosts too */
void
world_set_fate(struct world *w, world_fate *fate, void *arg);
/** A well-mixed number, from the seed. */
uint64_t
world_random(struct world *w);
/** True time, TAI. */
int64_t
world_now(const struct world *w);
/** Never back. */
void
world_set_now(struct world *w, int64_t tai);

/** A host whose monotonic clock runs PPM fast against true time. */
struct os *
world_host(struct world *w, vsc_ip address, double ppm);
/** True time of a host's time, and the other way. */
int64_t
world_true_time(const struct os *os, vsc_ns host);
vsc_ns
world_host_time(const struct os *os, int64_t tai);
/** Step a host's system TAI by NS from now on. */
void
world_step_clock(struct os *os, int64_t ns);
/** Nothing reaches a host that is unplugged. */
void
world_unplug(struct os *os, int is_unplugged);
/** A host's sockets lose their groups, and nobody tells them. */
void
world_forget_groups(struct os *os);
/** Send BYTES from a stranger. */
void
world_inject(struct world *w, const struct world_packet *p);

#endif
