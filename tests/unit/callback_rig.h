/* callback_rig.h - an application in virtual time: its two threads' turns, each
   when it is due, beside the engine's wakes.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_CALLBACK_RIG_H
#define VSC_TESTS_CALLBACK_RIG_H

#include "device_rig.h"
#include "hal/client_callback.h"

#define APP_FRAMES 32
#define APP_BLOCKS 4096
#define APP_BYTES (1024 * 4 * 4)

/** What one application saw. */
struct app {
  vsc_client *client;
  vsc_client_time last;      /* of the newest callback */
  vsc_pos next;              /* where the next is due */
  unsigned calls, wrong;     /* frames that were not what they should be */
  vsc_ns called_at, longest; /* host time between two callbacks */
  int64_t gaps;              /* frames, in the order they came */
  uint64_t silent, late;
  uint32_t frames;
  const void *in_was; /* whether there was any */
  bool out_was_silent;
  vsc_ns busy;          /* how long the next callback takes */
  void (*during)(void); /* the next callback, this happens */
  bool is_checked;      /* input is compared with the rig's signal */
  /* errors, oldest first */
  unsigned errors;
  vsc_status statuses[16];
  char texts[16][CLIENT_TEXT_BYTES];
  /* when its turns are due */
  vsc_ns turn_at, tend_at, wake_at;
  uint8_t in[APP_BYTES], out[APP_BYTES]; /* out: what it plays each time */
};
static struct app app;

static inline void
app_check(const float *in, uint32_t frames, const vsc_client_time *time) VSC_RT
{
  const uint32_t channels = app.client->inputs;
  for (uint32_t i = 0; i < frames * channels; i++) {
    const float wanted = rig_signal(i % channels, time->in_pos + i / channels);
    app.wrong += in[i] != wanted && in[i] != 0.0f;
  }
}

static inline void
app_process(void *user,
            const void *in,
            void *out,
            uint32_t frames,
            const vsc_client_time *time) VSC_RT
{
  const struct vsc_client *const c = user;
  app.calls++;
  app.frames = frames;
  app.in_was = in;
  if (in) {
    memcpy(app.in, in, frames * c->in_step);
    if (app.is_checked) {
      app_check(in, frames, time);
    }
  }
  if (out) {
    app.out_was_silent = true;
    for (size_t i = 0; i < frames * c->out_step; i++) {
      app.out_was_silent = app.out_was_silent && ((uint8_t *)out)[i] == 0;
    }
    memcpy(out, app.out, frames * c->out_step);
  }
  if (app.called_at && rig.now - app.called_at > app.longest) {
    app.longest = rig.now - app.called_at;
  }
  app.called_at = rig.now;
  app.gaps += time->gap_frames;
  app.silent += time->silent_frames;
  app.late += time->late_frames;
  app.last = *time;
  rig.now += app.busy;
  app.busy = 0;
  if (app.during) {
    app.during();
    app.during = NULL;
  }
}

static inline void
app_error(void *user, vsc_status status, const char *text)
{
  (void)user;
  if (app.errors < 16) {
    app.statuses[app.errors] = status;
    snprintf(app.texts[app.errors], CLIENT_TEXT_BYTES, "%s", text);
  }
  app.errors++;
}

static inline void
app_start(void)
{
  const vsc_client_callbacks callbacks = { .size = sizeof callbacks,
                                           .process = app_process,
                                           .error = app_error,
                                           .user = app.client };
  cr_assert_eq(
    client_prepare(app.client, &callbacks), VSC_OK, "%s", vsc_client_error());
  app.turn_at = app.tend_at = rig.now;
}

/** Open with CONFIG, whose instance and folder are filled in, and start. */
static inline void
app_open(vsc_client_config config)
{
  app = (struct app){ .is_checked = config.sample == VSC_SAMPLE_F32 };
  config.size = sizeof config;
  config.instance = "test";
  config.runtime_dir = rig.dir;
  cr_assert_eq(client_open(&config, &rig_host, &app.client),
               VSC_OK,
               "%s",
               vsc_client_error());
  rig_run(RIG_RING); /* so that the ring is full of signal */
  app_start();
}

static inline void
app_close(void)
{
  client_unprepare(app.client);
  vsc_client_close(app.client);
}

/** Of all that is due, the first; at least 1 ns passes. */
static inline void
app_step(void)
{
  const vsc_pos wake = (rig_pos() / RIG_WAKE + 1) * RIG_WAKE;
  const vsc_ns wake_at = vsc_view_host_time(&rig.view, wake, rig.rate);
  vsc_ns next = app.turn_at < app.tend_at ? app.turn_at : app.tend_at;
  next = wake_at < next ? wake_at : next;
  rig.now = next > rig.now ? next : rig.now;
  if (rig.now >= wake_at) {
    rig_wake();
  }
  if (rig.now >= app.tend_at) {
    app.tend_at = rig.now + client_tend_turn(app.client);
  }
  if (rig.now >= app.turn_at) {
    app.turn_at = client_turn(app.client);
  }
}

/** DURATION passes. */
static inline void
app_run(vsc_ns duration)
{
  const vsc_ns end = rig.now + duration;
  while (rig.now < end) {
    app_step();
  }
}

/** Until one more callback has been. */
static inline void
app_next(void)
{
  const unsigned calls = app.calls;
  while (app.calls == calls) {
    app_step();
  }
}

#endif
