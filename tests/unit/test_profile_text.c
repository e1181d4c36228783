/* test_profile_text.c - what is written reads back the same; mutated profiles
   never crash; saving leaves the old file or the new one.
   SPDX-License-Identifier: MIT */
#include "engine/profile.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROFILES VSC_SOURCE "/profiles/"
#define GOLDEN VSC_SOURCE "/tests/golden/profiles/"

static uint64_t state = 88172645463325252u;

/* 0..n-1 */
static unsigned
dice(unsigned n)
{
  state ^= state << 13; /* xorshift64 */
  state ^= state >> 7;
  state ^= state << 17;
  return (unsigned)(state >> 32) % n;
}

static void
say(void *arg, const char *line)
{
  snprintf(arg, 4096, "%s", line);
}

static bool
is_same(const struct profile *a, const struct profile *b)
{
  if (profile_sections(a) != profile_sections(b)) {
    return false;
  }
  for (unsigned i = 0; i < profile_sections(a); i++) {
    const struct profile_section *const x = profile_section_at(a, i);
    const struct profile_section *const y = profile_section_at(b, i);
    if (strcmp(x->role, y->role) || strcmp(x->name, y->name) ||
        x->count != y->count) {
      return false;
    }
    for (unsigned k = 0; k < x->count; k++) {
      if (strcmp(x->entries[k].key, y->entries[k].key) ||
          strcmp(x->entries[k].value, y->entries[k].value)) {
        return false;
      }
    }
  }
  return true;
}

/* P written and read again is P. */
static void
survives(const struct profile *p, bool with_source)
{
  char first[4096] = "";
  char *const text = profile_text(p, with_source);
  cr_assert_not_null(text);
  struct profile *const back = profile_create(say, first);
  const vsc_status status =
    profile_read_text(back, "again.ini", text, strlen(text));
  cr_assert_eq(status, VSC_OK, "%s in\n%s", first, text);
  cr_assert(is_same(p, back), "differs:\n%s", text);
  profile_destroy(back);
  free(text);
}

/* Up to PIECES of what a reader could stumble over. */
static void
nasty(char *out, unsigned pieces)
{
  static const char *const bits[] = { "a", "Z9", ";",  " ;", "\\", "]", "[",
                                      "=", ":",  "\"", "#",  "é",  " ", "\\;",
                                      "𝄞", "'",  ".",  "0",  "\t", "- " };
  *out = '\0';
  for (unsigned n = dice(pieces + 1); n; n--) {
    strcat(out, bits[dice(sizeof bits / sizeof *bits)]);
  }
}

Test(profile_text, generated_tables_survive_writing_and_reading)
{
  static const char *const sections[] = { "send", "receive", "x-1", "stream" };
  static const char *const keys[] = { "map", "packet_time", "a", "B-2", "_" };
  static const char *const sources[] = { "--set", "/tmp/a ;]b.ini", "x\n[y]" };
  unsigned written = 0;
  for (unsigned i = 0; i < 2000; i++) {
    char first[4096];
    struct profile *const p = profile_create(say, first);
    for (unsigned n = dice(20); n; n--) {
      char name[128];
      char text[512];
      nasty(name, 12);
      nasty(text, 40);
      profile_put(
        p, sections[dice(4)], name, keys[dice(5)], text, sources[dice(3)]);
    }
    survives(p, i % 2);
    written += profile_sections(p);
    profile_destroy(p);
  }
  cr_expect_geq(written, 10000); /* not all were refused */
}

Test(profile_text, an_entry_keeps_its_value_to_the_byte)
{
  struct profile *const p = profile_create(NULL, NULL);
  profile_put(p, "receive", "A ;B [c]", "sdp", " /a ;b\\ ", "test");
  const struct profile_section *const s =
    profile_section(p, "receive", "A ;B [c]");
  cr_assert_not_null(s);
  cr_expect_str_eq(profile_entry(s, "sdp")->value, "/a ;b\\");
  char *const text = profile_text(p, false);
  cr_expect_str_eq(text, "[receive A \\;B [c]]\nsdp = /a \\;b\\\\\n");
  free(text);
  profile_destroy(p);
}

Test(profile_text, sources_are_comments)
{
  struct profile *const p = profile_create(NULL, NULL);
  static const char ini[] = "[stream]\n\nttl = 3\n[send a]\n";
  profile_read_text(p, "x.ini", ini, sizeof ini - 1);
  profile_set(p, "stream.dscp=46");
  char *const text = profile_text(p, true);
  cr_expect_str_eq(text,
                   "[stream]\nttl = 3 ; x.ini:3\ndscp = 46 ; --set\n\n"
                   "[send a] ; x.ini:4\n");
  free(text);
  profile_destroy(p);
}

