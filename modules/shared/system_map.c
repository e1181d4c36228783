/* system_map.c - an alpha-beta tracker: each reading corrects the position by a
   part of its error, by slewing, and the rate by another part.
   SPDX-License-Identifier: MIT */
#include "modules/shared/system_map.h"

#include "modules/shared/clock_quality.h"

#include <vsc/position.h>

#include <math.h>
#include <stdlib.h>

/* Between readings; below, noise would be all there is. */
#define SHORTEST_NS 1000000
/* Readings that count. */
#define MEMORY 4

static double
within(double x, double bound)
{
  return x < -bound ? -bound : x > bound ? bound : x;
}

void
system_map_init(struct system_map *m, struct system_reading r)
{
  *m = (struct system_map){
    .view = { .size = sizeof m->view,
              .state = VSC_CLOCK_LOCKED,
              .host_ns = r.host,
              .tai_ns = r.tai,
              .rate = 1,
              .error_ns = -1,
              .generation = 1 },
    .readings = 1,
  };
}

static void
step(struct system_map *m, struct system_reading r)
{
  m->view.host_ns = r.host;
  m->view.tai_ns = r.tai;
  m->view.rate = 1 + m->skew;
  m->view.error_ns = -1;
  m->view.generation++;
  m->readings = 1;
  m->offset = 0;
  m->jitter = 0;
}

/* Figures for people; the first errors only say how the map was found. */
static void
judge(struct system_map *m)
{
  const double weight = 1.0 / 8;
  if (m->readings > MEMORY) {
    m->offset += weight * ((double)m->error - m->offset);
    m->jitter += weight * (fabs((double)m->error - m->offset) - m->jitter);
  }
  m->view.error_ns = llabs(m->error) + (int64_t)(3 * m->jitter);
}

int
system_map_update(struct system_map *m, struct system_reading r, vsc_ns next_ns)
{
  const vsc_ns since = r.host - m->view.host_ns;
  if (since < SHORTEST_NS) {
    return 0;
  }
  const int64_t mapped = vsc_view_tai(&m->view, r.host);
  m->error = r.tai - mapped;
  if (m->error > SYSTEM_MAP_STEP_NS || m->error < -SYSTEM_MAP_STEP_NS) {
    step(m, r);
    return 1;
  }
  m->readings++;
  judge(m);
  /* The gains of a straight line through the last n readings. With four, a
     change of rate is followed in two readings, a phase error is gone in ten,
     and the map is about as noisy as one reading. */
  const double n = m->readings < MEMORY ? m->readings : MEMORY;
  const double alpha = 2 * (2 * n - 1) / (n * (n + 1));
  const double beta = 6 / (n * (n + 1));
  m->skew = within(m->skew + beta * (double)m->error / (double)since,
                   SYSTEM_MAP_RATE_MAX);
  const vsc_ns until = next_ns > SHORTEST_NS ? next_ns : SHORTEST_NS;
  const double slew = alpha * (double)m->error / (double)until;
  m->view.host_ns = r.host;
  m->view.tai_ns = mapped;
  m->view.rate = 1 + within(m->skew + slew, SYSTEM_MAP_RATE_MAX);
  return 0;
}

uint32_t
system_map_quality(const struct system_map *m)
{
  return m->readings > MEMORY ? clock_quality(fabs(m->offset), m->jitter) : 0;
}

struct system_reading
system_reading_median(const struct system_reading r[3])
{
  const int64_t a = r[0].tai - r[0].host;
  const int64_t b = r[1].tai - r[1].host;
  const int64_t c = r[2].tai - r[2].host;
  if ((a <= b) == (b <= c)) {
    return r[1];
  }
  return (b <= a) == (a <= c) ? r[0] : r[2];
}

vsc_status
system_reading_take(const vsc_host *host,
                    int64_t offset_s,
                    int32_t *kernel_s,
                    struct system_reading *out)
{
  struct system_reading three[3];
  for (int i = 0; i < 3; i++) {
    const vsc_status status =
      host->system_clock(host, &three[i].host, &three[i].tai, kernel_s);
    if (status < 0) {
      return status;
    }
  }
  *out = system_reading_median(three);
  out->tai += offset_s * 1000000000;
  return VSC_OK;
}
