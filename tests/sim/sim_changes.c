/* sim_changes.c - streams are added, changed and removed while others run
   without one wrong frame in them; a stalled engine follows the stall rule; a
   step of the clock is the only reset.
   SPDX-License-Identifier: MIT */
#include "expect.h"
#include "listener.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <vsc/position.h>

#define RATE 48000
#define LINK_OFFSET LISTENER_LINK_OFFSET
#define SECOND INT64_C(1000000000)

#define HEAD                                                                   \
  "[device]\ninputs = 16\noutputs = 16\n[clock]\nmodule = clock-system\n"      \
  "[stream]\npacket_time = 250us\nlink_offset = 750us\nwhen = always\n"
#define SEND(n, ch)                                                            \
  "[send s" n "]\nchannels = " ch "\naddress = 239.69.1." n "\n"
#define RECEIVE(n, ch)                                                         \
  "[receive s" n "]\nchannels = " ch "\naddress = 239.69.1." n "\n"

static const char sends[] = HEAD SEND("1", "1-8") SEND("2", "9-16");

static void
begin(struct sim *sim, struct listener *l, const char *receives)
{
  sim_create(sim, 7, SIM_EPOCH);
  sim_node(sim, 0xC0A80001u, 40.0, sends);
  sim->nodes[0].has_app = 1;
  sim_node(sim, 0xC0A80002u, -60.0, receives);
  sim_run_until(sim, SIM_EPOCH + SECOND / 10);
  *l = (struct listener){ .first = 0, .channels = 8 };
  sim->after_wake = listen;
  sim->arg = l;
}

static void
other_streams_change(void)
{
  static const char *const profiles[] = {
    HEAD RECEIVE("1", "1-8") RECEIVE("2", "9-16"),
    HEAD RECEIVE("1", "1-8"),
    HEAD RECEIVE("1", "1-8") "[receive s2]\nchannels = 9-16\nmap = 8>9, "
                             "1>16\naddress = 239.69.1.2\n",
    HEAD RECEIVE("2", "9-16") RECEIVE("1", "1-8"),
    HEAD "[receive s2]\nchannels = 9-10\naddress = 239.69.1.2\nport = "
         "5006\n" RECEIVE("1", "1-8"),
  };
  struct sim sim;
  struct listener l;
  begin(&sim, &l, profiles[1]);
  int64_t t = SIM_EPOCH + SECOND / 5;
  for (unsigned i = 0; i < 100; i++) {
    sim_run_until(&sim, t);
    expect(sim_reconfigure(&sim, 1, profiles[i % 5]), "taken live");
    t += 3 * 1000000 + i * 12345;
  }
  sim_run_until(&sim, t);
  expect(l.exact > RATE / 4 && l.silent == 0 && l.wrong == 0,
         "a stream is exact while others are added, changed and removed");
  sim_destroy(&sim);
}

/* A send and a receive of one name are two streams, in any order. */
static void
one_name_both_ways(void)
{
  static const char back[] =
    "[receive s1]\nchannels = 1-8\naddress = 239.69.2.1\n";
  char a[512];
  char b[512];
  snprintf(a, sizeof a, HEAD SEND("1", "1-8") "%s", back);
  snprintf(b, sizeof b, HEAD "%s" SEND("1", "1-8"), back);
  struct sim sim;
  struct listener l;
  begin(&sim, &l, HEAD RECEIVE("1", "1-8"));
  sim_reconfigure(&sim, 0, a);
  sim_run_until(&sim, world_now(sim.world) + SECOND / 10);
  l = (struct listener){ .channels = 8 };
  for (unsigned i = 0; i < 10; i++) {
    expect(sim_reconfigure(&sim, 0, i % 2 ? a : b), "taken live");
    sim_run_until(&sim, world_now(sim.world) + 7777777);
  }
  expect(l.exact > RATE / 20 && l.silent == 0 && l.wrong == 0,
         "the order of sections changes nothing");
  sim_destroy(&sim);
}