Test(profile_text, what_could_not_be_read_back_is_refused)
{
  char first[4096] = "";
  char lengthy[400];
  memset(lengthy, 'x', sizeof lengthy);
  lengthy[sizeof lengthy - 1] = '\0';
  struct profile *const p = profile_create(say, first);
  profile_put(p, "engine", "", "name", "a\nb", "test");
  cr_expect_str_eq(
    first, "test: the value of \"name\" has a control character; remove it");
  profile_put(p, "engine", "", "name", lengthy, "test");
  cr_expect_str_eq(first,
                   "test: the value of \"name\" is too long; a line has at "
                   "most 197 bytes");
  profile_put(p, "engine", lengthy, "name", "a", "test");
  cr_expect_str_eq(first,
                   "test: a section name of 399 bytes; at most 63 are allowed");
  profile_put(p, "engine", "a\x7f", "name", "a", "test");
  cr_expect_str_eq(first, "test: a control character in a section name");
  cr_expect_null(profile_section_need(p, "en[gine", ""));
  cr_expect_eq(profile_errors(p), 5);
  survives(p, false);
  profile_destroy(p);
}

/* Mutations. */

struct seed {
  char text[8192];
  size_t bytes;
};

static unsigned
load_seeds(const char *path, struct seed *seeds, unsigned room)
{
  unsigned count = 0;
  DIR *const folder = opendir(path);
  for (struct dirent *e; folder && (e = readdir(folder)) && count < room;) {
    char file_path[4096];
    const char *const dot = strrchr(e->d_name, '.');
    snprintf(file_path, sizeof file_path, "%s%s", path, e->d_name);
    FILE *const file =
      dot && !strcmp(dot, ".ini") ? fopen(file_path, "rb") : NULL;
    if (file) {
      struct seed *const s = &seeds[count++];
      s->bytes = fread(s->text, 1, sizeof s->text / 2, file);
      fclose(file);
    }
  }
  if (folder) {
    closedir(folder);
  }
  return count;
}

static void
mutate(struct seed *s)
{
  static const char bits[] = "[];#=\\ \t\n\r\"\0\x1b\x80\xC3\xEF:.a9";
  for (unsigned n = 1 + dice(8); n; n--) {
    const size_t at = s->bytes ? dice((unsigned)s->bytes) : 0;
    const size_t run = dice(64) < s->bytes - at ? dice(64) : 0;
    switch (dice(5)) {
      case 0: /* replace */
        s->text[at] = bits[dice(sizeof bits - 1)];
        s->bytes += !s->bytes;
        break;
      case 1: /* insert */
        memmove(s->text + at + 1, s->text + at, s->bytes - at);
        s->text[at] = bits[dice(sizeof bits - 1)];
        s->bytes++;
        break;
      case 2: /* remove a run */
        if (run < s->bytes - at) {
          memmove(s->text + at, s->text + at + run, s->bytes - at - run);
          s->bytes -= run;
        }
        break;
      case 3: /* double a run */
        if (run < s->bytes - at && s->bytes + run < sizeof s->text - 16) {
          memmove(s->text + at + run, s->text + at, s->bytes - at);
          s->bytes += run;
        }
        break;
      default: /* end here */
        s->bytes = dice(20) ? s->bytes : at;
    }
  }
}

Test(profile_text, ten_thousand_mutated_profiles_are_read_or_refused)
{
  static struct seed seeds[128];
  unsigned count = load_seeds(GOLDEN, seeds, 128);
  count += load_seeds(PROFILES, seeds + count, 128 - count);
  cr_assert_geq(count, 30);
  unsigned good = 0;
  for (unsigned i = 0; i < 10000; i++) {
    static struct seed s;
    s = seeds[dice(count)];
    mutate(&s);
    char first[4096] = "";
    struct profile *const p = profile_create(say, first);
    const vsc_status status =
      profile_read_text(p, "mutated.ini", s.text, s.bytes);
    cr_assert_eq(status == VSC_OK, profile_errors(p) == 0);
    cr_assert_eq(status == VSC_OK, !*first);
    good += status == VSC_OK;
    survives(p, true);
    profile_destroy(p);
  }
  cr_expect_geq(good, 500);
  cr_expect_leq(good, 9500);
}

/* Saving. */

static char place[64];
static char why[1024];

