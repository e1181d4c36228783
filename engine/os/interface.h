/* interface.h - how a network interface is now: for the back-ends of systems.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_OS_INTERFACE_H
#define VSC_ENGINE_OS_INTERFACE_H

#include "engine/os.h"

/** How the interface NAME is now; WISH is the address preferred where it has
    several. 0 when there is no such interface. [main-thread] */
int
interface_look(const char *name,
               vsc_ip wish,
               struct os_interface *out,
               int *is_running);

/** An EUI-64 of engine ENGINE_ID on the interface NAME: its hardware address
    around two octets of our own, or where it has none a locally administered
    one. [main-thread] */
void
interface_identity(const char *name, uint64_t engine_id, uint8_t out[8]);

/** The interface's hardware address, six zeros where it has none; not 0: it is
    one of Ethernet. In interface_linux.c and _darwin.c. [main-thread] */
int
interface_hardware(const char *name, uint8_t out[6]);

#endif
