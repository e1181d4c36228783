/* advice.c - see advice.h. The far tail is taken to fall as a power of the
   offset, whose exponent is Hill's estimate of the worst windows: what falls
   faster is forecast too often, never too seldom. SPDX-License-Identifier: MIT
 */
#include "advice.h"

#include "option.h"
#include "window.h"

#include <math.h>
#include <stdio.h>

#define SECONDS_A_WINDOW 0.2
#define SEEN_LEAST 20 /* windows: 4 s */
#define TAIL 30 /* windows, or a quarter; Hill's error is 1 / sqrt of it */
/* Fewer are a matter of luck: the slope knows better. */
#define COUNTED_LEAST 10
#define BEYOND 0.1 /* of a window: ten times what was watched is far enough */
#define HOUR 3600.0
/* The last bucket is of what no link offset helps. */
#define FINITE (HISTOGRAM_BUCKETS - 1)

_Static_assert(WINDOW_NS == 200000000, "as SECONDS_A_WINDOW");

/* Windows that needed more than X; a bucket's are spread evenly on the scale of
   its logarithm, as the buckets are. */
static double
above(const struct histogram *h, double x)
{
  double n = 0;
  for (unsigned b = FINITE - 1; b > 0; b--) {
    const double top = (double)histogram_top(b);
    const double low = (double)histogram_top(b - 1);
    const double in = histogram_in(h, b);
    if (low >= x) {
      n += in;
    } else if (top <= x || low <= 0) {
      break;
    } else {
      n += in * log(top / x) / log(top / low);
    }
  }
  return n;
}

/* How many windows the tail has, where it begins and ends, how it falls. */
struct tail {
  double count, from, worst, exponent;
};

static struct tail
tail_of(const struct histogram *h, double seen)
{
  const double enough = fmin(TAIL, seen / 4);
  struct tail t = { 0 };
  double logs = 0;
  for (unsigned b = FINITE - 1; b > HISTOGRAM_SIDE; b--) {
    const double top = (double)histogram_top(b);
    const double low = (double)histogram_top(b - 1);
    const double in = histogram_in(h, b);
    if (t.count >= enough || low <= 0) {
      break;
    }
    if (t.count + in > 0) {
      t.worst = t.count > 0 ? t.worst : top;
      /* All there were so far are further from here than from the last. */
      logs += t.count * (t.from > 0 ? log(t.from / low) : 0);
      logs += in * log(top / low) / 2;
      t.count += in;
      t.from = low;
    }
  }
  t.exponent = logs > 0 ? t.count / logs : 0;
  return t;
}

/* Windows that a drop-out with LINK_OFFSET can be expected in; below 0: too
   little was seen. */
static double
expected(const struct histogram *need, double seen, vsc_ns link_offset)
{
  const struct tail t = tail_of(need, seen);
  const double x = (double)link_offset;
  if (seen < SEEN_LEAST || t.exponent <= 0) {
    return -1;
  }
  double n = above(need, x);
  if (n < COUNTED_LEAST && x > t.from) {
    n = t.count * pow(x / t.from, -t.exponent);
    /* Beyond the worst there was none. */
    n = x > t.worst ? fmin(n, pow(x / t.worst, -t.exponent)) : n;
  }
  return n;
}

static double
seen_in(const struct advice *a)
{
  return (double)atomic_load_explicit(&a->need->count, memory_order_acquire);
}

/* Drop-outs in N of SEEN windows, of which some have more than one: as many as
   there are when they come by chance (Poisson). */
static double
events(double n, double seen)
{
  return n < 0 ? n : -seen * log1p(-fmin(n, seen) / (seen + 1));
}

/* How many come where one is expected: on a busy machine they come together. */
static double
together(const struct advice *a, double seen)
{
  const double n = expected(a->need, seen, a->link_offset);
  const double due = events(n + histogram_in(a->need, FINITE), seen);
  return n >= 0 && a->drop_outs >= COUNTED_LEAST
           ? (double)a->drop_outs / fmax(due, 1)
           : 1;
}

/* With those that no link offset helps, or without. */
static double
period(const struct advice *a, vsc_ns link_offset, int is_with_all)
{
  const double seen = seen_in(a);
  const double n = expected(a->need, seen, link_offset);
  const double never = is_with_all ? histogram_in(a->need, FINITE) : 0;
  return n < 0                ? -1
         : n + never < BEYOND ? INFINITY
                              : seen * SECONDS_A_WINDOW /
                                  (events(n + never, seen) * together(a, seen));
}

double
advice_period(const struct advice *a, vsc_ns link_offset)
{
  return period(a, link_offset, 1);
}

vsc_ns
advice_offset(const struct advice *a)
{
  static const uint32_t us[] = { 250,   500,   750,   1000,  1500,  2000,
                                 3000,  4000,  6000,  8000,  10000, 15000,
                                 20000, 30000, 50000, 75000, 100000 };
  for (unsigned i = 0; i < sizeof us / sizeof us[0]; i++) {
    const vsc_ns offset = us[i] * INT64_C(1000);
    if (period(a, offset, 0) > HOUR) {
      return offset;
    }
  }
  return 0;
}

static size_t
say(const struct advice *a,
    vsc_ns link_offset,
    int is_with_all,
    char *out,
    size_t bytes)
{
  const double s = period(a, link_offset, is_with_all);
  const double told = isinf(s) ? seen_in(a) * SECONDS_A_WINDOW / BEYOND : s;
  char offset[32];
  char age[32];
  age_text((int64_t)told, age);
  time_text(link_offset, offset);
  return (
    size_t)(s < 1 ? snprintf(
                      out, bytes, "%s: %.0f drop-outs a second", offset, 1 / s)
            : isinf(s)
              ? snprintf(out, bytes, "%s: none expected in %s", offset, age)
              : snprintf(out, bytes, "%s: a drop-out every %s", offset, age));
}

const char *
advice_text(const struct advice *a, char out[ADVICE_TEXT])
{
  const vsc_ns link_offset = a->link_offset;
  const vsc_ns least = advice_offset(a);
  const uint32_t never = histogram_in(a->need, FINITE);
  char age[32];
  size_t used = 0;
  out[0] = '\0';
  if (advice_period(a, link_offset) < 0) {
    return out;
  }
  if (link_offset > 0) {
    used = say(a, link_offset, 1, out, ADVICE_TEXT);
  }
  if (least != link_offset || least == 0) {
    used += (size_t)snprintf(
      out + used, ADVICE_TEXT - used, "%s", link_offset > 0 ? "; " : "");
    used += least > 0
              ? say(a, least, 0, out + used, ADVICE_TEXT - used)
              : (size_t)snprintf(out + used,
                                 ADVICE_TEXT - used,
                                 "no link offset up to 100 ms holds for an "
                                 "hour");
  }
  if (never > 0) {
    used += (size_t)snprintf(out + used,
                             ADVICE_TEXT - used,
                             ", but %u times packets never came",
                             never);
  }
  age_text((int64_t)(seen_in(a) * SECONDS_A_WINDOW), age);
  snprintf(out + used, ADVICE_TEXT - used, " (watched for %s)", age);
  return out;
}
