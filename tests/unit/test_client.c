/* test_client.c - libvsc-client against a device in virtual time.
   SPDX-License-Identifier: MIT */
#include "device_rig.h"

TestSuite(client, .init = rig_set_up, .fini = rig_tear_down);

static vsc_client_time when;
static float block[RIG_RING * 4];

static vsc_client *
open_started(uint32_t inputs, uint32_t outputs)
{
  vsc_client *c = NULL;
  cr_assert_eq(
    rig_open(inputs, 0, outputs, &c), VSC_OK, "%s", vsc_client_error());
  when = (vsc_client_time){ .size = sizeof when };
  rig_run(RIG_RING); /* so that the ring is full of signal */
  cr_assert_eq(vsc_client_begin(c, 0), VSC_OK);
  return c;
}

Test(client, reads_every_frame_at_its_position)
{
  vsc_client *const c = open_started(4, 0);
  vsc_pos next = rig_pos() - RIG_S_IN;
  for (int i = 0; i < 100; i++) {
    const uint32_t frames = 1 + (uint32_t)i * 7 % 200;
    cr_assert_eq(vsc_client_wait(c, 1, frames, VSC_SECOND), VSC_OK);
    cr_assert_eq(vsc_client_read(c, block, frames, &when), VSC_OK);
    cr_assert_eq(when.in_pos, next);
    cr_assert_eq(when.silent_frames, 0);
    cr_assert_eq(rig_wrong(block, next, frames, 4), 0);
    next += frames;
  }
  vsc_client_close(c);
}

Test(client, says_when_the_first_frame_was)
{
  vsc_client *const c = open_started(1, 0);
  vsc_client_read(c, block, 1, &when);
  cr_expect_eq(when.capture_ns,
               vsc_view_host_time(&rig.view, when.in_pos, RIG_RATE));
  cr_expect_eq(when.host_ns, rig.now);
  cr_expect_eq(when.rate, rig.view.rate);
  cr_expect_eq(when.is_running, 1);
  vsc_client_close(c);
}

Test(client, fills_only_as_much_of_the_time_as_the_caller_knows)
{
  vsc_client *const c = open_started(1, 0);
  when.size = offsetof(vsc_client_time, host_ns);
  when.host_ns = -77;
  vsc_client_read(c, block, 1, &when);
  cr_expect_neq(when.in_pos, 0);
  cr_expect_eq(when.host_ns, -77);
  vsc_client_close(c);
}

Test(client, gives_silence_above_final_and_counts_an_underrun)
{
  vsc_client *const c = open_started(2, 0);
  vsc_client_read(c, block, RIG_S_IN + 10, &when);
  cr_expect_eq(when.silent_frames, 10);
  cr_expect_eq(rig_wrong(block, when.in_pos, RIG_S_IN, 2), 0);
  cr_expect(rig_is_silent(block + RIG_S_IN * 2, 20));
  cr_expect_eq(rig.region->tx->slots[0].underruns, 1);
  vsc_client_close(c);
}

Test(client, moves_a_reader_that_fell_out_of_the_ring)
{
  vsc_client *const c = open_started(2, 0);
  const vsc_pos before = rig_pos() - RIG_S_IN;
  rig_run(RIG_RING * 3);
  vsc_client_read(c, block, 64, &when);
  cr_expect_eq(when.in_pos, rig_pos() - RIG_S_IN - 64);
  cr_expect_eq(when.gap_frames, when.in_pos - before);
  cr_expect_eq(when.silent_frames, 0);
  cr_expect_eq(rig_wrong(block, when.in_pos, 64, 2), 0);
  cr_expect_eq(rig.region->tx->slots[0].overruns, (uint64_t)when.gap_frames);
  vsc_client_close(c);
}

Test(client, never_hears_the_far_half_of_the_ring)
{
  vsc_client *const c = open_started(1, 0);
  cr_assert_eq(vsc_client_begin_at(c, rig_pos() + 200), VSC_OK);
  const float old = 0.25f;
  memcpy(timeline_at(&rig.in, 0, rig_pos() + 200), &old, sizeof old);
  vsc_client_read(c, block, 1, &when);
  cr_expect_eq(block[0], 0.0f);
  vsc_client_close(c);
}

