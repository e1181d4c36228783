/* bridges.h - the bridges that a profile wants: a process of its own for each,
   because a sound card that hangs must not hang an engine. Started, restarted
   when one ends, ended with the engine. All on the main thread.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_BRIDGES_H
#define VSC_ENGINE_BRIDGES_H

#include "child.h"
#include "config_bridge.h"
#include "engine.h"

/** What a bridge says every second, on a line: see aes67 bridge --supervised.
 */
struct bridge_report {
  uint64_t frames, silent_frames, stops, jumps;
  int64_t latency_ns;
  double ppm;
  bool is_settled;
};

/** One [bridge] at work. */
struct bridge_child {
  struct config_bridge config;
  struct child child;
  char line[512]; /* what came of it and has no end yet */
  size_t used;
  bool is_too_long;
  struct bridge_report report; /* of this process */
  struct bridge_report before; /* counts of those before it */
  bool has_report;
  char reason[160]; /* what it said last that is no report, or empty */
  vsc_ns started_at, heard_at, retry_at;
  unsigned failures; /* in a row: how long to wait before the next */
  unsigned restarts;
  bool is_leaving; /* of no profile any more: freed when it has ended */
  struct bridge_child *next;
};

/** A line, hostile; false: it is none, and OUT stays. Pure. */
bool
bridge_report_read(const char *line, size_t bytes, struct bridge_report *out);
/** How long to wait after so many failures in a row: 1 s to 30 s. Pure. */
vsc_ns
bridge_pause(unsigned failures);

/** Take those of CONFIG over: who is the same goes on. */
void
bridges_reconcile(struct engine *e, const struct config *config);
/** Start, look after, restart. Every tick. */
void
bridges_tick(struct engine *e);
/** End all, and wait a little for them. */
void
bridges_destroy(struct engine *e);
/** "starting", "settling", "running" or "failed". */
const char *
bridge_word(const struct bridge_child *b);
/** Does one not run, that should? */
bool
bridges_have_failed(const struct engine *e);
json_t *
bridges_json(const struct engine *e);

#endif
