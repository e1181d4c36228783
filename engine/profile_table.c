/* profile_table.c - the profile as a table: merging, where each value came
   from, and complaints with their place.
   SPDX-License-Identifier: MIT */
#include "profile_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct profile *
profile_create(profile_error *error, void *arg)
{
  struct profile *const profile = calloc(1, sizeof *profile);
  if (profile) {
    profile->error = error;
    profile->error_arg = arg;
  }
  return profile;
}

static void
section_destroy(struct profile_section *section)
{
  free(section->entries);
  free(section);
}

void
profile_destroy(struct profile *profile)
{
  if (!profile) {
    return;
  }
  for (unsigned i = 0; i < profile->count; i++) {
    section_destroy(profile->sections[i]);
  }
  free(profile->sections);
  for (unsigned i = 0; i < PROFILE_TEXTS; i++) {
    for (struct profile_string *s = profile->strings[i], *next; s; s = next) {
      next = s->next;
      free(s);
    }
  }
  free(profile);
}

void
profile_on_notice(struct profile *profile, profile_error *notice, void *arg)
{
  profile->notice = notice;
  profile->notice_arg = arg;
}

unsigned
profile_errors(const struct profile *profile)
{
  return profile->errors;
}

/* Strings and messages. */

char *
profile_intern(struct profile *profile, const char *text)
{
  uint32_t hash = 2166136261u; /* FNV-1a */
  for (const char *p = text; *p; p++) {
    hash = (hash ^ (unsigned char)*p) * 16777619u;
  }
  struct profile_string **const list = &profile->strings[hash % PROFILE_TEXTS];
  for (struct profile_string *s = *list; s; s = s->next) {
    if (!strcmp(s->bytes, text)) {
      return s->bytes;
    }
  }
  const size_t bytes = strlen(text) + 1;
  struct profile_string *const s = malloc(sizeof *s + bytes);
  if (!s) {
    profile_report(profile, NULL, "no memory left for the profile");
    return NULL;
  }
  memcpy(s->bytes, text, bytes);
  s->next = *list;
  *list = s;
  return s->bytes;
}

const char *
profile_intern_file(struct profile *profile, const char *name)
{
  char *const interned = profile_intern(profile, name);
  if (!interned || !profile_text_flaw(interned, strlen(interned))) {
    return interned;
  }
  char harmless[PROFILE_REPORT_BYTES];
  snprintf(harmless, sizeof harmless, "%s", name);
  for (char *p = harmless; *p; p++) {
    *p = *p >= ' ' && *p < 0x7F ? *p : '?';
  }
  return profile_intern(profile, harmless);
}

/* One mistake more: is it told? */
static bool
count_error(struct profile *profile)
{
  if (++profile->errors == PROFILE_TOLD_MAX + 1 && profile->error) {
    profile->error(profile->error_arg, "more mistakes than that are not told");
  }
  return profile->errors <= PROFILE_TOLD_MAX;
}

static VSC_PRINTF(4, 0) void say(profile_error *sink,
                                 void *arg,
                                 const struct profile_place *place,
                                 const char *fmt,
                                 va_list args)
{
  if (!sink) {
    return;
  }
  char line[PROFILE_REPORT_BYTES] = "";
  int n = 0;
  if (place && place->line) {
    n = snprintf(line, sizeof line, "%s:%d: ", place->file, place->line);
  } else if (place) {
    n = snprintf(line, sizeof line, "%s: ", place->file);
  }
  if (n >= 0 && (size_t)n < sizeof line) {
    vsnprintf(line + n, sizeof line - (size_t)n, fmt, args);
  }
  sink(arg, line);
}

void
profile_report(struct profile *profile,
               const struct profile_place *place,
               const char *fmt,
               ...)
{
  va_list args;
  va_start(args, fmt);
  if (count_error(profile)) {
    say(profile->error, profile->error_arg, place, fmt, args);
  }
  va_end(args);
}

void
profile_tell(struct profile *profile,
             const struct profile_place *place,
             const char *fmt,
             ...)
{
  va_list args;
  va_start(args, fmt);
  say(profile->notice, profile->notice_arg, place, fmt, args);
  va_end(args);
}

void
profile_complain(struct profile *profile,
                 const struct profile_section *section,
                 const struct profile_entry *entry,
                 const char *fmt,
                 ...)
{
  const struct profile_place place = {
    .file = entry     ? entry->file
            : section ? section->file
                      : NULL,
    .line = entry     ? entry->line
            : section ? section->line
                      : 0,
  };
  va_list args;
  va_start(args, fmt);
  if (count_error(profile)) {
    say(profile->error,
        profile->error_arg,
        place.file ? &place : NULL,
        fmt,
        args);
  }
  va_end(args);
}

/* The table. */

