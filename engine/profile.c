/* profile.c - INI text into the table, through libinih, which alone would
   split long lines, cut section names, repeat keys for indented lines, drop
   empty sections and tell only the first bad line. So it is handed one checked
   key line at a time; headers, comments and mistakes stay here. The only file
   that includes ini.h.
   SPDX-License-Identifier: MIT */
#include "profile_table.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX (1 << 20) /* 100 times 64 streams each way */
#define FILE_ERRORS_MAX 50       /* more is not a profile but another file */
#define INCLUDES_MAX 8

/* One file while it is read. */
struct source {
  struct profile *profile;
  const struct source *parent; /* which includes this one */
  const char *path;            /* NULL: text without a place */
  const char *name;            /* interned, for messages */
  const char *const *folders;
  dev_t device;
  ino_t inode;
  unsigned reading;
  const char *at, *end; /* not yet read */
  int line;
  struct profile_section *section; /* NULL: none yet, or a bad one */
  bool has_header, has_key;
  unsigned errors_before;
};

static vsc_status
read_file(struct profile *profile,
          const char *path,
          const char *const *folders,
          const struct source *parent);

static struct profile_place
place_of(const struct source *s)
{
  return (struct profile_place){ .file = s->name,
                                 .line = s->line,
                                 .reading = s->reading };
}

static void
complain(const struct source *s, const char *what)
{
  const struct profile_place place = place_of(s);
  profile_report(s->profile, &place, "%s", what);
}

/* Lines. */

/* The next line without its end; NULL behind the last. */
static const char *
take_line(struct source *s, size_t *length)
{
  if (s->at == s->end) {
    return NULL;
  }
  const size_t left = (size_t)(s->end - s->at);
  const char *const line = s->at;
  const char *const end = memchr(line, '\n', left);
  *length = end ? (size_t)(end - line) : left;
  s->at = end ? end + 1 : s->end;
  s->line++;
  if (*length && line[*length - 1] == '\r') {
    --*length;
  }
  return line;
}

/* The length of LINE without its comment and the spaces before it; the same
   rule as libinih's: ";" at the beginning or behind a space. */
static size_t
body_length(const char *line, size_t length)
{
  const size_t blank = strspn(line, " \t");
  if (blank >= length || line[blank] == '#') {
    return 0;
  }
  for (size_t i = 0; i < length; i++) {
    if (line[i] == ';' && (!i || strchr(" \t", line[i - 1]))) {
      length = i;
    }
  }
  while (length && strchr(" \t", line[length - 1])) {
    length--;
  }
  return length;
}

/* BODY: "[role name]". The last "]" closes, so that names may have some. */
static void
take_header(struct source *s, const char *body, size_t length)
{
  s->section = NULL; /* keys under a bad header are not complained about */
  s->has_header = true;
  if (body[0] != '[') {
    complain(s, "an indented line; begin it in the first column");
    return;
  }
  if (body[length - 1] != ']') {
    complain(s,
             memchr(body, ']', length)
               ? "text behind the \"]\" of a section; begin a new line"
               : "a section without \"]\"; write [role] or [role name]");
    return;
  }
  char *const inside = strndup(body + 1, length - 2);
  char why[PROFILE_WHY_BYTES] = "no memory left for the profile";
  struct profile_header header;
  if (inside) {
    profile_unescape(inside);
  }
  if (!inside || profile_split_header(inside, &header, why) < 0) {
    complain(s, why);
  } else {
    const struct profile_place place = place_of(s);
    s->section = profile_open(s->profile, &header, &place);
  }
  free(inside);
}

/* Is BODY a "key = value" that libinih with a buffer of CAPACITY reads as we
   do? */
static bool
check_key_line(const struct source *s,
               const char *body,
               size_t length,
               size_t capacity)
{
  const char *const equals = memchr(body, '=', length);
  const char *const colon = memchr(body, ':', length);
  const struct profile_place place = place_of(s);
  size_t limit = PROFILE_LINE_BYTES;
  if (capacity < limit + sizeof "\r\n") {
    limit = capacity - sizeof "\r\n"; /* a libinih built with less */
  }
  if (strchr(" \t", body[0])) {
    complain(s, "an indented line; begin it in the first column");
  } else if (length > limit) {
    profile_report(s->profile,
                   &place,
                   "a line of %zu bytes; at most %zu are allowed",
                   length,
                   limit);
  } else if (!equals || (colon && colon < equals)) {
    complain(s, "a line without \"=\"; write key = value");
  } else if (equals == body) {
    complain(s, "a line without a key; write key = value");
  } else {
    return true;
  }
  return false;
}

