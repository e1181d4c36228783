/* client_callback.c - one callback for input and output together, on a grid of
   the device's positions, on time whatever becomes of the engine.
   SPDX-License-Identifier: MIT */
#include "client_callback.h"
#include "client_audio.h"

#include <stdlib.h>
#include <string.h>

static vsc_pos
grid_at(vsc_pos pos, vsc_pos n) VSC_RT
{
  const vsc_pos rest = pos % n;
  return pos - (rest < 0 ? rest + n : rest);
}

/* One callback, at position D. */
static void
call(struct vsc_client *c, const struct moment *m, vsc_pos d) VSC_RT
{
  struct callback *const b = c->callback;
  const uint32_t n = c->info.buffer;
  const vsc_pos in_pos = d - (vsc_pos)c->info.input_latency - (vsc_pos)n;
  const vsc_pos out_pos = d + (vsc_pos)c->info.output_latency;
  vsc_client_time time = client_stamp(c, m, in_pos, out_pos);
  time.pos = d;
  time.gap_frames = b->has_played ? d - b->due : 0;
  time.late_frames = b->late_frames;
  if (b->in) {
    time.silent_frames = client_fetch(c, m, in_pos, b->in, n);
  }
  if (b->out) {
    memset(b->out, 0, n * c->out_step);
  }
  const uint32_t jumps = c->jumps;
  b->user.process(b->user.user, b->in, b->out, n, &time);
  b->has_played = true;
  if (b->out) {
    const struct moment after = client_look(c);
    /* After a step of the clock its positions are no more. */
    b->late_frames =
      c->jumps == jumps ? client_store(c, &after, out_pos, b->out, n) : n;
  }
}

vsc_ns
client_turn(struct vsc_client *c) VSC_RT
{
  struct callback *const b = c->callback;
  const vsc_pos n = (vsc_pos)c->info.buffer;
  const struct moment m = client_look(c);
  /* It may come a little later than was thought; when it is more than a block,
     the clock was set back. */
  const bool is_early = b->due > m.pos && b->due - m.pos <= n;
  if (!is_early) {
    /* One that was missed is not made up for. */
    const vsc_pos d = grid_at(m.pos, n);
    call(c, &m, d);
    b->due = d + n;
  }
  return vsc_view_host_time(&c->view, b->due, c->info.rate);
}

static void
tell(const struct vsc_client *c, vsc_status status)
{
  const struct callback *const b = c->callback;
  if (status == VSC_OK) {
    client_fail(
      status, "the engine of instance \"%s\" is back", c->place.instance);
  } else if (status == VSC_ERR_AGAIN) {
    client_fail(status,
                "the engine of instance \"%s\" is away: silence until it is "
                "back",
                c->place.instance);
  }
  if (b->user.error) {
    b->user.error(b->user.user, status, vsc_client_error());
  }
}

vsc_ns
client_tend_turn(struct vsc_client *c)
{
  struct callback *const b = c->callback;
  const vsc_status status = client_tend(c);
  /* Having been refused it asks again and again, and may then be waiting for an
     answer: that is no news. */
  const bool is_news =
    status == VSC_OK
      ? b->told != VSC_OK || b->grants_told != c->tender.grants
      : status != b->told && (status != VSC_ERR_AGAIN || b->told == VSC_OK);
  if (is_news) {
    b->told = status;
    b->grants_told = c->tender.grants;
    tell(c, status);
  }
  return client_tend_pause(c);
}

/* Zeroed, so that its pages are there. */
static bool
make_block(size_t bytes, uint8_t **out)
{
  if (bytes > 0) {
    *out = malloc(bytes);
    if (!*out) {
      return false;
    }
    memset(*out, 0, bytes);
  }
  return true;
}

vsc_status
client_prepare(struct vsc_client *c, const vsc_client_callbacks *callbacks)
{
  if (!VSC_HAS(callbacks, vsc_client_callbacks, user) || !callbacks->process) {
    return client_fail(VSC_ERR_INVALID, "vsc_client_callbacks has no process");
  }
  if (c->callback) {
    return client_fail(VSC_ERR_INVALID, "it is started already");
  }
  struct callback *const b = calloc(1, sizeof *b);
  const size_t n = c->info.buffer;
  if (!b || !make_block(n * c->in_step, &b->in) ||
      !make_block(n * c->out_step, &b->out)) {
    if (b) {
      free(b->in);
    }
    free(b);
    return client_fail(VSC_ERR_NOMEM, "no memory");
  }
  memcpy(&b->user,
         callbacks,
         callbacks->size < sizeof b->user ? callbacks->size : sizeof b->user);
  client_say(c, ACTIVITY_STARTED);
  const struct moment m = client_wait_for_edges(c);
  b->due = grid_at(m.pos, (vsc_pos)n) + (vsc_pos)n;
  b->grants_told = c->tender.grants;
  c->has_begun = false;
  c->callback = b;
  return VSC_OK;
}

void
client_unprepare(struct vsc_client *c)
{
  struct callback *const b = c->callback;
  if (!b) {
    return;
  }
  (void)client_look(c);
  client_say(c, ACTIVITY_STOPPED);
  free(b->in);
  free(b->out);
  free(b);
  c->callback = NULL;
}
