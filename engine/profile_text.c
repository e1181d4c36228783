/* profile_text.c - the grammar's small rules: which bytes may stand in a
   profile, how a header splits, what is escaped; and the profile as text.
   SPDX-License-Identifier: MIT */
#include "profile_table.h"

#include "modules/shared/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
profile_text_flaw(const char *bytes, size_t length)
{
  while (length) {
    uint32_t c = 0;
    const size_t n = utf8_length(bytes, length, &c);
    if (!n) {
      return "bytes that are not UTF-8; save the file as UTF-8";
    }
    if (!c) {
      return "a NUL byte; is this a text file, saved as UTF-8?";
    }
    /* U+0080..U+009F are control characters too. */
    if ((c < ' ' && c != '\t') || (c >= 0x7F && c < 0xA0)) {
      return "a control character; remove it";
    }
    bytes += n;
    length -= n;
  }
  return NULL;
}

char *
profile_trim(char *text)
{
  text += strspn(text, " \t");
  size_t length = strlen(text);
  while (length && strchr(" \t", text[length - 1])) {
    text[--length] = '\0';
  }
  return text;
}

vsc_status
profile_split_header(const char *text, struct profile_header *out, char *why)
{
  text += strspn(text, " \t");
  const size_t role = strcspn(text, " \t");
  const char *const name = text + role + strspn(text + role, " \t");
  size_t length = strlen(name);
  while (length && strchr(" \t", name[length - 1])) {
    length--;
  }
  *out = (struct profile_header){ 0 };
  if (!role) {
    snprintf(why,
             PROFILE_WHY_BYTES,
             "a section without a role; write [role] or [role name]");
  } else if (role >= sizeof out->role) {
    snprintf(why,
             PROFILE_WHY_BYTES,
             "a section role of %zu bytes; at most %zu are allowed",
             role,
             sizeof out->role - 1);
  } else if (length >= sizeof out->name) {
    snprintf(why,
             PROFILE_WHY_BYTES,
             "a section name of %zu bytes; at most %zu are allowed",
             length,
             sizeof out->name - 1);
  } else if (profile_text_flaw(name, length) || memchr(name, '\t', length)) {
    snprintf(why, PROFILE_WHY_BYTES, "a control character in a section name");
  } else {
    memcpy(out->role, text, role);
    memcpy(out->name, name, length);
    if (key_is_valid(out->role)) {
      return VSC_OK;
    }
    snprintf(why,
             PROFILE_WHY_BYTES,
             "a section role is one word of letters, digits, \"_\" and \"-\"; "
             "write [role] or [role name]");
  }
  return VSC_ERR_MALFORMED;
}

const char *
profile_label(const struct profile_section *section, char *out)
{
  snprintf(out,
           PROFILE_LABEL_BYTES,
           "[%s%s%s]",
           section->role,
           *section->name ? " " : "",
           section->name);
  return out;
}

size_t
profile_escape(const char *text, char *out)
{
  size_t n = 0;
  for (size_t i = 0; text[i]; i++) {
    /* Where libinih would see a comment begin. */
    const bool is_comment =
      text[i] == ';' && (!i || strchr(" \t", text[i - 1]));
    if (text[i] == '\\' || is_comment) {
      out[n++] = '\\';
    }
    out[n++] = text[i];
  }
  out[n] = '\0';
  return n;
}

void
profile_unescape(char *text)
{
  char *out = text;
  for (; *text; text++) {
    if (text[0] == '\\' && (text[1] == '\\' || text[1] == ';')) {
      text++;
    }
    *out++ = *text;
  }
  *out = '\0';
}

static void
write_source(FILE *file, const char *source, int line)
{
  if (line) {
    fprintf(file, " ; %s:%d", source, line);
  } else {
    fprintf(file, " ; %s", source);
  }
}

static void
write_section(FILE *file, const struct profile_section *s, bool with_source)
{
  char escaped[2 * PROFILE_LINE_BYTES + 1];
  profile_escape(s->name, escaped);
  fprintf(file, "[%s%s%s]", s->role, *escaped ? " " : "", escaped);
  if (with_source && !s->count) {
    write_source(file, s->file, s->line);
  }
  fputc('\n', file);
  for (unsigned i = 0; i < s->count; i++) {
    const struct profile_entry *const e = &s->entries[i];
    const size_t length = strlen(e->key) + profile_escape(e->value, escaped);
    const bool is_tight = length + strlen(" = ") > PROFILE_LINE_BYTES;
    fprintf(file, "%s%s%s", e->key, is_tight ? "=" : " = ", escaped);
    if (with_source) {
      write_source(file, e->file, e->line);
    }
    fputc('\n', file);
  }
}

char *
profile_text(const struct profile *profile, bool with_source)
{
  char *text = NULL;
  size_t bytes = 0;
  FILE *const file = open_memstream(&text, &bytes);
  if (!file) {
    return NULL;
  }
  for (unsigned i = 0; i < profile->count; i++) {
    if (i) {
      fputc('\n', file);
    }
    write_section(file, profile->sections[i], with_source);
  }
  const bool has_failed = ferror(file);
  if (fclose(file) || has_failed) {
    free(text);
    return NULL;
  }
  return text;
}
