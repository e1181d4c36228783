/* test_sdp.c - session descriptions: what we write, what we understand, and
   what we refuse with which words.
   SPDX-License-Identifier: MIT */
#include "modules/shared/sdp.h"

#include <vsc/position.h>

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#define HEAD                                                                   \
  "v=0\r\no=- 5 7 IN IP4 192.0.2.1\r\ns=name\r\n"                              \
  "c=IN IP4 239.69.1.1/32\r\nt=0 0\r\n"
#define MEDIUM "m=audio 5004 RTP/AVP 96\r\na=rtpmap:96 L24/48000/8\r\n"

static struct sdp_result result;

static vsc_status
parse(const char *text)
{
  return sdp_parse(text, strlen(text), &result);
}

/* The only stream of HEAD MEDIUM and MORE lines. */
static const vsc_stream *
stream_with(const char *more)
{
  char text[4096];
  snprintf(text, sizeof text, "%s%s%s", HEAD, MEDIUM, more);
  cr_assert_eq(parse(text), VSC_OK, "line %u: %s", result.line, result.reason);
  cr_assert_eq(result.count, 1);
  return &result.streams[0];
}

static void
refused(const char *text, vsc_status status, uint32_t line, const char *words)
{
  cr_expect_eq(parse(text), status);
  cr_expect_eq(result.count, 0);
  cr_expect_eq(result.line, line, "line %u: %s", result.line, result.reason);
  cr_expect_not_null(strstr(result.reason, words), "%s", result.reason);
}

static vsc_stream
our_stream(void)
{
  return (vsc_stream){
    .size = sizeof(vsc_stream),
    .format = { .size = sizeof(vsc_format),
                .rate = 48000,
                .channels = 8,
                .frames_per_packet = 12,
                .encoding = "L24" },
    .address = 0xEF450101,
    .source = 0xC0000201,
    .port = 5004,
    .payload_type = 96,
    .ttl = 32,
    .rtp_offset = 12345,
    .clock_id = { 0x00, 0x1D, 0xC1, 0xFF, 0xFE, 0x50, 0x36, 0x33 },
    .name = "tx1",
    .origin = 0xC0000201,
    .session = 77,
    .version = 3,
  };
}

static char text[2048];

static const char *
printed(const vsc_stream *stream)
{
  const vsc_status n = sdp_print(stream, 1, text, sizeof text);
  cr_assert_eq(n, (vsc_status)strlen(text));
  return text;
}

static void
ptime_is(uint32_t frames, uint32_t rate, const char *line)
{
  vsc_stream s = our_stream();
  s.format.frames_per_packet = frames;
  s.format.rate = rate;
  cr_expect_not_null(strstr(printed(&s), line), "%s", text);
}

Test(sdp_print, writes_an_aes67_session)
{
  const vsc_stream s = our_stream();
  cr_assert_str_eq(printed(&s),
                   "v=0\r\n"
                   "o=- 77 3 IN IP4 192.0.2.1\r\n"
                   "s=tx1\r\n"
                   "c=IN IP4 239.69.1.1/32\r\n"
                   "t=0 0\r\n"
                   "a=clock-domain:PTPv2 0\r\n"
                   "m=audio 5004 RTP/AVP 96\r\n"
                   "a=rtpmap:96 L24/48000/8\r\n"
                   "a=ptime:0.25\r\n"
                   "a=framecount:12\r\n"
                   "a=source-filter: incl IN IP4 239.69.1.1 192.0.2.1\r\n"
                   "a=ts-refclk:ptp=IEEE1588-2008:00-1D-C1-FF-FE-50-36-33:0\r\n"
                   "a=mediaclk:direct=12345\r\n"
                   "a=recvonly\r\n");
}

Test(sdp_print, writes_unicast_without_ttl_and_source_filter)
{
  vsc_stream s = our_stream();
  s.address = 0x0A000001;
  cr_expect_not_null(strstr(printed(&s), "c=IN IP4 10.0.0.1\r\n"));
  cr_expect_null(strstr(text, "source-filter"));
}

Test(sdp_print, leaves_out_a_clock_that_is_not_known)
{
  vsc_stream s = our_stream();
  memset(s.clock_id, 0, sizeof s.clock_id);
  cr_assert_null(strstr(printed(&s), "ts-refclk"));
}

