/* test_profile.c - reading, merging, complaining and writing profiles; every
   kind of mistake has a golden file with the exact lines.
   SPDX-License-Identifier: MIT */
#include "engine/option.h"
#include "engine/profile.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GOLDEN VSC_SOURCE "/tests/golden/profiles/"

/* Reported lines, one after the other. */
struct lines {
  char text[65536];
};

static void
collect(void *arg, const char *line)
{
  struct lines *const lines = arg;
  const size_t n = strlen(lines->text);
  snprintf(lines->text + n, sizeof lines->text - n, "%s\n", line);
}

static vsc_status
read_string(struct profile *p, const char *name, const char *text)
{
  return profile_read_text(p, name, text, strlen(text));
}

static const char *
value(const struct profile *p,
      const char *role,
      const char *name,
      const char *key)
{
  const struct profile_entry *const e =
    profile_entry(profile_section(p, role, name), key);
  return e ? e->value : NULL;
}

/* A few rows of each kind, as the engine has them. */

struct stream_fields {
  vsc_ns packet_time, link_offset;
  int64_t ttl, dscp, payload_type, port;
  int32_t encoding, when, enabled, side, dialect;
  double gain;
  const char *text;
};

#define ROW(field, key, type, low, high)                                       \
  VSC_OPTION(struct stream_fields, field, key, type, NULL, low, high, "help")
#define WORDS(field, key, words)                                               \
  VSC_OPTION_WORDS(struct stream_fields, field, key, NULL, words, "help")

static const char *const encodings[] = { "L24", "L16", "AM824", NULL };
static const char *const whens[] = { "open", "always", NULL };
static const char *const dialects[] = { "aes67", "dante", "st2110", NULL };
static const char *const sides[] = { "a", "b", NULL };
static const vsc_option engine_rows[] = {
  ROW(text, "name", VSC_OPT_STRING, 0, 0),
  ROW(text, "interface", VSC_OPT_STRING, 0, 0),
  WORDS(side, "side", sides),
  VSC_OPTIONS_END,
};
static const vsc_option device_rows[] = {
  ROW(port, "rate", VSC_OPT_INT, 44100, 192000),
  ROW(port, "inputs", VSC_OPT_INT, 0, 128),
  ROW(port, "outputs", VSC_OPT_INT, 0, 128),
  ROW(port, "buffer", VSC_OPT_INT, 8, 4096),
  ROW(port, "headroom", VSC_OPT_INT, 0, 4096),
  ROW(gain, "gain", VSC_OPT_REAL, 0, 2),
  VSC_OPTIONS_END,
};
static const vsc_option clock_rows[] = {
  ROW(text, "module", VSC_OPT_STRING, 0, 0),
  ROW(text, "role", VSC_OPT_STRING, 0, 0),
  ROW(text, "dscp", VSC_OPT_STRING, 0, 0),
  VSC_OPTIONS_END,
};
static const vsc_option stream_rows[] = {
  ROW(packet_time, "packet_time", VSC_OPT_DURATION, 125e3, 20e6),
  ROW(link_offset, "link_offset", VSC_OPT_DURATION, 0, 1e9),
  WORDS(encoding, "encoding", encodings),
  ROW(text, "transport", VSC_OPT_STRING, 0, 0),
  ROW(dscp, "dscp", VSC_OPT_INT, 0, 63),
  ROW(ttl, "ttl", VSC_OPT_INT, 1, 255),
  ROW(payload_type, "payload_type", VSC_OPT_INT, 0, 127),
  WORDS(when, "when", whens),
  WORDS(dialect, "dialect", dialects),
  VSC_OPTIONS_END,
};
static const vsc_option send_rows[] = {
  ROW(text, "channels", VSC_OPT_STRING, 0, 0),
  ROW(text, "map", VSC_OPT_STRING, 0, 0),
  ROW(text, "address", VSC_OPT_STRING, 0, 0),
  ROW(port, "port", VSC_OPT_INT, 1, 65535),
  ROW(enabled, "enabled", VSC_OPT_BOOL, 0, 0),
  VSC_OPTIONS_END,
};

