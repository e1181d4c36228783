/* silence_words.h - what sentences of silence.c are put together from.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_SILENCE_WORDS_H
#define VSC_ENGINE_SILENCE_WORDS_H

#include <vsc/net.h>

#define SILENCE_WORD 32 /* bytes of one */

/** Append to the SILENCE_TEXT bytes of OUT while there is room. */
void
silence_say(char *out, const char *fmt, ...) VSC_PRINTF(2, 3);
/** "750 us", "4.2 ms", "37.0 s"; without its sign. Returns OUT. */
const char *
silence_span(vsc_ns ns, char out[SILENCE_WORD]);
/** A number that people would write, above NS. */
vsc_ns
silence_round_up(vsc_ns ns);
#endif
