/* latency_report.c - see latency_report.h. SPDX-License-Identifier: MIT */
#include "latency_report.h"
#include "json_print.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static int
by_total(const void *a, const void *b)
{
  const vsc_ns x = ((const struct latency_sample *)a)->total;
  const vsc_ns y = ((const struct latency_sample *)b)->total;
  return (x > y) - (x < y);
}

/* The smallest that SHARE of N sorted ones do not exceed. */
static vsc_ns
quantile(const struct latency_sample *s, uint32_t n, double share)
{
  const double rank = share * n;
  uint32_t i = (uint32_t)rank;
  i = i > 0 && i == rank ? i - 1 : i;
  return s[i < n ? i : n - 1].total;
}

/* The stages of one sample are exact: positions, and two readings of a clock.
   So their means add up to the mean. */
static void
make_ledger(struct latency_report *r, double away, double late)
{
  const struct latency_way *const w = &r->way;
  const double ns = 1e9 / w->rate;
  const double far = away - w->link_there - w->link_back;
  const struct latency_stage stages[LATENCY_STAGES] = {
    { "headroom of the outputs", "headroom", w->headroom * ns, 0 },
    { "application's buffer", "buffer", w->buffer * ns, 0 },
    { w->knows_there ? "link offset there" : "link offset there, if as ours",
      "link_there",
      w->link_there * ns,
      w->link_there * ns },
    /* Less than none: the link offset there was not as ours. */
    { "far end", "far", far * ns, fmin(far, 0) * ns },
    { "link offset back", "link_back", w->link_back * ns, w->link_back * ns },
    { "until inputs are final", "margin", w->margin * ns, w->margin * ns },
    { "late wake-ups", "late", late, 0 },
  };
  double engines = 0;
  for (unsigned i = 0; i < LATENCY_STAGES; i++) {
    r->stages[i] = stages[i];
    engines += stages[i].engines_ns;
  }
  r->engine_to_engine = (vsc_ns)(engines + 0.5);
}

void
latency_report_make(const struct latency_probe *p,
                    const struct latency_way *way,
                    struct latency_report *out)
{
  const uint32_t n = atomic_load_explicit(&p->taken, memory_order_acquire);
  *out = (struct latency_report){
    .way = *way,
    .samples = n,
    .seconds = (double)(p->exact + p->silent + p->wrong) / way->rate,
    .exact = p->exact,
    .silent = p->silent,
    .wrong = p->wrong,
    .drop_outs = p->drop_outs,
    .moved = p->moved,
    .steps = p->steps,
  };
  double total = 0, away = 0, late = 0;
  for (uint32_t i = 0; i < n; i++) {
    total += (double)p->samples[i].total / n;
    away += (double)p->samples[i].away / n;
    late += (double)p->samples[i].late / n;
  }
  qsort(p->samples, n, sizeof *p->samples, by_total);
  out->p50 = quantile(p->samples, n, 0.5);
  out->p99 = quantile(p->samples, n, 0.99);
  out->p999 = quantile(p->samples, n, 0.999);
  out->max = p->samples[n - 1].total;
  out->mean = total;
  const double far = away - way->link_there - way->link_back;
  out->far_frames = far > 0 ? (uint32_t)(far + 0.5) : 0;
  make_ledger(out, away, late);
}

double
latency_report_rate(const struct latency_report *r, uint64_t drop_outs)
{
  return r->seconds > 0 ? (double)drop_outs * 60 / r->seconds : 0;
}

int
latency_report_verdict(const struct latency_report *r)
{
  const uint64_t all = r->exact + r->silent + r->wrong;
  return r->exact * 100 >= all * 99 ? CLI_OK : CLI_DEGRADED;
}

static const char *
path_of(const struct latency_report *r)
{
  return r->way.is_own        ? "one application, a stream of its own engine"
         : r->far_frames == 0 ? "one application, the far engine reflects"
                              : "an application at each end";
}

