/* bmca.c - the best master clock algorithm's memory and judgement.
   SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/bmca.h"

#include "modules/shared/clock_id.h"

#include <string.h>

#define SECOND INT64_C(1000000000)
#define LOG_MIN (-7)
#define LOG_MAX 6
/* Of an Announce, in all profiles: ST 2059-2 has the shortest. */
#define ANNOUNCE_MIN (-3)
#define ANNOUNCE_MAX 4

vsc_ns
ptp_interval(int log)
{
  const int l = log < LOG_MIN ? LOG_MIN : log > LOG_MAX ? LOG_MAX : log;
  return l < 0 ? SECOND >> -l : SECOND << l;
}

static int
compare_identity(const struct ptp_identity *a, const struct ptp_identity *b)
{
  const int order = memcmp(a->clock, b->clock, sizeof a->clock);
  return order ? order : (int)a->port - (int)b->port;
}

/* Figure 27; the lower is the better, in this order. */
static int
compare_grandmasters(const struct ptp_dataset *a, const struct ptp_dataset *b)
{
  const int rows[][2] = {
    { a->priority1, b->priority1 }, { a->clock_class, b->clock_class },
    { a->accuracy, b->accuracy },   { a->variance, b->variance },
    { a->priority2, b->priority2 },
  };
  for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    if (rows[i][0] != rows[i][1]) {
      return rows[i][0] - rows[i][1];
    }
  }
  return memcmp(a->grandmaster, b->grandmaster, sizeof a->grandmaster);
}

int
bmca_compare(const struct ptp_dataset *a,
             const struct ptp_identity *a_source,
             const struct ptp_dataset *b,
             const struct ptp_identity *b_source)
{
  if (memcmp(a->grandmaster, b->grandmaster, sizeof a->grandmaster) != 0) {
    return compare_grandmasters(a, b);
  }
  /* Figure 28, for a clock with one port: the nearer, then the lower. */
  if (a->steps_removed != b->steps_removed) {
    return (int)a->steps_removed - (int)b->steps_removed;
  }
  return compare_identity(a_source, b_source);
}

int
bmca_allow(struct bmca *b, const char *text)
{
  b->allowed_count = 0;
  for (const char *p = text ? text : "";;) {
    p += strspn(p, " ,\t");
    if (!*p) {
      return 1;
    }
    p = b->allowed_count < BMCA_ALLOWED
          ? clock_id_read(
              p, p + strlen(p), b->allowed[b->allowed_count], CLOCK_ID_BYTES)
          : NULL;
    if (!p || !strchr(" ,\t", *p)) {
      return 0;
    }
    b->allowed_count++;
  }
}

int
bmca_is_allowed(const struct bmca *b, const uint8_t grandmaster[8])
{
  for (unsigned i = 0; i < b->allowed_count; i++) {
    if (memcmp(b->allowed[i], grandmaster, 8) == 0) {
      return 1;
    }
  }
  return b->allowed_count == 0;
}

struct foreign *
bmca_find(struct bmca *b, const struct ptp_identity *source)
{
  for (unsigned i = 0; i < BMCA_MASTERS; i++) {
    if (b->masters[i].is_used &&
        ptp_identity_equal(&b->masters[i].source, source)) {
      return &b->masters[i];
    }
  }
  return NULL;
}

static int
is_qualified(const struct foreign *f, vsc_ns now)
{
  const vsc_ns window = BMCA_WINDOW * ptp_interval(f->log_interval);
  return f->is_used && f->before && now - f->before <= window + SECOND / 4;
}

/* A place for a dataset: a free one, or that of the worst, if it is worse. So a
   thousand false masters cannot drive out a better true one. */
