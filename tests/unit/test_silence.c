/* test_silence.c - every cause of silence, as a sentence: numbers in, words
   out. SPDX-License-Identifier: MIT */
#include "engine/silence.h"

#include <criterion/criterion.h>
#include <string.h>

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

static vsc_stream stream;
static struct silence_facts f;
static char text[SILENCE_TEXT];

/* A receiver of 2 channels of L24 that plays and has nothing wrong. */
static void
begin(void)
{
  stream = (vsc_stream){ .size = sizeof stream,
                         .format = { .size = sizeof stream.format,
                                     .rate = 48000,
                                     .channels = 2,
                                     .frames_per_packet = 48,
                                     .encoding = "L24" },
                         .address = 0xEF450201,
                         .port = 5004,
                         .payload_type = 96 };
  f = (struct silence_facts){ .stream = &stream,
                              .bytes_per_frame = 6,
                              .link_offset = MS,
                              .link_offset_most = 74 * MS,
                              .interface = "eth0",
                              .own = 0x0A010002,
                              .is_up = 1,
                              .is_joined = 1,
                              .is_running = 1,
                              .scheduling = "normal",
                              .has_time = 1,
                              .is_locked = 1,
                              .clock_state = "locked",
                              .clock_for = 90 * SECOND,
                              .clock_diagnosis = "",
                              .session = "",
                              .other_session = "",
                              .quiet = MS,
                              .open_for = 14 * SECOND,
                              .written = 1000,
                              .least_margin = MS / 2 };
}

/* Nothing ever came. */
static void
begin_empty(void)
{
  begin();
  f.quiet = -1;
  f.written = 0;
}

/* What comes is dropped. */
static void
begin_refused(uint64_t malformed)
{
  begin_empty();
  f.malformed = malformed;
}

static void
says(enum silence_cause cause, const char *sentence)
{
  const enum silence_cause judged = silence_judge(&f, text);
  cr_expect_str_eq(text, sentence);
  cr_expect_eq(judged, cause);
}

Test(silence, says_nothing_of_what_plays)
{
  begin();
  says(SILENCE_NONE, "");
}

Test(silence, says_nothing_of_an_address_while_packets_come)
{
  begin();
  f.own = 0;
  f.interface = "";
  says(SILENCE_NONE, "");
}

Test(silence, says_which_leg_is_missing)
{
  begin();
  stream.copy_address = 0xEF450202;
  stream.copy_port = 5006;
  f.leg_quiet[1] = 12 * SECOND;
  says(SILENCE_NONE, "");
  f.is_pair = 1;
  says(SILENCE_LEG,
       "only the first leg is heard: nothing has come to 239.69.2.2:5006 for "
       "12 s; the next fault will be heard");
  f.leg_quiet[0] = -1;
  f.leg_quiet[1] = MS;
  says(SILENCE_LEG,
       "only the second leg is heard: nothing has come to 239.69.2.1:5004 for "
       "14 s; the next fault will be heard");
  f.leg_quiet[0] = MS;
  says(SILENCE_NONE, "");
}

Test(silence, without_an_address)
{
  begin_empty();
  f.own = 0;
  f.is_up = 0;
  says(SILENCE_NO_ADDRESS, "eth0 has no IPv4 address: nothing can be received");
}

Test(silence, without_a_link)
{
  begin_empty();
  f.is_up = 0;
  says(SILENCE_LINK_DOWN, "the link of eth0 is down: look at cable and switch");
}

Test(silence, without_a_thread)
{
  begin_empty();
  f.is_running = 0;
  says(SILENCE_NO_THREAD, "the audio thread does not run: the log says why");
}

Test(silence, without_a_clock)
{
  begin_empty();
  f.has_time = 0;
  f.clock_diagnosis = "no PTP is heard on eth0";
  says(SILENCE_NO_CLOCK, "our clock has no time yet: no PTP is heard on eth0");
}

Test(silence, of_a_thread_that_gets_no_time)
{
  begin_empty();
  f.asleep = 1300 * MS;
  says(SILENCE_ASLEEP,
       "the audio thread has not run for 1.3 s: this machine is too busy "
       "(scheduling normal)");
}

Test(silence, of_a_group_that_the_system_lost)
{
  begin_empty();
  f.quiet = 130 * SECOND;
  f.is_joined = 0;
  says(SILENCE_NOT_JOINED,
       "packets stopped 2 min ago: the system is not in the group 239.69.2.1 "
       "on eth0, though it was asked to be; restart the engine");
}

Test(silence, of_a_session_at_another_port)
{
  begin_empty();
  f.other_session = "Stage";
  f.other_port = 5006;
  says(SILENCE_OTHER_PORT,
       "no packet has come in 14 s: \"Stage\" is announced at port 5006 of "
       "239.69.2.1, not at 5004: set port = 5006");
}