/* libinih's reader: the next key line into OUT. */
static char *
read_line(char *out, int capacity, void *stream)
{
  struct source *const s = stream;
  size_t length = 0;
  const char *line;
  while ((line = take_line(s, &length))) {
    if (s->profile->errors - s->errors_before >= FILE_ERRORS_MAX) {
      complain(s, "too many mistakes; the rest of the file is not read");
      return NULL;
    }
    const char *const flaw = profile_text_flaw(line, length);
    if (flaw) {
      char what[PROFILE_WHY_BYTES];
      snprintf(what, sizeof what, "the line has %s", flaw);
      complain(s, what);
      if (memchr(line, '\0', length)) {
        return NULL; /* not text: each line would be wrong */
      }
      if (line[0] == '[') {
        s->section = NULL;
        s->has_header = true;
      }
      continue;
    }
    length = body_length(line, length);
    if (!length) {
      continue;
    }
    if (line[strspn(line, " \t")] == '[') {
      take_header(s, line, length);
    } else if (check_key_line(s, line, length, (size_t)capacity)) {
      memcpy(out, line, length);
      out[length] = '\0';
      return out;
    }
  }
  return NULL;
}

/* Includes. */

/* "a.ini -> b.ini -> a.ini", from the first file on, then NEXT. */
static void
describe_chain(const struct source *s,
               const char *next,
               char *out,
               size_t bytes)
{
  const char *chain[INCLUDES_MAX + 3] = { next };
  unsigned count = 1;
  for (; s && count < INCLUDES_MAX + 3; s = s->parent) {
    chain[count++] = s->name;
  }
  size_t n = 0;
  while (count-- && n < bytes) {
    const char *const arrow = count ? " -> " : "";
    const int more = snprintf(out + n, bytes - n, "%s%s", chain[count], arrow);
    n += more > 0 ? (size_t)more : 0;
  }
}

static void
include(struct source *s, const char *name)
{
  const struct profile_place place = place_of(s);
  char path[PROFILE_PATH_BYTES];
  char chain[PROFILE_REPORT_BYTES / 2];
  char nearest[OPTION_KEY_BYTES];
  struct stat st;
  if (!s->path) {
    complain(s, "include works only in a file");
    return;
  }
  if (!profile_find_beside(s->path, name, s->folders, path, sizeof path) ||
      stat(path, &st)) {
    const bool is_near = profile_nearest(s->path, name, s->folders, nearest);
    profile_report(s->profile,
                   &place,
                   "no profile \"%s\" to include, neither beside this file nor "
                   "among the installed ones; %s%s%s",
                   name,
                   is_near ? "did you mean \"" : "see aes67 profile list",
                   is_near ? nearest : "",
                   is_near ? "\"?" : "");
    return;
  }
  unsigned depth = 1;
  for (const struct source *p = s; p; p = p->parent, depth++) {
    const bool is_cycle = p->device == st.st_dev && p->inode == st.st_ino;
    if (is_cycle || depth > INCLUDES_MAX) {
      describe_chain(s, path, chain, sizeof chain);
      profile_report(s->profile,
                     &place,
                     is_cycle ? "includes go in a circle: %s"
                              : "more than 8 includes in a row: %s",
                     chain);
      return;
    }
  }
  read_file(s->profile, path, s->folders, s);
}

/* libinih's handler. Mistakes are reported here, so that it always goes on. */
static int
take_entry(void *user, const char *section, const char *key, const char *value)
{
  (void)section; /* libinih never sees a header */
  struct source *const s = user;
  const bool is_first = !s->has_key && !s->has_header;
  s->has_key = true;
  char *const text = key && value ? strdup(value) : NULL;
  if (!text) {
    return 0;
  }
  profile_unescape(text);
  const struct profile_place place = place_of(s);
  if (!strcmp(key, "include")) {
    if (is_first) {
      include(s, text);
    } else {
      complain(s, "include must be the first line, before all others");
    }
  } else if (!s->has_header) {
    char shown[OPTION_KEY_BYTES];
    profile_report(s->profile,
                   &place,
                   "key \"%s\" before the first section; write [role] or "
                   "[role name] above it",
                   text_shorten(key, shown, sizeof shown));
  } else if (s->section) {
    profile_store(s->profile, s->section, key, text, &place);
  }
  free(text);
  return 1;
}