Test(sdp_print, spells_packet_times_short_and_within_half_a_sample)
{
  ptime_is(48, 48000, "a=ptime:1\r\n");
  ptime_is(12, 48000, "a=ptime:0.25\r\n");
  ptime_is(6, 48000, "a=ptime:0.125\r\n");
  ptime_is(16, 48000, "a=ptime:0.333\r\n");
  ptime_is(192, 48000, "a=ptime:4\r\n");
  ptime_is(48, 44100, "a=ptime:1.088\r\n");
  ptime_is(6, 96000, "a=ptime:0.0625\r\n");
}

Test(sdp_print, leaves_the_source_filter_out_for_dante)
{
  vsc_stream s = our_stream();
  s.dialect = VSC_DIALECT_DANTE;
  cr_expect_null(strstr(printed(&s), "source-filter"));
  cr_expect_null(strstr(text, "clock-domain"));
}

Test(sdp_print, writes_everything_of_a_medium_at_its_level_for_st2110)
{
  vsc_stream s = our_stream();
  s.dialect = VSC_DIALECT_ST2110;
  s.rtp_offset = 0;
  cr_assert_str_eq(printed(&s),
                   "v=0\r\n"
                   "o=- 77 3 IN IP4 192.0.2.1\r\n"
                   "s=tx1\r\n"
                   "t=0 0\r\n"
                   "m=audio 5004 RTP/AVP 96\r\n"
                   "c=IN IP4 239.69.1.1/32\r\n"
                   "a=rtpmap:96 L24/48000/8\r\n"
                   "a=ptime:0.25\r\n"
                   "a=source-filter: incl IN IP4 239.69.1.1 192.0.2.1\r\n"
                   "a=ts-refclk:ptp=IEEE1588-2008:00-1D-C1-FF-FE-50-36-33:0\r\n"
                   "a=mediaclk:direct=0\r\n");
}

Test(sdp_print, refuses_an_offset_for_st2110)
{
  vsc_stream s = our_stream();
  s.dialect = VSC_DIALECT_ST2110;
  cr_assert_eq(sdp_print(&s, 1, text, sizeof text), VSC_ERR_INVALID);
}

Test(sdp_print, names_both_legs_of_st_2022_7)
{
  vsc_stream legs[2] = { our_stream(), our_stream() };
  legs[1].address = 0xEF450201;
  legs[1].source = 0xC0000301;
  cr_assert_gt(sdp_print(legs, 2, text, sizeof text), 0);
  cr_expect_not_null(strstr(text, "a=group:DUP primary secondary\r\nm="));
  cr_expect_not_null(strstr(text, "a=mid:primary\r\nm=audio"));
  cr_expect_not_null(strstr(text, "c=IN IP4 239.69.2.1/32\r\n"));
  cr_expect_not_null(strstr(text, "a=mid:secondary\r\n"));
}

Test(sdp_print, refuses_legs_of_two_formats)
{
  vsc_stream legs[2] = { our_stream(), our_stream() };
  legs[1].format.channels = 2;
  cr_assert_eq(sdp_print(legs, 2, text, sizeof text), VSC_ERR_INVALID);
}

Test(sdp_print, names_a_clock_of_its_own_by_mac)
{
  vsc_stream s = our_stream();
  s.reference = VSC_REFERENCE_LOCAL;
  cr_assert_not_null(
    strstr(printed(&s), "a=ts-refclk:localmac=00-1D-C1-FF-FE-50\r\n"));
}

Test(sdp_print, lets_no_name_add_a_line)
{
  vsc_stream s = our_stream();
  snprintf(s.name, sizeof s.name, "a\r\nm=audio 1 RTP/AVP 1");
  cr_assert_not_null(strstr(printed(&s), "\r\ns=am=audio 1 RTP/AVP 1\r\nc="));
}

Test(sdp_print, never_leaves_the_name_empty)
{
  vsc_stream s = our_stream();
  s.name[0] = '\0';
  cr_assert_not_null(strstr(printed(&s), "\r\ns= \r\n"));
}

Test(sdp_print, refuses_a_stream_without_address_and_a_page_too_small)
{
  vsc_stream s = our_stream();
  const size_t enough = strlen(printed(&s)) + 1;
  cr_expect_gt(sdp_print(&s, 1, text, enough), 0);
  cr_expect_eq(sdp_print(&s, 1, text, enough - 1), VSC_ERR_INVALID);
  cr_expect_eq(sdp_print(&s, 1, text, 0), VSC_ERR_INVALID);
  s.address = 0;
  cr_expect_eq(sdp_print(&s, 1, text, sizeof text), VSC_ERR_INVALID);
}

