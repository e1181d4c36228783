/* option.h - text to typed fields by an option table, and back: the one place
   that knows how a bool, an integer, a duration or a word is spelled.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_OPTION_H
#define VSC_ENGINE_OPTION_H

#include <stdbool.h>
#include <vsc/option.h>

/** Parse TEXT as ROW says and write the field in OBJECT. A STRING field points
    at TEXT itself: the caller keeps it alive. On failure nothing is written and
    WHY says what is wrong and what is allowed, in one line. */
vsc_status
option_set(const vsc_option *row,
           const char *text,
           void *object,
           char *why,
           size_t why_bytes);
/** Every row's fallback. A row without one keeps the object's zero. */
void
option_defaults(const vsc_option *rows, void *object);
/** The row named KEY, or NULL. ROWS may be NULL. */
const vsc_option *
option_find(const vsc_option *rows, const char *key);
/** The key in ROWS nearest to KEY by edit distance, or NULL if none is near. */
const char *
option_nearest(const vsc_option *rows, const char *key);
/** What is allowed, as text: "yes or no", "1..128", "250us..20ms". */
void
option_describe(const vsc_option *row, char *out, size_t bytes);
/** Is the table sound: types, widths, offsets inside INSTANCE_BYTES, fallbacks
    that parse? On failure WHY names the row. */
vsc_status
option_check(const vsc_option *rows,
             size_t instance_bytes,
             char *why,
             size_t why_bytes);

/** Duration text: "250us", "1.5ms", "2s", "10min". Unit required. */
vsc_status
duration_parse(const char *text, vsc_ns *out);
/** Shortest exact spelling: 250000 -> "250us". */
void
duration_format(vsc_ns t, char *out, size_t bytes);
/** "1-8", "3", "1-4,9": 1-based channels into OUT (0-based, at most MAX);
    how many, or VSC_ERR_INVALID. */
int32_t
channels_parse(const char *text, uint16_t *out, uint32_t max);
/** "239.69.1.1" -> number. */
vsc_status
ip_parse(const char *text, uint32_t *out);
/** At least 16 bytes; returns OUT. */
char *
ip_format(uint32_t ip, char *out);
/** For people: 12 ns, 1.25 us, 250 us, 3 ms, 2.5 s. Returns OUT. */
char *
time_text(int64_t ns, char out[32]);
/** 7 s, 3 min, 5 h, 2 d: what is left over is not told. Returns OUT. */
char *
age_text(int64_t s, char out[32]);

#define OPTION_KEY_BYTES 64  /* of a key, with its NUL */
#define OPTION_ROWS_MAX 256  /* of a table */
#define OPTION_WORDS_MAX 256 /* of an enumeration */

/** May KEY stand in a profile: letters, digits, "_" and "-", 1..63 bytes? */
bool
key_is_valid(const char *key);
/** The one of WORDS (NULL-ended, or NULL) nearest to WORD by edit distance, or
    NULL if none is near. */
const char *
word_nearest(const char *word, const char *const *words);
/** TEXT for a message: cut to what fits, between UTF-8 characters, "..." where
    it was cut. OUT has at least 8 bytes; returns OUT. */
const char *
text_shorten(const char *text, char *out, size_t bytes);

#endif