/* Files. */

static vsc_status
parse(struct source *s, const char *text, size_t bytes)
{
  static const char bom[] = { '\xEF', '\xBB', '\xBF' };
  const size_t skip =
    bytes >= sizeof bom && !memcmp(text, bom, sizeof bom) ? sizeof bom : 0;
  s->at = text + skip;
  s->end = text + bytes;
  s->reading = ++s->profile->readings;
  s->errors_before = s->profile->errors;
  const int bad_line = ini_parse_stream(read_line, s, take_entry, s);
  if (bad_line && s->profile->errors == s->errors_before) {
    complain(s, "no memory left for the profile");
  }
  return s->profile->errors == s->errors_before ? VSC_OK : VSC_ERR_MALFORMED;
}

/* The whole of the open file FD, NUL behind it; NULL: errno says why. */
static char *
read_all(int fd, size_t size, size_t *bytes)
{
  char *const text = malloc(size + 1);
  size_t n = 0;
  while (text && n < size) {
    const ssize_t more = read(fd, text + n, size - n);
    if (more < 0 && errno != EINTR) {
      free(text);
      return NULL;
    }
    if (!more) {
      break; /* it has become shorter */
    }
    n += more > 0 ? (size_t)more : 0;
  }
  if (text) {
    text[n] = '\0';
  }
  *bytes = n;
  return text;
}

static vsc_status
read_open_file(struct source *s, int fd)
{
  const struct profile_place place = place_of(s);
  struct stat st;
  if (fd < 0 || fstat(fd, &st)) {
    profile_report(
      s->profile, &place, "cannot read the profile: %s", strerror(errno));
    return VSC_ERR_MALFORMED;
  }
  if (!S_ISREG(st.st_mode) || st.st_size > FILE_BYTES_MAX) {
    profile_report(s->profile,
                   &place,
                   "cannot read the profile: not a plain file of at most %d "
                   "bytes",
                   FILE_BYTES_MAX);
    return VSC_ERR_MALFORMED;
  }
  s->device = st.st_dev;
  s->inode = st.st_ino;
  size_t bytes = 0;
  char *const text = read_all(fd, (size_t)st.st_size, &bytes);
  if (!text) {
    profile_report(
      s->profile, &place, "cannot read the profile: %s", strerror(errno));
    return VSC_ERR_MALFORMED;
  }
  const vsc_status status = parse(s, text, bytes);
  free(text);
  return status;
}

static vsc_status
read_file(struct profile *profile,
          const char *path,
          const char *const *folders,
          const struct source *parent)
{
  struct source s = {
    .profile = profile,
    .parent = parent,
    .path = path,
    .name = profile_intern_file(profile, path),
    .folders = folders,
  };
  if (!s.name) {
    return VSC_ERR_NOMEM;
  }
  /* NONBLOCK: a FIFO of that name must not stop us. */
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  const vsc_status status = read_open_file(&s, fd);
  if (fd >= 0) {
    close(fd);
  }
  return status;
}

vsc_status
profile_read(struct profile *profile,
             const char *path,
             const char *const *folders)
{
  return read_file(profile, path, folders, NULL);
}

vsc_status
profile_read_text(struct profile *profile,
                  const char *name,
                  const char *text,
                  size_t bytes)
{
  struct source s = {
    .profile = profile,
    .name = profile_intern_file(profile, name),
  };
  /* Lines are looked at with string functions: an end of our own. */
  char *const copy = s.name ? malloc(bytes + 1) : NULL;
  if (!copy) {
    return VSC_ERR_NOMEM;
  }
  if (bytes) {
    memcpy(copy, text, bytes);
  }
  copy[bytes] = '\0';
  const vsc_status status = parse(&s, copy, bytes);
  free(copy);
  return status;
}
