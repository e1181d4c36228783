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

_Static_assert(WINDOW_NS == 200000000, "as SECONDS_A_WINDOW");

/* Windows that needed more than X; a bucket's are spread evenly on the scale of
   its logarithm, as the buckets are. */
static double
above(const struct histogram *h, double x)
{
  double n = 0;
  for (unsigned b = HISTOGRAM_BUCKETS - 1; b > 0; b--) {
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

/* How many windows the tail has, where it begins, and how it falls. */
struct tail {
  double count, from, exponent;
};

static struct tail
tail_of(const struct histogram *h, uint64_t seen)
{
  const double enough = fmin(TAIL, (double)seen / 4);
  struct tail t = { 0 };
  double logs = 0;
  for (unsigned b = HISTOGRAM_BUCKETS - 1; b > HISTOGRAM_SIDE; b--) {
    const double top = (double)histogram_top(b);
    const double low = (double)histogram_top(b - 1);
    const double in = histogram_in(h, b);
    if (t.count >= enough || low <= 0) {
      break;
    }
    if (t.count + in > 0) {
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

double
advice_period(const struct histogram *need, vsc_ns link_offset)
{
  const uint64_t seen =
    atomic_load_explicit(&need->count, memory_order_acquire);
  const struct tail t = tail_of(need, seen);
  const double x = (double)link_offset;
  if (seen < SEEN_LEAST || t.exponent <= 0) {
    return -1;
  }
  double n = above(need, x);
  if (n < COUNTED_LEAST && x > t.from) {
    const double worst =
      (double)atomic_load_explicit(&need->max, memory_order_relaxed);
    n = t.count * pow(x / t.from, -t.exponent);
    /* Beyond the worst there was none. */
    n = x > worst ? fmin(n, pow(x / worst, -t.exponent)) : n;
  }
  return n < BEYOND ? INFINITY : (double)seen * SECONDS_A_WINDOW / n;
}

vsc_ns
advice_offset(const struct histogram *need)
{
  static const uint32_t us[] = { 250,   500,   750,   1000,  1500,  2000,
                                 3000,  4000,  6000,  8000,  10000, 15000,
                                 20000, 30000, 50000, 75000, 100000 };
  for (unsigned i = 0; i < sizeof us / sizeof us[0]; i++) {
    if (advice_period(need, us[i] * INT64_C(1000)) > HOUR) {
      return us[i] * INT64_C(1000);
    }
  }
  return 0;
}

static int
say(char *out, size_t bytes, vsc_ns link_offset, double period, double watched)
{
  char offset[32];
  char age[32];
  const double s = isinf(period) ? watched / BEYOND : period;
  age_text((int64_t)s, age);
  time_text(link_offset, offset);
  return s < 1 ? snprintf(out, bytes, "%s: drop-outs every second", offset)
               : snprintf(out,
                          bytes,
                          isinf(period) ? "%s: no drop-out expected in %s"
                                        : "%s: a drop-out every %s",
                          offset,
                          age);
}

const char *
advice_text(const struct histogram *need,
            vsc_ns link_offset,
            char out[ADVICE_TEXT])
{
  const double watched =
    SECONDS_A_WINDOW *
    (double)atomic_load_explicit(&need->count, memory_order_acquire);
  const double period = advice_period(need, link_offset);
  const vsc_ns least = advice_offset(need);
  size_t used = 0;
  out[0] = '\0';
  if (period < 0) {
    return out;
  }
  if (link_offset > 0) {
    used = (size_t)say(out, ADVICE_TEXT, link_offset, period, watched);
  }
  if (least == 0) {
    snprintf(out + used,
             ADVICE_TEXT - used,
             "%sno link offset up to 100 ms holds for an hour",
             link_offset > 0 ? "; " : "");
  } else if (least != link_offset) {
    used += (size_t)snprintf(
      out + used, ADVICE_TEXT - used, "%s", link_offset > 0 ? "; " : "");
    say(out + used,
        ADVICE_TEXT - used,
        least,
        advice_period(need, least),
        watched);
  }
  return out;
}