Test(client, gives_silence_before_the_timeline_began)
{
  vsc_client *const c = open_started(1, 0);
  rig_reset();
  rig_run(RIG_WAKE);
  /* Its position is still in the ring, but what lies there never was. */
  cr_assert_eq(vsc_client_begin_at(c, rig_pos() - RIG_WAKE - 200), VSC_OK);
  vsc_client_read(c, block, 64, &when);
  cr_expect_eq(when.gap_frames, 0);
  cr_expect_eq(when.silent_frames, 64);
  vsc_client_close(c);
}

Test(client, writes_every_frame_at_its_position)
{
  vsc_client *const c = open_started(0, 3);
  float frames[40 * 3];
  vsc_pos first = 0;
  for (int n = 0; n < 50; n++) {
    cr_assert_eq(vsc_client_wait(c, 0, 40, VSC_SECOND), VSC_OK);
    for (int i = 0; i < 40 * 3; i++) {
      frames[i] = (float)(n * 120 + i + 1) / 8388608.0f;
    }
    cr_assert_eq(vsc_client_write(c, frames, 40, &when), VSC_OK);
    cr_assert_eq(when.late_frames, 0);
    first = n == 0 ? when.out_pos : first;
    cr_assert_eq(when.out_pos, first + n * 40);
    for (uint32_t i = 0; i < 120; i++) {
      cr_assert_eq(rig_sent(i % 3, when.out_pos + i / 3), frames[i]);
    }
    cr_assert_eq(rig_written_to(2), when.out_pos + 40);
  }
  vsc_client_close(c);
}

Test(client, starts_writing_at_the_earliest_frame_in_time_and_the_lead)
{
  vsc_client *const c = open_started(0, 1);
  vsc_client_begin(c, 100);
  vsc_client_write(c, block, 1, &when);
  cr_expect_eq(when.out_pos, rig_pos() + RIG_S_OUT + 100);
  vsc_client_close(c);
}

Test(client, does_not_take_frames_that_are_too_early)
{
  vsc_client *const c = open_started(0, 1);
  uint32_t room = vsc_client_writable(c);
  cr_expect_geq(room, RIG_RING / 2 - RIG_S_OUT - 2 * 64);
  cr_expect_eq(vsc_client_write(c, block, room + 1, &when), VSC_ERR_AGAIN);
  cr_expect_eq(vsc_client_write(c, block, room, &when), VSC_OK);
  cr_expect_eq(vsc_client_writable(c), 0);
  vsc_client_close(c);
}

Test(client, drops_frames_that_are_too_late_and_keeps_its_place)
{
  vsc_client *const c = open_started(0, 1);
  const vsc_pos first = rig_pos() + RIG_S_OUT;
  for (uint32_t i = 0; i < 64; i++) {
    block[i] = (float)(i + 1) / 256.0f;
  }
  rig_run(RIG_S_OUT + 30);
  vsc_client_write(c, block, 64, &when);
  cr_expect_eq(when.out_pos, first);
  cr_expect_eq(when.late_frames, 30);
  cr_expect_eq(rig_sent(0, first + 29), 0.0f);
  cr_expect_eq(rig_sent(0, first + 30), 31.0f / 256.0f);
  cr_expect_eq(rig.region->tx->slots[0].xruns, 1);
  cr_expect_eq(rig.region->tx->slots[0].late_frames, 30);
  vsc_client_close(c);
}

Test(client, passes_raw_channels_through_bit_by_bit)
{
  device_mark_raw(rig.device, false, 0, true);
  const vsc_client_config config = { .size = sizeof config,
                                     .instance = "test",
                                     .runtime_dir = rig.dir,
                                     .outputs = 1,
                                     .sample = VSC_SAMPLE_S32 };
  vsc_client *c = NULL;
  cr_assert_eq(client_open(&config, &rig_host, &c), VSC_OK);
  vsc_client_begin(c, 0);
  const uint32_t bits = 0x12345678;
  vsc_client_write(c, &bits, 1, &when);
  cr_expect_eq(*timeline_at(&rig.out, 0, rig_pos() + RIG_S_OUT), bits);
  vsc_client_close(c);
}

