/* cmd_selftest.c - aes67 selftest: a known signal through two engines and back,
   every frame of it compared; and the wake-ups of this machine.
   SPDX-License-Identifier: MIT */
#include "audio_io.h"
#include "connect.h"
#include "engine/option.h"
#include "json_print.h"
#include "selftest_report.h"
#include "selftest_wakeups.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>
#include <vsc/position.h>

#define SECONDS_MAX 31536000
#define CROSS_MS 5000
#define LOOK_MS 20
/* What is on its way at the end is counted after this: the longest link offset
   and a few wake-ups. */
#define SETTLE_MS 300
#define RATE 48000 /* of the shipped profiles, whose headroom is asked for */

/* 0 is a, 1 is b. */
struct test {
  const struct cli *cli;
  struct cli as[2]; /* this command line, as if for one of the engines */
  struct connection *connections[2];
  struct selftest_audio audio;
  struct selftest_counts begin[2], now[2];
  int64_t seconds; /* 0: until a signal comes */
};

static int
ask_both(struct test *t, json_t *stats[2])
{
  int code = CLI_OK;
  stats[0] = stats[1] = NULL;
  for (unsigned i = 0; i < 2 && code == CLI_OK; i++) {
    code = connection_call(
      t->connections[i], json_pack("{s:s}", "op", "stats"), &stats[i]);
  }
  return code;
}

static void
forget_both(json_t *stats[2])
{
  json_decref(stats[0]);
  json_decref(stats[1]);
}

static int
read_counts(struct test *t, struct selftest_counts counts[2])
{
  json_t *stats[2];
  const int code = ask_both(t, stats);
  for (unsigned i = 0; i < 2 && code == CLI_OK; i++) {
    selftest_counts_read(
      stats[1 - i], stats[i], &t->audio.paths[i], &counts[i]);
  }
  forget_both(stats);
  return code;
}

static int
open_engines(struct test *t)
{
  char why[300];
  int code = CLI_OK;
  for (unsigned i = 0; i < 2 && code == CLI_OK; i++) {
    code = connection_open(&t->as[i], &t->connections[i]);
  }
  if (code != CLI_OK) {
    return code;
  }
  if (selftest_audio_open(&t->audio,
                          t->cli->runtime_dir,
                          t->as[0].instance,
                          t->as[1].instance,
                          why,
                          sizeof why) < 0) {
    return cli_fail(t->cli, CLI_FAILED, "%s", why);
  }
  json_t *stats[2];
  code = ask_both(t, stats);
  for (unsigned i = 0; i < 2 && code == CLI_OK; i++) {
    if (selftest_streams(stats[1 - i],
                         stats[i],
                         t->audio.rate,
                         t->audio.channels,
                         &t->audio.paths[i],
                         why,
                         sizeof why) < 0) {
      code = cli_fail(t->cli, CLI_FAILED, "%s", why);
    }
  }
  forget_both(stats);
  return code;
}

static bool
has_crossed(const struct test *t)
{
  return atomic_load_explicit(&t->audio.paths[0].crossed,
                              memory_order_relaxed) > 0 &&
         atomic_load_explicit(&t->audio.paths[1].crossed,
                              memory_order_relaxed) > 0;
}

/* The first frames exactly at their place, both ways. */
static int
wait_until_crossed(struct test *t)
{
  int left = CROSS_MS;
  while (!has_crossed(t) && left > 0 && !audio_must_stop()) {
    poll(NULL, 0, LOOK_MS);
    left -= LOOK_MS;
  }
  if (has_crossed(t)) {
    return CLI_OK;
  }
  json_t *stats[2];
  const int code = ask_both(t, stats);
  for (unsigned i = 0; i < 2 && code == CLI_OK; i++) {
    char why[400];
    selftest_why_silent(stats[i], why, sizeof why);
    cli_say(t->cli, "%s", why);
  }
  forget_both(stats);
  return code != CLI_OK ? code
                        : cli_fail(t->cli,
                                   CLI_FAILED,
                                   "no exact frame came both ways within %d s",
                                   CROSS_MS / 1000);
}

