/* sim_loopbacks.c - whole engines with loopbacks: exact beside streams, while
   they come and go; over two machines; what applications claim, and who is left
   out.
   SPDX-License-Identifier: MIT */
#include "expect.h"
#include "sim.h"

#include "engine/loopbacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vsc/position.h>

#define RATE 48000
#define W 12
#define LINK_OFFSET 36 /* 750 us */
#define SECOND INT64_C(1000000000)
#define A 0xC0A80001u
#define B 0xC0A80002u

#define HEAD                                                                   \
  "[device]\ninputs = 32\noutputs = 32\n[clock]\nmodule = clock-system\n"      \
  "[stream]\npacket_time = 250us\nlink_offset = 750us\nwhen = always\n"
#define SEND(n, ch)                                                            \
  "[send s" n "]\nchannels = " ch "\naddress = 239.69.1." n "\n"
#define RECEIVE(n, ch)                                                         \
  "[receive s" n "]\nchannels = " ch "\naddress = 239.69.1." n "\n"
#define JOIN "[loopback join]\nfrom = out 1-8\nto = in 17-24\n"

/* Inputs FIRST.. of NODE against the signal of outputs FROM.., DELAY earlier.
 */
struct listener {
  unsigned node;
  uint32_t first, channels, from;
  vsc_pos delay;
  vsc_pos heard; /* 0: not begun */
  uint64_t exact, silent, wrong;
};

struct hall {
  struct sim sim;
  struct listener listeners[3];
  unsigned count;
};

static void
listen(struct listener *l, const struct engine *e)
{
  const struct region *const r = e->region;
  if (!l->heard) {
    l->heard = e->audio.in.final_to;
  }
  for (; l->heard < e->audio.in.final_to; l->heard++) {
    unsigned right = 0;
    unsigned zero = 0;
    for (uint32_t c = 0; c < l->channels; c++) {
      float x;
      memcpy(&x,
             &r->in_words[(size_t)(l->first + c) * r->geometry.stride +
                          ((uint64_t)l->heard & (r->geometry.ring - 1))],
             sizeof x);
      right += x == sim_signal(l->from + c, l->heard - l->delay);
      zero += x == 0.0f;
    }
    l->exact += right == l->channels;
    l->silent += zero == l->channels;
    l->wrong += right != l->channels && zero != l->channels;
  }
}

static void
after_wake(void *arg, struct sim *sim, unsigned node)
{
  struct hall *const h = arg;
  for (unsigned i = 0; i < h->count; i++) {
    if (h->listeners[i].node == node) {
      listen(&h->listeners[i], sim->nodes[node].engine);
    }
  }
}

/* Node 0 runs PROFILE and plays; listening is for later. */
static void
begin(struct hall *h, const char *profile)
{
  memset(h, 0, sizeof *h);
  sim_create(&h->sim, 11, SIM_EPOCH);
  sim_node(&h->sim, A, 40.0, profile);
  h->sim.nodes[0].has_app = 1;
}

static struct listener *
add(struct hall *h, struct listener l)
{
  h->sim.after_wake = after_wake;
  h->sim.arg = h;
  h->listeners[h->count] = l;
  return &h->listeners[h->count++];
}

static struct loopback *
find(const struct sim *sim, unsigned node, const char *name)
{
  struct loopback *l = sim->nodes[node].engine->loopbacks;
  while (l && strcmp(l->config.name, name) != 0) {
    l = l->next;
  }
  if (!l) {
    fprintf(stderr, "there is no loopback \"%s\"\n", name);
    exit(1);
  }
  return l;
}

static void
run_for(struct sim *sim, int64_t ns)
{
  sim_run_until(sim, world_now(sim->world) + ns);
}

