/* phc_map.h - what a network interface's own clock (PHC) showed, brought to
   host time: a straight line through its last readings. Pure: numbers in,
   numbers out. SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_PHC_MAP_H
#define VSC_ENGINE_PHC_MAP_H

#include <vsc/base.h>

#define PHC_READINGS 16 /* of the line: three seconds and more */

/** Both clocks at one instant. */
struct phc_reading {
  int64_t phc;  /* ns of any epoch */
  vsc_ns host;  /* middle of the bracket */
  vsc_ns width; /* of the bracket: the instant is known to half of it */
};

/** All zero is an empty one. */
struct phc_map {
  struct phc_reading readings[PHC_READINGS]; /* a ring */
  unsigned count, next;
  struct phc_reading doubted; /* it does not fit, another decides */
  int has_doubt;
  int is_ready;
  /* the line: host = phc + base + offset + drift * (host - origin) */
  int64_t base;
  vsc_ns origin;
  double offset, drift;
  unsigned steps; /* of the PHC, that were seen */
};

/** Take a reading, newer than the last. Not 0: it does not fit what came
   before: read again at once, for a second one of the same kind means that the
   PHC stepped; until then nothing is mapped. */
int
phc_map_add(struct phc_map *m, const struct phc_reading *r) VSC_RT;
/** Host time of what the PHC stamped within a few seconds of the last reading.
   0: not known. */
int
phc_map_host(const struct phc_map *m, int64_t phc, vsc_ns *out) VSC_RT;

#endif