Test(client, needs_the_engine_only_from_its_beginning_to_its_stop)
{
  vsc_client *c = NULL;
  cr_assert_eq(rig_open(2, 0, 2, &c), VSC_OK);
  rig_run(RIG_WAKE);
  cr_expect_not(device_is_needed(rig.device), "it is only open");
  cr_assert_eq(vsc_client_begin(c, 0), VSC_OK);
  cr_expect(device_has_rung(rig.device));
  cr_expect(device_poll(rig.device, rig.now), "the engine is told");
  cr_expect(device_is_needed(rig.device));
  cr_assert_eq(vsc_client_write(c, block, 100, &when), VSC_OK);
  cr_assert_eq(vsc_client_stop(c), VSC_OK);
  rig_run(RIG_WAKE);
  cr_expect(device_is_needed(rig.device), "what it has written is sent");
  cr_expect_eq(rig_sent(0, when.out_pos + 99), block[198]);
  rig_run(200 + RIG_RING / 8);
  cr_expect_not(device_is_needed(rig.device));
  cr_expect_eq(vsc_client_write(c, block, 1, &when), VSC_ERR_INVALID);
  cr_assert_eq(vsc_client_begin(c, 0), VSC_OK);
  rig_run(RIG_WAKE);
  cr_expect(device_is_needed(rig.device), "and again");
  vsc_client_close(c);
  rig_run(RIG_WAKE + RIG_RING / 8);
  cr_expect_not(device_is_needed(rig.device));
}

/* Or it would begin on edges that an engine about to rest leaves behind. */
Test(client, finds_the_engine_awake_that_somebody_else_has_just_left)
{
  vsc_client *const first = open_started(2, 0);
  rig_run(RIG_WAKE);
  cr_expect(device_is_needed(rig.device));
  vsc_client_close(first);
  vsc_client *second = NULL;
  cr_assert_eq(rig_open(2, 0, 0, &second), VSC_OK);
  rig_run(RIG_WAKE);
  cr_expect_eq(device_clients(rig.device), 1);
  cr_expect(device_is_needed(rig.device), "it may begin at any moment");
  rig_run(RIG_RATE / 4);
  cr_expect_not(device_is_needed(rig.device), "it has not");
  vsc_client_close(second);
}

Test(client, is_heard_to_its_last_frame_when_it_was_the_only_one)
{
  vsc_client *const c = open_started(0, 1);
  cr_assert_eq(vsc_client_write(c, block, 300, &when), VSC_OK);
  vsc_client_close(c);
  rig_run(RIG_WAKE);
  cr_expect_eq(device_clients(rig.device), 0);
  cr_expect(device_is_needed(rig.device));
  rig_run(300 + RIG_RING / 8);
  cr_expect_not(device_is_needed(rig.device));
}

Test(client, gives_its_claim_back_when_closed)
{
  vsc_client *a = NULL;
  vsc_client *b = NULL;
  cr_assert_eq(rig_open(0, 0, 2, &a), VSC_OK);
  cr_expect_eq(rig_open(0, 1, 2, &b), VSC_ERR_REFUSED);
  cr_expect_not_null(strstr(vsc_client_error(), "belong to \"rig\""));
  vsc_client_close(a);
  cr_expect_eq(rig_written_to(0), INT64_MAX, "nothing more is expected of it");
  rig_run(RIG_WAKE);
  cr_expect_eq(rig_open(0, 1, 2, &b), VSC_OK, "%s", vsc_client_error());
  vsc_client_close(b);
}

Test(client, is_refused_channels_beyond_the_device)
{
  vsc_client *c = NULL;
  cr_expect_eq(rig_open(5, 0, 0, &c), VSC_ERR_REFUSED);
  cr_expect_str_eq(vsc_client_error(),
                   "input channels 1-5 asked for, the device has 4");
  cr_expect_eq(rig_open(0, UINT32_MAX, 2, &c), VSC_ERR_REFUSED);
  cr_expect_null(c);
}

Test(client, is_told_when_there_is_no_engine)
{
  vsc_client *c = NULL;
  vsc_client_config config = { .size = sizeof config,
                               .instance = "nobody",
                               .runtime_dir = rig.dir,
                               .inputs = 1 };
  cr_expect_eq(client_open(&config, &rig_host, &c), VSC_ERR_NOT_FOUND);
  cr_expect_not_null(strstr(vsc_client_error(), "\"nobody\""));
  rig_kill();
  rig_sleep(300000000);
  config.instance = "test";
  cr_expect_eq(client_open(&config, &rig_host, &c), VSC_ERR_NOT_FOUND);
  cr_expect_not_null(strstr(vsc_client_error(), "is not running"));
}

