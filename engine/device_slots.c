/* device_slots.c - accepts clients into the region and lets them go.
   SPDX-License-Identifier: MIT */
#include "device_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hal/platform.h"

/* A copy of what the client wrote; only numbers and text in it, no promise. */
static void
copy_wishes(const struct region_slot *slot, struct attachment *a)
{
  a->pid_start = atomic_load_explicit(&slot->pid_start, memory_order_relaxed);
  a->uid = slot->uid;
  a->first_in = slot->first_in;
  a->inputs = slot->inputs;
  a->first_out = slot->first_out;
  a->outputs = slot->outputs;
  a->rate = slot->rate;
  memcpy(a->app, slot->app, sizeof a->app);
  /* From here on only the copy counts. */
  atomic_thread_fence(memory_order_acquire);
  a->app[sizeof a->app - 1] = '\0';
  for (char *p = a->app; *p; p++) {
    if (*p < ' ' || *p > '~' || *p == '"' || *p == '\\') {
      *p = '?';
    }
  }
}

static bool
fits(uint32_t first, uint32_t count, uint32_t channels)
{
  return count <= channels && first <= channels - count;
}

/* Who has output channel C; NULL: nobody. */
static const struct attachment *
owner(const struct device *d, uint32_t c)
{
  const uint64_t slots =
    atomic_load_explicit(&d->written.owners[c], memory_order_relaxed);
  return slots ? &d->attachments[__builtin_ctzll(slots)] : NULL;
}

static enum region_grant_state
judge_claim(const struct device *d,
            const struct attachment *a,
            char *reason,
            size_t bytes)
{
  for (uint32_t c = a->first_out; c < a->first_out + a->outputs; c++) {
    const struct attachment *const o = owner(d, c);
    if (o) {
      snprintf(reason,
               bytes,
               "output channels %" PRIu32 "-%" PRIu32
               " belong to \"%s\" (pid %" PRIu32 ")",
               o->first_out + 1,
               o->first_out + o->outputs,
               o->app,
               SLOT_PID(o->ticket));
      return GRANT_REFUSED;
    }
  }
  return GRANT_ACTIVE;
}

/* "all 4 lanes are taken: "ardour" (pid 7), "x" (pid 8), and 2 more" */
static void
name_writers(const struct device *d, char *reason, size_t bytes)
{
  /* ", and 16 more" and the NUL */
  const size_t tail = 14;
  unsigned more = 0;
  const char *before = "";
  size_t at = (size_t)snprintf(
    reason, bytes, "all %" PRIu32 " lanes are taken: ", d->mix.count);
  for (int i = 0; i < REGION_SLOTS; i++) {
    const struct attachment *const a = &d->attachments[i];
    char name[REGION_APP_BYTES + 32];
    const int n = snprintf(name,
                           sizeof name,
                           "%s\"%s\" (pid %" PRIu32 ")",
                           before,
                           a->app,
                           SLOT_PID(a->ticket));
    if (a->lane && at + (size_t)n + tail < bytes) {
      memcpy(reason + at, name, (size_t)n + 1);
      at += (size_t)n;
      before = ", ";
    } else if (a->lane) {
      more++;
    }
  }
  if (more > 0) {
    snprintf(reason + at, bytes - at, "%sand %u more", before, more);
  }
}

static enum region_grant_state
judge_lane(const struct device *d,
           struct attachment *a,
           uint32_t preferred,
           char *reason,
           size_t bytes)
{
  for (uint32_t c = a->first_out; c < a->first_out + a->outputs; c++) {
    const struct attachment *const o = owner(d, c);
    if (o && d->region.rx->output_is_raw[c]) {
      snprintf(reason,
               bytes,
               "output channel %" PRIu32
               " carries bits, no sum, and \"%s\" (pid %" PRIu32 ") has it",
               c + 1,
               o->app,
               SLOT_PID(o->ticket));
      return GRANT_REFUSED;
    }
  }
  switch (mix_find(&d->mix, preferred, &a->lane)) {
    case VSC_OK:
      return GRANT_ACTIVE;
    case VSC_ERR_AGAIN:
      return GRANT_NONE;
    default:
      name_writers(d, reason, bytes);
      return GRANT_REFUSED;
  }
}

