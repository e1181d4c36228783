/* test_client_callback.c - the callback form in virtual time: on time, at
   constant distances, whatever becomes of clock and engine.
   SPDX-License-Identifier: MIT */
#include "callback_rig.h"

TestSuite(client_callback, .init = rig_set_up, .fini = rig_tear_down);

#define MS INT64_C(1000000)

static const vsc_client_config duplex = { .inputs = 2, .outputs = 2 };

static float
sent(uint32_t channel, vsc_pos p)
{
  float f;
  memcpy(&f, timeline_at(&rig.out, channel, p), sizeof f);
  return f;
}

static vsc_ns
period(void)
{
  return (vsc_ns)app.client->info.buffer * VSC_SECOND / RIG_RATE;
}

/* --- on time */

Test(client_callback, comes_at_every_block_of_the_devices_time)
{
  app_open(duplex);
  app_next();
  vsc_pos next = app.last.pos;
  for (int i = 0; i < 1000; i++) {
    cr_assert_eq(app.last.pos, next);
    cr_assert_eq(app.last.pos % APP_FRAMES, 0);
    cr_assert_eq(app.last.host_ns,
                 vsc_view_host_time(&rig.view, next, RIG_RATE));
    cr_assert_eq(app.last.gap_frames, 0);
    next += APP_FRAMES;
    app_next();
  }
  app_close();
}

Test(client_callback, hears_and_plays_at_constant_distances)
{
  app_open(duplex);
  for (int i = 0; i < 1000; i++) {
    app_next();
    cr_assert_eq(app.last.in_pos, app.last.pos - RIG_S_IN - APP_FRAMES);
    cr_assert_eq(app.last.out_pos, app.last.pos + RIG_S_OUT);
    cr_assert_eq(app.last.capture_ns,
                 vsc_view_host_time(&rig.view, app.last.in_pos, RIG_RATE));
    cr_assert_eq(app.last.playback_ns,
                 vsc_view_host_time(&rig.view, app.last.out_pos, RIG_RATE));
  }
  app_close();
}

Test(client_callback, hears_every_frame)
{
  app_open(duplex);
  app_run(500 * MS);
  cr_expect_gt(app.calls, 700);
  cr_expect_eq(app.silent, 0);
  cr_expect_eq(app.wrong, 0);
  cr_expect_eq(app.last.is_running, 1);
  app_close();
}

Test(client_callback, plays_every_frame)
{
  app_open(duplex);
  for (int i = 0; i < 200; i++) {
    const float f = (float)(i + 1) / 256.0f;
    for (int k = 0; k < APP_FRAMES * 2; k++) {
      memcpy(app.out + (size_t)k * 4, &f, 4);
    }
    app_next();
    cr_assert(app.out_was_silent);
    cr_assert_eq(sent(0, app.last.out_pos), f);
    cr_assert_eq(sent(1, app.last.out_pos + APP_FRAMES - 1), f);
    cr_assert_eq(rig_written_to(1), app.last.out_pos + APP_FRAMES);
  }
  cr_expect_eq(app.late, 0);
  app_close();
}

Test(client_callback, has_as_many_frames_as_were_asked_for)
{
  const uint32_t wishes[] = { 0, 16, 48, 128 };
  for (unsigned i = 0; i < 4; i++) {
    vsc_client_info info = { .size = sizeof info };
    vsc_client_config config = duplex;
    config.frames = wishes[i];
    app_open(config);
    app_run(20 * MS);
    vsc_client_describe(app.client, &info);
    cr_expect_eq(app.frames, wishes[i] ? wishes[i] : 32);
    cr_expect_eq(info.buffer, app.frames);
    cr_expect_eq(app.last.pos % app.frames, 0);
    app_close();
    rig_run(RIG_WAKE);
  }
}

