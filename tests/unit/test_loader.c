/* test_loader.c - what the loader takes, what it refuses, and in which words
   (tests/golden/modules).
   SPDX-License-Identifier: MIT */
#include "engine/loader.h"

#include <vsc/clock.h>
#include <vsc/codec.h>

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/vsc-loader-XXXXXX";
static struct loader *loader;
static char why[LOADER_WHY_BYTES];

static void
setup(void)
{
  cr_assert(mkdtemp(folder));
  const char *const folders[] = { folder, VSC_FIXTURES, NULL };
  cr_assert_eq(loader_create(folders, &loader), VSC_OK);
}

/* Removes what a test has made in its folder; not deeper than one level. */
static void
empty(const char *path)
{
  DIR *const dir = opendir(path);
  const struct dirent *entry;
  while (dir && (entry = readdir(dir))) {
    char inner[1100];
    snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
    if (entry->d_name[0] != '.' && unlink(inner) != 0) {
      empty(inner);
    }
  }
  if (dir) {
    closedir(dir);
  }
  rmdir(path);
}

static void
teardown(void)
{
  loader_destroy(loader);
  chmod(folder, 0700);
  empty(folder);
}

TestSuite(loader, .init = setup, .fini = teardown);

/* NAME in our folder; static, for one use at a time. */
static const char *
in(const char *name)
{
  static char path[1024];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void
copy(const char *fixture, const char *to)
{
  char from[1024], bytes[4096];
  snprintf(from, sizeof from, "%s/%s.so", VSC_FIXTURES, fixture);
  FILE *const in = fopen(from, "rb");
  FILE *const out = fopen(to, "wb");
  cr_assert(in && out, "%s to %s", from, to);
  size_t n;
  while ((n = fread(bytes, 1, sizeof bytes, in)) > 0) {
    fwrite(bytes, 1, n, out);
  }
  fclose(in);
  fclose(out);
  chmod(to, 0644);
}

/* A file that would load from a folder that may not. */
static const char *
good(const char *name)
{
  const char *const path = in(name);
  copy("clock-silent", path);
  return path;
}

static void
write_text(const char *path, const char *text)
{
  FILE *const file = fopen(path, "w");
  cr_assert(file);
  fputs(text, file);
  fclose(file);
}

/* TEXT with every WORD as BY. */
static void
replace(char *text, size_t bytes, const char *word, const char *by)
{
  char *at;
  while ((at = strstr(text, word))) {
    char rest[LOADER_WHY_BYTES];
    snprintf(rest, sizeof rest, "%s", at + strlen(word));
    snprintf(at, bytes - (size_t)(at - text), "%s%s", by, rest);
  }
}

/* NAME does not load as a KIND, and the reason is the golden text. */
static void
refused(const char *golden, const char *name, int kind)
{
  char path[1024], expected[LOADER_WHY_BYTES] = "";
  const struct loaded *module = NULL;
  const vsc_status status =
    loader_load(loader, name, kind, &module, why, sizeof why);
  cr_assert_lt(status, 0, "%s was loaded", name);
  cr_assert_null(module);
  replace(why, sizeof why, folder, "@DIR@");
  replace(why, sizeof why, VSC_FIXTURES, "@DIR@");
  snprintf(
    path, sizeof path, "%s/tests/golden/modules/%s.txt", VSC_SOURCE, golden);
  FILE *const file = fopen(path, "r");
  if (file) {
    cr_expect(fgets(expected, sizeof expected, file));
    fclose(file);
  }
  expected[strcspn(expected, "\n")] = '\0';
  cr_assert_str_eq(why, expected, "%s says\n%s", golden, why);
}

static const struct loaded *
loads(const char *name, int kind)
{
  const struct loaded *module = NULL;
  const vsc_status status =
    loader_load(loader, name, kind, &module, why, sizeof why);
  cr_assert_eq(status, VSC_OK, "%s", why);
  return module;
}

/* What the file itself does wrong: the fixtures. */

Test(loader, refuses_another_abi)
{
  refused("wrong-abi", "wrong-abi", 0);
}

Test(loader, refuses_a_library_that_is_no_module)
{
  refused("no-symbol", "no-symbol", 0);
}

Test(loader, survives_an_unresolved_symbol_and_names_it)
{
  refused("unresolved", "unresolved", 0);
}

Test(loader, refuses_a_clock_where_a_codec_is_needed)
{
  refused("codec-wrong-kind", "codec-wrong-kind", VSC_KIND_CODEC);
}

Test(loader, refuses_a_kind_that_is_none)
{
  refused("unknown-kind", "unknown-kind", 0);
}

Test(loader, refuses_an_unsound_option_table)
{
  refused("bad-options", "bad-options", 0);
}

Test(loader, reads_nothing_behind_a_short_descriptor)
{
  refused("short-struct", "short-struct", 0);
}

Test(loader, reads_nothing_behind_a_tiny_descriptor)
{
  refused("tiny-struct", "tiny-struct", 0);
}

Test(loader, refuses_a_huge_instance)
{
  refused("huge-instance", "huge-instance", 0);
}

Test(loader, refuses_a_module_without_ops)
{
  refused("no-ops", "no-ops", 0);
}

Test(loader, refuses_a_codec_that_cannot_encode)
{
  refused("missing-op", "missing-op", 0);
}

Test(loader, does_not_use_an_op_behind_the_size)
{
  refused("short-ops", "short-ops", 0);
}

Test(loader, hides_an_optional_op_behind_the_size)
{
  const struct loaded *const m = loads("clock-silent", VSC_KIND_CLOCK);
  const vsc_clock_ops *const ops = loaded_module(m)->ops;
  cr_assert_null(ops->report);
}

/* Where the file is, and whose it is. */

Test(loader, names_the_folders_where_a_module_is_not)
{
  refused("not-there", "codec-l99", 0);
}

Test(loader, says_that_a_path_is_not_there)
{
  refused("no-such-file", in("codec-l99.so"), 0);
}

Test(loader, refuses_a_name_with_a_folder_in_it)
{
  refused("traversal", "../modules/codec-l24", 0);
}

Test(loader, refuses_two_dots_as_a_name)
{
  refused("dots", "..", 0);
}

Test(loader, refuses_a_path_that_is_no_module)
{
  refused("not-a-path", "/etc/passwd", 0);
}

Test(loader, keeps_a_reason_to_one_line)
{
  refused("newline", "/tmp/a\nb", 0);
}

Test(loader, points_from_an_archive_to_the_object_beside_it)
{
  write_text(in("codec-x.la"), "dlname='codec-x.so'\n");
  refused("archive", in("codec-x.la"), 0);
}

Test(loader, does_not_look_into_an_archive_for_a_name)
{
  write_text(in("codec-x.la"), "dlname='codec-x.so'\n");
  refused("archive-name", "codec-x", 0);
}

Test(loader, refuses_a_text_file)
{
  write_text(in("codec-text.so"),
             "# codec-text: this is a text that somebody has given the name "
             "of a module by mistake\n");
  refused("text", in("codec-text.so"), 0);
}

Test(loader, refuses_an_empty_file)
{
  write_text(in("codec-empty.so"), "");
  refused("empty", in("codec-empty.so"), 0);
}

Test(loader, refuses_a_symbolic_link)
{
  char target[1024];
  snprintf(target, sizeof target, "%s/clock-silent.so", VSC_FIXTURES);
  cr_assert_eq(symlink(target, in("clock-link.so")), 0);
  refused("link", in("clock-link.so"), 0);
}

Test(loader, does_not_wait_for_a_fifo, .timeout = 10)
{
  cr_assert_eq(mkfifo(in("codec-fifo.so"), 0600), 0);
  refused("fifo", in("codec-fifo.so"), 0);
}

Test(loader, refuses_a_folder)
{
  cr_assert_eq(mkdir(in("codec-folder.so"), 0700), 0);
  refused("folder", in("codec-folder.so"), 0);
}

Test(loader, refuses_a_file_that_others_may_write)
{
  chmod(good("clock-x.so"), 0666);
  refused("writable-file", in("clock-x.so"), 0);
}

Test(loader, refuses_a_file_that_the_group_may_write)
{
  chmod(good("clock-x.so"), 0664);
  refused("writable-file", in("clock-x.so"), 0);
}

Test(loader, refuses_a_folder_that_others_may_write)
{
  good("clock-x.so");
  chmod(folder, 0777);
  refused("writable-folder", in("clock-x.so"), 0);
}

Test(loader, refuses_a_folder_like_tmp)
{
  good("clock-x.so");
  chmod(folder, 01777);
  refused("writable-folder", in("clock-x.so"), 0);
}

Test(loader, refuses_a_folder_that_others_may_replace)
{
  cr_assert_eq(mkdir(in("modules"), 0755), 0);
  good("modules/clock-x.so");
  chmod(folder, 0777);
  refused("replaceable-folder", in("modules/clock-x.so"), 0);
}

Test(loader, refuses_a_file_of_another_user)
{
  if (chown(good("clock-x.so"), 12345, 12345) != 0) {
    teardown(); /* a skipped test does not come to it */
    cr_skip_test("needs root to give a file away");
  }
  refused("stranger", in("clock-x.so"), 0);
}

Test(loader, refuses_a_folder_of_another_user)
{
  good("clock-x.so");
  if (chown(folder, 12345, 12345) != 0) {
    teardown(); /* a skipped test does not come to it */
    cr_skip_test("needs root to give a folder away");
  }
  refused("writable-folder", in("clock-x.so"), 0);
}

Test(loader, does_not_search_the_paths_of_the_environment)
{
  char planted[1024];
  snprintf(planted, sizeof planted, "%s/planted", folder);
  cr_assert_eq(mkdir(planted, 0755), 0);
  good("planted/codec-planted.so");
  setenv("LTDL_LIBRARY_PATH", planted, 1);
  setenv("LD_LIBRARY_PATH", planted, 1);
  struct loader *other = NULL;
  const struct loaded *module = NULL;
  cr_assert_eq(loader_create(NULL, &other), VSC_OK);
  const vsc_status status =
    loader_load(other, "codec-planted", 0, &module, why, sizeof why);
  loader_destroy(other);
  cr_assert_eq(status, VSC_ERR_NOT_FOUND, "%s", why);
}

Test(loader, takes_a_refused_file_as_the_answer_rather_than_a_later_one)
{
  write_text(in("clock-silent.so"), "shadow\n");
  refused("shadow", "clock-silent", 0);
}

/* What it does load. */

Test(loader, finds_a_name_in_its_folders)
{
  const struct loaded *const m = loads("clock-silent", VSC_KIND_CLOCK);
  cr_assert_str_eq(loaded_name(m), "clock-silent");
}

Test(loader, takes_an_absolute_path)
{
  const struct loaded *const m = loads(good("clock-x.so"), 0);
  cr_assert_str_eq(loaded_name(m), "clock-x");
}

Test(loader, resolves_links_in_front_of_the_folder)
{
  good("clock-x.so");
  char link[] = "/tmp/vsc-loader-link-XXXXXX";
  cr_assert(mkdtemp(link));
  rmdir(link);
  cr_assert_eq(symlink(folder, link), 0);
  char path[1024];
  snprintf(path, sizeof path, "%s/clock-x.so", link);
  const struct loaded *module = NULL;
  loader_load(loader, path, 0, &module, why, sizeof why);
  unlink(link);
  cr_assert_not_null(module, "%s", why);
  cr_assert_str_eq(loaded_path(module), in("clock-x.so"));
}

Test(loader, gives_the_same_for_a_name_and_its_path)
{
  const struct loaded *const by_path = loads(good("clock-x.so"), 0);
  cr_assert_eq(loads("clock-x", 0), by_path);
}

Test(loader, keeps_a_module_until_its_last_user)
{
  const struct loaded *const m = loads("clock-silent", 0);
  loads("clock-silent", 0);
  loader_unload(loader, m);
  cr_assert_str_eq(loaded_module(m)->summary, "a clock without a view");
}

Test(loader, gives_a_text_where_a_module_has_none)
{
  const struct loaded *const m = loads("silent-words", 0);
  cr_assert_str_empty(loaded_module(m)->vendor);
}

Test(loader, can_be_there_twice)
{
  struct loader *other = NULL;
  const struct loaded *m = NULL;
  const char *const folders[] = { VSC_FIXTURES, NULL };
  cr_assert_eq(loader_create(folders, &other), VSC_OK);
  loads("clock-silent", 0);
  cr_assert_eq(loader_load(other, "clock-silent", 0, &m, why, sizeof why),
               VSC_OK,
               "%s",
               why);
  loader_destroy(other);
  cr_assert_str_eq(loaded_name(loads("clock-silent", 0)), "clock-silent");
}

struct seen {
  unsigned clock_x, text, hidden;
};

static void
see(void *arg,
    const char *name,
    const char *path,
    const vsc_module *module,
    const char *reason)
{
  struct seen *const seen = arg;
  cr_assert_eq(!module, !!reason);
  cr_assert_not_null(path);
  seen->clock_x += strcmp(name, "clock-x") == 0 && module;
  seen->text += strcmp(name, "clock-silent") == 0 && reason;
  seen->hidden += strcmp(name, "clock-silent") == 0 && module;
}

Test(loader, lists_what_loads)
{
  struct seen seen = { 0 };
  good("clock-x.so");
  loader_list(loader, see, &seen);
  cr_assert_eq(seen.clock_x, 1);
}

Test(loader, lists_a_name_once_with_the_reason_of_the_first)
{
  struct seen seen = { 0 };
  write_text(in("clock-silent.so"), "shadow\n");
  loader_list(loader, see, &seen);
  cr_assert(seen.text == 1 && seen.hidden == 0);
}

Test(loader, destroys_nothing)
{
  loader_destroy(NULL);
}
