/* window.c - see window.h. SPDX-License-Identifier: MIT */
#include "window.h"

#include <string.h>

int
window_add(struct window *w, vsc_ns at, vsc_ns lead, struct window *done) VSC_RT
{
  const int is_next = w->count > 0 && at - w->begin > WINDOW_NS;
  const vsc_ns gap = w->count > 0 ? at - w->end : 0;
  if (is_next) {
    *done = *w;
  }
  if (is_next || w->count == 0) {
    *w = (struct window){ .begin = at, .end = at, .least = lead, .most = lead };
  }
  w->least = lead < w->least ? lead : w->least;
  w->most = lead > w->most ? lead : w->most;
  w->gap = gap > w->gap ? gap : w->gap;
  w->end = at > w->end ? at : w->end;
  /* Enough packets of half a day could wrap it: then it is wrong, and no more.
   */
  w->sum = (vsc_ns)((uint64_t)w->sum + (uint64_t)lead);
  w->count++;
  return is_next;
}

void
window_publish(struct window_page *page,
               const struct window *w,
               vsc_ns later) VSC_RT
{
  int64_t words[WINDOW_WORDS];
  struct window moved = *w;
  moved.least += later;
  moved.most += later;
  moved.sum = (vsc_ns)((uint64_t)w->sum + (uint64_t)(later * w->count));
  memcpy(words, &moved, sizeof words);
  const uint64_t serial =
    atomic_load_explicit(&page->serial, memory_order_relaxed);
  atomic_store_explicit(&page->serial, serial + 1, memory_order_relaxed);
  /* Who sees one of the words sees that it is odd. */
  atomic_thread_fence(memory_order_release);
  for (unsigned i = 0; i < WINDOW_WORDS; i++) {
    atomic_store_explicit(&page->words[i], words[i], memory_order_relaxed);
  }
  atomic_store_explicit(&page->serial, serial + 2, memory_order_release);
}

int
window_read(const struct window_page *page,
            uint64_t *serial,
            struct window *out)
{
  int64_t words[WINDOW_WORDS];
  /* Pairs with the last store of window_publish. */
  const uint64_t now =
    atomic_load_explicit(&page->serial, memory_order_acquire);
  if (now == *serial || now & 1) {
    return 0;
  }
  for (unsigned i = 0; i < WINDOW_WORDS; i++) {
    words[i] = atomic_load_explicit(&page->words[i], memory_order_relaxed);
  }
  /* Pairs with the fence there. */
  atomic_thread_fence(memory_order_acquire);
  if (atomic_load_explicit(&page->serial, memory_order_relaxed) != now) {
    return 0;
  }
  memcpy(out, words, sizeof words);
  *serial = now;
  return 1;
}
