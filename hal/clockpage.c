/* clockpage.c - writes and reads the clock view behind its sequence number.
   SPDX-License-Identifier: MIT */
#include "clockpage.h"

#include <string.h>

/* Times beyond these would overflow the position arithmetic: 36 years of
   uptime, 36 years before the epoch, and the year 2116. */
#define HOST_LIMIT (INT64_C(1) << 60)
#define MEDIA_LIMIT (INT64_C(1) << 62)
#define RATE_MIN 0.99
#define RATE_MAX 1.01
#define TRIES 8

void
clockpage_write(struct clockpage *page, const vsc_clock_view *view) VSC_RT
{
  uint64_t words[CLOCKPAGE_WORDS] = {
    (uint64_t)view->state << 32 | view->generation,
    (uint64_t)view->host_ns,
    (uint64_t)view->tai_ns,
    0,
    (uint64_t)view->error_ns,
    view->domain,
    0,
  };
  memcpy(&words[3], &view->rate, sizeof words[3]);
  memcpy(&words[6], view->grandmaster, sizeof words[6]);
  uint32_t next =
    atomic_load_explicit(&page->sequence, memory_order_relaxed) + 1;
  if (next == 0) {
    next = 2; /* 0 means no view; the copy's turn stays the same */
  }
  /* Release, each word: a reader that sees one of them also sees the sequence
     stored before, and so knows that its copy was taken away. */
  for (int i = 0; i < CLOCKPAGE_WORDS; i++) {
    atomic_store_explicit(
      &page->words[next & 1][i], words[i], memory_order_release);
  }
  atomic_store_explicit(&page->sequence, next, memory_order_release);
}

/* What comes from shared memory is made safe to calculate with. */
static bool
is_sane(const vsc_clock_view *view) VSC_RT
{
  return view->rate >= RATE_MIN && view->rate <= RATE_MAX && /* not NaN */
         view->host_ns >= 0 && view->host_ns < HOST_LIMIT &&
         view->tai_ns > -HOST_LIMIT && view->tai_ns < MEDIA_LIMIT;
}

bool
clockpage_read(const struct clockpage *page, vsc_clock_view *out) VSC_RT
{
  uint64_t words[CLOCKPAGE_WORDS];
  for (int i = 0; i < TRIES; i++) {
    /* acquire: the release of the sequence in clockpage_write */
    const uint32_t sequence =
      atomic_load_explicit(&page->sequence, memory_order_acquire);
    if (sequence == 0) {
      return false;
    }
    for (int w = 0; w < CLOCKPAGE_WORDS; w++) {
      /* acquire: the release of each word in clockpage_write */
      words[w] = atomic_load_explicit(&page->words[sequence & 1][w],
                                      memory_order_acquire);
    }
    if (atomic_load_explicit(&page->sequence, memory_order_relaxed) ==
        sequence) {
      vsc_clock_view view = {
        .size = sizeof view,
        .state = (uint32_t)(words[0] >> 32),
        .host_ns = (int64_t)words[1],
        .tai_ns = (int64_t)words[2],
        .error_ns = (int64_t)words[4],
        .generation = (uint32_t)words[0],
        .domain = (uint32_t)words[5],
      };
      memcpy(&view.rate, &words[3], sizeof view.rate);
      memcpy(view.grandmaster, &words[6], sizeof view.grandmaster);
      if (is_sane(&view)) {
        *out = view;
        return true;
      }
      return false;
    }
  }
  return false;
}
