/* client_attach.c - the client's half of the slot protocol: ask, hear the
   answer, leave.
   SPDX-License-Identifier: MIT */
#include "client_state.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform.h"

bool
lease_is_served(const struct lease *l, vsc_ns now)
{
  const struct region_rx *const rx = l->region.rx;
  vsc_clock_view view;
  return atomic_load_explicit(&rx->state, memory_order_acquire) ==
           REGION_RUNNING &&
         now - region_edge(&rx->heartbeat) < CLIENT_AWAY_NS &&
         clockpage_read(&rx->clock, &view);
}

bool
lease_is_ours(const struct lease *l) VSC_RT
{
  const struct region_rx *const rx = l->region.rx;
  /* acquire: starts and state lead everything a new engine changes */
  return atomic_load_explicit(&rx->state, memory_order_acquire) ==
           REGION_RUNNING &&
         atomic_load_explicit(&rx->starts, memory_order_acquire) == l->starts &&
         atomic_load_explicit(&l->slot->ticket, memory_order_relaxed) ==
           l->ticket;
}

void
lease_ring(struct lease *l)
{
  /* release: whoever sees it ring sees the ticket */
  atomic_fetch_add_explicit(&l->region.tx->doorbell, 1, memory_order_release);
}

static void
fill(const struct vsc_client *c, struct region_slot *slot, uint64_t start)
{
  atomic_store_explicit(&slot->pid_start, start, memory_order_relaxed);
  slot->uid = (uint32_t)getuid();
  slot->first_in = c->first_in;
  slot->inputs = c->inputs;
  slot->first_out = c->first_out;
  slot->outputs = c->outputs;
  slot->rate = c->rate;
  memcpy(slot->app, c->app, sizeof slot->app);
  atomic_store_explicit(&slot->written_to, INT64_MIN, memory_order_relaxed);
  /* release: who sees it sees that the one before has gone */
  atomic_store_explicit(&slot->epoch, 0, memory_order_release);
  atomic_store_explicit(
    &slot->activity,
    atomic_load_explicit(&c->activity, memory_order_relaxed),
    memory_order_relaxed);
  atomic_store_explicit(&slot->last_write, 0, memory_order_relaxed);
  atomic_store_explicit(&slot->heartbeat, c->host->now(), memory_order_relaxed);
  atomic_store_explicit(&slot->underruns, 0, memory_order_relaxed);
  atomic_store_explicit(&slot->overruns, 0, memory_order_relaxed);
  atomic_store_explicit(&slot->xruns, 0, memory_order_relaxed);
  atomic_store_explicit(&slot->late_frames, 0, memory_order_relaxed);
  atomic_store_explicit(&slot->fill_frames, 0, memory_order_relaxed);
}

vsc_status
lease_ask(const struct vsc_client *c, struct lease *l)
{
  const uint32_t pid = (uint32_t)getpid();
  /* Tells this use of the slot from the one before: 24 bits of about 1 us. */
  const uint64_t use = ((uint64_t)c->host->now() >> 10) & 0xffffffu;
  const uint64_t base = (uint64_t)pid << 32 | use << 8;
  uint64_t start = 0;
  (void)platform_process(pid, &start);
  for (int i = 0; i < REGION_SLOTS; i++) {
    struct region_slot *const slot = &l->region.tx->slots[i];
    uint64_t nobody = 0;
    /* acquire: the engine is done with the slot when it stores 0 */
    if (atomic_compare_exchange_strong_explicit(&slot->ticket,
                                                &nobody,
                                                base | SLOT_FILLING,
                                                memory_order_acquire,
                                                memory_order_relaxed)) {
      fill(c, slot, start);
      l->slot = slot;
      l->ticket = base | SLOT_ATTACHED;
      atomic_store_explicit(&slot->ticket, l->ticket, memory_order_release);
      lease_ring(l);
      return VSC_OK;
    }
  }
  return client_fail(VSC_ERR_REFUSED,
                     "the device of instance \"%s\" has no place for more than "
                     "%d applications",
                     c->place.instance,
                     REGION_SLOTS);
}

/* The reason in a grant, as one line of printable characters. */
static vsc_status
refused(const struct region_grant *grant)
{
  char reason[sizeof grant->reason];
  memcpy(reason, grant->reason, sizeof reason);
  reason[sizeof reason - 1] = '\0';
  for (char *p = reason; *p; p++) {
    if ((unsigned char)*p < ' ' || *p == 0x7f) {
      *p = '?';
    }
  }
  return client_fail(VSC_ERR_REFUSED, "%s", reason);
}

/* Granted: what may be done there, once and for all. */
static vsc_status
accept(const struct vsc_client *c,
       struct lease *l,
       const struct region_grant *grant)
{
  const struct region_geometry *const g = &l->region.geometry;
  const uint32_t lane =
    c->outputs ? atomic_load_explicit(&grant->lane, memory_order_relaxed) : 0;
  if (lane > g->lanes) {
    return client_fail(VSC_ERR_REFUSED,
                       "the engine of instance \"%s\" grants lane %u of %u",
                       c->place.instance,
                       lane,
                       g->lanes);
  }
  if (c->rate != 0 && c->rate != g->rate) {
    return client_fail(VSC_ERR_REFUSED,
                       "the device of instance \"%s\" runs at %u frames/s, not "
                       "at %u",
                       c->place.instance,
                       g->rate,
                       c->rate);
  }
  /* Lane 0 is the device's own timeline. */
  l->out_words =
    l->region.out_words + (size_t)lane * g->outputs * (size_t)g->stride;
  return VSC_OK;
}

vsc_status
lease_answer(const struct vsc_client *c, struct lease *l, bool *is_changing)
{
  struct region_rx *const rx = l->region.rx;
  const struct region_grant *const grant =
    &rx->grants[l->slot - l->region.tx->slots];
  *is_changing = false;
  /* acquire: the engine stores the ticket last; starts before the grants */
  l->starts = atomic_load_explicit(&rx->starts, memory_order_acquire);
  if (atomic_load_explicit(&rx->state, memory_order_acquire) !=
        REGION_RUNNING ||
      atomic_load_explicit(&grant->ticket, memory_order_acquire) != l->ticket) {
    return VSC_ERR_AGAIN;
  }
  switch (atomic_load_explicit(&grant->state, memory_order_relaxed)) {
    case GRANT_ACTIVE:
      return clockpage_read(&rx->clock, &l->view) ? accept(c, l, grant)
                                                  : VSC_ERR_AGAIN;
    case GRANT_CHANGING:
      *is_changing = true;
      return VSC_ERR_AGAIN;
    case GRANT_NONE:
      return VSC_ERR_AGAIN;
    default:
      return refused(grant);
  }
}

void
lease_leave(struct lease *l)
{
  struct region_slot *const slot = l->slot;
  l->slot = NULL;
  if (!slot ||
      atomic_load_explicit(&slot->ticket, memory_order_relaxed) != l->ticket) {
    return; /* it may be somebody else's by now */
  }
  /* What was written is still sent; nothing more is expected of us. */
  atomic_store_explicit(
    &slot->activity, ACTIVITY_STOPPED, memory_order_relaxed);
  uint64_t ours = l->ticket;
  const uint64_t leaving = (ours & ~UINT64_C(0xff)) | SLOT_LEAVING;
  if (atomic_compare_exchange_strong_explicit(&slot->ticket,
                                              &ours,
                                              leaving,
                                              memory_order_release,
                                              memory_order_relaxed)) {
    lease_ring(l);
  }
}