static void
map_changes_one_channel(void)
{
  struct sim sim;
  struct listener l;
  begin(&sim,
        &l,
        HEAD "[receive s1]\nchannels = 1-8\nmap = 1>1, 2>2, 3>3, "
             "4>4, 5>5\naddress = 239.69.1.1\n");
  l.channels = 4;
  for (unsigned i = 0; i < 40; i++) {
    expect(sim_reconfigure(
             &sim,
             1,
             i % 2 ? HEAD "[receive s1]\nchannels = 1-8\nmap = 1>1, 2>2, 3>3, "
                          "4>4, 5>5\naddress = 239.69.1.1\n"
                   : HEAD "[receive s1]\nchannels = 1-8\nmap = 1>1, 2>2, 3>3, "
                          "4>4, 7>5, 7>12\naddress = 239.69.1.1\n"),
           "taken live");
    sim_run_until(&sim, world_now(sim.world) + 7777777);
  }
  expect(l.exact > RATE / 8 && l.silent == 0 && l.wrong == 0,
         "a map change leaves the other channels exact");
  const struct region *const r = sim.nodes[1].engine->region;
  const vsc_pos p = sim.nodes[1].engine->audio.in.final_to - 1;
  float x;
  memcpy(&x,
         &r->in_words[(size_t)4 * r->geometry.stride +
                      ((uint64_t)p & (r->geometry.ring - 1))],
         sizeof x);
  expect(x == sim_signal(4, p - LINK_OFFSET), "the new map is in force");
  sim_destroy(&sim);
}

/* After a stall of the sender, packets older than 17 packet times are skipped
   and the rest are sent at once: 12 * 17 frames. */
static void
sender_stalls(void)
{
  struct sim sim;
  struct listener l;
  begin(&sim, &l, HEAD RECEIVE("1", "1-8"));
  sim_stall(&sim, 0, world_now(sim.world) + 8 * SECOND / 1000);
  sim_run_until(&sim, SIM_EPOCH + SECOND);
  const struct stream *const tx = streams_find(sim.nodes[0].engine, "s1");
  const struct stream *const rx = streams_find(sim.nodes[1].engine, "s1");
  const uint64_t skipped = tx->counts->tx.counters[TX_SKIPPED];
  const uint64_t late = tx->counts->tx.counters[TX_LATE];
  expect(skipped >= 13 && skipped <= 17, "8 ms are 32 packets: about 15 old");
  expect(late >= 15 && late <= 18, "the 17 newest are sent at once");
  expect(rx->counts->rx.counters[RX_SKIPPED] == skipped,
         "the receiver calls them skipped, not lost");
  expect(l.wrong == 0 && l.silent > 0, "silence, never another frame");
  expect(rx->counts->rx.counters[RX_LOST_FRAMES] + skipped * 12 == l.silent,
         "every silent frame has its counter");
  sim_destroy(&sim);
}

static void
receiver_stalls(void)
{
  struct sim sim;
  struct listener l;
  begin(&sim, &l, HEAD RECEIVE("1", "1-8"));
  sim_run_until(&sim, world_now(sim.world) + SECOND / 100);
  for (unsigned i = 1; i <= 5; i++) {
    sim_stall(&sim, 1, world_now(sim.world) + (int64_t)i * 30 * 1000000);
    sim_run_until(&sim, world_now(sim.world) + SECOND / 4);
  }
  const struct stream *const rx = streams_find(sim.nodes[1].engine, "s1");
  expect(l.wrong == 0 && l.exact > RATE / 2, "exact again after every stall");
  expect(rx->counts->rx.counters[RX_LOST_FRAMES] == l.silent,
         "every silent frame is counted as lost");
  sim_destroy(&sim);
}

