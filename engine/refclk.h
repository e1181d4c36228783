/* refclk.h - does the clock that a session names (a=ts-refclk) agree with ours?
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_REFCLK_H
#define VSC_ENGINE_REFCLK_H

#include "engine.h"

/** Does D name its clock? */
bool
refclk_is_told(const vsc_stream *d);
/** Is it the one that ours follows? */
bool
refclk_is_ours(const struct engine *e, const vsc_stream *d);
/** Does the session of S, which is SAID, follow another PTP domain than our
    clock, and is that to be minded? Then it should not be connected: AES67 8.2.
 */
bool
refclk_is_of_other_domain(const struct engine *e,
                          const struct stream *s,
                          const vsc_stream *said);

#endif
