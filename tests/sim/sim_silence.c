/* sim_silence.c - each cause of silence is made, is told in the right words,
   and is not told any more when it is gone. SPDX-License-Identifier: MIT */
#include "expect.h"
#include "sim.h"

#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define A 0xC0A80001u
#define B 0xC0A80002u
#define GROUP 0xEF450101u

#define DEVICE                                                                 \
  "[device]\ninputs = 8\noutputs = 8\n"                                        \
  "[stream]\npacket_time = 250us\nlink_offset = 750us\nwhen = always\n"
#define HEAD DEVICE "[clock]\nmodule = clock-system\n"
#define SEND "[send s1]\naddress = 239.69.1.1\n"
#define RECEIVE "[receive r1]\naddress = 239.69.1.1\n"

static int64_t path_ns;

static int
path(void *arg, const struct world_packet *p, vsc_ip to, int64_t *delay)
{
  (void)arg;
  (void)p;
  (void)to;
  delay[0] = path_ns;
  return 1;
}

/* Every tenth is late, or lost. */
static int
bad_path(void *arg, const struct world_packet *p, vsc_ip to, int64_t *delay)
{
  unsigned *const n = arg;
  (void)p;
  (void)to;
  delay[0] = ++*n % 10 ? 100000 : 1900000;
  return path_ns || *n % 10;
}

static void
begin(struct sim *sim, const char *sends, const char *receives)
{
  sim_create(sim, 11, SIM_EPOCH);
  sim_node(sim, A, 40.0, sends);
  sim->nodes[0].has_app = 1;
  sim_node(sim, B, -60.0, receives);
}

static void
run_for(struct sim *sim, int64_t ns)
{
  sim_run_until(sim, world_now(sim->world) + ns);
}

static const struct stream *
receiver(const struct sim *sim)
{
  return streams_find(sim->nodes[1].engine, "r1");
}

/* After some seconds it is in STATE, and WORDS are in what is told; empty:
   nothing is. */
static void
says(struct sim *sim, enum stream_state state, const char *words)
{
  run_for(sim, 4 * SECOND);
  const struct engine *const e = sim->nodes[1].engine;
  const char *const reason = stream_reason(e, receiver(sim));
  const enum stream_state is = stream_state(e, receiver(sim));
  if (is != state || (*words ? !strstr(reason, words) : *reason)) {
    fprintf(stderr, "it is %s: %s\n", status_word(is), reason);
    expect(0, *words ? words : "nothing to say");
  }
}

static uint64_t
counted(const struct sim *sim, enum rx_counter c)
{
  return receiver(sim)->counts->rx.counters[c];
}

static void
nobody_sends(void)
{
  struct sim sim;
  begin(&sim, HEAD SEND "channels = 1-2\n", HEAD RECEIVE "channels = 1-2\n");
  sim_stop(&sim, 0);
  says(&sim,
       STREAM_WAITING,
       "no packet has come in 3 s, though virtual is in the group: nobody "
       "sends to 239.69.1.1:5004");
  sim_start(&sim, 0);
  says(&sim, STREAM_PLAYING, "");
  sim_stop(&sim, 0);
  says(&sim, STREAM_SILENT, "packets stopped 3 s ago, though virtual is in");
  sim_start(&sim, 0);
  says(&sim, STREAM_PLAYING, "");
  world_unplug(sim.nodes[1].os, 1);
  says(&sim, STREAM_SILENT, "the link of virtual is down");
  world_unplug(sim.nodes[1].os, 0);
  says(&sim, STREAM_PLAYING, "");
  world_forget_groups(sim.nodes[1].os);
  says(&sim, STREAM_SILENT, "the system is not in the group 239.69.1.1");
  sim_stop(&sim, 1);
  sim_start(&sim, 1);
  says(&sim, STREAM_PLAYING, "");
  sim_destroy(&sim);
}

static void
our_address(void)
{
  struct sim sim;
  begin(&sim,
        HEAD SEND "channels = 1-2\n",
        HEAD "[receive r1]\nchannels = 1-2\naddress = 192.168.0.2\n");
  says(&sim,
       STREAM_WAITING,
       "nothing is sent to 192.168.0.2:5004 (virtual); the sender has");
  sim_destroy(&sim);
}

static void
another_type(void)
{
  struct sim sim;
  begin(&sim,
        HEAD SEND "channels = 1-2\npayload_type = 97\n",
        HEAD RECEIVE "channels = 1-2\npayload_type = 96\n");
  says(&sim, STREAM_SILENT, "packets have payload type 97, not 96");
  sim_reconfigure(&sim, 1, HEAD RECEIVE "channels = 1-2\npayload_type = 97\n");
  says(&sim, STREAM_PLAYING, "");
  sim_destroy(&sim);
}