static void
exact_beside_streams(void)
{
  struct hall h;
  begin(&h,
        HEAD SEND("1", "1-8") RECEIVE("1", "1-8") JOIN
        "[loopback slow]\nfrom = out 9-12\nto = in 9-12\ndelay = 7ms\n");
  run_for(&h.sim, SECOND / 10);
  struct listener *const net =
    add(&h, (struct listener){ .channels = 8, .delay = LINK_OFFSET });
  struct listener *const join =
    add(&h, (struct listener){ .first = 16, .channels = 8, .delay = W });
  struct listener *const slow = add(
    &h,
    (struct listener){ .first = 8, .channels = 4, .from = 8, .delay = 336 });
  run_for(&h.sim, SECOND);
  const struct listener *const all[] = { net, join, slow };
  for (unsigned i = 0; i < 3; i++) {
    expect(all[i]->exact >= RATE - 2 * W && !all[i]->silent && !all[i]->wrong,
           "a stream and two loopbacks are exact");
  }
  const struct loopback *const l = find(&h.sim, 0, "join");
  expect(l->state.frames > RATE && l->state.late_frames == 0,
         "every frame is counted, none is late");
  expect(loopback_state(h.sim.nodes[0].engine, l) == STREAM_PLAYING, "plays");
  sim_destroy(&h.sim);
}

/* Others come, change and go: what stays is exact. */
static void
changes_touch_nothing_else(void)
{
  static const char *const profiles[] = {
    HEAD SEND("1", "1-8") RECEIVE("1", "1-8") JOIN,
    HEAD SEND("1", "1-8") RECEIVE("1", "1-8") JOIN
    "[loopback a]\nfrom = out 1-4\nto = in 9-12\n",
    HEAD SEND("1", "1-8") RECEIVE("1", "1-8") JOIN
    "[loopback a]\nfrom = out 1-4\nto = in 9-12\ndelay = 3ms\n",
    HEAD SEND("1", "1-8") RECEIVE("1", "1-8")
      SEND("2", "9-16") "[loopback b]\nfrom = in 1-2\nto = out 31-32\n"
                        "[loopback a]\nfrom = out 32\nto = in 32\n" JOIN,
    HEAD JOIN RECEIVE("1", "1-8") RECEIVE("3", "9-16") SEND("1", "1-8"),
  };
  struct hall h;
  begin(&h, profiles[0]);
  run_for(&h.sim, SECOND / 10);
  struct listener *const net =
    add(&h, (struct listener){ .channels = 8, .delay = LINK_OFFSET });
  struct listener *const join =
    add(&h, (struct listener){ .first = 16, .channels = 8, .delay = W });
  for (unsigned i = 0; i < 100; i++) {
    expect(sim_reconfigure(&h.sim, 0, profiles[i % 5]), "taken live");
    run_for(&h.sim, 3 * 1000000 + i * 12345);
  }
  expect(net->exact > RATE / 4 && !net->silent && !net->wrong,
         "a stream is exact while loopbacks change");
  expect(join->exact > RATE / 4 && !join->silent && !join->wrong,
         "a loopback is exact while others change");
  run_for(&h.sim, SECOND / 5);
  expect(!h.sim.nodes[0].engine->closing_loopbacks, "the old ones are freed");
  sim_destroy(&h.sim);
}

/* Into a loopback that is there already, and out of it. */
static void
begins_and_ends(void)
{
  struct hall h;
  begin(&h, HEAD);
  expect(!h.sim.nodes[0].engine->is_running, "no stream, no application: idle");
  sim_destroy(&h.sim);
  begin(&h, HEAD SEND("1", "1-8"));
  run_for(&h.sim, SECOND / 10);
  struct listener *const l =
    add(&h, (struct listener){ .first = 16, .channels = 8, .delay = W });
  run_for(&h.sim, SECOND / 10);
  expect(!l->exact && l->silent && !l->wrong, "nothing is joined yet");
  const uint64_t silent = l->silent;
  expect(sim_reconfigure(&h.sim, 0, HEAD SEND("1", "1-8") JOIN), "taken live");
  run_for(&h.sim, SECOND / 10);
  expect(l->exact > RATE / 11 && l->silent - silent < 3 * W && !l->wrong,
         "a loopback that is added is heard at once");
  expect(strcmp(h.sim.nodes[0].engine->region->rx->input_names[16], "join 1") ==
           0,
         "its inputs have its name");
  const uint64_t exact = l->exact;
  expect(sim_reconfigure(&h.sim, 0, HEAD SEND("1", "1-8")), "taken live");
  run_for(&h.sim, SECOND / 10);
  expect(l->exact - exact < 3 * W && !l->wrong, "and gone when it is removed");
  expect(!h.sim.nodes[0].engine->region->rx->input_names[16][0],
         "and so is the name");
  sim_destroy(&h.sim);
}