Test(client_callback, is_refused_sizes_that_the_device_cannot_do)
{
  const uint32_t wishes[] = { 1, 15, RIG_RING / 8 + 1, UINT32_MAX };
  for (unsigned i = 0; i < 4; i++) {
    vsc_client *c = NULL;
    const vsc_client_config config = { .size = sizeof config,
                                       .instance = "test",
                                       .runtime_dir = rig.dir,
                                       .inputs = 1,
                                       .frames = wishes[i] };
    cr_expect_eq(client_open(&config, &rig_host, &c), VSC_ERR_UNSUPPORTED);
    cr_expect_not_null(strstr(vsc_client_error(), "can do 16-128"));
  }
}

Test(client_callback, gives_null_where_nothing_was_asked_for)
{
  app_open((vsc_client_config){ .outputs = 1 });
  app_next();
  cr_expect_null(app.in_was);
  cr_expect_eq(app.last.silent_frames, 0);
  app_close();
  rig_run(RIG_WAKE);
  app_open((vsc_client_config){ .inputs = 1 });
  app_next();
  cr_expect_not_null(app.in_was);
  cr_expect_not(app.out_was_silent, "it was NULL");
  cr_expect_eq(rig_written_to(0), INT64_MAX);
  app_close();
}

/* 24 bits of channel 0 at POS, as each format has them. */
static int64_t
sample_of(uint32_t format, const uint8_t *bytes)
{
  float f;
  int16_t s16;
  int32_t s32;
  switch (format) {
    case VSC_SAMPLE_F32:
      memcpy(&f, bytes, 4);
      return (int64_t)(f * 8388608.0f);
    case VSC_SAMPLE_S16:
      memcpy(&s16, bytes, 2);
      return s16 * INT64_C(256);
    case VSC_SAMPLE_S24:
      return bytes[0] | bytes[1] << 8 | (int32_t)(int8_t)bytes[2] * 65536;
    default:
      memcpy(&s32, bytes, 4);
      return s32 / 256;
  }
}

Test(client_callback, speaks_every_format_both_ways)
{
  for (uint32_t format = 0; format < 4; format++) {
    vsc_client_config config = duplex;
    config.sample = format;
    app_open(config);
    app_next();
    const int64_t heard = sample_of(format, app.in);
    const int64_t there =
      (int64_t)(rig_signal(0, app.last.in_pos) * 8388608.0f);
    const int64_t least = format == VSC_SAMPLE_S16 ? 256 : 1;
    cr_expect_lt(llabs(heard - there), least, "format %u", format);
    memcpy(app.out, app.in, sizeof app.out);
    app_next();
    const int64_t played = (int64_t)(sent(0, app.last.out_pos) * 8388608.0f);
    cr_expect_eq(played, heard, "format %u", format);
    app_close();
    rig_run(RIG_WAKE);
  }
}

/* --- late */

Test(client_callback, jumps_on_its_grid_over_what_it_missed)
{
  app_open(duplex);
  app_next();
  const vsc_pos before = app.last.pos;
  const unsigned calls = app.calls;
  app.busy = 10 * period() + period() / 2;
  app_next();
  app_next();
  cr_expect_eq(app.calls, calls + 2, "no burst");
  cr_expect_eq(app.last.pos, before + 11 * APP_FRAMES);
  cr_expect_eq(app.last.gap_frames, 9 * APP_FRAMES);
  cr_expect_eq(app.last.in_pos, app.last.pos - RIG_S_IN - APP_FRAMES);
  app_next();
  cr_expect_eq(app.last.gap_frames, 0);
  cr_expect_eq(app.last.host_ns,
               vsc_view_host_time(&rig.view, app.last.pos, RIG_RATE));
  app_close();
}

Test(client_callback, tells_the_next_what_was_too_late)
{
  app_open(duplex);
  app_next();
  app.busy = (RIG_S_OUT + 5) * (vsc_ns)VSC_SECOND / RIG_RATE;
  app_next();
  const vsc_pos out_pos = app.last.out_pos;
  cr_expect_eq(app.last.late_frames, 0);
  cr_expect_eq(rig.region->tx->slots[0].late_frames, 5);
  cr_expect_eq(sent(0, out_pos + 4), 0.0f);
  app_next();
  cr_expect_eq(app.last.late_frames, 5);
  app_next();
  cr_expect_eq(app.last.late_frames, 0);
  app_close();
}

