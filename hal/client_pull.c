/* client_pull.c - the pull form: an application's own thread reads, writes and
   waits at two positions of its own.
   SPDX-License-Identifier: MIT */
#include "client_audio.h"

#include <string.h>

#define WAIT_STEP_MIN_NS INT64_C(100000)
#define WAIT_STEP_MAX_NS INT64_C(20000000)

/* An older caller's struct is shorter. */
static void
tell(vsc_client_time *out, vsc_client_time time) VSC_RT
{
  if (out) {
    time.size = out->size;
    memcpy(out, &time, out->size < sizeof time ? out->size : sizeof time);
  }
}

static vsc_client_time
stamp(const struct vsc_client *c, const struct moment *m) VSC_RT
{
  return client_stamp(c, m, c->read_pos, c->write_pos);
}

vsc_status
vsc_client_clock(vsc_client *client, vsc_client_time *out) VSC_RT
{
  const struct moment m = client_look(client);
  tell(out, stamp(client, &m));
  return VSC_OK;
}

static vsc_status
check_stopped(const struct vsc_client *c)
{
  return c->callback ? client_fail(VSC_ERR_INVALID,
                                   "it is started: the callback has its audio")
                     : VSC_OK;
}

vsc_status
vsc_client_begin(vsc_client *client, uint32_t lead)
{
  const vsc_status status = check_stopped(client);
  if (status != VSC_OK) {
    return status;
  }
  if (lead > client->info.ring / 2) {
    return client_fail(VSC_ERR_INVALID, "lead is more than half the ring");
  }
  client_say(client, ACTIVITY_STARTED);
  const struct moment m = client_wait_for_edges(client);
  client->lead = lead;
  client->read_pos = m.pos - (vsc_pos)client->info.input_latency;
  client->write_pos =
    m.pos + (vsc_pos)client->info.output_latency + (vsc_pos)lead;
  client->read_gap = 0;
  client->write_gap = 0;
  client->has_begun = true;
  return VSC_OK;
}

vsc_status
vsc_client_begin_at(vsc_client *client, vsc_pos pos)
{
  vsc_status status = check_stopped(client);
  if (status != VSC_OK) {
    return status;
  }
  const struct moment m = client_look(client);
  const vsc_pos year = (vsc_pos)client->info.rate * 31536000;
  if (pos < m.pos - year || pos > m.pos + year) {
    return client_fail(VSC_ERR_INVALID,
                       "position %lld is more than a year from now, %lld",
                       (long long)pos,
                       (long long)m.pos);
  }
  status = vsc_client_begin(client, 0);
  client->read_pos = pos;
  client->write_pos = pos;
  return status;
}

uint32_t
vsc_client_readable(vsc_client *client) VSC_RT
{
  if (!client->has_begun || client->inputs == 0) {
    return 0;
  }
  const struct moment m = client_look(client);
  return (uint32_t)client_clamp(
    client_read_limit(client, &m) - client->read_pos, 0, client->info.ring);
}

uint32_t
vsc_client_writable(vsc_client *client) VSC_RT
{
  if (!client->has_begun || client->outputs == 0) {
    return 0;
  }
  const struct moment m = client_look(client);
  return (uint32_t)client_clamp(
    client_write_limit(&m) - client->write_pos, 0, client->info.ring / 2);
}

static vsc_ns
wait_step(const struct vsc_client *c, bool in, uint32_t frames)
{
  const vsc_pos when =
    in ? c->read_pos + (vsc_pos)frames + (vsc_pos)c->info.input_latency
       : c->write_pos + (vsc_pos)frames + CLIENT_CLEAN_MARGIN -
           (vsc_pos)c->info.ring / 2;
  return client_clamp(vsc_view_host_time(&c->view, when, c->info.rate) -
                        c->host->now(),
                      WAIT_STEP_MIN_NS,
                      WAIT_STEP_MAX_NS);
}

vsc_status
vsc_client_wait(vsc_client *client, int in, uint32_t frames, vsc_ns timeout_ns)
{
  if (!client->has_begun && !client->callback) {
    (void)client_tend(client);
  }
  if (!client->has_begun || (in ? client->inputs : client->outputs) == 0 ||
      frames > client->info.ring / 2 - CLIENT_CLEAN_MARGIN) {
    return client_fail(VSC_ERR_INVALID, "nothing to wait for");
  }
  const vsc_ns deadline = client->host->now() + timeout_ns;
  for (;;) {
    const vsc_status status = client_tend(client);
    if (status != VSC_OK && status != VSC_ERR_AGAIN) {
      return status;
    }
    if ((in ? vsc_client_readable(client) : vsc_client_writable(client)) >=
        frames) {
      return VSC_OK;
    }
    const vsc_ns left = deadline - client->host->now();
    if (left <= 0) {
      return VSC_ERR_AGAIN;
    }
    const vsc_ns step = wait_step(client, in, frames);
    client->host->sleep(step < left ? step : left);
  }
}

/* A reader whose next frame has been overwritten is moved to the newest frames;
   what it missed is told. A writer that stood still as long goes with it, so
   that both stay as far apart as they were. */
static void
catch_up(struct vsc_client *c, const struct moment *m, uint32_t frames) VSC_RT
{
  const struct region *const r = &c->lease->region;
  const vsc_pos last =
    region_edge(&r->rx->in.clean_to) - (vsc_pos)r->geometry.ring;
  /* An edge that lies moves nobody further than to the present. */
  const vsc_pos oldest = last < m->pos ? last : m->pos;
  if (!m->is_running || c->read_pos >= oldest) {
    return;
  }
  const vsc_pos newest = m->pos - (vsc_pos)c->info.input_latency;
  const vsc_pos to = newest - (vsc_pos)frames;
  const vsc_pos target = to > oldest ? to : oldest;
  const vsc_pos gap = target - c->read_pos;
  client_count(&c->lease->slot->overruns, (uint64_t)gap);
  c->read_gap += gap;
  c->read_pos = target;
  if (c->outputs > 0 && c->write_pos + gap <= client_write_limit(m)) {
    c->write_gap += gap;
    c->write_pos += gap;
  }
}

vsc_status
vsc_client_read(vsc_client *client,
                void *dst,
                uint32_t frames,
                vsc_client_time *time) VSC_RT
{
  if (!client->has_begun || client->inputs == 0) {
    return VSC_ERR_INVALID;
  }
  const struct moment m = client_look(client);
  catch_up(client, &m, frames);
  const uint32_t silent =
    client_fetch(client, &m, client->read_pos, dst, frames);
  vsc_client_time t = stamp(client, &m);
  t.gap_frames = client->read_gap;
  t.silent_frames = silent;
  tell(time, t);
  client->read_gap = 0;
  client->read_pos += (vsc_pos)frames;
  return VSC_OK;
}

vsc_status
vsc_client_write(vsc_client *client,
                 const void *src,
                 uint32_t frames,
                 vsc_client_time *time) VSC_RT
{
  if (!client->has_begun || client->outputs == 0 ||
      frames > client->info.ring / 2 - CLIENT_CLEAN_MARGIN) {
    return VSC_ERR_INVALID;
  }
  const struct moment m = client_look(client);
  vsc_client_time t = stamp(client, &m);
  const vsc_pos end = client->write_pos + (vsc_pos)frames;
  if (end > client_write_limit(&m)) {
    tell(time, t);
    return VSC_ERR_AGAIN;
  }
  t.late_frames = client_store(client, &m, client->write_pos, src, frames);
  t.gap_frames = client->write_gap;
  tell(time, t);
  client->write_gap = 0;
  client->write_pos = end;
  return VSC_OK;
}
