/* stamps.h - who stamps our messages: what the profile wants, and what there
   is. SPDX-License-Identifier: MIT */
#ifndef VSC_PTP_STAMPS_H
#define VSC_PTP_STAMPS_H

#include <vsc/host.h>

#include "modules/clock-ptp/options.h"

/** Flags of a socket for event messages. */
uint32_t
stamps_flags(const struct ptp_options *o);
/** Of open sockets on an interface, as vsc_clock_report.stamps. */
uint32_t
stamps_of(const vsc_net_about *about);
/** Log when the sockets on INTERFACE are not what the profile insists on. */
void
stamps_say(const struct ptp_options *o,
           const vsc_host *host,
           const char *interface);

#endif
