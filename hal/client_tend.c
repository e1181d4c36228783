/* client_tend.c - keeps a good lease: finds the device, attaches, follows an
   engine that was started anew, here or in another region. One step at a time,
   for whoever has a thread that may block.

   There are two leases: the current one, that the audio thread may use, and the
   other, in which the next one is made. It becomes free when the audio thread
   has taken what it was given.
   SPDX-License-Identifier: MIT */
#include "client_state.h"

#include <stdio.h>

#include "platform.h"

#define LOOK_PAUSE_NS INT64_C(20000000)
#define OPEN_PAUSE_NS INT64_C(10000000)
#define ANSWER_PAUSE_NS INT64_C(1000000)
/* Whoever has our channels may go; the device may become what it was. */
#define REFUSED_PAUSE_NS INT64_C(1000000000)

static struct lease *
current(const struct vsc_client *c)
{
  return atomic_load_explicit(&c->given, memory_order_relaxed);
}

static struct lease *
other(struct vsc_client *c)
{
  struct lease *const l = c->tender.leases;
  return current(c) == l ? l + 1 : l;
}

/* Empty OLD of what NOW does not use too. */
static void
drop(struct lease *old, const struct lease *now)
{
  const bool is_shared = now && old->region.tx == now->region.tx;
  if (!is_shared || old->slot != now->slot) {
    lease_leave(old);
  }
  if (!is_shared) {
    region_close(&old->region, false);
  }
  *old = (struct lease){ 0 };
}

static void
start_again(struct vsc_client *c)
{
  drop(other(c), current(c));
  c->tender.stage = TEND_LOOK;
}

/* A served device of our instance that is not the current one. */
static vsc_status
find(struct vsc_client *c, struct lease *l)
{
  const struct lease *const now = current(c);
  vsc_status status = place_find(&c->place, &l->region);
  if (status != VSC_OK) {
    return status;
  }
  if (!lease_is_served(l, c->host->now())) {
    return client_fail(
      VSC_ERR_NOT_FOUND,
      "the engine of instance \"%s\" is not running: start it with aes67 run",
      c->place.instance);
  }
  /* Looked at after the other: only then are they two. */
  if (now && lease_is_served(now, c->host->now())) {
    return VSC_ERR_AGAIN;
  }
  status = client_judge(c, &l->region.geometry);
  if (status == VSC_OK && c->rate && c->rate != l->region.geometry.rate) {
    c->tender.has_wished = true;
  }
  return status;
}

/* The current lease is no good: ask for another. */
static vsc_status
look(struct vsc_client *c)
{
  struct tender *const t = &c->tender;
  const struct lease *const now = current(c);
  struct lease *const l = other(c);
  vsc_status status = VSC_OK;
  if (now && lease_is_served(now, c->host->now())) {
    l->region = now->region;
    if (atomic_load_explicit(&now->slot->ticket, memory_order_relaxed) ==
        now->ticket) {
      /* Another engine: it answers those whom it finds. */
      l->slot = now->slot;
      l->ticket = now->ticket;
    }
  } else {
    status = find(c, l);
  }
  if (status == VSC_OK && !l->slot) {
    status = lease_ask(c, l);
  }
  if (status == VSC_OK) {
    t->stage = TEND_ASKED;
  }
  return status;
}

static void
hand_over(struct vsc_client *c, struct lease *l)
{
  struct tender *const t = &c->tender;
  if (c->info.size == 0) {
    c->info = client_info_of(&l->region, c->frames);
  }
  atomic_store_explicit(
    &c->engine_pid, l->region.rx->engine_pid, memory_order_relaxed);
  t->stage = TEND_LOOK;
  t->has_wished = false;
  t->grants++;
  /* release: all of the lease is there */
  atomic_store_explicit(&c->given, l, memory_order_release);
}

static vsc_status
hear(struct vsc_client *c)
{
  struct lease *const l = other(c);
  bool is_changing = false;
  if (!lease_is_served(l, c->host->now()) ||
      atomic_load_explicit(&l->slot->ticket, memory_order_relaxed) !=
        l->ticket) {
    start_again(c);
    return VSC_ERR_AGAIN;
  }
  const vsc_status status = lease_answer(c, l, &is_changing);
  if (status == VSC_OK) {
    hand_over(c, l);
  } else if (is_changing) {
    lease_leave(l);
    c->tender.stage = TEND_CHANGING;
  } else if (status != VSC_ERR_AGAIN) {
    lease_leave(l); /* or what was refused would stay so */
  }
  return status;
}