struct role {
  const char *name;
  const vsc_option *tables[3];
};
static const struct role roles[] = {
  { "engine", { engine_rows } },
  { "device", { device_rows } },
  { "clock", { clock_rows } },
  { "stream", { stream_rows } },
  { "send", { send_rows, stream_rows } },
  { "receive", { send_rows, stream_rows } },
};

/* What the engine does with a profile, in short. */
static void
check_meaning(struct profile *p)
{
  for (unsigned i = 0; i < profile_sections(p); i++) {
    struct profile_section *const s = profile_section_at(p, i);
    for (unsigned r = 0; r < sizeof roles / sizeof *roles; r++) {
      struct stream_fields fields = { 0 };
      for (unsigned t = 0; !strcmp(s->role, roles[r].name) && t < 3; t++) {
        profile_apply(p, s, roles[r].tables[t], &fields);
        if (!roles[r].tables[t]) {
          profile_report_unused(p, s, roles[r].tables, NULL, NULL);
          break;
        }
      }
    }
  }
}

/* All complaints about the file at PATH, without the folder's name. */
static void
complaints(const char *path, struct lines *out)
{
  static struct lines lines;
  static const char *const folders[] = { GOLDEN "installed", NULL };
  lines.text[0] = out->text[0] = '\0';
  struct profile *const p = profile_create(collect, &lines);
  profile_read(p, path, folders);
  check_meaning(p);
  profile_destroy(p);
  size_t n = 0;
  for (const char *at = lines.text; *at;) {
    const bool is_folder = !strncmp(at, GOLDEN, strlen(GOLDEN));
    at += is_folder ? strlen(GOLDEN) : 0;
    out->text[n++] = *at;
    at += *at != '\0';
  }
  out->text[n] = '\0';
}

static char *
slurp(const char *path, size_t *bytes)
{
  static char text[65536];
  FILE *const file = fopen(path, "rb");
  *bytes = file ? fread(text, 1, sizeof text - 1, file) : 0;
  text[*bytes] = '\0';
  if (file) {
    fclose(file);
  }
  return file ? text : NULL;
}

Test(profile, every_mistake_gives_its_golden_lines)
{
  static struct lines actual;
  unsigned count = 0;
  DIR *const folder = opendir(GOLDEN);
  cr_assert_not_null(folder);
  for (struct dirent *e; (e = readdir(folder));) {
    const char *const end = strstr(e->d_name, ".expected");
    if (!end) {
      continue;
    }
    char path[4096];
    size_t bytes;
    snprintf(path, sizeof path, GOLDEN "%s", e->d_name);
    const char *const expected = slurp(path, &bytes);
    snprintf(
      path, sizeof path, GOLDEN "%.*s.ini", (int)(end - e->d_name), e->d_name);
    complaints(path, &actual);
    cr_expect_str_eq(actual.text, expected, "%s says\n%s", path, actual.text);
    count++;
  }
  closedir(folder);
  cr_expect_geq(count, 25);
}

Test(profile, a_missing_file_is_named_with_the_cause)
{
  static struct lines lines;
  struct profile *const p = profile_create(collect, &lines);
  cr_expect_eq(profile_read(p, "/no/such.ini", NULL), VSC_ERR_MALFORMED);
  cr_expect_str_eq(
    lines.text,
    "/no/such.ini: cannot read the profile: No such file or directory\n");
  profile_destroy(p);
}

Test(profile, a_folder_or_device_is_not_a_profile)
{
  static struct lines lines;
  struct profile *const p = profile_create(collect, &lines);
  cr_expect_eq(profile_read(p, "/dev/zero", NULL), VSC_ERR_MALFORMED);
  cr_expect_eq(profile_read(p, "/", NULL), VSC_ERR_MALFORMED);
  cr_expect_eq(profile_errors(p), 2);
  profile_destroy(p);
}