/* A plays to B, B sends back, A hears itself: two link offsets and the delays.
 */
static void
reflects_over_two_machines(void)
{
  struct hall h;
  begin(&h,
        HEAD SEND("1", "1-8") RECEIVE("2", "1-8")
          RECEIVE("3", "9-16") "[loopback own]\nfrom = out 1-8\nto = in "
                               "17-24\ndelay = 96frames\n");
  sim_node(
    &h.sim,
    B,
    -60.0,
    HEAD RECEIVE("1", "1-8") SEND("2", "1-8") SEND(
      "3",
      "9-16") "[loopback back]\nfrom = in 1-8\nto = out 1-8\n"
              "[loopback later]\nfrom = in 1-8\nto = out 9-16\ndelay = 2ms\n");
  run_for(&h.sim, SECOND / 10);
  struct listener *const back =
    add(&h, (struct listener){ .channels = 8, .delay = 2 * LINK_OFFSET });
  struct listener *const later =
    add(&h,
        (struct listener){
          .first = 8, .channels = 8, .delay = 2 * LINK_OFFSET + 96 });
  struct listener *const own =
    add(&h, (struct listener){ .first = 16, .channels = 8, .delay = 96 });
  run_for(&h.sim, SECOND);
  const struct listener *const all[] = { back, later, own };
  for (unsigned i = 0; i < 3; i++) {
    expect(all[i]->exact >= RATE - 2 * W && !all[i]->silent && !all[i]->wrong,
           "there and back is exactly the sum of the link offsets and delays");
  }
  const struct stream *const tx = streams_find(h.sim.nodes[1].engine, "s2");
  expect(tx->counts->tx.counters[TX_UNDERRUN_FRAMES] == 0,
         "what nobody claims is not an underrun");
  sim_destroy(&h.sim);
}

/* Silence is what the counter says, never another frame. */
static void
stalls_are_counted(void)
{
  struct hall h;
  begin(&h, HEAD SEND("1", "1-8") JOIN);
  run_for(&h.sim, SECOND / 10);
  struct listener *const l =
    add(&h, (struct listener){ .first = 16, .channels = 8, .delay = W });
  const struct loopback *const join = find(&h.sim, 0, "join");
  run_for(&h.sim, SECOND / 100);
  for (unsigned i = 1; i <= 6; i++) {
    /* Within the application's lead: 512 frames are 10 ms. */
    sim_stall(&h.sim, 0, world_now(h.sim.world) + (int64_t)i * 1300000);
    run_for(&h.sim, SECOND / 50);
  }
  expect(join->state.late_frames > 0 && l->silent == join->state.late_frames,
         "every silent frame is a late one");
  expect(!l->wrong && l->exact > RATE / 10, "and all others are exact");
  run_for(&h.sim, 2 * SECOND);
  const uint64_t late = join->state.late_frames;
  world_step_clock(h.sim.nodes[0].os, SECOND);
  h.sim.after_wake = NULL;
  run_for(&h.sim, 3 * SECOND);
  expect(h.sim.nodes[0].engine->audio.steps == 1, "the clock has stepped");
  *l = (struct listener){ .first = 16, .channels = 8, .delay = W };
  h.sim.nodes[0].written = INT64_MIN;
  h.sim.after_wake = after_wake;
  run_for(&h.sim, SECOND / 2);
  expect(l->exact > RATE / 3 && !l->wrong, "exact after a step");
  expect(join->state.late_frames == late, "and nothing called late");
  sim_destroy(&h.sim);
}

/* An application named APP takes slot I, as a client would, without one. */
static struct region_slot *
attach(struct engine *e, unsigned i, const char *app, struct region_slot wish)
{
  struct region_slot *const slot = &e->region->tx->slots[i];
  slot->pid_start = 0;
  slot->first_in = wish.first_in;
  slot->inputs = wish.inputs;
  slot->first_out = wish.first_out;
  slot->outputs = wish.outputs;
  snprintf(slot->app, sizeof slot->app, "%s", app);
  atomic_store(&slot->activity, ACTIVITY_STARTED);
  atomic_store(&slot->ticket,
               (uint64_t)getpid() << 32 | (uint64_t)(i + 1) << 8 |
                 SLOT_ATTACHED);
  return slot;
}