static struct foreign *
make_room(struct bmca *b,
          const struct ptp_message *m,
          const struct ptp_identity *keep)
{
  struct foreign *worst = NULL;
  for (unsigned i = 0; i < BMCA_MASTERS; i++) {
    struct foreign *const f = &b->masters[i];
    if (!f->is_used) {
      return f;
    }
    if (!(keep && ptp_identity_equal(&f->source, keep)) &&
        (!worst ||
         bmca_compare(&f->set, &f->source, &worst->set, &worst->source) > 0)) {
      worst = f;
    }
  }
  return worst && bmca_compare(
                    &m->announce, &m->source, &worst->set, &worst->source) < 0
           ? worst
           : NULL;
}

struct foreign *
bmca_hear(struct bmca *b,
          const struct ptp_message *m,
          vsc_ip from,
          vsc_ns now,
          const struct ptp_identity *keep)
{
  /* 9.3.2.5: alternates, and what has come round in a circle. */
  if (m->announce.steps_removed >= 255 || m->flags & PTP_ALTERNATE_MASTER) {
    return NULL;
  }
  struct foreign *f = bmca_find(b, &m->source);
  if (!f) {
    f = make_room(b, m, keep);
    if (!f) {
      return NULL;
    }
    *f = (struct foreign){ .source = m->source, .address = from, .is_used = 1 };
  }
  /* Somebody else in its name. Has it moved, it is forgotten where it was. */
  if (f->address != from) {
    return NULL;
  }
  f->before = f->heard;
  f->heard = now;
  f->set = m->announce;
  f->log_interval = m->log_interval < ANNOUNCE_MIN   ? ANNOUNCE_MIN
                    : m->log_interval > ANNOUNCE_MAX ? ANNOUNCE_MAX
                                                     : m->log_interval;
  return f;
}

static int
has_time(const struct foreign *f, vsc_ns now)
{
  return f->syncs >= BMCA_SYNCS && now - f->synced <= BMCA_MUTE;
}

void
bmca_note_sync(struct bmca *b,
               const struct ptp_identity *source,
               vsc_ip from,
               vsc_ns now)
{
  struct foreign *const f = bmca_find(b, source);
  if (!f || f->address != from) {
    return;
  }
  f->syncs =
    now - f->synced > BMCA_MUTE ? 1 : f->syncs + (f->syncs < BMCA_SYNCS);
  f->synced = now;
}

static const struct foreign *
best_of(const struct bmca *b,
        vsc_ns now,
        const struct ptp_identity *keep,
        int wants_time)
{
  const struct foreign *best = NULL;
  for (unsigned i = 0; i < BMCA_MASTERS; i++) {
    const struct foreign *const f = &b->masters[i];
    const int is_kept =
      f->is_used && keep && ptp_identity_equal(&f->source, keep);
    if ((is_kept || is_qualified(f, now)) &&
        (!wants_time || has_time(f, now)) &&
        bmca_is_allowed(b, f->set.grandmaster) &&
        (!best ||
         bmca_compare(&f->set, &f->source, &best->set, &best->source) < 0)) {
      best = f;
    }
  }
  return best;
}

const struct foreign *
bmca_best(struct bmca *b,
          vsc_ns now,
          unsigned timeout,
          const struct ptp_identity *keep)
{
  for (unsigned i = 0; i < BMCA_MASTERS; i++) {
    struct foreign *const f = &b->masters[i];
    const vsc_ns patience =
      (vsc_ns)timeout * ptp_interval(f->log_interval) + SECOND;
    if (f->is_used && now - f->heard > patience) {
      f->is_used = 0;
    }
  }
  return best_of(b, now, keep, 0);
}

const struct foreign *
bmca_best_with_time(const struct bmca *b,
                    vsc_ns now,
                    const struct ptp_identity *keep)
{
  return best_of(b, now, keep, 1);
}

unsigned
bmca_count(const struct bmca *b, vsc_ns now)
{
  unsigned count = 0;
  for (unsigned i = 0; i < BMCA_MASTERS; i++) {
    count += is_qualified(&b->masters[i], now) != 0;
  }
  return count;
}