/* What is read. */

Test(profile, values_are_trimmed_and_lose_their_comment)
{
  static struct lines lines;
  struct profile *const p = profile_create(collect, &lines);
  cr_expect_eq(read_string(p,
                           "x.ini",
                           "\xEF\xBB\xBF[ engine  main one ] ; comment ]\r\n"
                           "name=  a b ; c\r\n"
                           "interface = \"quoted\"\t; why\n"
                           "empty =\n"
                           "gone = ; all comment\n"
                           "   ; indented comment\n"
                           "  # another\n"
                           "semi = a;b\n"
                           "escaped = a \\; b \\\\ \\n\n"
                           "equals = a=b:c\n"
                           "[b [c]]"),
               VSC_OK,
               "%s",
               lines.text);
  cr_expect_str_eq(value(p, "engine", "main one", "name"), "a b");
  cr_expect_str_eq(value(p, "engine", "main one", "interface"), "\"quoted\"");
  cr_expect_str_eq(value(p, "engine", "main one", "empty"), "");
  cr_expect_str_eq(value(p, "engine", "main one", "gone"), "");
  cr_expect_str_eq(value(p, "engine", "main one", "semi"), "a;b");
  cr_expect_str_eq(value(p, "engine", "main one", "escaped"), "a ; b \\ \\n");
  cr_expect_str_eq(value(p, "engine", "main one", "equals"), "a=b:c");
  cr_expect_not_null(profile_section(p, "b", "[c]"));
  cr_expect_eq(profile_sections(p), 2);
  profile_destroy(p);
}

Test(profile, a_line_of_197_bytes_is_read_whole)
{
  static struct lines lines;
  char text[256] = "[a]\nk=";
  memset(text + 6, 'v', 195);
  struct profile *const p = profile_create(collect, &lines);
  cr_expect_eq(read_string(p, "x.ini", text), VSC_OK, "%s", lines.text);
  cr_expect_eq(strlen(value(p, "a", "", "k")), 195);
  text[6 + 195] = 'v';
  cr_expect_eq(read_string(p, "y.ini", text), VSC_ERR_MALFORMED);
  cr_expect_str_eq(lines.text,
                   "y.ini:2: a line of 198 bytes; at most 197 are allowed\n");
  profile_destroy(p);
}

Test(profile, a_section_name_of_63_bytes_is_kept_whole)
{
  char text[128];
  char name[64];
  memset(name, 'n', 63);
  name[63] = '\0';
  snprintf(text, sizeof text, "[receive %s]\nk = v\n", name);
  struct profile *const p = profile_create(NULL, NULL);
  cr_expect_eq(read_string(p, "x.ini", text), VSC_OK);
  cr_expect_str_eq(value(p, "receive", name, "k"), "v");
  profile_destroy(p);
}

/* Merging. */

Test(profile, later_files_win_key_by_key)
{
  struct profile *const p = profile_create(NULL, NULL);
  cr_expect_eq(read_string(p, "a.ini", "[stream]\nttl = 1\ndscp = 2\n"),
               VSC_OK);
  cr_expect_eq(read_string(p, "b.ini", "\n[stream]\nttl = 3\n"), VSC_OK);
  cr_expect_str_eq(value(p, "stream", "", "ttl"), "3");
  cr_expect_str_eq(value(p, "stream", "", "dscp"), "2");
  const struct profile_entry *const e =
    profile_entry(profile_section(p, "stream", ""), "ttl");
  cr_expect_str_eq(e->file, "b.ini");
  cr_expect_eq(e->line, 3);
  cr_expect_eq(profile_sections(p), 1);
  profile_destroy(p);
}

