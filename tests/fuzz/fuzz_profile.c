/* fuzz_profile.c - any bytes as a profile: read or refused with a reason, and
   what was read survives being written.
   SPDX-License-Identifier: MIT */
#include "engine/profile.h"
#include "insist.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
insist_same(const struct profile *a, const struct profile *b)
{
  insist(profile_sections(a) == profile_sections(b));
  for (unsigned i = 0; i < profile_sections(a); i++) {
    const struct profile_section *const x = profile_section_at(a, i);
    const struct profile_section *const y = profile_section_at(b, i);
    insist(!strcmp(x->role, y->role) && !strcmp(x->name, y->name) &&
           x->count == y->count);
    for (unsigned k = 0; k < x->count; k++) {
      insist(!strcmp(x->entries[k].key, y->entries[k].key) &&
             !strcmp(x->entries[k].value, y->entries[k].value));
    }
  }
}

/* What a user could type behind --set, and what a message quotes. */
static void
set_and_report(struct profile *p, const uint8_t *data, size_t size)
{
  static const vsc_option *const tables[] = { NULL };
  char *const text = malloc(size + 1);
  if (text) {
    memcpy(text, data, size);
    text[size] = '\0';
    profile_set(p, text);
    profile_put(p, "send", text, "map", text, text);
  }
  free(text);
  for (unsigned i = 0; i < profile_sections(p); i++) {
    profile_report_unused(p, profile_section_at(p, i), tables, NULL, NULL);
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  unsigned lines = 0;
  struct profile *const p = profile_create(count_line, &lines);
  if (!p) {
    return 0;
  }
  const vsc_status status =
    profile_read_text(p, "fuzz.ini", (const char *)data, size);
  insist((status == VSC_OK) == (lines == 0));
  if (size) {
    set_and_report(p, data, size);
  }
  for (int with_source = 0; with_source < 2; with_source++) {
    unsigned refused = 0;
    char *const text = profile_text(p, with_source);
    struct profile *const back = profile_create(count_line, &refused);
    if (text && back) {
      profile_read_text(back, "again.ini", text, strlen(text));
      insist(!refused);
      insist_same(p, back);
    }
    profile_destroy(back);
    free(text);
  }
  profile_destroy(p);
  return 0;
}
