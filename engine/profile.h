/* profile.h - an INI profile as a table of sections and keys that remembers
   where each value came from. It knows the grammar, not the meaning: which keys
   a section allows is told by option tables.
   UTF-8, one thing a line, of at most 197 bytes, not indented:
     ; a comment, and # too; " ;" (after a space) begins one behind a value
     include = NAME       only as the first key; a name or a path
     [role name]          or [role]; the name is the rest, 1..63 bytes
     key = value          both trimmed; quotes are not special
   In a value or a name "\;" is a plain ";", "\\" a plain "\", "\x" is "\x".
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_PROFILE_H
#define VSC_ENGINE_PROFILE_H

#include <vsc/option.h>
#include <stdbool.h>

/** One "key = value" line. */
struct profile_entry {
  char *key, *value;
  const char *file; /* or "--set", "saved state" */
  int line;         /* 0 where there is none */
  bool is_used;     /* profile_apply found a row for it */
  bool is_refused;  /* its value was reported as wrong, once */
  unsigned reading; /* profile's own: which file, to tell duplicates */
};

/** One section after merging: [role name]. */
struct profile_section {
  char *role; /* "send" */
  char *name; /* "tx1"; "" where there is none */
  const char *file;
  int line;
  struct profile_entry *entries; /* moved by the next put to the section */
  unsigned count;
  unsigned reading; /* profile's own */
};

/** Owns everything above. A section lives until it is removed; every string
    until the profile is destroyed, also of values since replaced, because what
    profile_apply filled points at them. */
struct profile;

/** Told one line: "FILE:LINE: what; allowed; nearest". [main-thread] */
typedef void
profile_error(void *arg, const char *line);
struct profile *
profile_create(profile_error *error, void *arg);
void
profile_destroy(struct profile *profile);
/** Where accepted entries that are worth a word go; nowhere by default. */
void
profile_on_notice(struct profile *profile, profile_error *notice, void *arg);
/** Where profiles are looked up by name: a NULL-ended list of folders, first
    wins. What contains "/" or names a file that ends in ".ini" is a path. */
vsc_status
profile_find(const char *name_or_path,
             const char *const *folders,
             char *path,
             size_t path_bytes);
/** Why profile_find found nothing, and what may have been meant: one sentence
    into OUT; returns OUT. */
const char *
profile_missing(const char *name_or_path,
                const char *const *folders,
                char *out,
                size_t bytes);
/** The profile's name nearest to NAME, beside FILE (may be NULL) or in FOLDERS,
    into OUT (64 bytes); false: none is near. */
bool
profile_nearest(const char *file,
                const char *name,
                const char *const *folders,
                char *out);
/** Read FILE (a path) over what is there, its "include = NAME" first: looked up
    in FILE's own folder, then in FOLDERS (may be NULL). Every error is
    reported; VSC_ERR_MALFORMED if there was one. */
vsc_status
profile_read(struct profile *profile,
             const char *path,
             const char *const *folders);
/** The same from memory: NAME stands for the file in messages. */
vsc_status
profile_read_text(struct profile *profile,
                  const char *name,
                  const char *text,
                  size_t bytes);
/** "receive rx1.address=239.69.1.1": the first "=", then the last dot. */
vsc_status
profile_set(struct profile *profile, const char *assignment);
unsigned
profile_sections(const struct profile *profile);
struct profile_section *
profile_section_at(const struct profile *profile, unsigned i);
/** NULL when there is none. */
struct profile_section *
profile_section(const struct profile *profile,
                const char *role,
                const char *name);
/** Made when there is none; NULL, reported, when it could not be written. */
struct profile_section *
profile_section_need(struct profile *profile,
                     const char *role,
                     const char *name);
/** The entry, or NULL. SECTION may be NULL. */
struct profile_entry *
profile_entry(const struct profile_section *section, const char *key);
/** Set one key; what could not be read back is reported instead. */
void
profile_put(struct profile *profile,
            const char *role,
            const char *name,
            const char *key,
            const char *value,
            const char *source);
void
profile_remove(struct profile *profile, const char *role, const char *name);

/** Fill OBJECT from SECTION's entries that ROWS know and mark them used; a
    value that does not parse is reported with its place. SECTION may be NULL.
    Does not apply fallbacks (option_defaults does). */
vsc_status
profile_apply(struct profile *profile,
              struct profile_section *section,
              const vsc_option *rows,
              void *object);
/** What else to say of a value that is wrong: "; leave the quotes away", or "".
 */
const char *
profile_hint(const struct profile_entry *entry);
/** Report every entry that nobody used, with the nearest key of TABLES (ends
    with NULL). NOTICE, if not NULL, may answer a text to accept it with. */
vsc_status
profile_report_unused(struct profile *profile,
                      struct profile_section *section,
                      const vsc_option *const *tables,
                      const char *(*notice)(void *arg, const char *key),
                      void *arg);
/** Report an error at ENTRY or, when that is NULL, at the section's header. */
void
profile_complain(struct profile *profile,
                 const struct profile_section *section,
                 const struct profile_entry *entry,
                 const char *fmt,
                 ...) VSC_PRINTF(4, 5);
unsigned
profile_errors(const struct profile *profile);

/** INI text that reads back the same; with_source adds "; FILE:LINE". The
    caller frees it; NULL without memory. */
char *
profile_text(const struct profile *profile, bool with_source);
/** Write TEXT to PATH so that a crash or a full disk leaves the old file or the
    new one, never a part: temporary file beside it, fsync, rename, fsync of the
    folder. Missing folders are made (0700). WHY: one sentence. */
vsc_status
profile_save_text(const char *path,
                  const char *text,
                  char *why,
                  size_t why_bytes);

#endif