unsigned
profile_sections(const struct profile *profile)
{
  return profile->count;
}

struct profile_section *
profile_section_at(const struct profile *profile, unsigned i)
{
  return i < profile->count ? profile->sections[i] : NULL;
}

struct profile_section *
profile_section(const struct profile *profile,
                const char *role,
                const char *name)
{
  for (unsigned i = 0; i < profile->count; i++) {
    struct profile_section *const s = profile->sections[i];
    if (!strcmp(s->role, role) && !strcmp(s->name, name)) {
      return s;
    }
  }
  return NULL;
}

struct profile_entry *
profile_entry(const struct profile_section *section, const char *key)
{
  for (unsigned i = 0; section && i < section->count; i++) {
    if (!strcmp(section->entries[i].key, key)) {
      return &section->entries[i];
    }
  }
  return NULL;
}

/* ITEMS with room for one more than COUNT; grown whenever COUNT is a power of
   two, so that it needs no capacity beside it. */
static void *
room_for_one(void *items, unsigned count, size_t bytes)
{
  return count & (count - 1) ? items
                             : realloc(items, (count ? 2 * count : 1) * bytes);
}

static struct profile_section *
section_add(struct profile *profile,
            const struct profile_header *header,
            const struct profile_place *place)
{
  if (profile->count == PROFILE_SECTIONS_MAX) {
    profile_report(profile,
                   place,
                   "more than %d sections; remove some",
                   PROFILE_SECTIONS_MAX);
    return NULL;
  }
  char *const role = profile_intern(profile, header->role);
  char *const name = profile_intern(profile, header->name);
  struct profile_section *const s = calloc(1, sizeof *s);
  struct profile_section **const sections =
    room_for_one(profile->sections, profile->count, sizeof(void *));
  if (sections) {
    profile->sections = sections;
  }
  if (!role || !name || !s || !sections) {
    free(s);
    profile_report(profile, place, "no memory left for the profile");
    return NULL;
  }
  s->role = role;
  s->name = name;
  sections[profile->count++] = s;
  return s;
}

struct profile_section *
profile_open(struct profile *profile,
             const struct profile_header *header,
             const struct profile_place *place)
{
  struct profile_section *s =
    profile_section(profile, header->role, header->name);
  if (!s) {
    s = section_add(profile, header, place);
  } else if (place->reading && s->reading == place->reading) {
    char label[PROFILE_LABEL_BYTES];
    profile_report(profile,
                   place,
                   "duplicate section %s; the first is in line %d, put all "
                   "keys there",
                   profile_label(s, label),
                   s->line);
    return s;
  }
  if (s && (place->reading || !s->file)) {
    s->file = place->file; /* the newest file's: where a reader would look */
    s->line = place->line;
    s->reading = place->reading;
  }
  return s;
}

/* NULL when KEY = VALUE can be written and read again. */
static const char *
entry_flaw(const char *key, const char *value, char *why)
{
  char escaped[2 * PROFILE_LINE_BYTES + 1];
  const size_t length = strlen(value);
  if (!key_is_valid(key)) {
    char shown[OPTION_KEY_BYTES];
    snprintf(why,
             PROFILE_WHY_BYTES,
             "\"%s\" is not a key; a key is one word of letters, digits, \"_\" "
             "and \"-\"",
             text_shorten(key, shown, sizeof shown));
    return why;
  }
  if (!strcmp(key, "include")) {
    snprintf(
      why, PROFILE_WHY_BYTES, "include is only for the first line of a file");
    return why;
  }
  const char *const flaw = profile_text_flaw(value, length);
  if (flaw) {
    snprintf(why, PROFILE_WHY_BYTES, "the value of \"%s\" has %s", key, flaw);
    return why;
  }
  if (length > PROFILE_LINE_BYTES ||
      strlen(key) + 1 + profile_escape(value, escaped) > PROFILE_LINE_BYTES) {
    snprintf(why,
             PROFILE_WHY_BYTES,
             "the value of \"%s\" is too long; a line has at most %d bytes",
             key,
             PROFILE_LINE_BYTES);
    return why;
  }
  return NULL;
}