Test(client, refuses_a_config_that_makes_no_sense)
{
  vsc_client *c = NULL;
  vsc_client_config config = {
    .size = sizeof config, .runtime_dir = rig.dir, .inputs = 1, .sample = 99
  };
  cr_expect_eq(client_open(&config, &rig_host, &c), VSC_ERR_INVALID);
  config.sample = VSC_SAMPLE_S16;
  config.inputs = 0;
  cr_expect_eq(client_open(&config, &rig_host, &c), VSC_ERR_INVALID);
  config.size = 0;
  cr_expect_eq(client_open(&config, &rig_host, &c), VSC_ERR_INVALID);
}

Test(client, queries_without_attaching)
{
  vsc_client_info info = { .size = sizeof info };
  cr_assert_eq(vsc_client_query("test", rig.dir, &info), VSC_OK);
  cr_expect_eq(info.rate, RIG_RATE);
  cr_expect_eq(info.inputs, 4);
  cr_expect_eq(info.ring, RIG_RING);
  cr_expect_eq(info.input_latency, RIG_S_IN);
  cr_expect_eq(info.engine_pid, (uint32_t)getpid());
  cr_expect_eq(rig.region->tx->slots[0].ticket, 0);
}

static vsc_client_state
inspect(void)
{
  struct place place;
  vsc_client_state state = { .size = sizeof state };
  place_init(&place, "test", rig.dir);
  cr_assert_eq(client_inspect(&place, &rig_host, &state), VSC_OK);
  return state;
}

Test(client, is_seen_from_outside_and_so_is_its_clock)
{
  cr_expect_eq(inspect().clients, 0);
  vsc_client *const c = open_started(2, 2);
  rig.view.state = VSC_CLOCK_HOLDOVER;
  device_set_clock(rig.device, &rig.view);
  const vsc_client_state state = inspect();
  cr_expect_eq(state.is_running, 1);
  cr_expect_eq(state.rate, RIG_RATE);
  cr_expect_eq(state.clock_state, VSC_CLOCK_HOLDOVER);
  cr_expect_eq(state.clients, 1);
  vsc_client_close(c);
}

Test(client, what_it_played_too_late_is_seen_from_outside)
{
  vsc_client *const c = open_started(0, 2);
  rig_sleep(100000000);
  cr_assert_eq(vsc_client_write(c, block, 240, NULL), VSC_OK);
  cr_expect_eq(inspect().late_frames, 240);
  vsc_client_close(c);
}

Test(client, an_engine_that_was_killed_is_seen_to_be_away)
{
  rig_kill();
  rig_sleep(1000000000);
  const vsc_client_state state = inspect();
  cr_expect_eq(state.is_running, 0);
  cr_expect_eq(state.clock_state, VSC_CLOCK_FREE);
  cr_expect_eq(state.rate, RIG_RATE);
}

Test(client, goes_on_in_silence_on_its_own_clock_without_an_engine)
{
  vsc_client *const c = open_started(2, 2);
  rig_kill();
  vsc_pos next = rig_pos() - RIG_S_IN;
  const vsc_ns began = rig.now;
  for (int i = 0; i < 600; i++) {
    cr_assert_eq(vsc_client_wait(c, 1, 240, VSC_SECOND), VSC_OK);
    cr_assert_eq(vsc_client_read(c, block, 240, &when), VSC_OK);
    cr_assert_eq(when.in_pos, next);
    next += 240;
    cr_assert_eq(vsc_client_wait(c, 0, 240, VSC_SECOND), VSC_OK);
    cr_assert_eq(vsc_client_write(c, block, 240, &when), VSC_OK);
  }
  cr_expect_eq(when.is_running, 0);
  cr_expect(rig_is_silent(block, 480));
  cr_expect_lt(rig.now - began, INT64_C(3100000000));
  cr_expect_gt(rig.now - began, INT64_C(2900000000));
  vsc_client_close(c);
}

