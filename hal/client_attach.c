/* client_attach.c - the client's half of the slot protocol: ask, hear the
   answer, follow an engine that was started anew, leave.
   SPDX-License-Identifier: MIT */
#include "client_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform.h"

static void
ring(struct vsc_client *c)
{
  /* release: whoever sees it ring sees the ticket */
  atomic_fetch_add_explicit(&c->region.tx->doorbell, 1, memory_order_release);
}

static void
fill(const struct vsc_client *c, struct region_slot *slot, uint32_t pid)
{
  slot->pid_start = 0;
  (void)platform_process(pid, &slot->pid_start);
  slot->uid = (uint32_t)getuid();
  slot->first_in = c->first_in;
  slot->inputs = c->inputs;
  slot->first_out = c->first_out;
  slot->outputs = c->outputs;
  memcpy(slot->app, c->app, sizeof slot->app);
  atomic_store_explicit(&slot->written_to, INT64_MIN, memory_order_relaxed);
  atomic_store_explicit(&slot->last_write, 0, memory_order_relaxed);
  atomic_store_explicit(&slot->heartbeat, c->host->now(), memory_order_relaxed);
  atomic_store_explicit(&slot->underruns, 0, memory_order_relaxed);
  atomic_store_explicit(&slot->overruns, 0, memory_order_relaxed);
  atomic_store_explicit(&slot->xruns, 0, memory_order_relaxed);
  atomic_store_explicit(&slot->late_frames, 0, memory_order_relaxed);
  atomic_store_explicit(&slot->fill_frames, 0, memory_order_relaxed);
}

vsc_status
client_ask(struct vsc_client *c)
{
  const uint32_t pid = (uint32_t)getpid();
  /* Tells this use of the slot from the one before: 24 bits of about 1 us. */
  const uint64_t use = ((uint64_t)c->host->now() >> 10) & 0xffffffu;
  const uint64_t base = (uint64_t)pid << 32 | use << 8;
  for (int i = 0; i < REGION_SLOTS; i++) {
    struct region_slot *const slot = &c->region.tx->slots[i];
    uint64_t nobody = 0;
    /* acquire: the engine is done with the slot when it stores 0 */
    if (atomic_compare_exchange_strong_explicit(&slot->ticket,
                                                &nobody,
                                                base | SLOT_FILLING,
                                                memory_order_acquire,
                                                memory_order_relaxed)) {
      fill(c, slot, pid);
      c->slot = slot;
      c->ticket = base | SLOT_ATTACHED;
      c->is_attached = false;
      atomic_store_explicit(&slot->ticket, c->ticket, memory_order_release);
      ring(c);
      return VSC_OK;
    }
  }
  return client_fail(VSC_ERR_REFUSED,
                     "the device of instance \"%s\" has no place for more than "
                     "%d applications",
                     c->instance,
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

vsc_status
client_answer(struct vsc_client *c)
{
  struct region_rx *const rx = c->region.rx;
  const struct region_grant *const grant =
    &rx->grants[c->slot - c->region.tx->slots];
  /* acquire: the engine stores the ticket last; starts before the grants */
  const uint32_t starts =
    atomic_load_explicit(&rx->starts, memory_order_acquire);
  if (atomic_load_explicit(&rx->state, memory_order_acquire) !=
        REGION_RUNNING ||
      atomic_load_explicit(&grant->ticket, memory_order_acquire) != c->ticket) {
    return VSC_ERR_AGAIN;
  }
  if (atomic_load_explicit(&grant->state, memory_order_relaxed) !=
      GRANT_ACTIVE) {
    return refused(grant);
  }
  vsc_clock_view view;
  if (!clockpage_read(&rx->clock, &view)) {
    return VSC_ERR_AGAIN;
  }
  c->view = view;
  c->starts = starts;
  c->heartbeat = atomic_load_explicit(&rx->heartbeat, memory_order_relaxed);
  c->heartbeat_seen = c->host->now();
  c->is_attached = true;
  return VSC_OK;
}

void
client_leave(struct vsc_client *c)
{
  if (!c->slot) {
    return;
  }
  /* What was written is still sent; nothing more is expected of us. */
  atomic_store_explicit(&c->slot->written_to, INT64_MIN, memory_order_relaxed);
  uint64_t ours = c->ticket;
  const uint64_t leaving = (ours & ~UINT64_C(0xff)) | SLOT_LEAVING;
  if (atomic_compare_exchange_strong_explicit(&c->slot->ticket,
                                              &ours,
                                              leaving,
                                              memory_order_release,
                                              memory_order_relaxed)) {
    ring(c);
  }
  c->slot = NULL;
}

vsc_status
client_tend(struct vsc_client *c)
{
  struct region_rx *const rx = c->region.rx;
  const uint32_t state = atomic_load_explicit(&rx->state, memory_order_acquire);
  if (state == REGION_SUPERSEDED) {
    return client_fail(VSC_ERR_REFUSED,
                       "the device of instance \"%s\" has changed: open it "
                       "again",
                       c->instance);
  }
  const uint64_t ticket =
    atomic_load_explicit(&c->slot->ticket, memory_order_relaxed);
  const bool is_ours = ticket == c->ticket;
  if (state != REGION_RUNNING ||
      (is_ours && c->is_attached &&
       atomic_load_explicit(&rx->starts, memory_order_acquire) == c->starts)) {
    return VSC_OK;
  }
  /* Another engine, or one that thought us dead: ask (again), go on without it
     until it answers. */
  c->is_attached = false;
  if (!is_ours) {
    const vsc_status status = client_ask(c);
    if (status != VSC_OK) {
      return status;
    }
  }
  const vsc_status status = client_answer(c);
  if (status == VSC_OK && c->has_started) {
    client_rebase(
      c, vsc_view_pos(&c->view, c->host->now(), c->region.geometry.rate));
  }
  return status == VSC_ERR_AGAIN ? VSC_OK : status;
}