Test(profile, set_wins_over_files)
{
  static struct lines lines;
  struct profile *const p = profile_create(collect, &lines);
  read_string(p, "a.ini", "[receive rx1]\naddress = 239.0.0.1\n");
  cr_expect_eq(profile_set(p, "receive rx1.address=239.69.1.1"), VSC_OK);
  cr_expect_eq(profile_set(p, " send  a.b = c . map = 1>2 = x "), VSC_OK);
  cr_expect_str_eq(value(p, "receive", "rx1", "address"), "239.69.1.1");
  cr_expect_str_eq(value(p, "send", "a", "b"), "c . map = 1>2 = x");
  cr_expect_str_eq(lines.text, "");
  profile_destroy(p);
}

Test(profile, set_splits_the_key_at_its_last_dot)
{
  struct profile *const p = profile_create(NULL, NULL);
  cr_expect_eq(profile_set(p, "send a.b.map = 1>2 = x "), VSC_OK);
  cr_expect_str_eq(value(p, "send", "a.b", "map"), "1>2 = x");
  profile_destroy(p);
}

Test(profile, set_refuses_nonsense)
{
  static const struct {
    const char *set, *message;
  } cases[] = {
    { "rx1",
      "--set: \"rx1\" has no \"=\"; write section.key=value, such as "
      "\"receive rx1.address=239.69.1.1\"\n" },
    { "ttl=3",
      "--set: \"ttl\" has no \".\"; write section.key=value, such as "
      "\"receive rx1.address=239.69.1.1\"\n" },
    { ".ttl=3",
      "--set: a section without a role; write [role] or [role name]\n" },
    { "stream.=3",
      "--set: \"\" is not a key; a key is one word of letters, digits, \"_\" "
      "and \"-\"\n" },
    { "stream.t t=3",
      "--set: \"t t\" is not a key; a key is one word of letters, digits, "
      "\"_\" "
      "and \"-\"\n" },
    { "stream.include=base",
      "--set: include is only for the first line of a file\n" },
    { "stream.ttl=\x1b[2J",
      "--set: the value of \"ttl\" has a control character; remove it\n" },
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    static struct lines lines;
    lines.text[0] = '\0';
    struct profile *const p = profile_create(collect, &lines);
    cr_expect_eq(profile_set(p, cases[i].set), VSC_ERR_MALFORMED);
    cr_expect_str_eq(lines.text, cases[i].message);
    profile_destroy(p);
  }
}

Test(profile, replaced_values_stay_alive_for_those_who_point_at_them)
{
  struct profile *const p = profile_create(NULL, NULL);
  profile_put(p, "engine", "", "name", "one", "test");
  struct stream_fields f = { 0 };
  profile_apply(p, profile_section(p, "engine", ""), engine_rows, &f);
  profile_put(p, "engine", "", "name", "two", "test");
  profile_remove(p, "engine", "");
  cr_expect_str_eq(f.text, "one");
  cr_expect_null(profile_section(p, "engine", ""));
  profile_destroy(p);
}

Test(profile, sections_keep_their_place_while_others_come_and_go)
{
  struct profile *const p = profile_create(NULL, NULL);
  char name[16];
  for (int i = 0; i < 100; i++) {
    snprintf(name, sizeof name, "s%d", i);
    profile_put(p, "send", name, "port", "5004", "test");
  }
  struct profile_section *const s50 = profile_section(p, "send", "s50");
  for (int i = 0; i < 100; i += 3) {
    snprintf(name, sizeof name, "s%d", i);
    profile_remove(p, "send", name);
  }
  profile_put(p, "send", "new", "port", "5004", "test");
  cr_expect_eq(profile_section(p, "send", "s50"), s50);
  cr_expect_eq(profile_sections(p), 67);
  profile_destroy(p);
}

/* Complaints with a place. */

Test(profile, a_bad_default_is_reported_once)
{
  static struct lines lines;
  struct profile *const p = profile_create(collect, &lines);
  read_string(p, "a.ini", "[stream]\nttl = 0\n");
  struct stream_fields f = { 0 };
  for (int i = 0; i < 16; i++) {
    cr_expect_eq(
      profile_apply(p, profile_section(p, "stream", ""), stream_rows, &f),
      VSC_ERR_MALFORMED);
  }
  cr_expect_str_eq(lines.text, "a.ini:2: ttl: \"0\" is not in 1..255\n");
  profile_destroy(p);
}

