/* test_option.c - text to typed fields: exact, bounded, and the same in every
   locale.
   SPDX-License-Identifier: MIT */
#include "engine/option.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct fields {
  int32_t flag, word;
  int64_t count, any, signed_count;
  double gain;
  vsc_ns time, any_time, shift;
  const char *text;
};

static const char *const encodings[] = { "L24", "L16", "AM824", NULL };
static const vsc_option rows[] = {
  VSC_OPTION(struct fields, flag, "flag", VSC_OPT_BOOL, "no", 0, 0, "a flag"),
  VSC_OPTION(struct fields, count, "count", VSC_OPT_INT, "1", 1, 4, "some"),
  VSC_OPTION(struct fields, any, "any", VSC_OPT_INT, "0", 0, 0, "any number"),
  VSC_OPTION(struct fields,
             signed_count,
             "signed",
             VSC_OPT_INT,
             "-3",
             -10,
             INFINITY,
             "below zero too"),
  VSC_OPTION(struct fields,
             gain,
             "gain",
             VSC_OPT_REAL,
             "0.5",
             -1.5,
             2.5,
             "a gain"),
  VSC_OPTION(struct fields,
             time,
             "packet_time",
             VSC_OPT_DURATION,
             "1ms",
             125e3,
             20e6,
             "of a packet"),
  VSC_OPTION(struct fields,
             any_time,
             "any_time",
             VSC_OPT_DURATION,
             "0s",
             0,
             0,
             "any time"),
  VSC_OPTION(struct fields,
             shift,
             "shift",
             VSC_OPT_DURATION,
             "0s",
             -1e9,
             1e9,
             "either way"),
  VSC_OPTION(struct fields,
             text,
             "text",
             VSC_OPT_STRING,
             NULL,
             0,
             0,
             "required"),
  VSC_OPTION_WORDS(struct fields, word, "encoding", "L16", encodings, "a word"),
  VSC_OPTIONS_END,
};

static char why[512];

static vsc_status
set(struct fields *f, const char *key, const char *text)
{
  why[0] = '\0';
  return option_set(option_find(rows, key), text, f, why, sizeof why);
}

static void
refused(const char *key, const char *text, const char *message)
{
  struct fields f;
  memset(&f, 0x5A, sizeof f);
  const struct fields before = f;
  cr_expect(set(&f, key, text) < 0, "%s = %s was taken", key, text);
  cr_expect_str_eq(why, message);
  cr_expect(!memcmp(&f, &before, sizeof f), "%s was written", key);
}

Test(option, fallbacks_fill_every_field_that_has_one)
{
  struct fields f = { 0 };
  option_defaults(rows, &f);
  cr_expect_eq(f.flag, 0);
  cr_expect_eq(f.count, 1);
  cr_expect_eq(f.signed_count, -3);
  cr_expect_eq(f.gain, 0.5);
  cr_expect_eq(f.time, 1000000);
  cr_expect_eq(f.word, 1);
  cr_expect_null(f.text);
}

Test(option, a_string_points_at_the_callers_text)
{
  struct fields f = { 0 };
  const char *const text = "eno1";
  cr_expect_eq(set(&f, "text", text), VSC_OK);
  cr_expect_eq(f.text, text);
}

Test(option, bools_are_yes_or_no_and_nothing_else)
{
  struct fields f = { 0 };
  cr_expect_eq(set(&f, "flag", "yes"), VSC_OK);
  cr_expect_eq(f.flag, 1);
  refused("flag", "true", "\"true\" is not yes or no");
  refused("flag", "Yes", "\"Yes\" is not yes or no");
  refused("flag", "", "\"\" is not yes or no");
}