/* --- without an engine, and with the next */

Test(client_callback, is_never_missed_while_the_engine_is_away)
{
  app_open(duplex);
  app_run(50 * MS);
  rig_kill();
  const unsigned calls = app.calls;
  const vsc_pos pos = app.last.pos;
  app_run(3000 * MS);
  cr_expect_eq(app.last.pos - pos, (vsc_pos)(app.calls - calls) * APP_FRAMES);
  cr_expect_geq(app.calls - calls, 3000 * MS / period() - 1);
  cr_expect_leq(app.longest, period() + 2);
  cr_expect_eq(app.gaps, 0);
  cr_expect_eq(app.last.is_running, 0);
  cr_expect_eq(app.last.silent_frames, APP_FRAMES);
  cr_expect_eq(app.wrong, 0);
  app_close();
}

static void
restart(uint32_t channels)
{
  rig_kill();
  app_run(400 * MS);
  device_destroy(rig.device);
  rig_start(channels);
}

Test(client_callback, hears_the_next_engine_within_a_quarter_of_a_second)
{
  app_open(duplex);
  app_run(50 * MS);
  for (int i = 0; i < 20; i++) {
    restart(i % 2 ? 4 : 8); /* another region each time */
    const vsc_ns began = rig.now;
    do {
      app_next();
    } while (app.last.silent_frames > 0 && rig.now - began < 1000 * MS);
    cr_assert_lt(rig.now - began, 50 * MS);
    cr_assert_eq(app.last.is_running, 1);
    app.silent = 0;
    app_run(50 * MS);
    cr_assert_eq(app.silent, 0);
    cr_assert_eq(app.last.out_pos - app.last.in_pos,
                 RIG_S_IN + APP_FRAMES + RIG_S_OUT);
  }
  cr_expect_eq(app.gaps, 0);
  cr_expect_eq(app.wrong, 0);
  cr_expect_leq(app.longest, period() + 2);
  app_close();
}

Test(client_callback, plays_to_the_next_engine)
{
  app_open(duplex);
  const float f = 0.5f;
  memcpy(app.out, &f, sizeof f);
  restart(8);
  app_run(50 * MS);
  cr_expect_eq(sent(0, app.last.out_pos), f);
  cr_expect_eq(rig_written_to(0), app.last.out_pos + APP_FRAMES);
  app_close();
}

Test(client_callback, tells_each_change_once)
{
  app_open(duplex);
  app_run(100 * MS);
  cr_assert_eq(app.errors, 0);
  rig_kill();
  app_run(1000 * MS);
  cr_assert_eq(app.errors, 1);
  cr_expect_eq(app.statuses[0], VSC_ERR_AGAIN);
  cr_expect_str_eq(
    app.texts[0],
    "the engine of instance \"test\" is away: silence until it is back");
  restart(4);
  app_run(1000 * MS);
  cr_assert_eq(app.errors, 2);
  cr_expect_eq(app.statuses[1], VSC_OK);
  cr_expect_str_eq(app.texts[1], "the engine of instance \"test\" is back");
  rig.rate = 96000;
  restart(4);
  app_run(3000 * MS);
  cr_assert_eq(app.errors, 4);
  cr_expect_eq(app.statuses[2], VSC_ERR_AGAIN);
  cr_expect_eq(app.statuses[3], VSC_ERR_UNSUPPORTED);
  app_close();
}