static void
leave(struct region_slot *slot)
{
  atomic_store(&slot->ticket, (slot->ticket & ~UINT64_C(255)) | SLOT_LEAVING);
}

static void
runs_for_applications_alone(void)
{
  struct hall h;
  begin(&h,
        "[clock]\nmodule = clock-system\n[stream]\npacket_time = 250us\n"
        "[loopback join]\nfrom = out 1-8\nto = in 17-24\n");
  struct engine *const e = h.sim.nodes[0].engine;
  run_for(&h.sim, SECOND / 2);
  expect(!e->is_running, "a loopback alone wakes nobody");
  expect(loopback_state(e, e->loopbacks) == STREAM_WAITING, "it waits");
  struct region_slot *const slot =
    attach(e, 0, "player", (struct region_slot){ .outputs = 8 });
  run_for(&h.sim, SECOND / 5);
  expect(e->is_running, "an application does");
  struct listener *const l =
    add(&h, (struct listener){ .first = 16, .channels = 8, .delay = W });
  run_for(&h.sim, SECOND / 5);
  expect(l->exact > RATE / 6 && !l->wrong && !l->silent, "and is heard");
  leave(slot);
  run_for(&h.sim, SECOND / 5);
  expect(!e->is_running, "until it leaves");
  sim_destroy(&h.sim);
}

static void
excluded_are_never_heard(void)
{
  struct hall h;
  begin(&h, HEAD SEND("1", "1-8") JOIN "exclude = daw, other daw\n");
  struct engine *const e = h.sim.nodes[0].engine;
  run_for(&h.sim, SECOND / 10);
  /* Nobody's outputs until somebody claims them: the application of the
     simulation plays there all the time. */
  struct listener *const left =
    add(&h, (struct listener){ .first = 16, .channels = 4, .delay = W });
  struct listener *const right = add(
    &h, (struct listener){ .first = 20, .channels = 4, .from = 4, .delay = W });
  run_for(&h.sim, SECOND / 10);
  struct region_slot *const daw =
    attach(e, 0, "other daw", (struct region_slot){ .outputs = 4 });
  attach(e, 1, "player", (struct region_slot){ .first_out = 4, .outputs = 4 });
  run_for(&h.sim, SECOND / 5);
  const uint64_t before = left->exact;
  run_for(&h.sim, SECOND / 5);
  expect(left->exact == before && left->silent > RATE / 6,
         "an excluded application is not looped back");
  expect(right->silent == 0 && right->wrong == 0 && right->exact > RATE / 4,
         "another one beside it is, exactly");
  leave(daw);
  /* What it may have written ahead stays out: half a ring is 85 ms. */
  run_for(&h.sim, 80 * 1000000);
  expect(left->exact == before, "nor is what it had written ahead");
  run_for(&h.sim, SECOND / 5);
  expect(left->exact > before, "its channels are free again");
  attach(e, 0, "daw", (struct region_slot){ .outputs = 4 });
  const uint64_t then = left->exact;
  run_for(&h.sim, SECOND / 10);
  const uint64_t granted = left->exact;
  run_for(&h.sim, SECOND / 10);
  expect(granted - then < RATE / 10 && left->exact == granted,
         "from the grant on");
  leave(&e->region->tx->slots[0]);
  attach(e, 2, "player", (struct region_slot){ .outputs = 4 });
  run_for(&h.sim, SECOND / 10);
  expect(left->exact > granted + RATE / 40,
         "what another writes there is heard at once");
  sim_destroy(&h.sim);
}

static void
feedback_is_told(void)
{
  struct hall h;
  begin(&h, HEAD JOIN "exclude = safe\n");
  struct engine *const e = h.sim.nodes[0].engine;
  struct region_slot *const slot =
    attach(e,
           0,
           "daw",
           (struct region_slot){
             .first_in = 20, .inputs = 2, .first_out = 4, .outputs = 2 });
  run_for(&h.sim, SECOND / 5);
  const struct loopback *const l = find(&h.sim, 0, "join");
  char pid[64];
  snprintf(pid,
           sizeof pid,
           "\"daw\" (pid %d) hears on input 21 what it plays on output 5",
           (int)getpid());
  expect(strncmp(l->warning, pid, strlen(pid)) == 0, "feedback is told");
  leave(slot);
  attach(e, 1, "safe", (struct region_slot){ .inputs = 32, .outputs = 32 });
  run_for(&h.sim, SECOND / 5);
  expect(!l->warning[0], "but not of who is left out");
  sim_destroy(&h.sim);
}