static void
another_shape(const char *sent, const char *asked, const char *words)
{
  struct sim sim;
  char sends[600], receives[600];
  snprintf(sends, sizeof sends, HEAD SEND "%s", sent);
  snprintf(receives, sizeof receives, HEAD RECEIVE "%s", asked);
  begin(&sim, sends, receives);
  says(&sim, STREAM_SILENT, words);
  expect(counted(&sim, RX_PACKETS) < 10, "next to nothing is written");
  const uint64_t written = counted(&sim, RX_PACKETS);
  unsigned n = 0;
  path_ns = 0;
  world_set_fate(sim.world, bad_path, &n); /* which hides some */
  run_for(&sim, 3 * SECOND);
  world_set_fate(sim.world, NULL, NULL);
  expect(counted(&sim, RX_PACKETS) == written, "and then nothing");
  snprintf(receives, sizeof receives, HEAD RECEIVE "%s", sent);
  sim_reconfigure(&sim, 1, receives);
  says(&sim, STREAM_PLAYING, "");
  sim_destroy(&sim);
}

static void
junk(void)
{
  struct sim sim;
  static const uint8_t bytes[40] = { 1, 2, 3 };
  begin(&sim, HEAD SEND "channels = 1-2\n", HEAD RECEIVE "channels = 1-2\n");
  sim_stop(&sim, 0);
  for (unsigned i = 0; i < 400; i++) {
    world_inject(sim.world,
                 &(struct world_packet){ .source = A,
                                         .dest = GROUP,
                                         .source_port = 9,
                                         .dest_port = 5004,
                                         .length = sizeof bytes,
                                         .bytes = bytes,
                                         .sent = world_now(sim.world) });
    run_for(&sim, SECOND / 100);
  }
  const char *const reason = stream_reason(sim.nodes[1].engine, receiver(&sim));
  expect(strstr(reason, "what comes is no RTP: ") != NULL, "it is no RTP");
  sim_start(&sim, 0);
  says(&sim, STREAM_PLAYING, "");
  sim_destroy(&sim);
}

static void
off_the_clock(void)
{
  static const char follows[] =
    HEAD RECEIVE "channels = 1-2\nrtp_offset = auto\n";
  static const char asks[] = HEAD RECEIVE "channels = 1-2\n";
  struct sim sim;
  begin(&sim, HEAD SEND "channels = 1-2\nrtp_offset = 480000000\n", asks);
  says(&sim,
       STREAM_SILENT,
       "timestamps are 10000 s ahead of our media clock: it is not the");
  expect(counted(&sim, RX_PACKETS) == 0, "nothing is written");
  sim_reconfigure(&sim, 1, follows);
  says(&sim, STREAM_PLAYING, "");
  sim_destroy(&sim);

  for (int is_ahead = 0; is_ahead < 2; is_ahead++) {
    begin(&sim, HEAD SEND "channels = 1-2\n", asks);
    sim_stop(&sim, 0);
    world_step_clock(sim.nodes[0].os, (is_ahead ? 37 : -37) * SECOND);
    sim_start(&sim, 0);
    says(&sim,
         STREAM_SILENT,
         is_ahead ? "timestamps are 37.0 s ahead of our media clock (TAI - UTC)"
                  : "timestamps are 37.0 s behind our media clock (TAI - UTC)");
    sim_reconfigure(&sim, 1, follows);
    says(&sim, STREAM_PLAYING, "");
    sim_destroy(&sim);
  }
}

static void
too_late(void)
{
  struct sim sim;
  begin(&sim, HEAD SEND "channels = 1-2\n", HEAD RECEIVE "channels = 1-2\n");
  path_ns = 5000000;
  world_set_fate(sim.world, path, NULL);
  says(&sim,
       STREAM_SILENT,
       "every packet comes too late, by 4.2 ms: set link_offset = 6ms or more "
       "(it is 750us)");
  sim_reconfigure(&sim, 1, HEAD RECEIVE "channels = 1-2\nlink_offset = 6ms\n");
  says(&sim, STREAM_PLAYING, "");
  sim_destroy(&sim);
}

