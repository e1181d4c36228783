/* client_find.c - finds the device of an instance, and judges whether it will
   do. SPDX-License-Identifier: MIT */
#include "client_state.h"

#include <stdio.h>
#include <stdlib.h>

static const char *
instance_name(const char *wish)
{
  const char *const env = getenv("AES67_INSTANCE");
  return wish && *wish ? wish : env && *env ? env : "default";
}

void
place_init(struct place *p, const char *instance, const char *runtime_dir)
{
  snprintf(p->instance, sizeof p->instance, "%s", instance_name(instance));
  p->count = folder_candidates(runtime_dir, p->dirs);
}

/* The region of one folder. Its owner must be the folder's, or root's: a name
   in shared memory can be taken by anybody. */
static vsc_status
open_in(const char *dir,
        const char *instance,
        struct region *out,
        char *why,
        size_t why_bytes)
{
  uint32_t owner = 0;
  vsc_status status = folder_check(dir, &owner, why, why_bytes);
  if (status != VSC_OK) {
    return status;
  }
  char rx[REGION_NAME_BYTES];
  char tx[REGION_NAME_BYTES];
  region_names(owner, dir, instance, rx, tx);
  status = region_open(rx, tx, out, why, why_bytes);
  if (status == VSC_OK && out->owner != owner && out->owner != 0) {
    snprintf(why,
             why_bytes,
             "shared memory \"%s\" belongs to user %lu, not to the engine's",
             rx,
             (unsigned long)out->owner);
    region_close(out, false);
    status = VSC_ERR_REFUSED;
  }
  return status;
}

vsc_status
place_find(const struct place *p, struct region *out)
{
  /* What went wrong with a device that is there is worth more to know than
     where there is none. */
  vsc_status worst = VSC_ERR_NOT_FOUND;
  char why[CLIENT_TEXT_BYTES];
  client_fail(worst,
              "no engine runs as instance \"%s\": start it with aes67 run",
              p->instance);
  for (unsigned i = 0; i < p->count; i++) {
    const vsc_status status =
      open_in(p->dirs[i], p->instance, out, why, sizeof why);
    if (status == VSC_OK) {
      return VSC_OK;
    }
    if (status != VSC_ERR_NOT_FOUND && worst == VSC_ERR_NOT_FOUND) {
      worst = client_fail(status, "%s", why);
    }
  }
  return worst;
}

static bool
fits(uint32_t first, uint32_t count, uint32_t channels)
{
  return count <= channels && first <= channels - count;
}

/* Is the device what the application wished when it opened it? */
static vsc_status
judge_first(const struct vsc_client *c, const struct region_geometry *g)
{
  const bool inputs_fit = fits(c->first_in, c->inputs, g->inputs);
  if (!inputs_fit || !fits(c->first_out, c->outputs, g->outputs)) {
    const uint64_t first = inputs_fit ? c->first_out : c->first_in;
    const uint64_t count = inputs_fit ? c->outputs : c->inputs;
    return client_fail(VSC_ERR_REFUSED,
                       "%s %llu-%llu asked for, the device has %u",
                       inputs_fit ? "output channels" : "input channels",
                       (unsigned long long)(first + 1),
                       (unsigned long long)(first + count),
                       inputs_fit ? g->outputs : g->inputs);
  }
  if (c->frames != 0 &&
      (c->frames < CLIENT_FRAMES_MIN || c->frames > g->ring / 8)) {
    return client_fail(VSC_ERR_UNSUPPORTED,
                       "callbacks of %u frames asked for, the device can do "
                       "%d-%u",
                       c->frames,
                       CLIENT_FRAMES_MIN,
                       g->ring / 8);
  }
  return VSC_OK;
}

/* Later it may become better: what the application was told must stay true. */
static vsc_status
judge_again(const struct vsc_client *c, const struct region_geometry *g)
{
  const vsc_client_info *const was = &c->info;
  const bool may_wish = c->rate == was->rate && !c->tender.has_wished;
  const struct {
    const char *what;
    bool fits;
    uint32_t is, was;
  } rows[] = {
    { "rate", g->rate == was->rate || may_wish, g->rate, was->rate },
    { "inputs",
      fits(c->first_in, c->inputs, g->inputs),
      g->inputs,
      was->inputs },
    { "outputs",
      fits(c->first_out, c->outputs, g->outputs),
      g->outputs,
      was->outputs },
    { "input latency",
      g->s_in <= was->input_latency,
      g->s_in,
      was->input_latency },
    { "output latency",
      g->s_out <= was->output_latency,
      g->s_out,
      was->output_latency },
    { "ring", g->ring >= was->ring, g->ring, was->ring },
  };
  for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (!rows[i].fits) {
      return client_fail(VSC_ERR_UNSUPPORTED,
                         "the device of instance \"%s\" has changed (%s %u "
                         "instead of %u): close it and open it again",
                         c->place.instance,
                         rows[i].what,
                         rows[i].is,
                         rows[i].was);
    }
  }
  return VSC_OK;
}

vsc_status
client_judge(const struct vsc_client *c, const struct region_geometry *g)
{
  return c->info.size == 0 ? judge_first(c, g) : judge_again(c, g);
}

vsc_client_info
client_info_of(const struct region *r, uint32_t frames)
{
  const struct region_geometry *const g = &r->geometry;
  const uint32_t most = g->ring / 8;
  const uint32_t wish = frames ? frames : g->buffer;
  return (vsc_client_info){
    .size = sizeof(vsc_client_info),
    .rate = g->rate,
    .inputs = g->inputs,
    .outputs = g->outputs,
    .buffer = wish < CLIENT_FRAMES_MIN ? CLIENT_FRAMES_MIN
              : wish > most            ? most
                                       : wish,
    .frames_min = CLIENT_FRAMES_MIN,
    .frames_max = most,
    .ring = g->ring,
    .wake = g->wake,
    .input_latency = g->s_in,
    .output_latency = g->s_out,
    .is_shared = g->lanes > 0,
    .engine_pid = r->rx->engine_pid,
  };
}
