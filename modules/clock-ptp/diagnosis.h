/* diagnosis.h - one sentence that says what is wrong with the clock, and what
   to do about it. SPDX-License-Identifier: MIT */
#ifndef VSC_PTP_DIAGNOSIS_H
#define VSC_PTP_DIAGNOSIS_H

#include "modules/clock-ptp/ladder.h"
#include "modules/clock-ptp/port.h"

/* What the module knows besides. */
struct diagnosis_facts {
  const char *interface;
  int has_network;      /* there is an interface with an address */
  int is_permitted;     /* the ports are open */
  int is_in_use;        /* somebody else has them for himself */
  int has_joined;       /* 224.0.1.129 */
  uint16_t shared_port; /* that another program has, too; 0: none */
};

/** Empty when all is well. */
void
diagnosis_write(const struct diagnosis_facts *d,
                const struct port *p,
                const struct ladder *l,
                vsc_ns now,
                char *out,
                size_t bytes);

/** The state of V in a few words, for the log. */
void
diagnosis_state(const struct ladder *l,
                const vsc_clock_view *v,
                char *out,
                size_t bytes);

#endif