Test(sdp_parse, takes_the_origin_without_its_version_as_id)
{
  cr_assert_str_eq(stream_with("")->id, "- 5 IN IP4 192.0.2.1");
}

Test(sdp_parse, numbers_the_ids_of_several_media)
{
  cr_assert_eq(parse(HEAD MEDIUM "m=audio 5006 RTP/AVP 96\n"
                                 "a=rtpmap:96 L16/48000/2\n"),
               VSC_OK);
  cr_expect_eq(result.count, 2);
  cr_expect_str_eq(result.streams[1].id, "- 5 IN IP4 192.0.2.1 #2");
  cr_expect_str_eq(result.streams[1].format.encoding, "L16");
}

Test(sdp_parse, takes_bare_line_feeds_blank_lines_and_trailing_blanks)
{
  cr_expect_eq(parse("v=0 \n\no=- 5 7 IN IP4 192.0.2.1\t\ns=x  \n \n\r\n"
                     "c=IN IP4 239.69.1.1/32 \nm=audio 5004 RTP/AVP 96 \n"
                     "a=rtpmap:96 L24/48000/8 \r\n\r\n"),
               VSC_OK);
  cr_expect_str_eq(result.streams[0].name, "x");
}

Test(sdp_parse, lets_a_medium_overrule_the_session)
{
  const vsc_stream *const s = stream_with("c=IN IP4 239.1.2.3/7/1\r\n");
  cr_expect_eq(s->address, 0xEF010203);
  cr_expect_eq(s->ttl, 7);
}

Test(sdp_parse, reads_attributes_before_the_first_medium_for_all)
{
  cr_assert_eq(parse(HEAD "a=mediaclk:direct=9\r\na=ptime:1\r\n" MEDIUM),
               VSC_OK);
  cr_expect_eq(result.streams[0].rtp_offset, 9);
  cr_expect_eq(result.streams[0].format.frames_per_packet, 48);
}

Test(sdp_parse, derives_frames_and_nominal_time_from_ptime)
{
  const vsc_stream *s = stream_with("a=ptime:0.333\r\n");
  cr_expect_eq(s->format.frames_per_packet, 16);
  cr_expect_eq(vsc_packet_frames(s->packet_time, 48000), 16);
  s = stream_with("a=ptime:0.12\r\n");
  cr_expect_eq(s->format.frames_per_packet, 6);
  cr_expect_eq(s->packet_time, 125000);
}

Test(sdp_parse, calls_48_frames_at_44100_one_millisecond)
{
  cr_assert_eq(parse(HEAD "m=audio 5004 RTP/AVP 96\r\n"
                          "a=rtpmap:96 L16/44100/2\r\na=ptime:1.09\r\n"),
               VSC_OK);
  cr_expect_eq(result.streams[0].format.frames_per_packet, 48);
  cr_expect_eq(result.streams[0].packet_time, 1000000);
}

Test(sdp_parse, prefers_ptime_to_a_framecount_that_contradicts_it)
{
  cr_expect_eq(
    stream_with("a=ptime:1\r\na=framecount:6\r\n")->format.frames_per_packet,
    48);
  cr_expect_not_null(strstr(result.reason, "framecount 6"));
}

Test(sdp_parse, leaves_an_untold_packet_time_at_0)
{
  cr_expect_eq(stream_with("")->packet_time, 0);
  cr_expect_eq(stream_with("")->has_rtp_offset, 0);
}

Test(sdp_parse, reads_mediaclk_with_and_without_blanks)
{
  cr_expect_eq(stream_with("a=mediaclk:direct=7\r\n")->rtp_offset, 7);
  cr_expect_eq(stream_with("a=mediaclk: direct = 8\r\n")->rtp_offset, 8);
  cr_expect_eq(stream_with("a=mediaclk:direct=9 rate=48000\r\n")->rtp_offset,
               9);
  cr_expect_eq(
    stream_with("a=mediaclk:id=AB= direct=4294967295\r\n")->rtp_offset,
    4294967295u);
  cr_expect_eq(stream_with("a=mediaclk:sender\r\n")->has_rtp_offset, 0);
}

Test(sdp_parse, reads_the_grandmaster_in_either_case)
{
  const vsc_stream *const s =
    stream_with("a=ts-refclk:ptp=IEEE1588-2008:00-1d-C1-ff-FE-50-36-33:127\n");
  static const uint8_t id[8] = {
    0x00, 0x1D, 0xC1, 0xFF, 0xFE, 0x50, 0x36, 0x33
  };
  cr_expect_eq(memcmp(s->clock_id, id, sizeof id), 0);
  cr_expect_eq(s->clock_domain, 127);
}

