/* silence_parts.h - what silence.c and silence_plays.c share: the questions,
   and parts of their sentences. SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_SILENCE_PARTS_H
#define VSC_ENGINE_SILENCE_PARTS_H

#include "silence.h"
#include "silence_words.h"

/** The link offset that would have done, with a little more. */
vsc_ns
silence_needed_offset(const struct silence_facts *f);
/** ": set link_offset = ..." */
void
silence_say_link_offset(const struct silence_facts *f, char *out);
/** "the sender's clock runs 48 ppm fast against ours"; or that it has another
    rate and what to do: then not 0. */
int
silence_say_rate(const struct silence_facts *f, char *out);
/** What our own clock is instead of locked. */
void
silence_say_unlocked(const struct silence_facts *f, char *out);

/** Was a packet there too long ago, or never? */
int
silence_is_quiet(vsc_ns quiet);
/** Is it so? Then OUT has the sentence; empty before. */
int
silence_is_stalled(const struct silence_facts *f, char *out);
int
silence_is_partly_late(const struct silence_facts *f, char *out);
int
silence_is_losing(const struct silence_facts *f, char *out);
int
silence_has_one_leg(const struct silence_facts *f, char *out);
int
silence_is_stepping(const struct silence_facts *f, char *out);
int
silence_is_drifting(const struct silence_facts *f, char *out);
int
silence_has_other_master(const struct silence_facts *f, char *out);
int
silence_has_other_clock(const struct silence_facts *f, char *out);
int
silence_is_zeros(const struct silence_facts *f, char *out);

#endif
