/* options.h - what a profile says of clock-ptp, and what that means in numbers.
   SPDX-License-Identifier: MIT */
#ifndef VSC_PTP_OPTIONS_H
#define VSC_PTP_OPTIONS_H

#include <vsc/option.h>

#include "modules/clock-ptp/ladder.h"
#include "modules/clock-ptp/port.h"

enum ptp_stamps { PTP_STAMPS_AUTO, PTP_STAMPS_SOFTWARE, PTP_STAMPS_HARDWARE };

/** Fields as the option table fills them in. */
struct ptp_options {
  int32_t preset, role, delay_req, dscp, stamps;
  int64_t domain, priority1, priority2, announce_timeout;
  vsc_ns announce_interval, sync_interval, delay_interval;
  vsc_ns holdover, step;
  int64_t asymmetry_ns, dscp_event, dscp_general, ttl;
  int64_t event_port, general_port, utc_offset;
  const char *allow, *ladder;
};

extern const vsc_option ptp_option_rows[];

/** Without identity and address. */
void
options_port(const struct ptp_options *o, struct port_config *out);
/** DSCP of event messages, or of the others. */
uint8_t
options_dscp(const struct ptp_options *o, int is_event);

#endif