static enum region_grant_state
judge_rate(struct device *d,
           const struct attachment *a,
           char *reason,
           size_t bytes)
{
  const struct attachment *other = d->attachments;
  if (d->active > 0) {
    while (!other->is_active) {
      other++;
    }
    snprintf(reason,
             bytes,
             "the device runs at %" PRIu32 " and \"%s\" (pid %" PRIu32
             ") has it open",
             d->region.geometry.rate,
             other->app,
             SLOT_PID(other->ticket));
    return GRANT_REFUSED;
  }
  if (!d->change_rate) {
    snprintf(reason,
             bytes,
             "the device runs at %" PRIu32 " and cannot change",
             d->region.geometry.rate);
    return GRANT_REFUSED;
  }
  /* It costs: one in a poll, whoever asks how often. */
  if (d->has_judged_rate) {
    return GRANT_NONE;
  }
  d->has_judged_rate = true;
  d->is_changing =
    d->change_rate(d->change_rate_arg, a->rate, reason, bytes) >= 0;
  return d->is_changing ? GRANT_CHANGING : GRANT_REFUSED;
}

/* What A is answered, and why when it is refused; GRANT_NONE: not now. */
static enum region_grant_state
judge(struct device *d,
      struct attachment *a,
      uint32_t preferred_lane,
      char *reason,
      size_t bytes)
{
  const struct region_geometry *const g = &d->region.geometry;
  if (!fits(a->first_in, a->inputs, g->inputs) ||
      !fits(a->first_out, a->outputs, g->outputs)) {
    snprintf(reason,
             bytes,
             "the device has %" PRIu32 " inputs and %" PRIu32 " outputs",
             g->inputs,
             g->outputs);
    return GRANT_REFUSED;
  }
  if (d->is_changing) {
    return GRANT_CHANGING;
  }
  if (a->rate != 0 && a->rate != g->rate) {
    return judge_rate(d, a, reason, bytes);
  }
  if (g->lanes == 0 || a->outputs == 0) {
    return judge_claim(d, a, reason, bytes);
  }
  return judge_lane(d, a, preferred_lane, reason, bytes);
}

struct device_client
device_client_of(const struct attachment *a)
{
  struct device_client client = {
    .pid = SLOT_PID(a->ticket),
    .uid = a->uid,
    .first_in = a->first_in,
    .inputs = a->inputs,
    .first_out = a->first_out,
    .outputs = a->outputs,
    .lane = a->lane,
  };
  memcpy(client.app, a->app, sizeof client.app);
  return client;
}

/* Whoever shares the device's outputs with applications has a say, too. */
static enum region_grant_state
admit(const struct device *d,
      const struct attachment *a,
      char *reason,
      size_t bytes)
{
  const struct device_client client = device_client_of(a);
  if (d->admit) {
    d->admit(d->admit_arg, &client, reason, bytes);
  }
  return reason[0] ? GRANT_REFUSED : GRANT_ACTIVE;
}

/* Has somebody let go since we looked? */
static bool
has_room_soon(const struct device *d)
{
  for (int i = 0; i < REGION_SLOTS; i++) {
    /* acquire: who left before asking is seen to have left */
    if (d->attachments[i].ticket &&
        atomic_load_explicit(&d->region.tx->slots[i].ticket,
                             memory_order_acquire) !=
          d->attachments[i].ticket) {
      return true;
    }
  }
  return false;
}

/* True when it is attached now. */
static bool
answer(struct device *d, int i, uint64_t ticket)
{
  struct region_grant *const grant = &d->region.rx->grants[i];
  struct attachment a = { .ticket = ticket };
  copy_wishes(&d->region.tx->slots[i], &a);
  char reason[sizeof grant->reason] = "";
  /* One that outlived an engine may be writing to the lane it had. */
  const uint32_t before =
    atomic_load_explicit(&grant->lane, memory_order_relaxed);
  enum region_grant_state state = judge(d, &a, before, reason, sizeof reason);
  if (state == GRANT_ACTIVE) {
    state = admit(d, &a, reason, sizeof reason);
    a.lane = state == GRANT_ACTIVE ? a.lane : 0;
  }
  if (state == GRANT_NONE || (state == GRANT_REFUSED && has_room_soon(d))) {
    return false; /* at the next poll */
  }
  a.is_active = state == GRANT_ACTIVE;
  d->attachments[i] = a;
  if (a.is_active) {
    d->active++;
    d->grants++;
    written_grant(&d->written, (unsigned)i, a.lane, a.first_out, a.outputs);
  }
  if (a.lane) {
    mix_grant(&d->mix, a.lane, a.first_out, a.outputs);
  }
  memcpy(grant->reason, reason, sizeof reason);
  atomic_store_explicit(&grant->lane, a.lane, memory_order_relaxed);
  atomic_store_explicit(&grant->state, state, memory_order_relaxed);
  /* release: all of the answer is there before the ticket */
  atomic_store_explicit(&grant->ticket, ticket, memory_order_release);
  return a.is_active;
}