static void
clock_steps(void)
{
  struct sim sim;
  struct listener l;
  begin(&sim, &l, HEAD RECEIVE("1", "1-8"));
  sim_run_until(&sim, SIM_EPOCH + SECOND / 2);
  const uint32_t before = sim.nodes[1].engine->view.generation;
  world_step_clock(sim.nodes[0].os, SECOND);
  world_step_clock(sim.nodes[1].os, SECOND);
  sim.after_wake = NULL;
  sim_run_until(&sim, SIM_EPOCH + 3 * SECOND);
  expect(sim.nodes[1].engine->view.generation == before + 1,
         "one step, one generation");
  l = (struct listener){ .channels = 8 };
  sim.after_wake = listen;
  sim_run_until(&sim, SIM_EPOCH + 4 * SECOND);
  expect(l.wrong == 0 && l.silent == 0 && l.exact > RATE / 2,
         "exact after the step");
  sim_destroy(&sim);
}

/* Signal that is never played comes out as silence, and a stopped sender is not
   heard again from the ring. */
static void
sender_ends(void)
{
  struct sim sim;
  struct listener l;
  begin(&sim, &l, HEAD RECEIVE("1", "1-8"));
  sim_run_until(&sim, SIM_EPOCH + SECOND / 2);
  sim_stop(&sim, 0);
  sim_run_until(&sim, SIM_EPOCH + SECOND / 2 + 5000000);
  l = (struct listener){ .channels = 8 };
  sim_run_until(&sim, SIM_EPOCH + 2 * SECOND);
  expect(l.wrong == 0 && l.exact == 0 && l.silent > RATE,
         "old sound never loops");
  expect(stream_state(sim.nodes[1].engine,
                      streams_find(sim.nodes[1].engine, "s1")) == STREAM_SILENT,
         "the receiver says silent");
  sim_destroy(&sim);
}

/* A session as a file in FOLDER, PORT being where it is sent. */
static void
write_session_in(const char *folder, const char *name, unsigned port)
{
  char path[128];
  snprintf(path, sizeof path, "%s/s.sdp", folder);
  FILE *const file = fopen(path, "w");
  if (!file) {
    expect(0, "a session can be written");
    return;
  }
  fprintf(file,
          "v=0\r\no=- 1 %u IN IP4 192.168.0.1\r\ns=%s\r\n"
          "c=IN IP4 239.69.1.1/32\r\nt=0 0\r\nm=audio %u RTP/AVP 96\r\n"
          "a=rtpmap:96 L24/48000/8\r\na=ptime:0.25\r\n"
          "a=mediaclk:direct=0\r\n",
          port,
          name,
          port);
  fclose(file);
}

static void
write_session(const struct sim *sim, const char *name, unsigned port)
{
  write_session_in(sim->folder, name, port);
}

/* [receive] by name: waits for its session, opens when discovery finds it, and
   follows it when it moves. */
static void
session_is_found_and_followed(void)
{
  struct sim sim;
  struct listener l;
  char text[1024];
  begin(&sim, &l, HEAD RECEIVE("2", "9-16"));
  snprintf(text,
           sizeof text,
           HEAD "[discovery files]\nmodule = discovery-static\nfolder = %s\n"
                "[receive s1]\nchannels = 1-8\nsession = stage left\n",
           sim.folder);
  sim_stop(&sim, 1);
  snprintf(sim.nodes[1].profile, sizeof sim.nodes[1].profile, "%s", text);
  sim_start(&sim, 1);
  const int64_t begun = world_now(sim.world);
  sim_run_until(&sim, begun + SECOND / 2);
  const struct stream *const s = streams_find(sim.nodes[1].engine, "s1");
  expect(stream_state(sim.nodes[1].engine, s) == STREAM_WAITING,
         "a stream waits for its session");
  write_session(&sim, "stage left", 5004);
  sim_run_until(&sim, begun + 7 * SECOND);
  expect(stream_state(sim.nodes[1].engine, s) == STREAM_PLAYING,
         "a session that is found plays");
  l = (struct listener){ .channels = 8 };
  sim_run_until(&sim, begun + 8 * SECOND);
  expect(l.exact > RATE / 2 && l.wrong == 0 && l.silent == 0,
         "and plays exactly");
  write_session(&sim, "stage left", 5010);
  sim_run_until(&sim, begun + 15 * SECOND);
  expect(s->resolved.desc.port == 5010, "a session that moves is followed");
  sim_destroy(&sim);
}