Test(sdp_parse, takes_a_source_filter_for_its_own_group_only)
{
  cr_expect_eq(
    stream_with("a=source-filter: incl IN IP4 239.69.1.1 192.0.2.9\n")->source,
    0xC0000209);
  cr_expect_eq(stream_with("a=source-filter:incl IN IP4 * 192.0.2.9\n")->source,
               0xC0000209);
  cr_expect_eq(
    stream_with("a=source-filter: incl IN IP4 239.9.9.9 192.0.2.9\n")->source,
    0);
}

Test(sdp_parse, accepts_any_sender_when_a_filter_names_two)
{
  cr_assert_eq(stream_with("a=source-filter: incl IN IP4 239.69.1.1 "
                           "192.0.2.1 192.0.2.2\n")
                 ->source,
               0);
}

Test(sdp_parse, knows_static_payload_type_10)
{
  cr_assert_eq(parse(HEAD "m=audio 5004 RTP/AVP 10\n"), VSC_OK);
  cr_expect_str_eq(result.streams[0].format.encoding, "L16");
  cr_expect_eq(result.streams[0].format.rate, 44100);
  cr_expect_eq(result.streams[0].format.channels, 2);
}

Test(sdp_parse, counts_a_missing_channel_number_as_one_channel)
{
  cr_assert_eq(parse(HEAD "m=audio 5004 RTP/AVP 98\na=rtpmap:98 L24/48000/\n"),
               VSC_OK);
  cr_expect_eq(result.streams[0].format.channels, 1);
}

Test(sdp_parse, prefers_the_payload_type_named_first)
{
  cr_assert_eq(parse(HEAD
                     "m=audio 5004 RTP/AVP 97 98\na=rtpmap:98 L16/48000/2\n"
                     "a=rtpmap:97 L24/48000/2\n"),
               VSC_OK);
  cr_expect_eq(result.streams[0].payload_type, 97);
  cr_expect_str_eq(result.streams[0].format.encoding, "L24");
}

Test(sdp_parse, spells_known_encodings_as_codecs_do)
{
  cr_assert_eq(parse(HEAD "m=audio 5004 RTP/AVP 98\na=rtpmap:98 l24/48000/2\n"),
               VSC_OK);
  cr_expect_str_eq(result.streams[0].format.encoding, "L24");
}

Test(sdp_parse, takes_the_audio_beside_a_video)
{
  cr_assert_eq(
    parse(HEAD "m=video 5000 RTP/AVP 96\na=rtpmap:96 raw/90000\n" MEDIUM),
    VSC_OK);
  cr_expect_eq(result.count, 1);
  cr_expect_eq(result.line, 6);
  cr_expect_not_null(strstr(result.reason, "m=video is not supported"));
}

Test(sdp_parse, names_video_as_unsupported)
{
  refused(HEAD "m=video 5000 RTP/AVP 96\n",
          VSC_ERR_UNSUPPORTED,
          6,
          "m=video is not supported");
}

Test(sdp_parse, names_ip6_as_unsupported)
{
  refused(HEAD MEDIUM "c=IN IP6 ff15::1/2\n",
          VSC_ERR_UNSUPPORTED,
          8,
          "IP6 is not supported");
}

Test(sdp_parse, names_a_rate_and_channels_we_cannot_play)
{
  refused(HEAD "m=audio 5004 RTP/AVP 96\na=rtpmap:96 L16/8000/1\n",
          VSC_ERR_UNSUPPORTED,
          6,
          "rate 8000");
  refused(HEAD "m=audio 5004 RTP/AVP 96\na=rtpmap:96 L16/48000/129\n",
          VSC_ERR_UNSUPPORTED,
          6,
          "129 channels");
}