static void
enter_folder(void)
{
  strcpy(place, "/tmp/aes67-test-XXXXXX");
  cr_assert_not_null(mkdtemp(place));
  cr_assert_eq(chdir(place), 0);
}

static void
leave_folder(void)
{
  cr_expect_eq(chdir("/"), 0);
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", place);
  cr_expect_eq(system(command), 0);
}

static void
holds(const char *path, const char *expected)
{
  char text[256] = "";
  FILE *const file = fopen(path, "r");
  cr_assert_not_null(file, "no %s", path);
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  cr_expect_str_eq(text, expected);
}

/* Nothing lies around but COUNT entries. */
static void
has_entries(unsigned count)
{
  unsigned n = 0;
  DIR *const folder = opendir(".");
  for (struct dirent *e; (e = readdir(folder));) {
    n += e->d_name[0] != '.';
  }
  closedir(folder);
  cr_expect_eq(n, count);
}

Test(profile_save,
     writes_and_replaces,
     .init = enter_folder,
     .fini = leave_folder)
{
  umask(027);
  cr_expect_eq(profile_save_text("a.ini", "one\n", why, sizeof why), VSC_OK);
  holds("a.ini", "one\n");
  cr_expect_eq(profile_save_text("a.ini", "", why, sizeof why), VSC_OK);
  holds("a.ini", "");
  struct stat st;
  cr_expect_eq(stat("a.ini", &st), 0);
  cr_expect_eq(st.st_mode & 0777, 0640);
  has_entries(1);
}

Test(profile_save,
     makes_missing_folders,
     .init = enter_folder,
     .fini = leave_folder)
{
  char path[128];
  struct stat st;
  snprintf(path, sizeof path, "%s/state//aes67/x.ini", place);
  cr_expect_eq(profile_save_text(path, "one", why, sizeof why), VSC_OK);
  holds("state/aes67/x.ini", "one");
  cr_expect_eq(stat("state/aes67", &st), 0);
  cr_expect_eq(st.st_mode & 0777, 0700);
}

Test(profile_save,
     a_full_disk_leaves_the_old_file,
     .init = enter_folder,
     .fini = leave_folder)
{
  static char large[100000];
  memset(large, 'x', sizeof large - 1);
  cr_assert_eq(profile_save_text("a.ini", "old", why, sizeof why), VSC_OK);
  signal(SIGXFSZ, SIG_IGN);
  struct rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  setrlimit(RLIMIT_FSIZE,
            &(struct rlimit){ .rlim_cur = 5000, .rlim_max = before.rlim_max });
  const vsc_status status = profile_save_text("a.ini", large, why, sizeof why);
  setrlimit(RLIMIT_FSIZE, &before);
  cr_expect_eq(status, VSC_ERR_SYSTEM);
  cr_expect_str_eq(
    why, "cannot save \"a.ini\": File too large; free some space there");
  holds("a.ini", "old");
  has_entries(1);
}

Test(profile_save,
     a_read_only_folder_is_named_with_the_next_step,
     .init = enter_folder,
     .fini = leave_folder)
{
  if (!geteuid()) {
    cr_skip_test("root may write everywhere");
  }
  cr_assert_eq(profile_save_text("a.ini", "old", why, sizeof why), VSC_OK);
  chmod(".", 0500);
  cr_expect_eq(profile_save_text("a.ini", "new", why, sizeof why),
               VSC_ERR_SYSTEM);
  cr_expect_str_eq(why,
                   "cannot save \"a.ini\": Permission denied; allow writing to "
                   "that folder");
  holds("a.ini", "old");
  chmod(".", 0700);
  has_entries(1);
}

Test(profile_save,
     what_stands_in_the_way_is_named,
     .init = enter_folder,
     .fini = leave_folder)
{
  cr_assert_eq(mkdir("folder", 0700), 0);
  cr_assert_eq(mkdir("folder/in", 0700), 0);
  cr_assert_eq(profile_save_text("file", "old", why, sizeof why), VSC_OK);
  cr_expect_eq(profile_save_text("folder", "new", why, sizeof why),
               VSC_ERR_SYSTEM);
  cr_expect_str_eq(why,
                   "cannot save \"folder\": Is a directory; remove the folder "
                   "of that name");
  cr_expect_eq(profile_save_text("file/x.ini", "new", why, sizeof why),
               VSC_ERR_SYSTEM);
  cr_expect_str_eq(why,
                   "cannot save \"file/x.ini\": Not a directory; a part of the "
                   "path is not a folder");
  cr_expect_eq(profile_save_text("", "new", why, sizeof why), VSC_ERR_SYSTEM);
  has_entries(2);
}