Test(silence, of_packets_at_another_port)
{
  begin_empty();
  f.seen_port = 5006;
  says(SILENCE_OTHER_PORT,
       "no packet has come in 14 s: they arrive at port 5006 of 239.69.2.1, "
       "not at 5004: set port = 5006");
}

Test(silence, of_a_session_that_ended)
{
  begin();
  f.written = 0;
  f.quiet = 3 * SECOND;
  f.session = "Stage";
  f.is_session_gone = 1;
  says(SILENCE_SESSION_GONE,
       "packets stopped 3 s ago, and its session \"Stage\" is not announced "
       "any more: the sender has ended");
}

Test(silence, of_a_group_that_nobody_sends_to)
{
  begin_empty();
  says(SILENCE_NO_PACKETS,
       "no packet has come in 14 s, though eth0 is in the group: nobody sends "
       "to 239.69.2.1:5004, or a switch holds it back (IGMP querier, VLAN)");
}

Test(silence, names_the_source_that_is_asked_for)
{
  begin_empty();
  stream.source = 0x0A010001;
  f.quiet = 3 * 3600 * SECOND;
  f.is_joined = -1;
  says(SILENCE_NO_PACKETS,
       "packets stopped 3 h ago: nobody sends to 239.69.2.1:5004 from "
       "10.1.0.1, or a switch holds it back (IGMP querier, VLAN)");
}

Test(silence, of_an_address_of_our_own)
{
  begin_empty();
  stream.address = f.own;
  f.is_joined = 0;
  says(SILENCE_NO_PACKETS,
       "no packet has come in 14 s: nothing is sent to 10.1.0.2:5004 (eth0); "
       "the sender has to be given that address");
}

Test(silence, of_another_sender)
{
  begin_empty();
  stream.source = 0x0A010001;
  f.foreign = 1000;
  f.other = 0x0A010003;
  says(SILENCE_OTHER_SENDER,
       "only 10.1.0.3 sends to this address, not 10.1.0.1, which \"source\" "
       "asks for");
}

Test(silence, of_what_is_no_rtp)
{
  begin_refused(250);
  says(SILENCE_NOT_RTP,
       "what comes is no RTP: 250 datagrams in the last second; something else "
       "uses this address");
}

Test(silence, of_another_payload_type)
{
  begin_refused(1000);
  f.other_type = 1000;
  f.type = 97;
  says(SILENCE_OTHER_TYPE,
       "packets have payload type 97, not 96: set payload_type = 97, or look "
       "whether it is the right stream");
}

Test(silence, of_more_channels)
{
  begin_refused(4000);
  stream.format.encoding[1] = '1';
  stream.format.encoding[2] = '6';
  f.odd_shape = 4000;
  f.odd_bytes = 288;
  f.odd_frames = 12;
  says(SILENCE_OTHER_SHAPE,
       "288 bytes a packet are 12 frames of 8 channels of L24 or 12 of L16, "
       "not of 2 of L16: set channels and encoding as the sender has them");
}

Test(silence, of_one_channel)
{
  begin_refused(1000);
  f.odd_shape = 1000;
  f.odd_bytes = 96;
  f.odd_frames = 48;
  says(SILENCE_OTHER_SHAPE,
       "96 bytes a packet are 48 frames of 1 channel of L16, not of 2 of L24: "
       "set channels and encoding as the sender has them");
}

Test(silence, of_a_size_that_says_it_all)
{
  begin_refused(1000);
  f.odd_shape = 1000;
  f.odd_bytes = 48 * 4;
  f.bytes_per_frame = 15;
  stream.format.channels = 5;
  says(SILENCE_OTHER_SHAPE,
       "192 bytes a packet are 48 frames of 2 channels of L16 or 1 of L32, not "
       "of 5 of L24: set channels and encoding as the sender has them");
}

Test(silence, of_a_size_that_says_nothing)
{
  begin_refused(1000);
  f.odd_shape = 1000;
  f.odd_bytes = 101;
  says(SILENCE_OTHER_SHAPE,
       "101 bytes a packet are no whole number of frames of 2 channels of L24 "
       "(6 bytes each): set channels and encoding as the sender has them");
}

Test(silence, of_timestamps_that_fit_no_samples)
{
  begin_refused(1000);
  f.odd_shape = 1000;
  f.odd_bytes = 288;
  f.odd_frames = 47;
  says(SILENCE_OTHER_SHAPE,
       "288 bytes a packet, but timestamps say 47 frames: not 2 channels of "
       "L24: set channels and encoding as the sender has them");
}

Test(silence, of_timestamps_that_stand_still)
{
  begin_refused(1000);
  f.odd_shape = 1000;
  f.odd_bytes = 288;
  says(SILENCE_OTHER_SHAPE,
       "timestamps do not grow by the 48 frames that a packet has: the sender "
       "is at fault, or it is another encoding than L24");
}