Test(option, integers_are_decimal_and_whole)
{
  static const char *const bad[] = { "",    "-",  "+1", "0x1", "1e1",
                                     "1.0", "1 ", " 1", "1,0", "one",
                                     "--1", "1-", "٣",  "1_0", NULL };
  struct fields f = { 0 };
  for (unsigned i = 0; bad[i]; i++) {
    cr_expect(set(&f, "any", bad[i]) < 0, "\"%s\" was taken", bad[i]);
  }
  cr_expect_eq(set(&f, "any", "010"), VSC_OK);
  cr_expect_eq(f.any, 10);
  refused("count", "two", "\"two\" is not a whole number; allowed: 1..4");
}

Test(option, integers_keep_their_bounds)
{
  refused("count", "5", "\"5\" is not in 1..4");
  refused("count", "0", "\"0\" is not in 1..4");
  refused("count", "-1", "\"-1\" is not in 1..4");
  refused("signed", "-11", "\"-11\" is not at least -10");
}

Test(option, integers_do_not_overflow)
{
  struct fields f = { 0 };
  cr_expect_eq(set(&f, "any", "9223372036854775807"), VSC_OK);
  cr_expect_eq(f.any, INT64_MAX);
  refused("any",
          "9223372036854775808",
          "\"9223372036854775808\" is not a number that fits");
  refused("count",
          "99999999999999999999999",
          "\"99999999999999999999999\" is not in 1..4");
}

Test(option, reals_are_the_nearest_double)
{
  struct fields f = { 0 };
  cr_expect_eq(set(&f, "gain", "0.1"), VSC_OK);
  cr_expect_eq(f.gain, 0.1);
  cr_expect_eq(set(&f, "gain", "-1.25"), VSC_OK);
  cr_expect_eq(f.gain, -1.25);
  cr_expect_eq(set(&f, "gain", "2.23606797749979"), VSC_OK);
  cr_expect_eq(f.gain, 2.23606797749979);
  refused("gain", "2.6", "\"2.6\" is not in -1.5..2.5");
  refused("gain", "1,5", "\"1,5\" is not a number; allowed: -1.5..2.5");
  refused("gain", "nan", "\"nan\" is not a number; allowed: -1.5..2.5");
  refused("gain", "1e0", "\"1e0\" is not a number; allowed: -1.5..2.5");
  refused("gain", ".5", "\".5\" is not a number; allowed: -1.5..2.5");
  refused("gain",
          "1.0000000000000001",
          "\"1.0000000000000001\" has more than 15 digits; allowed: -1.5..2.5");
}

Test(option, the_locale_changes_nothing)
{
  if (!setlocale(LC_ALL, "de_DE.UTF-8")) {
    setlocale(LC_ALL, ""); /* not installed: whatever there is */
  }
  struct fields f = { 0 };
  cr_expect_eq(set(&f, "gain", "1.5"), VSC_OK);
  cr_expect_eq(f.gain, 1.5);
  cr_expect(set(&f, "packet_time", "1,5ms") < 0);
  char text[64];
  option_describe(option_find(rows, "gain"), text, sizeof text);
  cr_expect_str_eq(text, "-1.5..2.5");
}

Test(option, durations_are_exact_to_the_nanosecond)
{
  static const struct {
    const char *text;
    vsc_ns ns;
  } cases[] = {
    { "250us", 250000 },
    { "1.5ms", 1500000 },
    { "333us", 333000 },
    { "2s", 2000000000 },
    { "10min", INT64_C(600000000000) },
    { "1h", INT64_C(3600000000000) },
    { "0.5h", INT64_C(1800000000000) },
    { "0.000001ms", 1 },
    { "1.50ms", 1500000 },
    { "7ns", 7 },
    { "0s", 0 },
    { "9223372036854775807ns", INT64_MAX },
    { "2562047.788015215h", INT64_C(9223372036854774000) },
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    vsc_ns t = -1;
    cr_expect_eq(duration_parse(cases[i].text, &t), VSC_OK);
    cr_expect_eq(t, cases[i].ns, "%s gave %lld", cases[i].text, (long long)t);
  }
}