static void
reflected_outputs_are_nobodys(void)
{
  static const char with[] = HEAD SEND("1", "1-8")
    RECEIVE("2", "1-8") "[loopback back]\nfrom = in 1-8\nto = out 1-8\n";
  struct hall h;
  begin(&h, HEAD SEND("1", "1-8") RECEIVE("2", "1-8"));
  struct engine *const e = h.sim.nodes[0].engine;
  struct region_slot *const daw =
    attach(e, 0, "daw", (struct region_slot){ .first_out = 7, .outputs = 2 });
  run_for(&h.sim, SECOND / 5);
  expect(sim_reconfigure(&h.sim, 0, with), "taken live");
  const struct loopback *const back = find(&h.sim, 0, "back");
  char reason[96];
  snprintf(reason,
           sizeof reason,
           "output 8 belongs to \"daw\" (pid %d) until that ends",
           (int)getpid());
  expect(loopback_state(e, back) == STREAM_REFUSED &&
           strcmp(loopback_reason(e, back), reason) == 0,
         "a reflection waits for an output that an application has");
  expect(e->graph->patch_count == 0, "and moves nothing");
  attach(e, 1, "other", (struct region_slot){ .first_out = 3, .outputs = 1 });
  run_for(&h.sim, SECOND / 5);
  const struct region_grant *const grant = &e->region->rx->grants[1];
  expect(
    grant->state == GRANT_REFUSED &&
      strcmp(grant->reason, "output channel 4 is fed by [loopback back]") == 0,
    "an application may not claim what a reflection feeds");
  leave(daw);
  run_for(&h.sim, SECOND / 5);
  expect(loopback_state(e, back) == STREAM_PLAYING &&
           e->graph->patch_count == 1,
         "it begins when the application has left");
  expect(sim_reconfigure(&h.sim, 0, HEAD SEND("1", "1-8")), "taken live");
  leave(&e->region->tx->slots[1]);
  run_for(&h.sim, SECOND / 5);
  attach(e, 2, "other", (struct region_slot){ .first_out = 3, .outputs = 1 });
  run_for(&h.sim, SECOND / 5);
  expect(e->region->rx->grants[2].state == GRANT_ACTIVE,
         "and gives them back when it is removed");
  sim_destroy(&h.sim);
}

/* Words and marks: an input that was joined to bits carries bits. */
static void
marks_agree(void)
{
  struct hall h;
  begin(&h, HEAD JOIN);
  struct engine *const e = h.sim.nodes[0].engine;
  device_name_channel(e->device, false, 2, "bits", true);
  attach(e, 0, "daw", (struct region_slot){ .outputs = 8 });
  run_for(&h.sim, SECOND / 5);
  expect(e->region->rx->input_is_raw[18] && !e->region->rx->input_is_raw[17],
         "an input has the mark of the output it hears");
  expect(e->graph->patches[0].raw[0] == 4, "and so has the patch");
  sim_destroy(&h.sim);
  begin(&h,
        HEAD SEND("1", "1-8") "[loopback x]\nfrom = in 9\nto = out 8\n"
                              "[loopback y]\nfrom = in 9\nto = out 9\n");
  struct engine *const f = h.sim.nodes[0].engine;
  device_name_channel(f->device, true, 8, "bits", true);
  streams_arrange(f);
  expect(strcmp(find(&h.sim, 0, "x")->reason,
                "input 9 carries bits, and \"s1\" sends audio from output 8") ==
           0,
         "bits are not sent as audio");
  expect(find(&h.sim, 0, "y")->is_active && f->region->rx->output_is_raw[8],
         "an output that nobody sends takes them");
  sim_destroy(&h.sim);
}

int
main(void)
{
  exact_beside_streams();
  changes_touch_nothing_else();
  begins_and_ends();
  reflects_over_two_machines();
  stalls_are_counted();
  runs_for_applications_alone();
  excluded_are_never_heard();
  feedback_is_told();
  reflected_outputs_are_nobodys();
  marks_agree();
  printf("%d failed\n", failures);
  return failures != 0;
}