static void
print_live(const struct test *t, int64_t second)
{
  char margin[32];
  uint64_t n[3] = { 0 };
  for (unsigned i = 0; i < 2; i++) {
    const struct selftest_path *const p = &t->audio.paths[i];
    n[0] += p->exact;
    n[1] += p->silent;
    n[2] += p->wrong;
  }
  const vsc_ns to_a = t->now[0].margin_p99;
  const vsc_ns to_b = t->now[1].margin_p99;
  const bool is_terminal = isatty(fileno(t->cli->err));
  fprintf(t->cli->err,
          "%s%4" PRId64 " s  %" PRIu64 " frames exact, %" PRIu64
          " silent, %" PRIu64 " wrong; margin p99 %s%s",
          is_terminal ? "\r\033[K" : "",
          second,
          n[0],
          n[1],
          n[2],
          time_text(to_a < to_b ? to_a : to_b, margin),
          is_terminal ? "" : "\n");
  fflush(t->cli->err);
}

/* A line a second until the time is over or somebody has had enough. */
static int
watch(struct test *t)
{
  const bool is_live = cli_has(t->cli, "live") && !t->cli->quiet;
  const struct os *const os = t->audio.os;
  const vsc_ns begin = os->now(os);
  int code = CLI_OK;
  for (int64_t s = 1; code == CLI_OK && (t->seconds == 0 || s <= t->seconds);
       s++) {
    const vsc_ns until = begin + s * VSC_SECOND;
    vsc_ns now;
    while (!audio_must_stop() && (now = os->now(os)) < until) {
      poll(NULL, 0, (int)((until - now + 999999) / 1000000));
    }
    if (audio_must_stop()) {
      break;
    }
    code = read_counts(t, t->now);
    if (is_live && code == CLI_OK) {
      print_live(t, s);
    }
  }
  if (is_live && isatty(fileno(t->cli->err))) {
    fputc('\n', t->cli->err);
  }
  return code;
}

static void
fill_in(const struct test *t, struct selftest_report *r)
{
  const struct selftest_audio *const a = &t->audio;
  *r = (struct selftest_report){
    .channels = a->channels,
    .rate = a->rate,
    .round_trip_p50 = selftest_audio_trip(a, 0.5),
    .round_trip_p99 = selftest_audio_trip(a, 0.99),
    .round_trip_max = a->trip_max,
    .wakeup_max = a->lateness.max,
    .clock_steps = a->steps,
    .scheduling = a->scheduling,
  };
  for (unsigned i = 0; i < 2; i++) {
    const struct selftest_counts *const c = &t->now[i];
    struct selftest_direction *const d = &r->directions[i];
    selftest_direction(&a->paths[i], &t->begin[i], c, d);
    r->engine_max[i] = c->lateness_max;
    const vsc_ns enough = selftest_enough(c, c->late > t->begin[i].late);
    r->enough = enough > r->enough ? enough : r->enough;
    r->link_offset =
      c->link_offset > r->link_offset ? c->link_offset : r->link_offset;
  }
}

static int
run_test(struct test *t)
{
  char why[300];
  int code = open_engines(t);
  if (code != CLI_OK) {
    return code;
  }
  if (selftest_audio_start(&t->audio, why, sizeof why) < 0) {
    return cli_fail(t->cli, CLI_FAILED, "%s", why);
  }
  code = wait_until_crossed(t);
  if (code == CLI_OK) {
    code = read_counts(t, t->begin);
  }
  if (code == CLI_OK) {
    selftest_audio_phase(&t->audio, SELFTEST_COMPARE);
    code = watch(t);
  }
  if (code == CLI_OK) {
    selftest_audio_phase(&t->audio, SELFTEST_SETTLE);
    poll(NULL, 0, SETTLE_MS);
    code = read_counts(t, t->now);
  }
  if (code != CLI_OK) {
    return code;
  }
  if (t->audio.away > 0) {
    return cli_fail(t->cli, CLI_FAILED, "an engine went away meanwhile");
  }
  struct selftest_report report;
  selftest_audio_stop(&t->audio);
  fill_in(t, &report);
  return selftest_print(t->cli, &report);
}

static int
run_between(const struct cli *cli, const struct os *os)
{
  struct test *const t = calloc(1, sizeof *t);
  if (!t) {
    return cli_fail(cli, CLI_FAILED, "no memory left");
  }
  t->cli = cli;
  t->audio.os = os;
  int code = CLI_OK;
  if (!cli_option_number(cli, "seconds", 1, SECONDS_MAX, &t->seconds)) {
    code = CLI_USAGE;
  } else {
    t->as[0] = t->as[1] = *cli;
    t->as[0].instance = cli_option(cli, "a");
    t->as[1].instance = cli_option(cli, "b");
    audio_catch_signals();
    code = run_test(t);
  }
  selftest_audio_close(&t->audio);
  connection_close(t->connections[0]);
  connection_close(t->connections[1]);
  free(t);
  return code;
}