Test(option, durations_need_a_unit_and_nothing_else)
{
  static const char *const bad[] = { "",
                                     "250",
                                     "us",
                                     "-1us",
                                     "1 ms",
                                     "1,5ms",
                                     "1.ms",
                                     ".5ms",
                                     "1.5.5s",
                                     "1MS",
                                     "1e3us",
                                     "0.1ns",
                                     "1msx",
                                     "48frames",
                                     "3packets",
                                     "1m",
                                     "0x1us",
                                     "9223372036854775808ns",
                                     "1.0000000001s",
                                     "9999999999h",
                                     "2562047.8h",
                                     NULL };
  for (unsigned i = 0; bad[i]; i++) {
    vsc_ns t = 42;
    cr_expect(duration_parse(bad[i], &t) < 0, "\"%s\" was taken", bad[i]);
    cr_expect_eq(t, 42);
  }
}

Test(option, duration_messages_say_what_is_allowed)
{
  refused("packet_time", "250", "\"250\" has no unit; allowed: 125us..20ms");
  refused("packet_time", "1s", "\"1s\" is not in 125us..20ms");
  refused("packet_time", "-1ms", "\"-1ms\" is not in 125us..20ms");
  refused(
    "packet_time", "soon", "\"soon\" is not a time; allowed: 125us..20ms");
  refused("any_time", "-1ms", "\"-1ms\" is not at least 0s");
  refused("any_time",
          "1,5ms",
          "\"1,5ms\" is not a time; allowed: a time such as 250us, 1.5ms or "
          "2s");
}

Test(option, a_duration_is_negative_only_where_the_bounds_say_so)
{
  struct fields f = { 0 };
  cr_expect_eq(set(&f, "shift", "-37ms"), VSC_OK);
  cr_expect_eq(f.shift, -37000000);
}

Test(option, durations_are_spelled_as_short_as_exact_allows)
{
  static const struct {
    vsc_ns ns;
    const char *text;
  } cases[] = {
    { 0, "0s" },
    { 250000, "250us" },
    { 125000, "125us" },
    { 1000000, "1ms" },
    { 1500000, "1.5ms" },
    { 333333, "333333ns" },
    { 2000000000, "2s" },
    { 100000, "100us" },
    { INT64_C(3600000000000), "1h" },
    { -250000, "-250us" },
    { 1, "1ns" },
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[40];
    duration_format(cases[i].ns, text, sizeof text);
    cr_expect_str_eq(text, cases[i].text);
  }
}

Test(option, durations_survive_format_and_parse)
{
  uint64_t seed = 1;
  for (int i = 0; i < 20000; i++) {
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    vsc_ns t = (vsc_ns)(seed >> 1 >> (seed >> 58));
    if (i % 3) {
      t -= t % (i % 3 == 1 ? 1000 : 1000000);
    }
    char text[40];
    vsc_ns back = -1;
    duration_format(t, text, sizeof text);
    cr_assert_eq(duration_parse(text, &back), VSC_OK, "%s", text);
    cr_assert_eq(back, t, "%s", text);
  }
}

Test(option, words_suggest_the_nearest)
{
  struct fields f = { 0 };
  cr_expect_eq(set(&f, "encoding", "AM824"), VSC_OK);
  cr_expect_eq(f.word, 2);
  refused("encoding",
          "L42",
          "\"L42\" is not L24, L16 or AM824; did you mean \"L24\"?");
  refused("encoding", "opus", "\"opus\" is not L24, L16 or AM824");
}

Test(option, long_values_are_cut_between_characters)
{
  struct fields f = { 0 };
  char value[200];
  for (unsigned i = 0; i < 198; i += 2) {
    memcpy(value + i, "ä", 3);
  }
  cr_expect(set(&f, "count", value) < 0);
  char *const cut = strstr(why, "...");
  cr_assert_not_null(cut);
  cr_expect_eq((unsigned char)cut[-1], 0xA4);
}