Test(client, meets_the_next_engine_while_it_waits)
{
  vsc_client *const c = open_started(2, 2);
  rig_kill();
  rig_sleep(400000000);
  cr_assert_eq(vsc_client_read(c, block, 48, &when), VSC_OK);
  cr_assert_eq(when.is_running, 0);
  device_destroy(rig.device);
  rig.view.generation = 9;
  rig_start(4);
  const vsc_ns began = rig.now;
  vsc_client_wait(c, 1, 64, VSC_SECOND);
  vsc_client_wait(c, 1, 64, VSC_SECOND);
  cr_assert_eq(vsc_client_read(c, block, 64, &when), VSC_OK);
  cr_expect_eq(when.is_running, 1);
  cr_expect_eq(when.generation, 9);
  cr_expect_lt(rig.now - began, 100000000, "back within 100 ms");
  cr_expect_eq(device_clients(rig.device), 1);
  vsc_client_close(c);
}

Test(client, asks_again_when_its_slot_was_taken_away)
{
  vsc_client *const c = open_started(0, 2);
  atomic_store(&rig.region->tx->slots[0].ticket, 0);
  vsc_client_wait(c, 0, 1, VSC_SECOND);
  rig_run(2 * RIG_WAKE);
  vsc_client_wait(c, 0, 1, VSC_SECOND);
  cr_assert_eq(vsc_client_write(c, block, 1, &when), VSC_OK);
  cr_expect_eq(when.is_running, 1);
  cr_expect_eq(device_clients(rig.device), 1);
  vsc_client_close(c);
}

static void
step_clock(void)
{
  rig.view.tai_ns += 3 * INT64_C(3600) * VSC_SECOND;
  rig.view.generation++;
  device_set_clock(rig.device, &rig.view);
  rig_reset();
}

Test(client, follows_a_step_of_the_clock)
{
  vsc_client *const c = open_started(1, 0);
  const vsc_pos before = rig_pos();
  step_clock();
  const vsc_pos after = rig_pos();
  rig_run(4 * RIG_WAKE);
  cr_assert_eq(vsc_client_read(c, block, 1, &when), VSC_OK);
  cr_expect_eq(when.generation, 2);
  cr_expect_eq(when.in_pos, after - RIG_S_IN, "as far behind as it was");
  cr_expect_eq(when.gap_frames, after - before);
  vsc_client_close(c);
}

Test(client, begins_to_play_again_after_a_step_of_the_clock)
{
  vsc_client *const c = open_started(0, 1);
  vsc_client_begin(c, 20);
  vsc_client_write(c, block, 300, &when);
  step_clock();
  rig_run(RIG_WAKE);
  vsc_client_write(c, block, 1, &when);
  cr_expect_eq(when.out_pos,
               rig_pos() + RIG_S_OUT + 20,
               "what was written ahead has been cleared");
  vsc_client_close(c);
}

/* With no lead, but a block written before the first was read: nothing must
   move the two against each other, or it is late for ever. */
static vsc_client *
open_duplex(vsc_pos *distance)
{
  vsc_client *const c = open_started(1, 1);
  vsc_client_write(c, block, 64, &when);
  vsc_client_wait(c, 1, 64, VSC_SECOND);
  vsc_client_read(c, block, 64, &when);
  *distance = when.out_pos - when.in_pos;
  vsc_client_write(c, block, 64, &when);
  return c;
}

Test(client, keeps_in_and_out_apart_over_a_step_of_the_clock)
{
  vsc_pos distance = 0;
  vsc_client *const c = open_duplex(&distance);
  step_clock();
  rig_run(RIG_WAKE);
  vsc_client_wait(c, 1, 64, VSC_SECOND);
  vsc_client_read(c, block, 64, &when);
  cr_expect_eq(when.generation, 2);
  cr_expect_eq(when.out_pos - when.in_pos, distance);
  vsc_client_write(c, block, 64, &when);
  cr_expect_eq(when.late_frames, 0);
  vsc_client_close(c);
}

Test(client, keeps_in_and_out_apart_when_it_falls_out_of_the_ring)
{
  vsc_pos distance = 0;
  vsc_client *const c = open_duplex(&distance);
  rig_run(RIG_RING * 3);
  vsc_client_read(c, block, 64, &when);
  cr_expect_gt(when.gap_frames, 0);
  cr_expect_eq(when.out_pos - when.in_pos, distance);
  const int64_t gap = when.gap_frames;
  vsc_client_write(c, block, 64, &when);
  cr_expect_eq(when.gap_frames, gap, "told for both");
  cr_expect_eq(when.late_frames, 0);
  vsc_client_close(c);
}

