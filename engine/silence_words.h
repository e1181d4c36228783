/* silence_words.h - what sentences of silence.c are put together from.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_SILENCE_WORDS_H
#define VSC_ENGINE_SILENCE_WORDS_H

#include <vsc/net.h>

#define SILENCE_WORD 24 /* bytes of one */

/** Append to the SILENCE_TEXT bytes of OUT while there is room. */
void
silence_say(char *out, const char *fmt, ...) VSC_PRINTF(2, 3);
/** "14 s", "3 min", "5 h". Returns OUT, as all of these. */
const char *
silence_age(vsc_ns ns, char out[SILENCE_WORD]);
/** "750 us", "4.2 ms", "37.0 s"; without its sign. */
const char *
silence_span(vsc_ns ns, char out[SILENCE_WORD]);
/** As a profile has it: "750us", "6ms". */
const char *
silence_option(vsc_ns ns, char out[SILENCE_WORD]);
/** A number that people would write, above NS. */
vsc_ns
silence_round_up(vsc_ns ns);
const char *
silence_ip(vsc_ip address, char out[SILENCE_WORD]);
/** "00-1D-C1-FF-FE-50-36-33" */
const char *
silence_clock_name(const uint8_t *id, unsigned bytes, char out[SILENCE_WORD]);

#endif
