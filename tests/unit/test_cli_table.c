/* test_cli_table.c - the command line: what the table says is what the parser,
   the help, the manual page and the completions say.
   SPDX-License-Identifier: MIT */
#include "cli/json_print.h"
#include "cli/parse.h"
#include "cli/table.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define ARGC(argv) ((int)(sizeof(argv) / sizeof((argv)[0])) - 1)

static struct parsed parsed;

static void
clear(void)
{
  unsetenv("AES67_INSTANCE");
  unsetenv("AES67_RUNTIME_DIR");
}

static void
finish(void)
{
  parse_finish(&parsed);
}

TestSuite(cli_parse, .init = clear, .fini = finish);

Test(cli_parse, global_options_are_taken_before_the_command)
{
  const char *const argv[] = { "aes67", "--json", "--instance",
                               "b",     "status", NULL };
  cr_assert_eq(parse_line(ARGC(argv), argv, &parsed), VSC_OK);
  cr_expect(parsed.cli.json);
  cr_expect_str_eq(parsed.cli.instance, "b");
}

Test(cli_parse, global_options_are_taken_after_the_arguments)
{
  const char *const argv[] = { "aes67", "sdp",          "show",
                               "tx1",   "--instance=b", NULL };
  cr_assert_eq(parse_line(ARGC(argv), argv, &parsed), VSC_OK);
  cr_expect_str_eq(parsed.cli.instance, "b");
  cr_expect_str_eq(parsed.cli.arguments[0], "tx1");
}

Test(cli_parse, two_dashes_end_options)
{
  const char *const argv[] = { "aes67", "sdp", "show", "--", "--json", NULL };
  cr_assert_eq(parse_line(ARGC(argv), argv, &parsed), VSC_OK);
  cr_expect_not(parsed.cli.json);
  cr_expect_str_eq(parsed.cli.arguments[0], "--json");
}

Test(cli_parse, one_dash_is_an_argument)
{
  const char *const argv[] = { "aes67", "sdp", "check", "-", NULL };
  cr_assert_eq(parse_line(ARGC(argv), argv, &parsed), VSC_OK);
  cr_expect_str_eq(parsed.cli.arguments[0], "-");
}

Test(cli_parse, a_link_is_its_command)
{
  const char *const argv[] = { "/usr/bin/aes67-clock", "--sample", "3", NULL };
  cr_assert_eq(parse_line(ARGC(argv), argv, &parsed), VSC_OK);
  cr_expect_eq(parsed.cli.command, &command_clock);
  cr_expect_str_eq(cli_option(&parsed.cli, "sample"), "3");
}

Test(cli_parse, repeated_options_are_all_there)
{
  const char *const argv[] = { "aes67", "run",         "x", "--set",
                               "a.b=1", "--set=c.d=2", NULL };
  cr_assert_eq(parse_line(ARGC(argv), argv, &parsed), VSC_OK);
  cr_expect_str_eq(cli_option_at(&parsed.cli, "set", 0), "a.b=1");
  cr_expect_str_eq(cli_option_at(&parsed.cli, "set", 1), "c.d=2");
  cr_expect_null(cli_option_at(&parsed.cli, "set", 2));
}

Test(cli_parse, an_option_given_twice_is_refused)
{
  const char *const argv[] = { "aes67",    "clock", "--sample", "1",
                               "--sample", "2",     NULL };
  cr_expect_lt(parse_line(ARGC(argv), argv, &parsed), 0);
}

Test(cli_parse, the_nearest_command_is_named)
{
  const char *const argv[] = { "aes67", "statsu", NULL };
  cr_assert_lt(parse_line(ARGC(argv), argv, &parsed), 0);
  cr_expect_not_null(strstr(parsed.why, "did you mean \"stat"));
}

Test(cli_parse, the_nearest_option_is_named)
{
  const char *const argv[] = { "aes67", "stats", "--wach", NULL };
  cr_assert_lt(parse_line(ARGC(argv), argv, &parsed), 0);
  cr_expect_not_null(strstr(parsed.why, "did you mean \"watch\""));
}

Test(cli_parse, another_commands_option_is_refused)
{
  const char *const argv[] = { "aes67", "status", "--sample", "1", NULL };
  cr_expect_lt(parse_line(ARGC(argv), argv, &parsed), 0);
}

Test(cli_parse, a_missing_value_is_refused)
{
  const char *const argv[] = { "aes67", "clock", "--sample", NULL };
  cr_expect_lt(parse_line(ARGC(argv), argv, &parsed), 0);
}

Test(cli_parse, a_flag_takes_no_value)
{
  const char *const argv[] = { "aes67", "status", "--json=yes", NULL };
  cr_expect_lt(parse_line(ARGC(argv), argv, &parsed), 0);
}

Test(cli_parse, too_many_arguments_are_refused)
{
  const char *const argv[] = { "aes67", "status", "now", NULL };
  cr_expect_lt(parse_line(ARGC(argv), argv, &parsed), 0);
}

