/* stamps.c - the flags of sockets, and a line when they are in vain.
   SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/stamps.h"

#include <vsc/clock.h>

/* Interfaces know PTP by its port. */
static int
is_known_port(const struct ptp_options *o)
{
  return o->event_port == PTP_EVENT_PORT;
}

uint32_t
stamps_flags(const struct ptp_options *o)
{
  return o->stamps != PTP_STAMPS_SOFTWARE && is_known_port(o)
           ? VSC_SOCKET_STAMPS | VSC_SOCKET_HARDWARE
           : VSC_SOCKET_STAMPS;
}

uint32_t
stamps_of(const vsc_net_about *about)
{
  return about->has_hardware_stamps ? 2 : 1;
}

void
stamps_say(const struct ptp_options *o,
           const vsc_host *host,
           const char *interface)
{
  vsc_net_about about = { .size = sizeof about };
  if (o->stamps != PTP_STAMPS_HARDWARE ||
      (host->net->about(host->net, &about) >= 0 && stamps_of(&about) == 2)) {
    return;
  }
  if (is_known_port(o)) {
    host->log(host,
              VSC_LOG_WARN,
              "stamps = hardware: %s has no hardware time stamps that we may "
              "use; the kernel's are used",
              interface);
  } else {
    host->log(host,
              VSC_LOG_WARN,
              "stamps = hardware: only of event_port = %d; the kernel's are "
              "used",
              PTP_EVENT_PORT);
  }
}