/* Nothing is written. */
static void
begin_off(vsc_ns behind)
{
  begin();
  f.written = 0;
  f.late = behind > 0 ? 1000 : 0;
  f.early = behind > 0 ? 0 : 1000;
  f.lost = f.late;
  f.behind = behind;
  f.least_margin = f.link_offset - behind;
}

Test(silence, knows_tai_minus_utc)
{
  begin_off(37 * SECOND + MS);
  says(SILENCE_OFF_CLOCK,
       "timestamps are 37.0 s behind our media clock (TAI - UTC): one of the "
       "two takes the one time for the other; set rtp_offset = auto, or mend "
       "the clock");
}

Test(silence, knows_it_the_other_way)
{
  begin_off(-37 * SECOND);
  silence_judge(&f, text);
  cr_expect(strstr(text, "37.0 s ahead of our media clock (TAI - UTC)"));
}

Test(silence, knows_who_of_the_two_it_is)
{
  begin_off(-37 * SECOND);
  f.clock_diagnosis = "CLOCK_TAI equals UTC here: set utc_offset = 37";
  says(SILENCE_OFF_CLOCK,
       "timestamps are 37.0 s ahead of our media clock (TAI - UTC): CLOCK_TAI "
       "equals UTC here: set utc_offset = 37; set rtp_offset = auto, or mend "
       "the clock");
}

Test(silence, knows_gps)
{
  begin_off(19 * SECOND - 100 * MS);
  says(SILENCE_OFF_CLOCK,
       "timestamps are 18.9 s behind our media clock (TAI - GPS): one of the "
       "two takes the one time for the other; set rtp_offset = auto, or mend "
       "the clock");
}

Test(silence, of_another_epoch)
{
  begin_off(-4512 * SECOND);
  says(SILENCE_OFF_CLOCK,
       "timestamps are 4512 s ahead of our media clock: it is not the "
       "sender's; set rtp_offset = auto, or as its session says "
       "(mediaclk:direct)");
}

Test(silence, of_another_rate)
{
  begin_off(912 * SECOND);
  f.ppm = -81250;
  says(SILENCE_OFF_CLOCK,
       "timestamps are 912 s behind our media clock and move: the sender "
       "counts 44100 frames a second, not 48000: set rate as it has it");
}

Test(silence, of_a_clock_of_ours_that_is_not_locked)
{
  begin_off(12 * MS);
  f.is_locked = 0;
  f.clock_state = "free";
  f.clock_for = 20 * SECOND;
  f.clock_diagnosis = "no PTP is heard on eth0";
  says(SILENCE_OFF_CLOCK,
       "timestamps are 12.0 ms behind our media clock, which is not locked "
       "(free for 20 s): no PTP is heard on eth0");
}

Test(silence, names_the_link_offset_that_would_do)
{
  begin_off(5200 * 1000);
  says(SILENCE_LATE,
       "every packet comes too late, by 4.2 ms: set link_offset = 6ms or more "
       "(it is 1ms), unless the sender's clock is behind ours");
}

/* Packets of a millisecond each. */
static void
begin_lost(uint64_t written, uint64_t late, uint64_t lost)
{
  begin();
  f.written = written;
  f.late = late;
  f.lost = lost;
  f.lost_for = (vsc_ns)lost * MS;
}

Test(silence, counts_what_is_late)
{
  begin_lost(988, 12, 12);
  f.least_margin = -300 * 1000;
  f.link_offset = MS * 3 / 4;
  says(SILENCE_SOME_LATE,
       "12 of 1000 packets of the last second came late, by up to 300 us: set "
       "link_offset = 1.5ms or more (it is 750us)");
}

Test(silence, takes_the_blame_for_what_came_in_time)
{
  begin_lost(988, 12, 12);
  f.overslept = 8 * MS;
  says(SILENCE_STALLED,
       "12 of 1000 packets of the last second were lost here: the audio thread "
       "slept through 8.0 ms (scheduling normal); see docs/linux.md");
}

Test(silence, takes_the_blame_for_what_nobody_took)
{
  begin_lost(100, 3, 900);
  f.overslept = 890 * MS;
  says(SILENCE_STALLED,
       "900 of 1000 packets of the last second were lost here: the audio "
       "thread slept through 890.0 ms (scheduling normal); see docs/linux.md");
}

Test(silence, does_not_take_the_blame_for_a_link_that_was_down)
{
  begin_lost(700, 2, 3300);
  f.overslept = 8 * MS;
  says(SILENCE_LOST,
       "3298 of 4000 packets of the last second never came: the network drops "
       "them, or the sender left them out");
}