Test(client_callback, goes_on_in_silence_when_the_device_has_changed)
{
  app_open(duplex);
  rig.rate = 96000;
  restart(4);
  rig.rate = RIG_RATE; /* of our own clock */
  const unsigned calls = app.calls;
  app_run(1000 * MS);
  cr_expect_geq(app.calls - calls, 1000 * MS / period() - 1);
  cr_expect_eq(app.last.is_running, 0);
  cr_expect_eq(app.gaps, 0);
  app_close();
}

Test(client_callback, tells_of_an_engine_that_was_faster_than_it_looked)
{
  app_open(duplex);
  app_run(100 * MS);
  device_destroy(rig.device);
  rig_start(4);
  app_run(100 * MS);
  cr_expect_geq(app.errors, 1);
  cr_expect_eq(app.statuses[app.errors - 1], VSC_OK);
  cr_expect_eq(app.last.is_running, 1);
  app_close();
}

/* --- the clock */

static void
set_clock(int64_t by_ns)
{
  rig.view.tai_ns += by_ns;
  rig.view.generation++;
  device_set_clock(rig.device, &rig.view);
  rig_reset();
}

Test(client_callback, follows_a_step_of_the_clock_either_way)
{
  const int64_t steps[] = {
    3600 * INT64_C(1000000000), -3600 * INT64_C(1000000000), 5 * MS, -5 * MS
  };
  app_open(duplex);
  for (unsigned i = 0; i < 4; i++) {
    app_run(100 * MS);
    const vsc_pos expected = app.last.pos + APP_FRAMES;
    const unsigned calls = app.calls;
    set_clock(steps[i]);
    app.longest = 0;
    app_next();
    cr_expect_eq(app.last.gap_frames, app.last.pos - expected);
    cr_expect_eq(app.last.pos % APP_FRAMES, 0);
    cr_expect_leq(app.last.pos, rig_pos());
    cr_expect_gt(app.last.pos, rig_pos() - APP_FRAMES);
    cr_expect_eq(app.last.generation, rig.view.generation);
    app.silent = 0;
    app_run(100 * MS);
    cr_expect_leq(app.longest, period() + 2, "step %u", i);
    cr_expect_leq(app.calls - calls, 200 * MS / period());
    cr_expect_lt(app.silent, 200);
  }
  cr_expect_eq(app.wrong, 0);
  app_close();
}

static void
step_by_an_hour(void)
{
  set_clock(3600 * INT64_C(1000000000));
}

Test(client_callback, does_not_play_what_a_step_made_meaningless)
{
  app_open(duplex);
  app_run(100 * MS);
  app.during = step_by_an_hour;
  app_next();
  cr_expect_eq(rig_written_to(0), INT64_MAX, "it has not begun anew");
  app_next();
  cr_expect_eq(app.last.late_frames, APP_FRAMES);
  cr_expect_eq(rig_written_to(0), app.last.out_pos + APP_FRAMES);
  app_close();
}

Test(client_callback, waits_for_a_clock_that_was_slowed_down)
{
  app_open(duplex);
  app_next();
  const vsc_pos pos = app.last.pos;
  /* The same generation, 10 frames later than was thought. */
  rig.view.tai_ns -= 10 * (int64_t)VSC_SECOND / RIG_RATE;
  device_set_clock(rig.device, &rig.view);
  app_next();
  cr_expect_eq(app.last.pos, pos + APP_FRAMES);
  cr_expect_eq(app.last.gap_frames, 0);
  cr_expect_eq(app.last.host_ns,
               vsc_view_host_time(&rig.view, app.last.pos, RIG_RATE));
  app_close();
}

/* --- life */

Test(client_callback, refuses_what_it_cannot_call)
{
  vsc_client *c = NULL;
  cr_assert_eq(rig_open(1, 0, 0, &c), VSC_OK);
  vsc_client_callbacks callbacks = { .size = sizeof callbacks };
  cr_expect_eq(client_prepare(c, &callbacks), VSC_ERR_INVALID);
  callbacks = (vsc_client_callbacks){ .process = app_process };
  cr_expect_eq(client_prepare(c, &callbacks), VSC_ERR_INVALID);
  vsc_client_close(c);
}

