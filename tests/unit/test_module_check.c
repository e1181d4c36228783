/* test_module_check.c - what the conformance kit finds, in modules that are
   right and in modules that are wrong. SPDX-License-Identifier: MIT */
#include "sdk/check/check.h"
#include "sdk/check/elf.h"
#include "sdk/check/fakehost.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *text;
static size_t text_bytes;

static void
teardown(void)
{
  free(text);
}

TestSuite(module_check, .fini = teardown, .timeout = 60);

/* The result; what was printed is in text. */
static int
check(const char *folder, const char *name, int as_json)
{
  char path[1024];
  snprintf(path, sizeof path, "%s/%s.so", folder, name);
  FILE *const out = open_memstream(&text, &text_bytes);
  const int result = vsc_check_module(path, out, as_json);
  fclose(out);
  return result;
}

static void
passes(const char *folder, const char *name)
{
  const int result = check(folder, name, 0);
  cr_assert(result == 0 && !strstr(text, "\nwarn"), "%s", text);
}

/* Checking the fixture finds LINE, or its beginning. */
static void
finds(const char *name, const char *line)
{
  cr_assert_eq(check(VSC_FIXTURES, name, 0), 1);
  cr_assert(strstr(text, line), "no \"%s\" in\n%s", line, text);
}

Test(module_check, passes_codec_l16)
{
  passes(VSC_MODULES, "codec-l16");
}

Test(module_check, passes_transport_rtp)
{
  passes(VSC_MODULES, "transport-rtp");
}

Test(module_check, passes_clock_system)
{
  passes(VSC_MODULES, "clock-system");
}

Test(module_check, passes_clock_ptp)
{
  passes(VSC_MODULES, "clock-ptp");
}

Test(module_check, passes_discovery_static)
{
  passes(VSC_MODULES, "discovery-static");
}

Test(module_check, passes_resampler_linear)
{
  passes(VSC_FIXTURES, "resampler-linear");
}

Test(module_check, says_why_a_file_does_not_load)
{
  finds("unresolved", "FAIL  load: ");
}

Test(module_check, finds_a_file_that_is_not_there)
{
  finds("nowhere", "No such file");
}

Test(module_check, repeats_what_a_failing_init_said)
{
  finds("failing-init",
        "FAIL  init and fini: init() says -4 with the default options: no "
        "licence dongle\n");
}

Test(module_check, finds_missing_words)
{
  finds("silent-words", "FAIL  words: it does not say its .version\n");
}

Test(module_check, finds_a_codec_that_only_makes_silence)
{
  finds("silent-words", "FAIL  accuracy: ");
}

Test(module_check, finds_a_write_outside)
{
  finds("codec-careless", "FAIL  formats: encode() writes outside");
}

Test(module_check, finds_a_word_that_comes_back_changed)
{
  finds("codec-careless", "FAIL  round trip: decoded and encoded again, ");
}

Test(module_check, finds_nan_that_is_not_silence)
{
  finds("codec-careless", "FAIL  odd numbers: nan came back as ");
}

Test(module_check, finds_streams_that_share_state)
{
  finds("codec-careless", "FAIL  two streams at once: ");
}

Test(module_check, names_a_variable_of_all_instances)
{
  finds("codec-careless", "history\n");
}

Test(module_check, survives_a_crash_and_says_where)
{
  finds("codec-crashing", "FAIL  absent channels: ");
  cr_assert(strstr(text, "what follows was not tried\n"), "%s", text);
}

Test(module_check, finds_a_clock_without_a_view)
{
  finds("clock-silent",
        "FAIL  a minute of time: start() returns without a first view\n");
}

Test(module_check, finds_a_timer_left_behind)
{
  finds("clock-leaving", "FAIL  a minute of time: after fini() a timer");
}

Test(module_check, counts_at_the_end)
{
  check(VSC_FIXTURES, "wrong-abi", 0);
  cr_assert(
    strstr(text, "wrong-abi.so: 1 checks, 1 failed, 0 warned\n"), "%s", text);
}

Test(module_check, prints_json_that_parses)
{
  check(VSC_FIXTURES, "codec-careless", 1);
  json_t *const all = json_loads(text, 0, NULL);
  const char *const schema = json_string_value(json_object_get(all, "schema"));
  const size_t rows = json_array_size(json_object_get(all, "checks"));
  cr_assert(
    schema && strcmp(schema, "vsc.check/1") == 0 && rows > 10, "%s", text);
  json_decref(all);
}

Test(module_check, takes_a_path_from_where_we_are)
{
  cr_assert_eq(chdir(VSC_FIXTURES), 0);
  FILE *const out = open_memstream(&text, &text_bytes);
  vsc_check_module("resampler-linear.so", out, 0);
  fclose(out);
  cr_assert(strstr(text, "ok    load: "), "%s", text);
}

/* The host that it uses. */

static struct fakehost host;

static void
host_setup(void)
{
  cr_assert(fakehost_init(&host));
}

static void
host_teardown(void)
{
  fakehost_finish(&host);
}

TestSuite(fakehost, .init = host_setup, .fini = host_teardown);

static void
count_call(void *arg)
{
  ++*(unsigned *)arg;
}

Test(fakehost, runs_a_periodic_timer_as_often_as_time_allows)
{
  unsigned calls = 0;
  host.host.timer(&host.host, host.now + 100, 100, count_call, &calls);
  fakehost_advance(&host, 1000);
  cr_assert_eq(calls, 10);
}

Test(fakehost, runs_a_timer_without_period_once)
{
  unsigned calls = 0;
  host.host.timer(&host.host, host.now + 100, 0, count_call, &calls);
  fakehost_advance(&host, 1000);
  cr_assert_eq(calls, 1);
}

Test(fakehost, notices_a_byte_written_behind_its_memory)
{
  unsigned char *const memory = host.host.alloc(&host.host, 10);
  memory[10] = 1;
  cr_assert_not_null(fakehost_misuse(&host));
}

Test(fakehost, gives_no_more_memory_than_it_is_told)
{
  host.allocs_given = 1;
  host.host.alloc(&host.host, 1);
  cr_assert_null(host.host.alloc(&host.host, 1));
}

Test(fakehost, notices_a_timer_freed_twice)
{
  unsigned calls = 0;
  vsc_timer *const t =
    host.host.timer(&host.host, host.now, 1, count_call, &calls);
  host.host.untimer(&host.host, t);
  host.host.untimer(&host.host, t);
  cr_assert_not_null(fakehost_misuse(&host));
}

Test(fakehost, brings_a_datagram_to_who_has_joined)
{
  const vsc_socket_config config = { .size = sizeof config,
                                     .flags = VSC_SOCKET_RECEIVE,
                                     .port = 5004,
                                     .ttl = 1,
                                     .batch = 8 };
  uint8_t byte = 42;
  vsc_datagram d = {
    .bytes = &byte, .length = 1, .dest = 0xEF010203u, .dest_port = 5004
  };
  vsc_socket *s = NULL;
  host.net.open(&host.net, &config, &s);
  host.net.join(&host.net, s, 0xEF010203u, 0);
  host.net.send(&host.net, s, &d, 1);
  cr_assert(host.net.receive(&host.net, s, &d, 1) == 1 && d.bytes[0] == 42);
}

/* The file it looks into. */

Test(module_check_elf, refuses_what_is_too_short)
{
  char names[8];
  const uint8_t magic[] = { 0x7f, 'E', 'L', 'F', 2, 1 };
  cr_assert_lt(elf_own_data(magic, sizeof magic, names, sizeof names), 0);
}