Test(silence, tells_when_no_link_offset_helps)
{
  begin_lost(900, 100, 100);
  f.least_margin = -90 * MS;
  says(SILENCE_SOME_LATE,
       "100 of 1000 packets of the last second came late, by up to 90.0 ms: "
       "more than a link_offset can make good, which is at most 74ms with this "
       "[device] ring");
}

Test(silence, counts_what_never_came)
{
  begin_lost(990, 2, 10);
  f.least_margin = -MS;
  says(SILENCE_LOST,
       "8 of 1000 packets of the last second never came: the network drops "
       "them, or the sender left them out");
}

Test(silence, counts_steps_of_our_clock)
{
  begin();
  f.clock_steps = 3;
  says(SILENCE_STEPS,
       "our clock stepped 3 times in the last minute, each of them a gap");
}

Test(silence, of_a_sender_that_runs_fast)
{
  begin();
  f.ppm = 48.3;
  says(SILENCE_DRIFT,
       "the sender's clock runs 48 ppm fast against ours: it will fall silent; "
       "lock both to one grandmaster, or set follow = stream");
}

Test(silence, of_a_slow_sender_that_is_followed)
{
  begin();
  f.ppm = -12.0;
  f.is_auto_offset = 1;
  f.anchored = 7;
  says(SILENCE_DRIFT,
       "the sender's clock runs 12 ppm slow against ours: it had to be placed "
       "anew 7 times, each of them a gap; lock both to one grandmaster, or set "
       "follow = stream");
}

static void
begin_clock(uint8_t reference)
{
  static const uint8_t theirs[8] = { 0x00, 0x1D, 0xC1, 0xFF,
                                     0xFE, 0x50, 0x36, 0x33 };
  begin();
  f.is_clock_told = 1;
  f.reference = reference;
  memcpy(f.clock_id, theirs, 8);
}

Test(silence, warns_of_another_grandmaster)
{
  begin_clock(VSC_REFERENCE_PTP);
  f.grandmaster[7] = 1;
  says(SILENCE_OTHER_MASTER,
       "plays, but its session follows the grandmaster "
       "00-1D-C1-FF-FE-50-36-33 and our clock 00-00-00-00-00-00-00-01: they "
       "agree as far as those two do");
}

Test(silence, warns_of_no_grandmaster_of_ours)
{
  begin_clock(VSC_REFERENCE_PTP);
  says(SILENCE_OTHER_CLOCK,
       "plays as its packets come: its session follows the grandmaster "
       "00-1D-C1-FF-FE-50-36-33, our clock none: set clock.module = "
       "clock-ptp");
}

Test(silence, warns_of_a_clock_that_is_nobodys)
{
  begin_clock(VSC_REFERENCE_LOCAL);
  says(SILENCE_OTHER_CLOCK,
       "plays as its packets come: its session follows a clock of its own "
       "(localmac 00-1D-C1-FF-FE-50)");
}

Test(silence, does_not_mind_a_clock_that_is_ignored)
{
  begin_clock(VSC_REFERENCE_LOCAL);
  f.is_clock_ignored = 1;
  says(SILENCE_NONE, "");
}

Test(silence, does_not_mind_traceable_time)
{
  begin_clock(VSC_REFERENCE_TRACEABLE);
  says(SILENCE_NONE, "");
}

Test(silence, of_zeros)
{
  begin();
  f.zeros_for = 12 * SECOND;
  says(SILENCE_ZEROS,
       "plays, but every sample has been 0 for 12 s: the sender sends "
       "silence");
}

Test(silence, of_a_mute_button_is_not_told_at_once)
{
  begin();
  f.zeros_for = 2 * SECOND;
  says(SILENCE_NONE, "");
}

/* Junk of a stranger beside a stream that plays is his business. */
Test(silence, of_junk_beside_what_plays)
{
  begin();
  f.malformed = 4000;
  f.odd_shape = 2000;
  f.foreign = 4000;
  says(SILENCE_NONE, "");
}

/* A URL may be long; in JSON half a character is no text at all. */
Test(silence, cuts_no_character_of_a_name_in_two)
{
  char name[80] = "http://";
  for (size_t i = 7; i < 79; i += 2) {
    memcpy(name + i, "\xC3\xA9", 3);
  }
  begin_empty();
  f.session = name;
  f.is_session_gone = 1;
  silence_judge(&f, text);
  cr_expect(strstr(text, "\xC3\xA9...\""), "%s", text);
}

Test(silence, never_overruns_its_text)
{
  char long_name[300];
  memset(long_name, 'x', sizeof long_name - 1);
  long_name[sizeof long_name - 1] = '\0';
  begin_off(INT64_MIN / 4);
  f.is_locked = 0;
  f.clock_diagnosis = long_name;
  f.clock_state = long_name;
  silence_judge(&f, text);
  cr_expect_lt(strlen(text), sizeof text);
}
