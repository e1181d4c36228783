/* refclk.c - the clock that a session names, compared with ours.
   SPDX-License-Identifier: MIT */
#include "refclk.h"

#include <string.h>

static bool
is_zero(const uint8_t id[8])
{
  static const uint8_t zero[8];
  return memcmp(id, zero, sizeof zero) == 0;
}

bool
refclk_is_told(const vsc_stream *d)
{
  return d->reference != VSC_REFERENCE_PTP || !is_zero(d->clock_id);
}

bool
refclk_is_ours(const struct engine *e, const vsc_stream *d)
{
  switch (d->reference) {
    case VSC_REFERENCE_PTP:
      return !is_zero(d->clock_id) &&
             memcmp(d->clock_id, e->view.grandmaster, 8) == 0;
    case VSC_REFERENCE_LOCAL:
      return is_zero(e->view.grandmaster) &&
             memcmp(d->clock_id, e->own_clock, 8) == 0;
    default:
      return false;
  }
}

/* A session that names a grandmaster without a domain is read as domain 0: of
   our own one that is believed. */
static bool
is_other_domain(const struct engine *e, const vsc_stream *d)
{
  const bool is_told = !is_zero(d->clock_id) || d->clock_domain > 0;
  return d->reference == VSC_REFERENCE_PTP && is_told &&
         !is_zero(e->view.grandmaster) && d->clock_domain != e->view.domain &&
         (d->clock_domain > 0 || !refclk_is_ours(e, d));
}

bool
refclk_is_of_other_domain(const struct engine *e,
                          const struct stream *s,
                          const vsc_stream *said)
{
  return !s->config.ignores_refclk && is_other_domain(e, said);
}
