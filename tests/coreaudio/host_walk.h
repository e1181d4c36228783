/* host_walk.h - what the parts of host_walk() share.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_HOST_WALK_H
#define VSC_TESTS_HOST_WALK_H

#include "simulated_host.h"

#define FOUR(text) VSC_FOURCC((text)[0], (text)[1], (text)[2], (text)[3])

/** 'p'lug-in, 'd'evice, 's'tream, or '?'. */
char
host_letter(const struct host *h, AudioObjectID object);
/** Do answers agree with each other? The half of host_walk() that is no list.
 */
void
host_agree(struct host *h);

#endif