static const char *
accept_ptp(void *arg, const char *key)
{
  (void)arg;
  return !strcmp(key, "domain") ? "only clock-ptp uses it" : NULL;
}

Test(profile, a_key_of_another_module_is_a_notice)
{
  static struct lines errors, notices;
  const vsc_option *const tables[] = { clock_rows, NULL };
  struct profile *const p = profile_create(collect, &errors);
  profile_on_notice(p, collect, &notices);
  read_string(p, "a.ini", "[clock]\ndomain = 0\n");
  cr_expect_eq(profile_report_unused(
                 p, profile_section(p, "clock", ""), tables, accept_ptp, NULL),
               VSC_OK);
  cr_expect_str_eq(errors.text, "");
  cr_expect_str_eq(
    notices.text,
    "a.ini:2: key \"domain\" in [clock] is accepted: only clock-ptp uses it\n");
  profile_destroy(p);
}

Test(profile, complaints_name_the_entry_or_the_header)
{
  static struct lines lines;
  struct profile *const p = profile_create(collect, &lines);
  read_string(p, "a.ini", "\n[send tx1]\nport = 1\n");
  struct profile_section *const s = profile_section(p, "send", "tx1");
  profile_complain(p, s, profile_entry(s, "port"), "one %d", 1);
  profile_complain(p, s, NULL, "two");
  profile_complain(p, NULL, NULL, "three");
  cr_expect_str_eq(lines.text, "a.ini:3: one 1\na.ini:2: two\nthree\n");
  cr_expect_eq(profile_errors(p), 3);
  profile_destroy(p);
}

Test(profile, names_are_found_in_the_first_folder_that_has_them)
{
  static const char *const folders[] = { GOLDEN "installed", GOLDEN, NULL };
  char path[4096];
  cr_expect_eq(profile_find("base", folders, path, sizeof path), VSC_OK);
  cr_expect_str_eq(path, GOLDEN "installed/base.ini");
  cr_expect_eq(profile_find("good.ini", folders, path, sizeof path), VSC_OK);
  cr_expect_str_eq(path, GOLDEN "/good.ini");
  cr_expect_eq(profile_find(GOLDEN "good.ini", NULL, path, sizeof path),
               VSC_OK);
  cr_expect_eq(profile_find("nowhere", folders, path, sizeof path),
               VSC_ERR_NOT_FOUND);
  cr_expect_eq(profile_find("", folders, path, sizeof path), VSC_ERR_NOT_FOUND);
  cr_expect_eq(profile_find("base", folders, path, 8), VSC_ERR_NOT_FOUND);
  cr_expect_eq(profile_find("../profiles/base", folders, path, sizeof path),
               VSC_ERR_NOT_FOUND);
}

/* The shipped ones. */

Test(profile, shipped_profiles_have_no_mistake)
{
  static const char *const names[] = { "streams-8x8", "low-latency", "interop",
                                       "broadcast",   "mirror",      NULL };
  static const char *const folders[] = { VSC_SOURCE "/profiles", NULL };
  for (unsigned i = 0; names[i]; i++) {
    static struct lines lines;
    char path[4096];
    lines.text[0] = '\0';
    struct profile *const p = profile_create(collect, &lines);
    cr_assert_eq(profile_find(names[i], folders, path, sizeof path), VSC_OK);
    profile_read(p, path, NULL);
    check_meaning(p);
    cr_expect_str_eq(lines.text, "");
    cr_expect_str_eq(value(p, "send", "tx8", "address"), "239.69.1.8");
    cr_expect_str_eq(value(p, "receive", "rx8", "address"), "239.69.2.8");
    cr_expect_str_eq(value(p, "receive", "rx8", "channels"), "57-64");
    profile_destroy(p);
  }
}