Test(client, does_not_move_a_writer_that_kept_up)
{
  vsc_client *const c = open_started(1, 1);
  for (int i = 0; i < 30; i++) {
    rig_run(100);
    vsc_client_write(c, block, 100, &when);
  }
  const vsc_pos next = when.out_pos + 100;
  vsc_client_read(c, block, 64, &when);
  cr_expect_gt(when.gap_frames, 0);
  vsc_client_write(c, block, 1, &when);
  cr_expect_eq(when.out_pos, next);
  vsc_client_close(c);
}

Test(client, starts_where_it_is_told)
{
  vsc_client *const c = open_started(1, 1);
  const vsc_pos pos = rig_pos() + 5000;
  cr_assert_eq(vsc_client_begin_at(c, pos), VSC_OK);
  cr_assert_eq(vsc_client_wait(c, 0, 32, VSC_SECOND), VSC_OK);
  cr_assert_eq(vsc_client_write(c, block, 32, &when), VSC_OK);
  cr_expect_eq(when.out_pos, pos);
  cr_expect_eq(when.late_frames, 0);
  cr_assert_eq(vsc_client_wait(c, 1, 32, VSC_SECOND), VSC_OK);
  cr_assert_eq(vsc_client_read(c, block, 32, &when), VSC_OK);
  cr_expect_eq(when.in_pos, pos);
  cr_expect_eq(rig_wrong(block, pos, 32, 1), 0);
  cr_expect_eq(vsc_client_begin_at(c, INT64_MAX), VSC_ERR_INVALID);
  vsc_client_close(c);
}

Test(client, waits_no_longer_than_it_is_told)
{
  vsc_client *const c = open_started(1, 0);
  const vsc_ns began = rig.now;
  cr_expect_eq(vsc_client_wait(c, 1, 400, 5000000), VSC_ERR_AGAIN);
  cr_expect_eq(rig.now - began, 5000000);
  vsc_client_close(c);
}

Test(client, knows_what_time_it_is)
{
  vsc_client *const c = open_started(1, 0);
  cr_assert_eq(vsc_client_clock(c, &when), VSC_OK);
  cr_expect_eq(when.pos, rig_pos());
  vsc_client_close(c);
}

/* Whatever the edges say, nothing outside the ring is touched (the sanitizers
   watch) and what is not there is silent. */
Test(client, survives_edges_that_lie)
{
  vsc_client *const c = open_started(2, 2);
  const int64_t lies[] = { INT64_MIN, INT64_MIN + 1, -1,       0,
                           1,         INT64_MAX - 1, INT64_MAX };
  const unsigned n = sizeof lies / sizeof *lies;
  struct region_rx *const rx = rig.region->rx;
  for (unsigned i = 0; i < n * n * n; i++) {
    atomic_store(&rx->in.valid_from, lies[i % n]);
    atomic_store(&rx->in.final_to, lies[i / n % n]);
    atomic_store(&rx->in.clean_to, lies[i / n / n]);
    atomic_store(&rx->out.clean_to, lies[i / n / n]);
    vsc_client_readable(c);
    vsc_client_writable(c);
    cr_assert_eq(vsc_client_read(c, block, 100, &when), VSC_OK);
    vsc_client_write(c, block, 100, &when);
  }
  vsc_client_close(c);
}

Test(client, survives_clocks_that_lie)
{
  vsc_client *const c = open_started(1, 1);
  const int64_t lies[] = {
    INT64_MIN, -1, 0, INT64_C(1) << 59, (INT64_C(1) << 62) - 1, INT64_MAX
  };
  const unsigned n = sizeof lies / sizeof *lies;
  for (unsigned i = 0; i < n * n * 2; i++) {
    vsc_clock_view view = rig.view;
    view.host_ns = lies[i % n];
    view.tai_ns = lies[i / n % n];
    view.rate = i % 3 ? 0.99 : 1.01;
    view.generation += i / n / n * i;
    device_set_clock(rig.device, &view);
    cr_assert_eq(vsc_client_read(c, block, 10, &when), VSC_OK);
    vsc_client_write(c, block, 10, &when);
  }
  vsc_client_close(c);
}

Test(client, close_accepts_null)
{
  vsc_client_close(NULL);
}