Test(client_callback, has_the_audio_for_itself)
{
  app_open(duplex);
  vsc_client_time time = { .size = sizeof time };
  const vsc_client_callbacks callbacks = { .size = sizeof callbacks,
                                           .process = app_process };
  cr_expect_eq(client_prepare(app.client, &callbacks), VSC_ERR_INVALID);
  cr_expect_eq(vsc_client_begin(app.client, 0), VSC_ERR_INVALID);
  cr_expect_eq(vsc_client_begin_at(app.client, 0), VSC_ERR_INVALID);
  cr_expect_eq(vsc_client_read(app.client, app.in, 1, &time), VSC_ERR_INVALID);
  cr_expect_eq(vsc_client_write(app.client, app.in, 1, &time), VSC_ERR_INVALID);
  cr_expect_eq(vsc_client_wait(app.client, 1, 1, 1), VSC_ERR_INVALID);
  app_close();
}

Test(client_callback, starts_again_after_it_was_stopped)
{
  app_open(duplex);
  app_run(50 * MS);
  client_unprepare(app.client);
  cr_expect_eq(rig_written_to(0), INT64_MAX, "nothing is expected of it");
  rig_run(2 * RIG_WAKE + RIG_RING / 8);
  cr_expect_not(device_is_needed(rig.device), "the engine may rest");
  const unsigned calls = app.calls;
  rig_run(4800);
  app_start();
  app_run(50 * MS);
  cr_expect_gt(app.calls, calls + 50);
  cr_expect_eq(app.gaps, 0);
  cr_expect_eq(app.last.silent_frames, 0);
  app_close();
}

Test(client_callback, keeps_in_and_out_apart_over_fifty_lives)
{
  for (int i = 0; i < 50; i++) {
    app_open(duplex);
    app_run((1 + i % 7) * MS);
    cr_assert_eq(app.last.out_pos - app.last.in_pos,
                 RIG_S_IN + APP_FRAMES + RIG_S_OUT);
    app_close();
    rig_run(RIG_WAKE);
    cr_assert_eq(device_clients(rig.device), 0);
  }
}

/* Whatever the clock says, a callback comes each period of our time. */
Test(client_callback, survives_clocks_that_lie)
{
  const int64_t lies[] = {
    INT64_MIN, -1, 0, INT64_C(1) << 59, (INT64_C(1) << 62) - 1, INT64_MAX
  };
  app_open(duplex);
  app.is_checked = false;
  for (unsigned i = 0; i < 6 * 6 * 2; i++) {
    vsc_clock_view view = rig.view;
    view.host_ns = lies[i % 6];
    view.tai_ns = lies[i / 6 % 6];
    view.rate = i % 3 ? 0.99 : 1.01;
    view.generation += i / 36 * i;
    device_set_clock(rig.device, &view);
    const unsigned calls = app.calls;
    const vsc_ns began = rig.now;
    while (app.calls < calls + 3) {
      rig.now = app.turn_at > rig.now ? app.turn_at : rig.now + 1;
      app.turn_at = client_turn(app.client);
    }
    cr_assert_lt(rig.now - began, 8 * period());
  }
  app_close();
}

Test(client_callback, survives_edges_that_lie)
{
  const int64_t lies[] = { INT64_MIN, -1, 0, INT64_MAX };
  struct region_rx *const rx = rig.region->rx;
  app_open(duplex);
  app.is_checked = false;
  for (unsigned i = 0; i < 4 * 4 * 4; i++) {
    atomic_store(&rx->in.valid_from, lies[i % 4]);
    atomic_store(&rx->in.final_to, lies[i / 4 % 4]);
    atomic_store(&rx->out.clean_to, lies[i / 16]);
    rig.now = app.turn_at;
    app.turn_at = client_turn(app.client);
  }
  cr_expect_eq(app.calls, 63, "the first turn was early");
  app_close();
}