static void
some_are_late(void)
{
  struct sim sim;
  unsigned n = 0;
  begin(&sim, HEAD SEND "channels = 1-2\n", HEAD RECEIVE "channels = 1-2\n");
  says(&sim, STREAM_PLAYING, "");
  path_ns = 1;
  world_set_fate(sim.world, bad_path, &n);
  says(&sim,
       STREAM_DEGRADED,
       " packets of the last second came late, by up to 1.1 ms: set "
       "link_offset = 2250us or more");
  path_ns = 0;
  says(&sim,
       STREAM_DEGRADED,
       " packets of the last second never came: the network drops them");
  world_set_fate(sim.world, NULL, NULL);
  says(&sim, STREAM_PLAYING, "");
  sim_destroy(&sim);
}

static void
another_rate(void)
{
  struct sim sim;
  begin(&sim,
        HEAD SEND "channels = 1-2\n",
        HEAD RECEIVE "channels = 1-2\nlink_offset = 20ms\n");
  run_for(&sim, SECOND);
  for (unsigned i = 0; i < 1000; i++) { /* 50 ppm */
    world_step_clock(sim.nodes[0].os, 5000);
    run_for(&sim, SECOND / 10);
  }
  const char *const reason = stream_reason(sim.nodes[1].engine, receiver(&sim));
  expect(strstr(reason, "the sender's clock runs 50 ppm fast against ours") !=
           NULL,
         reason);
  run_for(&sim, 60 * SECOND);
  says(&sim, STREAM_PLAYING, "");
  sim_destroy(&sim);
}

static void
another_sample_rate(void)
{
  struct sim sim;
  begin(&sim,
        HEAD SEND "channels = 1-2\nrate = 44100\nresampler = linear\n",
        HEAD RECEIVE "channels = 1-2\nresampler = linear\n");
  run_for(&sim, 60 * SECOND);
  says(&sim,
       STREAM_SILENT,
       "our media clock and move: the sender counts 44100 frames a second, not "
       "48000: set rate as it has it");
  sim_reconfigure(
    &sim, 1, HEAD RECEIVE "channels = 1-2\nresampler = linear\nrate = 44100\n");
  says(&sim, STREAM_PLAYING, "");
  sim_destroy(&sim);
}

static float
nothing(uint32_t channel, vsc_pos pos)
{
  (void)channel;
  (void)pos;
  return 0;
}

static void
only_zeros(void)
{
  struct sim sim;
  begin(&sim, HEAD SEND "channels = 1-2\n", HEAD RECEIVE "channels = 1-2\n");
  says(&sim, STREAM_PLAYING, "");
  sim.signal = nothing;
  says(&sim, STREAM_PLAYING, "");
  says(&sim,
       STREAM_PLAYING,
       "plays, but every sample has been 0 for 6 s: the sender sends silence");
  sim.signal = sim_signal;
  says(&sim, STREAM_PLAYING, "");
  sim_destroy(&sim);
}

static void
write_session(struct sim *sim, unsigned port, const char *clock)
{
  char to[128];
  snprintf(to, sizeof to, "%s/s.sdp", sim->folder);
  FILE *const file = fopen(to, "w");
  if (!file) {
    expect(0, "a session can be written");
    return;
  }
  fprintf(file,
          "v=0\r\no=- 1 %u IN IP4 192.168.0.1\r\ns=stage\r\n"
          "c=IN IP4 239.69.1.1/32\r\nt=0 0\r\nm=audio %u RTP/AVP 96\r\n"
          "a=rtpmap:96 L24/48000/2\r\na=ptime:0.25\r\n"
          "a=ts-refclk:%s\r\na=mediaclk:direct=0\r\n",
          (unsigned)(world_now(sim->world) / SECOND % 1000000),
          port,
          clock);
  fclose(file);
}

static void
with_sessions(struct sim *sim, const char *clock, const char *more)
{
  char text[1000];
  sim_stop(sim, 1);
  snprintf(text,
           sizeof text,
           DEVICE "[clock]\n%s"
                  "[discovery files]\nmodule = discovery-static\nfolder = %s\n"
                  "[receive r1]\nchannels = 1-2\n%s",
           clock,
           sim->folder,
           more);
  snprintf(sim->nodes[1].profile, sizeof sim->nodes[1].profile, "%s", text);
  sim_start(sim, 1);
}