Test(cli_parse, an_instance_cannot_leave_its_folder)
{
  const char *const argv[] = { "aes67", "status", "--instance", "../x", NULL };
  cr_expect_lt(parse_line(ARGC(argv), argv, &parsed), 0);
}

Test(cli_parse, the_environment_names_the_instance)
{
  setenv("AES67_INSTANCE", "studio", 1);
  const char *const argv[] = { "aes67", "status", NULL };
  cr_assert_eq(parse_line(ARGC(argv), argv, &parsed), VSC_OK);
  cr_expect_str_eq(parsed.cli.instance, "studio");
}

Test(cli_parse, no_arguments_at_all_are_survived)
{
  const char *const argv[] = { NULL };
  cr_expect_lt(parse_line(0, argv, &parsed), 0);
}

/* What a line prints and answers. */
struct ran {
  int code;
  char *out, *err;
};

static struct ran
run_line(int argc, const char *const *argv)
{
  struct ran ran;
  size_t out_bytes, err_bytes;
  FILE *const out = open_memstream(&ran.out, &out_bytes);
  FILE *const err = open_memstream(&ran.err, &err_bytes);
  ran.code = cli_main(argc, argv, out, err);
  fclose(out);
  fclose(err);
  return ran;
}

static void
ran_finish(struct ran *ran)
{
  free(ran->out);
  free(ran->err);
}

Test(cli, a_usage_error_is_2_and_says_how)
{
  const char *const argv[] = { "aes67", "clock", "--nope", NULL };
  struct ran ran = run_line(ARGC(argv), argv);
  cr_expect_eq(ran.code, CLI_USAGE);
  cr_expect_str_empty(ran.out);
  cr_expect_not_null(strstr(ran.err, "usage: aes67 clock"));
  ran_finish(&ran);
}

static void
expect_stats_refuses(const char *option, const char *other, const char *why)
{
  const char *const argv[] = { "aes67", "stats", option, other, NULL };
  struct ran ran = run_line(ARGC(argv), argv);
  cr_expect_eq(ran.code, CLI_USAGE);
  cr_expect_str_empty(ran.out);
  cr_expect_not_null(strstr(ran.err, why), "%s", ran.err);
  cr_expect_not_null(strstr(ran.err, "usage: aes67 stats"));
  ran_finish(&ran);
}

Test(cli, stats_of_all_go_with_their_own_options)
{
  expect_stats_refuses("--all", "--ptp", "--all or --ptp, not both");
  expect_stats_refuses("--watch", "--interface=lo", "go with --all");
  expect_stats_refuses("--ptp", "--address=239.0.0.1", "go with --all");
  expect_stats_refuses("--all", "--address=10.0.0.1", "no multicast group");
}

Test(cli, without_an_engine_it_is_4_and_says_what_to_type)
{
  const char *const argv[] = {
    "aes67", "status", "--runtime-dir", "/nonexistent", NULL
  };
  clear();
  struct ran ran = run_line(ARGC(argv), argv);
  cr_expect_eq(ran.code, CLI_NO_ENGINE);
  cr_expect_str_empty(ran.out);
  cr_expect_str_eq(ran.err,
                   "aes67 status: no engine runs as instance \"default\"; "
                   "start one with: aes67 run low-latency\n");
  ran_finish(&ran);
}

Test(cli, help_is_an_answer)
{
  const char *const argv[] = { "aes67", "play", "--help", NULL };
  struct ran ran = run_line(ARGC(argv), argv);
  cr_expect_eq(ran.code, CLI_OK);
  cr_expect_str_empty(ran.err);
  cr_expect_not_null(strstr(ran.out, "aes67 play"));
  ran_finish(&ran);
}

Test(cli, version_is_json_with_a_schema)
{
  const char *const argv[] = { "aes67", "version", "--json", NULL };
  struct ran ran = run_line(ARGC(argv), argv);
  json_t *const j = json_loads(ran.out, 0, NULL);
  cr_expect_str_eq(json_text(j, "schema"), "vsc.version/1");
  json_decref(j);
  ran_finish(&ran);
}

Test(cli, control_bytes_do_not_reach_the_terminal)
{
  const char *const argv[] = { "aes67", "\x1b[31mred\xc2\x9b\xff", NULL };
  struct ran ran = run_line(ARGC(argv), argv);
  cr_expect_null(strpbrk(ran.err, "\x1b\x9b\xff"));
  cr_expect_not_null(strstr(ran.err, "\\x1b[31mred\\xc2\\x9b\\xff"));
  ran_finish(&ran);
}

Test(cli_clean, text_stays_text)
{
  char out[64];
  cr_expect_str_eq(cli_clean("B\xc3\xbchne \xf0\x9f\x8e\xb5", out, sizeof out),
                   "B\xc3\xbchne \xf0\x9f\x8e\xb5");
}