/* Of those that are shipped. */
static struct profile *
shipped_profile(const char *name)
{
  struct profile *const p = profile_create(NULL, NULL);
  char path[400];
  snprintf(path, sizeof path, "%s/%s.ini", VSC_SOURCE "/profiles", name);
  profile_read(p, path, NULL);
  return p;
}

Test(profile, shipped_profiles_differ_as_documented)
{
  static const struct {
    const char *name, *packet_time, *link_offset, *buffer, *dscp, *role, *ptp;
  } shipped[] = {
    { "low-latency", "250us", "750us", "32", "46", "auto", "dante" },
    { "interop", "1ms", "3ms", "64", "34", "slave", NULL },
    { "broadcast", "1ms", "6ms", "128", "34", "slave", NULL },
    { "mirror", "250us", "750us", "32", "46", "auto", "dante" },
    { "dante", "1ms", "3ms", "64", "46", "slave", "dante" },
    { "wide", "250us", "750us", "32", "46", "auto", "dante" },
  };
  for (unsigned i = 0; i < sizeof shipped / sizeof *shipped; i++) {
    struct profile *const p = shipped_profile(shipped[i].name);
    cr_expect_str_eq(value(p, "stream", "", "packet_time"),
                     shipped[i].packet_time);
    cr_expect_str_eq(value(p, "stream", "", "link_offset"),
                     shipped[i].link_offset);
    cr_expect_str_eq(value(p, "device", "", "buffer"), shipped[i].buffer);
    cr_expect_str_eq(value(p, "stream", "", "dscp"), shipped[i].dscp);
    cr_expect_str_eq(value(p, "clock", "", "module"), "clock-ptp");
    cr_expect_str_eq(value(p, "clock", "", "role"), shipped[i].role);
    const char *const ptp = value(p, "clock", "", "dscp");
    cr_expect(shipped[i].ptp ? ptp && !strcmp(ptp, shipped[i].ptp) : !ptp);
    cr_expect_eq(value(p, "engine", "", "side") != NULL, i == 3);
    profile_destroy(p);
  }
}

Test(profile, shipped_ones_find_streams_by_sap_and_by_dnssd)
{
  static const char *const names[] = { "low-latency", "interop", "broadcast",
                                       "mirror",      "dante",   "speaker",
                                       "wide" };
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
    struct profile *const p = shipped_profile(names[i]);
    cr_expect_str_eq(value(p, "discovery", "sap", "module"), "discovery-sap");
    cr_expect_str_eq(value(p, "discovery", "mdns", "module"), "discovery-mdns");
    profile_destroy(p);
  }
}

Test(profile, speaker_is_as_documented)
{
  struct profile *const p = shipped_profile("speaker");
  cr_expect_str_eq(value(p, "receive", "main", "session"), "speaker");
  cr_expect_str_eq(value(p, "receive", "main", "channels"), "1-2");
  cr_expect_str_eq(value(p, "bridge", "speaker", "device"), "default");
  cr_expect_str_eq(value(p, "bridge", "speaker", "direction"), "play");
  cr_expect_str_eq(value(p, "clock", "", "role"), "slave");
  cr_expect_null(value(p, "engine", "", "stats_address"));
  profile_destroy(p);
}

Test(profile, wide_is_low_latency_as_two_streams_of_32)
{
  static const char *const ways[][2] = { { "send", "tx" },
                                         { "receive", "rx" } };
  struct profile *const p = shipped_profile("wide");
  for (unsigned i = 0; i < 16; i++) {
    char name[16];
    snprintf(name, sizeof name, "%s%u", ways[i / 8][1], i % 8 + 1);
    const int is_there = i % 8 < 2;
    const char *const key = is_there ? "channels" : "enabled";
    const char *const wanted = !is_there ? "no" : i % 8 ? "33-64" : "1-32";
    const char *const found = value(p, ways[i / 8][0], name, key);
    cr_expect(found && strcmp(found, wanted) == 0, "%s", name);
  }
  profile_destroy(p);
}