Test(sdp_parse, refuses_with_the_line_and_the_reason)
{
  refused("o=- 1 1 IN IP4 192.0.2.1\n", VSC_ERR_MALFORMED, 1, "v=0");
  refused(HEAD "garbage\n", VSC_ERR_MALFORMED, 6, "\"garbage\"");
  refused(HEAD "m=audio 65536 RTP/AVP 96\n", VSC_ERR_MALFORMED, 6, "port");
  refused(HEAD "m=audio 5004 RTP/AVP 128\n", VSC_ERR_MALFORMED, 6, "\"128\"");
  refused(HEAD MEDIUM "a=ptime:fast\n", VSC_ERR_MALFORMED, 8, "ptime:fast");
  refused(
    HEAD MEDIUM "a=mediaclk:direct=4294967296\n", VSC_ERR_MALFORMED, 8, "2^32");
  refused(HEAD MEDIUM "c=IN IP4 239.1.1.1/256\n",
          VSC_ERR_MALFORMED,
          8,
          "ADDRESS/TTL");
  refused(HEAD MEDIUM "m=audio 1 RTP/AVP 96\na=rtpmap:96 L24/99999999999/1\n",
          VSC_ERR_MALFORMED,
          9,
          "rtpmap");
  refused("v=0\nm=audio 5004 RTP/AVP 10\n", VSC_ERR_MALFORMED, 2, "no c= line");
  refused("v=0\nc=IN IP4 239.1.1.1/1\nm=audio 5004 RTP/AVP 10\n",
          VSC_ERR_MALFORMED,
          0,
          "no o= line");
  refused("", VSC_ERR_MALFORMED, 0, "no o= line");
}

Test(sdp_parse, goes_on_after_an_error_and_tells_of_all)
{
  cr_assert_eq(parse(HEAD MEDIUM "a=ptime:fast\nrubbish\n"
                                 "a=mediaclk:direct=x\n"),
               VSC_ERR_MALFORMED);
  cr_assert_eq(result.fault_count, 3);
  for (uint32_t i = 0; i < 3; i++) {
    cr_expect_eq(result.faults[i].line, 8 + i);
    cr_expect_eq(result.faults[i].weight, SDP_ERROR);
  }
}

Test(sdp_parse, keeps_the_error_when_notes_fill_the_list)
{
  char many[4096] = HEAD MEDIUM;
  for (int i = 0; i < SDP_FAULTS_MAX + 4; i++) {
    strcat(many, "a=source-filter: excl IN IP4 * 192.0.2.1\n");
  }
  strcat(many, "a=ptime:fast\n");
  cr_assert_eq(parse(many), VSC_ERR_MALFORMED);
  cr_expect_eq(result.fault_count, SDP_FAULTS_MAX);
  cr_expect_not_null(strstr(result.reason, "ptime:fast"));
}

#define PAIR(more)                                                             \
  "v=0\no=- 5 7 IN IP4 192.0.2.1\ns=x\nt=0 0\na=group:DUP A B\n"               \
  "m=audio 5004 RTP/AVP 96\nc=IN IP4 239.1.1.1/9\n"                            \
  "a=rtpmap:96 L24/48000/2\na=mid:A\n"                                         \
  "m=audio 5004 RTP/AVP 96\nc=IN IP4 239.1.1.2/9\n" more "a=mid:B\n"

Test(sdp_parse, pairs_the_legs_of_st_2022_7)
{
  cr_assert_eq(parse(PAIR("a=rtpmap:96 L24/48000/2\n")), VSC_OK);
  cr_expect_eq(result.more[0].leg, 0);
  cr_expect_eq(result.more[1].leg, 1);
  cr_expect_str_eq(result.more[1].group, "DUP A B");
}

Test(sdp_parse, calls_no_other_format_a_copy)
{
  cr_assert_eq(parse(PAIR("a=rtpmap:96 L24/48000/4\n")), VSC_OK);
  cr_expect_eq(result.more[1].leg, 0);
  cr_expect_eq(result.line, 10);
  cr_expect_not_null(strstr(result.reason, "no copy of \"A\""));
}

Test(sdp_parse, says_which_leg_is_missing)
{
  cr_assert_eq(parse(HEAD "a=group:DUP one two\n" MEDIUM "a=mid:one\n"),
               VSC_OK);
  cr_expect_eq(result.count, 1);
  cr_expect_eq(result.line, 6);
  cr_expect_not_null(strstr(result.reason, "\"two\""));
}

Test(sdp_parse, names_a_clock_that_is_not_ptp_as_unsupported)
{
  refused(HEAD MEDIUM "a=ts-refclk:ntp=/traceable/\n",
          VSC_ERR_UNSUPPORTED,
          8,
          "the clock ntp=/traceable/");
  refused(HEAD MEDIUM
          "a=ts-refclk:ptp=IEEE802.1AS-2011:39-A7-94-FF-FE-07-CB-D0\n",
          VSC_ERR_UNSUPPORTED,
          8,
          "IEEE802.1AS-2011");
}

