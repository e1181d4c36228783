/* profile_table.h - what the rooms of the profile share and nobody else sees:
   the table itself and the rules for what may stand in it.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_PROFILE_TABLE_H
#define VSC_ENGINE_PROFILE_TABLE_H

#include "option.h"
#include "profile.h"

#define PROFILE_LINE_BYTES 197   /* libinih's 200 less CR, LF and NUL */
#define PROFILE_ROLE_BYTES 32    /* with NUL */
#define PROFILE_NAME_BYTES 64    /* with NUL; as VSC_NAME_BYTES */
#define PROFILE_SECTIONS_MAX 512 /* four times 64 streams each way */
#define PROFILE_KEYS_MAX 128     /* of a section */
#define PROFILE_TOLD_MAX 64      /* mistakes: enough to begin with */
#define PROFILE_REPORT_BYTES 4096
#define PROFILE_TEXTS 256
#define PROFILE_PATH_BYTES 4096
#define PROFILE_WHY_BYTES 256

struct profile_string {
  struct profile_string *next;
  char bytes[];
};

struct profile {
  profile_error *error, *notice;
  void *error_arg, *notice_arg;
  unsigned errors;
  unsigned readings; /* files read so far */
  struct profile_section **sections;
  unsigned count;
  struct profile_string *strings[PROFILE_TEXTS]; /* hashed */
};

/** Where something was written. */
struct profile_place {
  const char *file; /* interned */
  int line;
  unsigned reading; /* 0: not from a file */
};

/** A header's inside, or the part of --set before the last dot. */
struct profile_header {
  char role[PROFILE_ROLE_BYTES];
  char name[PROFILE_NAME_BYTES];
};

/** The profile's own copy of TEXT, the same for the same text; NULL without
    memory (reported). */
char *
profile_intern(struct profile *profile, const char *text);
/** The same for a file's name, made harmless for messages. */
const char *
profile_intern_file(struct profile *profile, const char *name);
void
profile_report(struct profile *profile,
               const struct profile_place *place,
               const char *fmt,
               ...) VSC_PRINTF(3, 4);
/** The same to the sink for notices. */
void
profile_tell(struct profile *profile,
             const struct profile_place *place,
             const char *fmt,
             ...) VSC_PRINTF(3, 4);
/** Split "role name"; WHY (PROFILE_WHY_BYTES) says what is wrong. */
vsc_status
profile_split_header(const char *text, struct profile_header *out, char *why);
/** The section for HEADER, made when there is none; its place is PLACE now.
    A second one of one reading is reported. NULL: full, or no memory. */
struct profile_section *
profile_open(struct profile *profile,
             const struct profile_header *header,
             const struct profile_place *place);
/** Set KEY; a second one of one reading is reported instead. */
vsc_status
profile_store(struct profile *profile,
              struct profile_section *section,
              const char *key,
              const char *value,
              const struct profile_place *place);
/** As profile_find, but in the folder of FILE first. */
bool
profile_find_beside(const char *file,
                    const char *name,
                    const char *const *folders,
                    char *path,
                    size_t bytes);
/** NULL when these bytes may stand in a line, else what is wrong with them. */
const char *
profile_text_flaw(const char *bytes, size_t length);
/** Trim spaces at both ends, in place; returns the beginning. */
char *
profile_trim(char *text);
/** "[send tx1]" into OUT; returns OUT. */
#define PROFILE_LABEL_BYTES (PROFILE_ROLE_BYTES + PROFILE_NAME_BYTES + 4)
const char *
profile_label(const struct profile_section *section, char *out);
/** TEXT with ";" and "\" escaped where they would be read otherwise. OUT has
    2 * strlen(TEXT) + 1 bytes; how many were written. */
size_t
profile_escape(const char *text, char *out);
/** The inverse, in place. */
void
profile_unescape(char *text);

#endif