/* True when it was attached. */
static bool
forget(struct device *d, int i)
{
  struct attachment *const a = &d->attachments[i];
  const bool was_active = a->is_active;
  atomic_store_explicit(
    &d->region.rx->grants[i].ticket, 0, memory_order_release);
  if (was_active) {
    written_release(
      &d->written, &d->region, (unsigned)i, a->lane, a->first_out, a->outputs);
    d->active--;
  }
  if (a->lane) {
    mix_release(&d->mix, a->lane);
  }
  *a = (struct attachment){ 0 };
  return was_active;
}

/* Does the process that took TICKET live? Another one may have its pid by now.
 */
static bool
is_alive(const struct device *d, int i, uint64_t ticket)
{
  const struct attachment *const a = &d->attachments[i];
  uint64_t start = 0;
  if (!platform_process(SLOT_PID(ticket), &start)) {
    return false;
  }
  /* One that was not answered yet may have died while it filled the slot in. */
  const uint64_t began =
    a->ticket == ticket
      ? a->pid_start
      : atomic_load_explicit(&d->region.tx->slots[i].pid_start,
                             memory_order_relaxed);
  return began == 0 || start == 0 || start == began;
}

/* Free slot I if its client left or died; true when it was attached. */
static bool
release(struct device *d, int i)
{
  struct region_slot *const slot = &d->region.tx->slots[i];
  const struct attachment *const a = &d->attachments[i];
  /* acquire: the client's release, after it filled the slot in */
  uint64_t ticket = atomic_load_explicit(&slot->ticket, memory_order_acquire);
  bool has_gone = a->ticket && a->ticket != ticket && forget(d, i);
  const uint32_t state = SLOT_STATE(ticket);
  if (ticket == 0 || ((state == SLOT_FILLING || state == SLOT_ATTACHED) &&
                      is_alive(d, i, ticket))) {
    return has_gone;
  }
  has_gone |= a->ticket && forget(d, i);
  atomic_store_explicit(&slot->pid_start, 0, memory_order_relaxed);
  /* Only if it has not moved on by itself. release: we are done with it. */
  atomic_compare_exchange_strong_explicit(
    &slot->ticket, &ticket, 0, memory_order_release, memory_order_relaxed);
  return has_gone;
}

/* Answer slot I if it asks, for ONLY if that is not 0; true when an attached
   client came or went. */
static bool
answer_slot(struct device *d, int i, uint64_t only)
{
  /* acquire: the client's release, after it filled the slot in */
  const uint64_t ticket =
    atomic_load_explicit(&d->region.tx->slots[i].ticket, memory_order_acquire);
  if (SLOT_STATE(ticket) != SLOT_ATTACHED ||
      d->attachments[i].ticket == ticket || (only != 0 && ticket != only)) {
    return false;
  }
  /* One that came since we looked is another client. */
  const bool has_gone = d->attachments[i].ticket && forget(d, i);
  return answer(d, i, ticket) || has_gone;
}

bool
device_slots(struct device *d, bool is_serving)
{
  bool has_changed = false;
  d->has_judged_rate = false;
  /* Who goes makes room for who comes, whatever the slots' order. */
  for (int i = 0; i < REGION_SLOTS; i++) {
    has_changed |= release(d, i);
  }
  /* Then those that the engine before had attached: they keep what they have,
     though somebody else asks for it from a slot before theirs. */
  for (int i = 0; is_serving && i < REGION_SLOTS; i++) {
    if (d->region.attached[i]) {
      has_changed |= answer_slot(d, i, d->region.attached[i]);
      d->region.attached[i] = 0;
    }
  }
  for (int i = 0; is_serving && i < REGION_SLOTS; i++) {
    has_changed |= answer_slot(d, i, 0);
  }
  return has_changed;
}