Test(cli_clean, a_cut_is_never_within_a_character)
{
  char out[4];
  cr_expect_str_eq(cli_clean("ab\xc3\xbc", out, sizeof out), "ab");
  cr_expect_str_eq(cli_clean("a\x01", out, sizeof out), "a");
}

/* Does TEXT have WORD between characters that cannot be part of a word? */
static bool
has_word(const char *text, const char *word)
{
  const size_t length = strlen(word);
  for (const char *at = text; (at = strstr(at, word)) != NULL; at++) {
    const char before = at == text ? ' ' : at[-1];
    const char after = at[length];
    if (!strchr("abcdefghijklmnopqrstuvwxyz-", before) &&
        (after == '\0' || !strchr("abcdefghijklmnopqrstuvwxyz-", after))) {
      return true;
    }
  }
  return false;
}

static void
expect_options(const char *text,
               const struct command_option *options,
               const char *dashes,
               const char *where)
{
  for (; options && options->name; options++) {
    char word[64];
    snprintf(word, sizeof word, "%s%s", dashes, options->name);
    cr_expect(has_word(text, word), "%s does not name %s", where, word);
  }
}

/* Every name of the table is in TEXT, which is about all of it. */
static void
expect_table(const char *text, const char *dashes, const char *where)
{
  expect_options(text, global_options, dashes, where);
  for (const struct command *const *c = commands; *c; c++) {
    cr_expect(
      has_word(text, (*c)->name), "%s does not name %s", where, (*c)->name);
    expect_options(text, (*c)->options, dashes, where);
    for (const struct command *v = (*c)->verbs; v && v->name; v++) {
      cr_expect(has_word(text, v->name), "%s does not name %s", where, v->name);
      expect_options(text, v->options, dashes, where);
    }
  }
}

Test(cli_table, every_row_is_whole)
{
  for (const struct command *const *c = commands; *c; c++) {
    cr_expect_not_null((*c)->summary, "%s", (*c)->name);
    cr_expect((*c)->run || (*c)->verbs, "%s does nothing", (*c)->name);
    cr_expect_eq((*c)->max_arguments > 0, (*c)->arguments != NULL);
    cr_expect_eq(command_find((*c)->name), *c);
    for (const struct command *v = (*c)->verbs; v && v->name; v++) {
      cr_expect_not_null(v->summary, "%s", v->name);
      cr_expect_not_null(v->run, "%s", v->name);
    }
  }
}

Test(cli_table, no_option_hides_a_global_one)
{
  for (const struct command *const *c = commands; *c; c++) {
    for (const struct command_option *o = (*c)->options; o && o->name; o++) {
      cr_expect_null(command_option(global_options, o->name, strlen(o->name)),
                     "%s --%s",
                     (*c)->name,
                     o->name);
    }
  }
}

Test(cli_table, help_names_everything)
{
  char *all = NULL;
  size_t bytes;
  FILE *const out = open_memstream(&all, &bytes);
  help_all(out);
  for (const struct command *const *c = commands; *c; c++) {
    help_command(*c, NULL, out);
  }
  fclose(out);
  expect_table(all, "--", "help");
  free(all);
}

Test(cli_table, the_manual_page_names_everything)
{
  char *all = NULL;
  size_t bytes;
  FILE *const out = open_memstream(&all, &bytes);
  man_page(out);
  fclose(out);
  /* roff writes a dash as "\-" */
  char *to = all;
  for (const char *from = all; *from; from++) {
    if (from[0] != '\\' || from[1] != '-') {
      *to++ = *from;
    }
  }
  *to = '\0';
  /* and a font change is no part of a word */
  for (char *at = all; (at = strstr(at, "\\fB")) != NULL;) {
    memcpy(at, "   ", 3);
  }
  expect_table(all, "--", "the manual page");
  free(all);
}

Test(cli_table, every_completion_names_everything)
{
  static const char *const shells[][2] = { { "bash", "--" },
                                           { "zsh", "--" },
                                           { "fish", "-l " } };
  for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
    char *all = NULL;
    size_t bytes;
    FILE *const out = open_memstream(&all, &bytes);
    cr_assert(completion_script(shells[i][0], out));
    fclose(out);
    expect_table(all, shells[i][1], shells[i][0]);
    free(all);
  }
}

Test(json_print, cleans_texts_and_keys)
{
  json_t *const raw = json_pack("{s:[s]}", "k\x1b", "v\x7f");
  json_t *const clean = json_clean(raw);
  const json_t *const list = json_object_get(clean, "k\\x1b");
  cr_expect_str_eq(json_string_value(json_array_get(list, 0)), "v\\x7f");
  json_decref(clean);
  json_decref(raw);
}

Test(json_print, writes_times_with_their_unit)
{
  char text[32];
  cr_expect_str_eq(time_text(999, text), "999 ns");
  cr_expect_str_eq(time_text(250000, text), "250 us");
  cr_expect_str_eq(time_text(-1500000, text), "-1.5 ms");
  cr_expect_str_eq(time_text(INT64_MIN, text), "-9.223e+09 s");
}