json_t *
latency_report_json(const struct latency_report *r)
{
  json_t *const ledger = json_array();
  for (unsigned i = 0; i < LATENCY_STAGES; i++) {
    json_array_append_new(ledger,
                          json_pack("{s:s, s:f, s:f}",
                                    "stage",
                                    r->stages[i].key,
                                    "ns",
                                    r->stages[i].ns,
                                    "engine_to_engine_ns",
                                    r->stages[i].engines_ns));
  }
  json_t *const j = json_pack("{s:s, s:s, s:i, s:o}",
                              "schema",
                              "vsc.latency/1",
                              "path",
                              path_of(r),
                              "samples",
                              (int)r->samples,
                              "ledger",
                              ledger);
  json_object_set_new(j,
                      "round_trip_ns",
                      json_pack("{s:I, s:I, s:I, s:I, s:f}",
                                "p50",
                                (json_int_t)r->p50,
                                "p99",
                                (json_int_t)r->p99,
                                "p999",
                                (json_int_t)r->p999,
                                "max",
                                (json_int_t)r->max,
                                "mean",
                                r->mean));
  json_object_set_new(
    j, "engine_to_engine_ns", json_integer((json_int_t)r->engine_to_engine));
  json_object_update_new(
    j,
    json_pack("{s:f, s:I, s:I, s:I, s:I, s:f, s:I, s:f, s:I, s:I}",
              "seconds",
              r->seconds,
              "exact_frames",
              (json_int_t)r->exact,
              "silent_frames",
              (json_int_t)r->silent,
              "wrong_frames",
              (json_int_t)r->wrong,
              "drop_outs",
              (json_int_t)r->drop_outs,
              "drop_outs_per_minute",
              latency_report_rate(r, r->drop_outs),
              "engine_drop_outs",
              (json_int_t)r->way.engines_lost,
              "engine_drop_outs_per_minute",
              latency_report_rate(r, r->way.engines_lost),
              "moved",
              (json_int_t)r->moved,
              "clock_steps",
              (json_int_t)r->steps));
  return j;
}

void
latency_report_print(const struct latency_report *r, FILE *out)
{
  char a[32], b[32], c[32], d[32];
  fprintf(out,
          "round trip          p50 %s, p99 %s, p99.9 %s, max %s (%u samples)\n",
          time_text(r->p50, a),
          time_text(r->p99, b),
          time_text(r->p999, c),
          time_text(r->max, d),
          r->samples);
  fprintf(out, "path                %s\n", path_of(r));
  fprintf(out,
          "engine to engine    %s%s, by position; %.1f drop-outs a minute%s\n",
          time_text(r->engine_to_engine, a),
          r->way.is_own ? "" : " and back",
          latency_report_rate(r, r->way.engines_lost),
          r->way.knows_there ? "" : " on the way back");
  fprintf(out,
          "drop-outs           %" PRIu64 " in %.1f s, %.1f a minute: %" PRIu64
          " frames exact, %" PRIu64 " silent, %" PRIu64 " wrong\n",
          r->drop_outs,
          r->seconds,
          latency_report_rate(r, r->drop_outs),
          r->exact,
          r->silent,
          r->wrong);
  if (r->moved + r->steps > 0) {
    fprintf(out,
            "the way             became another %" PRIu64
            " times, the clock was stepped %" PRIu64 " times\n",
            r->moved,
            r->steps);
  }
  fprintf(
    out, "\n%-32s %9s %9s %9s\n", "stage (mean)", "frames", "ms", "engines");
  for (unsigned i = 0; i < LATENCY_STAGES; i++) {
    const struct latency_stage *const s = &r->stages[i];
    fprintf(out,
            "%-32s %9.2f %9.3f %9.3f\n",
            s->name,
            s->ns * r->way.rate / 1e9,
            s->ns / 1e6,
            s->engines_ns / 1e6);
  }
  fprintf(out,
          "%-32s %9.2f %9.3f %9.3f\n",
          "sum",
          r->mean * r->way.rate / 1e9,
          r->mean / 1e6,
          (double)r->engine_to_engine / 1e6);
}
