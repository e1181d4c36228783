/* profile_apply.c - sections to typed fields by option tables, and what to say
   about keys that no table knows.
   SPDX-License-Identifier: MIT */
#include "profile_table.h"

#include <stdio.h>
#include <string.h>

const char *
profile_hint(const struct profile_entry *entry)
{
  return entry->value[0] == '"' ? "; leave the quotes away"
         : strstr(entry->value, " #")
           ? "; a comment behind a value begins with "
             "\" ;\""
           : "";
}

vsc_status
profile_apply(struct profile *profile,
              struct profile_section *section,
              const vsc_option *rows,
              void *object)
{
  vsc_status status = VSC_OK;
  for (unsigned i = 0; section && i < section->count; i++) {
    struct profile_entry *const e = &section->entries[i];
    const vsc_option *const row = option_find(rows, e->key);
    if (!row) {
      continue;
    }
    e->is_used = true;
    char why[PROFILE_REPORT_BYTES / 4];
    if (option_set(row, e->value, object, why, sizeof why) < 0) {
      status = VSC_ERR_MALFORMED;
      if (!e->is_refused) { /* [stream] is applied to every stream */
        e->is_refused = true;
        profile_complain(
          profile, section, e, "%s: %s%s", e->key, why, profile_hint(e));
      }
    }
  }
  return status;
}

/* "packet_time, ttl, ...", at most 12: more would hide the message. */
static void
list_keys(const vsc_option *const *tables, char *out, size_t bytes)
{
  unsigned listed = 0;
  size_t n = 0;
  out[0] = '\0';
  for (; tables && *tables; tables++) {
    for (const vsc_option *row = *tables; row->key; row++) {
      const char *const key = listed < 12 ? row->key : "...";
      const int more =
        snprintf(out + n, bytes - n, "%s%s", listed ? ", " : "", key);
      n += more > 0 ? (size_t)more : 0;
      if (n >= bytes || listed++ == 12) {
        return;
      }
    }
  }
}

static void
complain_unknown(struct profile *profile,
                 const struct profile_section *section,
                 const struct profile_entry *e,
                 const vsc_option *const *tables)
{
  char label[PROFILE_LABEL_BYTES];
  profile_label(section, label);
  const char *nearest[16] = { NULL };
  unsigned count = 0;
  for (unsigned i = 0; tables && tables[i] && count < 15; i++) {
    const char *const near = option_nearest(tables[i], e->key);
    if (near) {
      nearest[count++] = near;
    }
  }
  if (count) {
    profile_complain(profile,
                     section,
                     e,
                     "unknown key \"%s\" in %s; did you mean \"%s\"?",
                     e->key,
                     label,
                     word_nearest(e->key, nearest));
    return;
  }
  char keys[PROFILE_REPORT_BYTES / 4];
  list_keys(tables, keys, sizeof keys);
  profile_complain(profile,
                   section,
                   e,
                   "unknown key \"%s\" in %s; allowed: %s",
                   e->key,
                   label,
                   *keys ? keys : "none");
}

vsc_status
profile_report_unused(struct profile *profile,
                      struct profile_section *section,
                      const vsc_option *const *tables,
                      const char *(*notice)(void *arg, const char *key),
                      void *arg)
{
  vsc_status status = VSC_OK;
  for (unsigned i = 0; section && i < section->count; i++) {
    struct profile_entry *const e = &section->entries[i];
    if (e->is_used) {
      continue;
    }
    const char *const accepted = notice ? notice(arg, e->key) : NULL;
    if (accepted) {
      const struct profile_place place = { .file = e->file, .line = e->line };
      e->is_used = true;
      char label[PROFILE_LABEL_BYTES];
      profile_tell(profile,
                   &place,
                   "key \"%s\" in %s is accepted: %s",
                   e->key,
                   profile_label(section, label),
                   accepted);
    } else {
      complain_unknown(profile, section, e, tables);
      status = VSC_ERR_MALFORMED;
    }
  }
  return status;
}