/* A wish is granted by an engine that starts anew, here or elsewhere. */
static vsc_status
wait_for_change(struct vsc_client *c)
{
  const struct lease *const l = other(c);
  if (!lease_is_served(l, c->host->now()) ||
      atomic_load_explicit(&l->region.rx->starts, memory_order_acquire) !=
        l->starts) {
    start_again(c);
  }
  return VSC_ERR_AGAIN;
}

static vsc_status
step(struct vsc_client *c)
{
  switch (c->tender.stage) {
    case TEND_LOOK:
      return look(c);
    case TEND_ASKED:
      return hear(c);
    case TEND_CHANGING:
      return wait_for_change(c);
  }
  return VSC_ERR_AGAIN;
}

static vsc_status
tend(struct vsc_client *c)
{
  struct tender *const t = &c->tender;
  const struct lease *const now = current(c);
  /* acquire: the audio thread's release, when it is done with the other */
  if (atomic_load_explicit(&c->taken, memory_order_acquire) != now) {
    return VSC_OK;
  }
  if (t->stage == TEND_LOOK) {
    start_again(c);
    if (now && lease_is_ours(now) && lease_is_served(now, c->host->now())) {
      return VSC_OK;
    }
    if (c->host->now() < t->not_before) {
      return client_fail(t->refusal, "%s", t->why);
    }
  }
  vsc_status status = step(c);
  if (status == VSC_OK && t->stage == TEND_ASKED) {
    status = step(c);
  }
  if (status != VSC_OK && status != VSC_ERR_AGAIN) {
    start_again(c);
    if (status == VSC_ERR_REFUSED || status == VSC_ERR_UNSUPPORTED) {
      t->not_before = c->host->now() + REFUSED_PAUSE_NS;
      t->refusal = status;
      snprintf(t->why, sizeof t->why, "%s", vsc_client_error());
    } else if (now) {
      status = VSC_ERR_AGAIN; /* away; it will come */
    }
  }
  return status;
}

vsc_status
client_tend(struct vsc_client *c)
{
  platform_lock_take(c->lock);
  const vsc_status status = tend(c);
  platform_lock_give(c->lock);
  return status;
}

/* A ticket that its slot never has: nothing is ours until an engine grants it.
 */
static vsc_status
hold(struct vsc_client *c, struct lease *l)
{
  vsc_status status = place_find(&c->place, &l->region);
  if (status == VSC_OK) {
    status = client_judge(c, &l->region.geometry);
  }
  if (status == VSC_OK && c->rate && c->rate != l->region.geometry.rate) {
    status = client_fail(VSC_ERR_REFUSED,
                         "the device of instance \"%s\" runs at %u frames/s, "
                         "not at %u, and its engine is away",
                         c->place.instance,
                         l->region.geometry.rate,
                         c->rate);
  }
  if (status == VSC_OK && !clockpage_read(&l->region.rx->clock, &l->view)) {
    status = client_fail(VSC_ERR_NOT_FOUND,
                         "the engine of instance \"%s\" has not run",
                         c->place.instance);
  }
  if (status == VSC_OK) {
    l->slot = &c->tender.nowhere;
    l->ticket = 1;
    l->out_words = l->region.out_words;
    hand_over(c, l);
  }
  return status;
}

vsc_status
client_hold(struct vsc_client *c)
{
  platform_lock_take(c->lock);
  start_again(c);
  const vsc_status status = hold(c, other(c));
  if (status != VSC_OK) {
    start_again(c);
  }
  platform_lock_give(c->lock);
  return status;
}

vsc_ns
client_tend_pause(const struct vsc_client *c)
{
  switch (c->tender.stage) {
    case TEND_LOOK:
      return current(c) ? LOOK_PAUSE_NS : OPEN_PAUSE_NS;
    case TEND_ASKED:
      return ANSWER_PAUSE_NS;
    case TEND_CHANGING:
      return OPEN_PAUSE_NS;
  }
  return LOOK_PAUSE_NS;
}

void
client_say(struct vsc_client *c, enum region_activity activity)
{
  atomic_store_explicit(&c->activity, activity, memory_order_relaxed);
  platform_lock_take(c->lock);
  for (int i = 0; i < 2; i++) {
    struct lease *const l = &c->tender.leases[i];
    if (l->slot && atomic_load_explicit(&l->slot->ticket,
                                        memory_order_relaxed) == l->ticket) {
      atomic_store_explicit(&l->slot->activity, activity, memory_order_relaxed);
      lease_ring(l);
    }
  }
  platform_lock_give(c->lock);
}

void
client_abandon(struct vsc_client *c)
{
  struct lease *const now = current(c);
  drop(other(c), now);
  if (now) {
    drop(now, NULL);
  }
}