/* A receiver that names a URL takes nobody's word but that host's. */
static void
session_is_called_like_a_url(void)
{
  static const char url[] = "rtsp://192.168.0.9/by-name/stage";
  struct sim sim;
  struct listener l;
  char text[1024];
  begin(&sim, &l, HEAD RECEIVE("2", "9-16"));
  write_session(&sim, url, 5004);
  snprintf(text,
           sizeof text,
           HEAD "[discovery files]\nmodule = discovery-static\nfolder = %s\n"
                "[receive s1]\nchannels = 1-8\nsession = %s\n",
           sim.folder,
           url);
  sim_stop(&sim, 1);
  snprintf(sim.nodes[1].profile, sizeof sim.nodes[1].profile, "%s", text);
  sim_start(&sim, 1);
  sim_run_until(&sim, world_now(sim.world) + SECOND);
  const struct engine *const e = sim.nodes[1].engine;
  const struct stream *const s = streams_find(e, "s1");
  expect(stream_state(e, s) == STREAM_WAITING,
         "a session that is called like a URL is not taken for it");
  expect(strstr(stream_reason(e, s), "[discovery mdns]") != NULL,
         "and it is said which module is missing");
  sim_destroy(&sim);
}

/* Two modules find one session, as SAP and RTSP do: it is there as long as one
   of them finds it. */
static void
session_of_two_finders(void)
{
  static const char *const names[] = { "first", "second" };
  struct sim sim;
  struct listener l;
  char text[1024], folders[2][80], files[2][96];
  begin(&sim, &l, HEAD RECEIVE("2", "9-16"));
  for (unsigned i = 0; i < 2; i++) {
    snprintf(folders[i], sizeof folders[i], "%s/%s", sim.folder, names[i]);
    snprintf(files[i], sizeof files[i], "%s/s.sdp", folders[i]);
    expect(mkdir(folders[i], 0700) == 0, "a folder can be made");
    write_session_in(folders[i], "stage", 5004 + 4 * i);
  }
  snprintf(text,
           sizeof text,
           HEAD "[discovery one]\nmodule = discovery-static\nfolder = %s\n"
                "[discovery two]\nmodule = discovery-static\nfolder = %s\n"
                "[receive s1]\nchannels = 1-8\nsession = stage\n",
           folders[0],
           folders[1]);
  sim_stop(&sim, 1);
  snprintf(sim.nodes[1].profile, sizeof sim.nodes[1].profile, "%s", text);
  sim_start(&sim, 1);
  const int64_t begun = world_now(sim.world);
  const struct engine *const e = sim.nodes[1].engine;
  remove(files[0]);
  sim_run_until(&sim, begun + 7 * SECOND);
  const struct session *const heir = sessions_find(e, "stage");
  expect(heir && heir->stream.port == 5008,
         "a session that another module finds is as that says");
  write_session_in(folders[1], "stage", 5012);
  sim_run_until(&sim, begun + 14 * SECOND);
  const struct session *const s = sessions_find(e, "stage");
  expect(s && s->stream.port == 5012, "and is that module's from then on");
  remove(files[1]);
  sim_run_until(&sim, begun + 21 * SECOND);
  expect(sessions_find(e, "stage") == NULL, "who is found by none is lost");
  remove(folders[0]);
  remove(folders[1]);
  sim_destroy(&sim);
}

int
main(void)
{
  other_streams_change();
  one_name_both_ways();
  map_changes_one_channel();
  sender_stalls();
  receiver_stalls();
  clock_steps();
  sender_ends();
  session_is_found_and_followed();
  session_is_called_like_a_url();
  session_of_two_finders();
  printf("%d failed\n", failures);
  return failures != 0;
}
