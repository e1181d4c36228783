/* sdp_text.h - careful reading of text from strangers: slices that are eaten
   from the front, and names made fit to show.
   SPDX-License-Identifier: MIT */
#ifndef VSC_SDP_TEXT_H
#define VSC_SDP_TEXT_H

#include <vsc/net.h>

#include <stdbool.h>

/** Bytes [at, end) of somebody else's text. */
struct slice {
  const char *at, *end;
};

static inline size_t
slice_length(struct slice s)
{
  return (size_t)(s.end - s.at);
}

bool
slice_is(struct slice s, const char *word);
/** As slice_is, but letters of either case are equal. */
bool
slice_is_any_case(struct slice s, const char *word);
/** Without blanks and control characters at both ends. */
struct slice
slice_trim(struct slice s);
/** Up to the next C, which is eaten too, or to the end. */
struct slice
slice_until(struct slice *s, char c);
/** The next word: blanks before it are eaten. Empty at the end. */
struct slice
slice_word(struct slice *s);
/** Eats the literal WORD when S begins with it. */
bool
slice_skip(struct slice *s, const char *word);
/** Eats digits, at least one, of a number up to MAX. */
bool
slice_number(struct slice *s, uint64_t max, uint64_t *out);
/** S is a name of letters, digits, - + . _ (RFC 4855, 3). */
bool
slice_is_token(struct slice s);
/** All of S is a dotted IPv4 address. */
bool
slice_ip(struct slice s, vsc_ip *out);

/** S as valid UTF-8 without characters that are not shown or blanks at its
    ends, cut to fit; always NUL-terminated. */
void
text_clean(struct slice s, char *out, size_t bytes);

#endif