static void
announced_elsewhere(void)
{
  struct sim sim;
  begin(&sim,
        HEAD SEND "channels = 1-2\nport = 5006\n",
        HEAD RECEIVE "channels = 1-2\n");
  write_session(&sim, 5006, "localmac=02-00-00-00-00-01");
  with_sessions(&sim, "module = clock-system\n", "address = 239.69.1.1\n");
  run_for(&sim, 5 * SECOND);
  says(&sim,
       STREAM_WAITING,
       "\"stage\" is announced at port 5006 of 239.69.1.1, not at 5004: set "
       "port = 5006");
  with_sessions(&sim, "module = clock-system\n", "session = stage\n");
  run_for(&sim, 5 * SECOND);
  says(&sim,
       STREAM_PLAYING,
       "plays as its packets come: its session follows a clock of its own "
       "(localmac 02-00-00-00-00-01)");
  with_sessions(
    &sim, "module = clock-system\n", "session = stage\nignore_refclk = yes\n");
  run_for(&sim, 5 * SECOND);
  says(&sim, STREAM_PLAYING, "");
  sim_stop(&sim, 0);
  char file[128];
  snprintf(file, sizeof file, "%s/s.sdp", sim.folder);
  remove(file);
  run_for(&sim, 10 * SECOND);
  says(&sim,
       STREAM_SILENT,
       "s ago, and its session \"stage\" is not announced any more");
  sim_destroy(&sim);
}

/* Nobody announces it. */
static void
sent_elsewhere(void)
{
  struct sim sim;
  begin(&sim,
        HEAD SEND "channels = 1-2\nport = 5006\n",
        HEAD RECEIVE "channels = 1-2\n");
  run_for(&sim, 3 * SECOND);
  says(&sim,
       STREAM_WAITING,
       "no packet has come in 6 s: they arrive at port 5006 of 239.69.1.1, not "
       "at 5004: set port = 5006");
  sim_stop(&sim, 0);
  says(&sim, STREAM_WAITING, "nobody sends to 239.69.1.1:5004");
  sim_start(&sim, 0);
  sim_reconfigure(&sim, 1, HEAD RECEIVE "channels = 1-2\nport = 5006\n");
  says(&sim, STREAM_PLAYING, "");
  sim_destroy(&sim);
}

static void
another_domain(void)
{
  static const char master[] = "module = clock-ptp\nrole = master\n";
  static const char theirs[] = "ptp=IEEE1588-2008:00-1D-C1-FF-FE-50-36-33";
  char clock[80];
  struct sim sim;
  begin(&sim, HEAD SEND "channels = 1-2\n", HEAD RECEIVE "channels = 1-2\n");
  snprintf(clock, sizeof clock, "%s:5", theirs);
  write_session(&sim, 5004, clock);
  with_sessions(&sim, master, "session = stage\n");
  run_for(&sim, 30 * SECOND);
  says(&sim,
       STREAM_REFUSED,
       "its session follows PTP domain 5, our clock domain 0: set clock.domain "
       "= 5, or ignore_refclk = yes");
  const uint64_t written = counted(&sim, RX_PACKETS);
  run_for(&sim, 10 * SECOND);
  expect(counted(&sim, RX_PACKETS) == written, "and is not written");
  snprintf(clock, sizeof clock, "%s:0", theirs);
  write_session(&sim, 5004, clock);
  run_for(&sim, 12 * SECOND);
  says(&sim,
       STREAM_PLAYING,
       "plays, but its session follows the grandmaster "
       "00-1D-C1-FF-FE-50-36-33 and our clock 02-");
  snprintf(clock, sizeof clock, "%s:5", theirs);
  write_session(&sim, 5004, clock);
  run_for(&sim, 12 * SECOND);
  says(&sim, STREAM_REFUSED, "its session follows PTP domain 5");
  with_sessions(&sim, master, "session = stage\nignore_refclk = yes\n");
  run_for(&sim, 30 * SECOND);
  says(&sim, STREAM_PLAYING, "");
  sim_destroy(&sim);
}

int
main(void)
{
  nobody_sends();
  our_address();
  another_type();
  another_shape("channels = 1-8\n",
                "channels = 1-2\nencoding = L16\n",
                "288 bytes a packet are 12 frames of 8 channels of L24 or 12 "
                "of L16, not of 2 of L16");
  another_shape("channels = 1\nencoding = L16\n",
                "channels = 1-5\npacket_time = 1ms\n",
                "24 bytes a packet are 12 frames of 1 channel of L16, not of "
                "5 of L24");
  junk();
  off_the_clock();
  too_late();
  some_are_late();
  another_rate();
  another_sample_rate();
  only_zeros();
  announced_elsewhere();
  sent_elsewhere();
  another_domain();
  printf("%d failed\n", failures);
  return failures != 0;
}
