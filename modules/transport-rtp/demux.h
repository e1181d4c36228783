/* demux.h - from where a datagram arrived to the receivers that want it: an
   immutable open-addressing table, built once for each plan.

   The key is socket and destination: the socket stands for the port, and a
   group that two sockets hold (with and without a source filter) arrives on
   both.
   SPDX-License-Identifier: MIT */
#ifndef VSC_DEMUX_H
#define VSC_DEMUX_H

#include <vsc/net.h>

/** One receiver; NEXT is another one for the same key, or NULL. */
struct demux_row {
  const struct demux_row *next;
  void *item;
  vsc_ip dest;
  uint32_t socket;
};

struct demux {
  uint32_t mask; /* slots - 1 */
  uint32_t count, capacity;
  struct demux_row *rows;
  const struct demux_row **slots; /* first row of each key, or NULL */
};

/** Bytes of memory behind a table of COUNT receivers. */
size_t
demux_size(uint32_t count);

/** An empty table for up to COUNT receivers in MEMORY: zeroed, aligned for a
    pointer, demux_size(COUNT) bytes, the caller's. [main-thread] */
void
demux_init(struct demux *demux, uint32_t count, void *memory);

/** At most as often as said to demux_init. [main-thread] */
void
demux_add(struct demux *demux, uint32_t socket, vsc_ip dest, void *item);

/** NULL: nobody wants it. [audio-thread] */
const struct demux_row *
demux_find(const struct demux *demux, uint32_t socket, vsc_ip dest) VSC_RT;

#endif
