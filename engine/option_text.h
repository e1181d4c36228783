/* option_text.h - numbers and times from text, for option.c alone.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_OPTION_TEXT_H
#define VSC_ENGINE_OPTION_TEXT_H

#include "option.h"

enum parsed { PARSED, PARSED_NOT, PARSED_TOO_LARGE };

/** Decimal, with an optional "-". */
enum parsed
parse_int(const char *text, int64_t *out);
/** [-]DIGITS[.DIGITS]: no exponent, at most 15 digits. */
enum parsed
parse_real(const char *text, double *out);
/** As duration_parse, with an optional "-". */
enum parsed
parse_duration(const char *text, vsc_ns *out);

#endif