Test(sdp_parse, takes_the_best_of_several_clocks)
{
  cr_expect_eq(stream_with("a=ts-refclk:ptp=IEEE1588-2008:traceable\n"
                           "a=ts-refclk:ptp=IEEE1588-2008:"
                           "00-1D-C1-FF-FE-50-36-33:5\n"
                           "a=ts-refclk:gps\n")
                 ->clock_domain,
               5);
  cr_expect_eq(result.streams[0].reference, VSC_REFERENCE_PTP);
}

Test(sdp_parse, lets_a_mediums_clock_overrule_the_sessions)
{
  cr_assert_eq(parse(HEAD "a=ts-refclk:ptp=IEEE1588-2008:"
                          "00-1D-C1-FF-FE-50-36-33:5\n" MEDIUM
                          "a=ts-refclk:localmac=02-00-00-00-00-01\n"),
               VSC_OK);
  cr_expect_eq(result.streams[0].reference, VSC_REFERENCE_LOCAL);
  cr_expect_eq(result.streams[0].clock_id[0], 2);
}

Test(sdp_parse, names_a_media_clock_of_another_rate_as_unsupported)
{
  refused(HEAD MEDIUM "a=mediaclk:direct=4 rate=1000/1001\n",
          VSC_ERR_UNSUPPORTED,
          8,
          "rate=1000/1001");
}

Test(sdp_parse, warns_of_a_senders_own_media_clock)
{
  cr_expect_eq(stream_with("a=mediaclk:id=AB= sender\n")->has_rtp_offset, 0);
  cr_expect_not_null(strstr(result.reason, "sender's own clock"));
}

Test(sdp_parse, refuses_half_a_pair_of_am824)
{
  refused(HEAD "m=audio 5004 RTP/AVP 96\na=rtpmap:96 AM824/48000/5\n",
          VSC_ERR_UNSUPPORTED,
          6,
          "pairs of channels, not 5");
}

Test(sdp_parse, warns_of_packets_that_are_too_large)
{
  stream_with("a=ptime:4\n");
  cr_assert_not_null(strstr(result.reason, "packets of 4608 bytes"));
}

Test(sdp_parse, leaves_nothing_of_a_name_or_encoding_that_was_said_before)
{
  cr_assert_eq(parse(HEAD "s=x\nm=audio 5004 RTP/AVP 97 96\n"
                          "a=rtpmap:96 AM824/48000/8\n"
                          "a=rtpmap:97 L24/48000/8\n"),
               VSC_OK);
  const vsc_stream *const s = &result.streams[0];
  for (size_t i = 1; i < sizeof s->name; i++) {
    cr_assert_eq(s->name[i], 0);
  }
  for (size_t i = 3; i < sizeof s->format.encoding; i++) {
    cr_assert_eq(s->format.encoding[i], 0);
  }
}

Test(sdp_parse, reads_the_order_of_channels)
{
  stream_with("a=fmtp:96 x=1; channel-order=SMPTE2110.(51,ST);\n");
  cr_assert_str_eq(result.more[0].channel_order, "SMPTE2110.(51,ST)");
}

Test(sdp_parse, knows_the_nominal_packet_time_at_44100)
{
  cr_assert_eq(parse(HEAD "m=audio 5004 RTP/AVP 96\n"
                          "a=rtpmap:96 L16/44100/2\na=ptime:1\n"),
               VSC_OK);
  cr_expect_eq(result.streams[0].format.frames_per_packet, 48);
  cr_expect_eq(result.streams[0].packet_time, 1000000);
}

Test(sdp_parse, refuses_a_byte_0_and_a_giant)
{
  static char giant[SDP_BYTES_MAX + 1];
  cr_expect_eq(sdp_parse(HEAD "\0", sizeof HEAD, &result), VSC_ERR_MALFORMED);
  memset(giant, '\n', sizeof giant);
  cr_expect_eq(sdp_parse(giant, sizeof giant, &result), VSC_ERR_MALFORMED);
}

Test(sdp_parse, refuses_more_streams_than_there_is_room_for)
{
  char many[4096] = HEAD;
  for (int i = 0; i <= SDP_STREAMS_MAX; i++) {
    strcat(many, MEDIUM);
  }
  cr_expect_eq(parse(many), VSC_ERR_MALFORMED);
  cr_expect_eq(result.count, 0);
}