static int
print_wakeups(const struct cli *cli,
              const struct wakeups *w,
              vsc_ns link_offset,
              uint32_t headroom)
{
  if (cli->json) {
    return json_print(cli,
                      json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:i}",
                                "schema",
                                "vsc.wakeups/1",
                                "scheduling",
                                w->scheduling,
                                "wakeups",
                                (json_int_t)w->count,
                                "p50_ns",
                                (json_int_t)w->p50,
                                "p99_ns",
                                (json_int_t)w->p99,
                                "p999_ns",
                                (json_int_t)w->p999,
                                "max_ns",
                                (json_int_t)w->max,
                                "link_offset_ns",
                                (json_int_t)link_offset,
                                "headroom",
                                (int)headroom));
  }
  char a[32], b[32], c[32], d[32];
  fprintf(cli->out,
          "wake-ups     %" PRIu64 " in 1 s, %d threads, scheduling %s\n"
          "late by      p50 %s, p99 %s, p99.9 %s, max %s\n",
          w->count,
          WAKEUPS_THREADS,
          w->scheduling,
          time_text(w->p50, a),
          time_text(w->p99, b),
          time_text(w->p999, c),
          time_text(w->max, d));
  duration_format(link_offset, a, sizeof a);
  fprintf(cli->out, "link offset  %s\nheadroom     %u\n", a, headroom);
  return CLI_OK;
}

static int
run_wakeups(const struct cli *cli, const struct os *os)
{
  vsc_ns link_offset = 0;
  int64_t headroom = 0;
  const char *const text = cli_option(cli, "link-offset");
  if (text && duration_parse(text, &link_offset) < 0) {
    return cli_usage(cli, "--link-offset is a time such as 750us");
  }
  if (!cli_option_number(cli, "headroom", 0, RATE, &headroom)) {
    return CLI_USAGE;
  }
  struct wakeups w;
  if (wakeups_measure(os, VSC_SECOND, &w) < 0) {
    return cli_fail(cli, CLI_FAILED, "cannot start a thread");
  }
  return print_wakeups(cli,
                       &w,
                       wakeups_link_offset(w.max, link_offset),
                       wakeups_headroom(w.max, (uint32_t)headroom, RATE));
}

static int
run(struct cli *cli)
{
  const bool wants_wakeups = cli_has(cli, "wakeups");
  if (!wants_wakeups && (!cli_has(cli, "a") || !cli_has(cli, "b"))) {
    return cli_usage(cli,
                     "name two running engines: --a INSTANCE --b INSTANCE");
  }
  struct os *os = NULL;
  if (os_create(&(struct os_interface){ 0 }, NULL, &os) < 0) {
    return cli_fail(cli, CLI_FAILED, "no memory left");
  }
  const int code = wants_wakeups ? run_wakeups(cli, os) : run_between(cli, os);
  os_destroy(os);
  return code;
}

static const struct command_option options[] = {
  { .name = "a", .argument = "INSTANCE", .help = "one engine" },
  { .name = "b",
    .argument = "INSTANCE",
    .help = "the other, whose streams mirror the first's" },
  { .name = "seconds",
    .argument = "N",
    .help = "end after N seconds; without it at Ctrl-C" },
  { .name = "live", .help = "a line every second" },
  { .name = "wakeups",
    .help = "instead: how late this machine wakes threads, for a second, and "
            "what it can therefore hold" },
  { .name = "link-offset",
    .argument = "TIME",
    .help = "with --wakeups: the profile's, the least to advise" },
  { .name = "headroom",
    .argument = "FRAMES",
    .help = "with --wakeups: the profile's, the least to advise" },
  { .name = NULL },
};

const struct command command_selftest = {
  .name = "selftest",
  .summary = "a known signal between two engines of this machine, compared",
  .options = options,
  .details =
    "Plays noise on every output of both devices and compares every frame that "
    "the\nother hears. Exit 0: nothing wrong, every silent frame is explained "
    "by a counter,\nand at least 99 % are exact; 3: more are silent; 1: "
    "anything else.",
  .run = run,
};
