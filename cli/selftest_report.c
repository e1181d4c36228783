/* selftest_report.c - the verdict and its numbers.
   SPDX-License-Identifier: MIT */
#include "selftest_report.h"
#include "json_print.h"

#include <inttypes.h>

static uint64_t
get(const _Atomic uint64_t *counter)
{
  return atomic_load_explicit(counter, memory_order_relaxed);
}

void
selftest_direction(const struct selftest_path *path,
                   const struct selftest_counts *begin,
                   const struct selftest_counts *end,
                   struct selftest_direction *out)
{
  *out = (struct selftest_direction){
    .compared = get(&path->compared),
    .exact = get(&path->exact),
    .silent = get(&path->silent),
    .wrong = get(&path->wrong),
    .lost = end->lost - begin->lost,
    .late = end->late - begin->late,
    .unwritten = get(&path->unwritten),
    .missed = get(&path->missed),
    .strangers = end->strangers - begin->strangers,
  };
  const uint64_t own = get(&path->unwritten) + get(&path->unread);
  for (uint32_t i = 0; i < path->stream_count; i++) {
    const uint64_t silent = get(&path->stream_silent[i]);
    const uint64_t known = end->explained[i] - begin->explained[i] + own;
    out->unexplained += silent > known ? silent - known : 0;
  }
}

int
selftest_verdict(const struct selftest_report *r)
{
  int code = CLI_OK;
  for (unsigned i = 0; i < 2; i++) {
    const struct selftest_direction *const d = &r->directions[i];
    if (d->compared == 0 || d->wrong > 0 || d->unexplained > 0) {
      return CLI_FAILED;
    }
    if (d->exact * 100 < (d->compared + d->missed) * 99) {
      code = CLI_DEGRADED;
    }
  }
  return code;
}

static json_t *
direction_json(const struct selftest_direction *d)
{
  return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
                   "compared_frames",
                   (json_int_t)d->compared,
                   "exact_frames",
                   (json_int_t)d->exact,
                   "silent_frames",
                   (json_int_t)d->silent,
                   "wrong_frames",
                   (json_int_t)d->wrong,
                   "unexplained_frames",
                   (json_int_t)d->unexplained,
                   "lost",
                   (json_int_t)d->lost,
                   "late",
                   (json_int_t)d->late,
                   "played_too_late_frames",
                   (json_int_t)d->unwritten,
                   "heard_too_late_frames",
                   (json_int_t)d->missed,
                   "strangers",
                   (json_int_t)d->strangers);
}

static json_t *
report_json(const struct selftest_report *r)
{
  json_t *const j = json_pack("{s:s, s:i, s:i, s:i, s:o, s:o, s:s}",
                              "schema",
                              "vsc.selftest/1",
                              "exit",
                              selftest_verdict(r),
                              "channels",
                              (int)r->channels,
                              "rate",
                              (int)r->rate,
                              "a_to_b",
                              direction_json(&r->directions[1]),
                              "b_to_a",
                              direction_json(&r->directions[0]),
                              "scheduling",
                              r->scheduling);
  json_object_set_new(j,
                      "round_trip_ns",
                      json_pack("{s:I, s:I, s:I}",
                                "p50",
                                (json_int_t)r->round_trip_p50,
                                "p99",
                                (json_int_t)r->round_trip_p99,
                                "max",
                                (json_int_t)r->round_trip_max));
  json_object_set_new(j,
                      "wakeup_max_ns",
                      json_pack("{s:I, s:I, s:I}",
                                "application",
                                (json_int_t)r->wakeup_max,
                                "a",
                                (json_int_t)r->engine_max[0],
                                "b",
                                (json_int_t)r->engine_max[1]));
  json_object_set_new(
    j, "link_offset_ns", json_integer((json_int_t)r->link_offset));
  json_object_set_new(j, "enough_ns", json_integer((json_int_t)r->enough));
  json_object_set_new(
    j, "clock_steps", json_integer((json_int_t)r->clock_steps));
  return j;
}

static void
print_row(FILE *out, const char *name, uint64_t a_to_b, uint64_t b_to_a)
{
  fprintf(out, "%-16s %14" PRIu64 " %14" PRIu64 "\n", name, a_to_b, b_to_a);
}

static void
print_directions(const struct selftest_report *r, FILE *out)
{
  const struct selftest_direction *const b = &r->directions[1];
  const struct selftest_direction *const a = &r->directions[0];
  fprintf(out, "%-16s %14s %14s\n", "", "a to b", "b to a");
  print_row(out, "frames compared", b->compared, a->compared);
  print_row(out, "exact", b->exact, a->exact);
  print_row(out, "wrong", b->wrong, a->wrong);
  print_row(out, "silent", b->silent, a->silent);
  if (a->unexplained + b->unexplained > 0) {
    print_row(out, "not explained", b->unexplained, a->unexplained);
  }
  print_row(out, "packets lost", b->lost, a->lost);
  print_row(out, "of these late", b->late, a->late);
  /* No link offset helps against these; [device] headroom does. */
  print_row(out, "played too late", b->unwritten, a->unwritten);
  if (a->missed + b->missed > 0) {
    print_row(out, "heard too late", b->missed, a->missed);
  }
}

static void
print_text(const struct selftest_report *r, FILE *out)
{
  char x[32], y[32], z[32];
  print_directions(r, out);
  fprintf(out,
          "round trip       p50 %s, p99 %s, max %s\n",
          time_text(r->round_trip_p50, x),
          time_text(r->round_trip_p99, y),
          time_text(r->round_trip_max, z));
  fprintf(out,
          "worst wake-up    %s application (%s), %s engine a, %s engine b\n",
          time_text(r->wakeup_max, x),
          r->scheduling,
          time_text(r->engine_max[0], y),
          time_text(r->engine_max[1], z));
  fprintf(out,
          "link offset      %s used; %s would have had no drop-out\n",
          time_text(r->link_offset, x),
          time_text(r->enough, y));
  if (r->directions[0].strangers + r->directions[1].strangers > 0) {
    fprintf(
      out,
      "other senders    use the same addresses on this network: end them, "
      "or change ours\n");
  }
  if (r->clock_steps > 0) {
    fprintf(
      out, "clock            was stepped %" PRIu64 " times\n", r->clock_steps);
  }
}

int
selftest_print(const struct cli *cli, const struct selftest_report *r)
{
  const int code = selftest_verdict(r);
  if (cli->json) {
    const int printed = json_print(cli, report_json(r));
    return printed == CLI_OK ? code : printed;
  }
  print_text(r, cli->out);
  if (fflush(cli->out)) {
    return cli_fail(cli, CLI_FAILED, "cannot write any more");
  }
  return code;
}
