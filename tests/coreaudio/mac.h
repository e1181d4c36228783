/* mac.h - the machine that the driver thinks it is on: its clock, and the
   driver's own thread, which here takes its turns when the test lets it.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_MAC_H
#define VSC_TESTS_MAC_H

#include <vsc/base.h>

/* As on Apple silicon. */
#define MAC_NUMER 125
#define MAC_DENOM 3
#define MAC_TICKS_PER_SECOND (1e9 * MAC_DENOM / MAC_NUMER)

/** Where the machine's time comes from. */
extern vsc_ns (*mac_now)(void);
/** When the driver's thread is to have its next turn; INT64_MAX: it has none.
 */
extern vsc_ns mac_due;
/** Its turn. */
void
mac_turn(void);

#endif