Test(option, the_nearest_key_is_near_or_none)
{
  cr_expect_str_eq(option_nearest(rows, "packt_time"), "packet_time");
  cr_expect_str_eq(option_nearest(rows, "packet-time"), "packet_time");
  cr_expect_str_eq(option_nearest(rows, "PACKET_TIME"), "packet_time");
  cr_expect_str_eq(option_nearest(rows, "packet"), "packet_time");
  cr_expect_str_eq(option_nearest(rows, "gian"), "gain");
  cr_expect_null(option_nearest(rows, "dscp"));
  cr_expect_null(option_nearest(rows, ""));
  cr_expect_null(option_nearest(NULL, "gain"));
}

/* Channels and addresses. */

Test(channels, keep_the_order_written)
{
  uint16_t out[8];
  cr_assert_eq(channels_parse("5-7, 1,9", out, 8), 5);
  const uint16_t expected[] = { 4, 5, 6, 0, 8 };
  cr_expect(!memcmp(out, expected, sizeof expected));
}

Test(channels, refuse_nonsense)
{
  static const char *const bad[] = { "",
                                     "0",
                                     "0-3",
                                     "8-1",
                                     "1-",
                                     "-1",
                                     "1,,2",
                                     "1,",
                                     ",1",
                                     "a",
                                     "1-2-3",
                                     "1 2",
                                     "1;2",
                                     "1-4,4",
                                     "3,3",
                                     "65537",
                                     "1-99999999999",
                                     "1.5",
                                     NULL };
  uint16_t out[16];
  for (unsigned i = 0; bad[i]; i++) {
    cr_expect_eq(
      channels_parse(bad[i], out, 16), VSC_ERR_INVALID, "\"%s\"", bad[i]);
  }
}

Test(channels, never_write_more_than_there_is_room)
{
  uint16_t out[5] = { 0, 0, 0, 0, 77 };
  cr_expect_eq(channels_parse("1-4", out, 4), 4);
  cr_expect_eq(channels_parse("1-5", out, 4), VSC_ERR_INVALID);
  cr_expect_eq(channels_parse("1-65536", out, 4), VSC_ERR_INVALID);
  cr_expect_eq(out[4], 77);
}

Test(ip, is_a_strict_dotted_quad)
{
  uint32_t ip = 0;
  cr_expect_eq(ip_parse("239.69.1.1", &ip), VSC_OK);
  cr_expect_eq(ip, 0xEF450101);
  cr_expect_eq(ip_parse("0.0.0.0", &ip), VSC_OK);
  static const char *const bad[] = { "",          "1.2.3",     "1.2.3.4.5",
                                     "256.1.1.1", "01.2.3.4",  "1.2.3.4 ",
                                     "1.2.3.",    "1..2.3",    "a.b.c.d",
                                     "1.2.3.-4",  "1.2.3.0x4", NULL };
  for (unsigned i = 0; bad[i]; i++) {
    ip = 42;
    cr_expect(ip_parse(bad[i], &ip) < 0, "\"%s\" was taken", bad[i]);
    cr_expect_eq(ip, 42);
  }
}

Test(ip, survives_format_and_parse)
{
  static const uint32_t ips[] = { 0, 1, 0xEF450101, 0xFFFFFFFF, 0x7F000001 };
  for (unsigned i = 0; i < sizeof ips / sizeof *ips; i++) {
    char text[16];
    uint32_t back = ~ips[i];
    ip_format(ips[i], text);
    cr_expect_eq(ip_parse(text, &back), VSC_OK);
    cr_expect_eq(back, ips[i]);
  }
}

/* Tables of modules we do not know. */

static void
unsound(vsc_option row, const char *message)
{
  const vsc_option table[] = { row, VSC_OPTIONS_END };
  cr_expect_eq(option_check(table, sizeof(struct fields), why, sizeof why),
               VSC_ERR_INVALID);
  cr_expect_str_eq(why, message);
}