vsc_status
profile_store(struct profile *profile,
              struct profile_section *section,
              const char *key,
              const char *value,
              const struct profile_place *place)
{
  char label[PROFILE_LABEL_BYTES];
  char why[PROFILE_WHY_BYTES];
  profile_label(section, label);
  if (entry_flaw(key, value, why)) {
    profile_report(profile, place, "%s", why);
    return VSC_ERR_MALFORMED;
  }
  struct profile_entry *e = profile_entry(section, key);
  if (e && place->reading && e->reading == place->reading) {
    profile_report(profile,
                   place,
                   "duplicate key \"%s\" in %s; the first is in line %d",
                   key,
                   label,
                   e->line);
    return VSC_ERR_MALFORMED;
  }
  if (!e && section->count == PROFILE_KEYS_MAX) {
    profile_report(
      profile, place, "more than %d keys in %s", PROFILE_KEYS_MAX, label);
    return VSC_ERR_MALFORMED;
  }
  char *const key_copy = profile_intern(profile, key);
  char *const value_copy = profile_intern(profile, value);
  if (!key_copy || !value_copy) {
    return VSC_ERR_NOMEM;
  }
  if (!e) {
    struct profile_entry *const entries =
      room_for_one(section->entries, section->count, sizeof *entries);
    if (!entries) {
      profile_report(profile, place, "no memory left for the profile");
      return VSC_ERR_NOMEM;
    }
    section->entries = entries;
    e = &entries[section->count++];
  }
  *e = (struct profile_entry){ .key = key_copy,
                               .value = value_copy,
                               .file = place->file,
                               .line = place->line,
                               .reading = place->reading };
  return VSC_OK;
}

/* Role and name as one header, so that one rule judges both. */
static struct profile_section *
section_from(struct profile *profile,
             const char *role,
             const char *name,
             const char *source)
{
  struct profile_section *const known = profile_section(profile, role, name);
  const struct profile_place place = { .file =
                                         profile_intern_file(profile, source) };
  if (known || !place.file) {
    return known;
  }
  char text[PROFILE_ROLE_BYTES + PROFILE_NAME_BYTES + 64];
  char why[PROFILE_WHY_BYTES];
  struct profile_header header;
  const int n = snprintf(text, sizeof text, "%s %s", role, name);
  if (n >= (int)sizeof text) {
    profile_report(profile,
                   &place,
                   "a section name of %zu bytes; at most %d are allowed",
                   strlen(name),
                   PROFILE_NAME_BYTES - 1);
    return NULL;
  }
  if (profile_split_header(text, &header, why) < 0) {
    profile_report(profile, &place, "%s", why);
    return NULL;
  }
  return profile_open(profile, &header, &place);
}

struct profile_section *
profile_section_need(struct profile *profile,
                     const char *role,
                     const char *name)
{
  return section_from(profile, role, name, "defaults");
}

void
profile_put(struct profile *profile,
            const char *role,
            const char *name,
            const char *key,
            const char *value,
            const char *source)
{
  struct profile_section *const s = section_from(profile, role, name, source);
  const struct profile_place place = { .file =
                                         profile_intern_file(profile, source) };
  char *const copy = s && place.file ? strdup(value) : NULL;
  if (copy) {
    profile_store(profile, s, key, profile_trim(copy), &place);
  }
  free(copy);
}

void
profile_remove(struct profile *profile, const char *role, const char *name)
{
  struct profile_section *const s = profile_section(profile, role, name);
  unsigned i = 0;
  while (s && profile->sections[i] != s) {
    i++;
  }
  if (s) {
    profile->count--;
    memmove(&profile->sections[i],
            &profile->sections[i + 1],
            (profile->count - i) * sizeof *profile->sections);
    section_destroy(s);
  }
}

vsc_status
profile_set(struct profile *profile, const char *assignment)
{
  const struct profile_place place = { .file =
                                         profile_intern(profile, "--set") };
  char *const text = place.file ? strdup(assignment) : NULL;
  if (!text) {
    return VSC_ERR_NOMEM;
  }
  char shown[PROFILE_LABEL_BYTES];
  char *const equals = strchr(text, '=');
  if (equals) {
    *equals = '\0';
  }
  char *const dot = equals ? strrchr(text, '.') : NULL;
  if (dot) {
    *dot = '\0';
  }
  char why[PROFILE_WHY_BYTES];
  struct profile_header header;
  vsc_status status = VSC_ERR_MALFORMED;
  if (!dot) {
    profile_report(profile,
                   &place,
                   "\"%s\" has no \"%s\"; write section.key=value, such as "
                   "\"receive rx1.address=239.69.1.1\"",
                   profile_text_flaw(text, strlen(text))
                     ? "?"
                     : text_shorten(text, shown, sizeof shown),
                   equals ? "." : "=");
  } else if (profile_split_header(text, &header, why) < 0) {
    const bool is_dotted = strchr(text, '.') != NULL;
    profile_report(profile,
                   &place,
                   "%s%s",
                   why,
                   is_dotted ? "; in --set a space goes between them, as in "
                               "\"send tx1.port=5004\""
                             : "");
  } else {
    struct profile_section *const s = profile_open(profile, &header, &place);
    status =
      s ? profile_store(
            profile, s, profile_trim(dot + 1), profile_trim(equals + 1), &place)
        : VSC_ERR_MALFORMED;
  }
  free(text);
  return status;
}