Test(option_check, passes_a_sound_table)
{
  cr_expect_eq(option_check(rows, sizeof(struct fields), why, sizeof why),
               VSC_OK,
               "%s",
               why);
  cr_expect_eq(option_check(NULL, 0, why, sizeof why), VSC_OK);
}

Test(option_check, names_the_row_and_what_is_wrong)
{
  const vsc_option good = rows[1];
  vsc_option row = good;
  row.type = 99;
  unsound(row, "option \"count\" has the unknown type 99");
  row = good;
  row.width = 4;
  unsound(row, "option \"count\" has a field of 4 bytes; its type needs 8");
  row = good;
  row.offset = UINT32_MAX;
  char outside[160];
  snprintf(outside,
           sizeof outside,
           "option \"count\" lies outside the instance: offset 4294967295, "
           "instance of %zu bytes",
           sizeof(struct fields));
  unsound(row, outside);
  row = good;
  row.fallback = "9";
  unsound(row, "option \"count\" has a bad fallback: \"9\" is not in 1..4");
  row = good;
  row.help = NULL;
  unsound(row, "option \"count\" has no help");
  row = good;
  row.min = NAN;
  unsound(row, "option \"count\" has a min above its max");
  row = good;
  row.min = 5;
  unsound(row, "option \"count\" has a min above its max");
  row = good;
  row.key = "two words";
  unsound(
    row,
    "option \"two words\" is not a key: letters, digits, \"_\" and \"-\", "
    "1..63");
}

Test(option_check, words_are_there_and_not_empty)
{
  static const char *const hollow[] = { "a", "", NULL };
  static const char *const none[] = { NULL };
  vsc_option row = rows[9];
  row.words = NULL;
  unsound(row, "option \"encoding\" needs words, 1..256, none empty");
  row.words = hollow;
  unsound(row, "option \"encoding\" needs words, 1..256, none empty");
  row.words = none;
  unsound(row, "option \"encoding\" needs words, 1..256, none empty");
}

Test(option_check, finds_a_key_written_twice)
{
  const vsc_option table[] = { rows[1], rows[0], rows[1], VSC_OPTIONS_END };
  cr_expect(option_check(table, sizeof(struct fields), why, sizeof why) < 0);
  cr_expect_str_eq(why, "option \"count\" appears twice");
}

Test(option_check, a_field_may_end_with_the_instance_and_not_later)
{
  vsc_option table[] = { rows[1], VSC_OPTIONS_END };
  table[0].offset = 8;
  cr_expect_eq(option_check(table, 16, why, sizeof why), VSC_OK);
  cr_expect(option_check(table, 15, why, sizeof why) < 0);
  cr_expect(option_check(table, 0, why, sizeof why) < 0);
}

Test(option, odd_rows_refuse_without_crashing)
{
  int64_t field = 7;
  const vsc_option odd[] = {
    { .key = "a", .type = 0 },
    { .key = "b", .type = -1 },
    { .key = "c", .type = VSC_OPT_ENUM },
    { .key = "d", .type = VSC_OPT_INT, .min = NAN, .max = NAN },
    { .key = "e", .type = VSC_OPT_DURATION, .min = INFINITY, .max = INFINITY },
    { .key = "f", .type = VSC_OPT_REAL, .min = 1e308, .max = -1e308 },
  };
  for (unsigned i = 0; i < sizeof odd / sizeof *odd; i++) {
    char text[64];
    option_describe(&odd[i], text, sizeof text);
    cr_expect(option_set(&odd[i], "1", &field, why, sizeof why) < 0);
    cr_expect(option_set(&odd[i], "1us", &field, why, 1) < 0);
    cr_expect(option_set(&odd[i], "1us", &field, NULL, 0) < 0);
  }
  cr_expect_eq(field, 7);
}
