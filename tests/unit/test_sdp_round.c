/* test_sdp_round.c - what we write is what we read: sessions made up from a
   seed, in every dialect, alone and with an ST 2022-7 copy. VSC_LONG=1 makes a
   million of them.
   SPDX-License-Identifier: MIT */
#include "modules/shared/sdp.h"

#include <vsc/position.h>

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 67;

/* xorshift64*: below N. */
static uint32_t
any(uint32_t n)
{
  seed ^= seed >> 12;
  seed ^= seed << 25;
  seed ^= seed >> 27;
  return (uint32_t)((seed * UINT64_C(2685821657736338717)) >> 33) % n;
}

/* A name as text_clean() leaves it: no blank at its ends. */
static void
any_name(char name[VSC_NAME_BYTES])
{
  static const char *const pieces[] = { "a",  "Z",   "0",           " : ", "\"",
                                        "'",  "<b>", "\xC3\xA9",    "=",   "/",
                                        "\\", "%n",  "\xE2\x82\xAC" };
  name[0] = '\0';
  const uint32_t count = any(12);
  for (uint32_t i = 0; i < count; i++) {
    strcat(name, pieces[any(sizeof pieces / sizeof *pieces)]);
  }
  if (count > 0) {
    memmove(name + 1, name, strlen(name) + 1);
    name[0] = '#';
    strcat(name, "#");
  }
}

static void
any_format(vsc_stream *s)
{
  static const uint32_t rates[] = {
    44100, 48000, 88200, 96000, 192000, 384000
  };
  static const char *const encodings[] = { "L16", "L24", "L32", "AM824" };
  s->format.rate = rates[any(6)];
  snprintf(
    s->format.encoding, sizeof s->format.encoding, "%s", encodings[any(4)]);
  s->format.channels = 2 + 2 * any(VSC_CHANNELS_MAX / 2);
  if (strcmp(s->format.encoding, "AM824") != 0) {
    s->format.channels -= any(2);
  }
  uint64_t base = 48000;
  while (base < s->format.rate) {
    base *= 2;
  }
  const uint64_t frames = 1 + any(400);
  s->format.frames_per_packet = (uint32_t)frames;
  s->packet_time = (vsc_ns)((frames * 1000000000 + base / 2) / base);
}

static void
any_clock(vsc_stream *s)
{
  s->reference = (uint8_t)any(3);
  const uint32_t n = s->reference == VSC_REFERENCE_PTP     ? 8
                     : s->reference == VSC_REFERENCE_LOCAL ? 6
                                                           : 0;
  for (uint32_t i = 0; i < n; i++) {
    s->clock_id[i] = (uint8_t)(1 + any(255));
  }
  s->clock_domain = n == 8 ? any(128) : 0;
}

static vsc_stream
any_stream(void)
{
  vsc_stream s = { .size = sizeof s,
                   .format.size = sizeof s.format,
                   .address = 0xE0000000 + any(0x10000000),
                   .port = (uint16_t)(1 + any(65535)),
                   .payload_type = (uint8_t)any(128),
                   .ttl = (uint8_t)(1 + any(255)),
                   .has_rtp_offset = 1,
                   .dialect = (uint8_t)any(3),
                   .session = (uint64_t)any(1u << 31) << any(33),
                   .version = any(1u << 31),
                   .origin = 1 + any(0x7FFFFFFF) };
  s.rtp_offset = s.dialect == VSC_DIALECT_ST2110 ? 0 : any(1u << 31) * 2 + 1;
  if (any(4) == 0) {
    s.address = 0x0A000000 + any(1000);
    s.ttl = 0;
  } else if (s.dialect != VSC_DIALECT_DANTE && any(2)) {
    s.source = 1 + any(0x7FFFFFFF);
  }
  any_format(&s);
  any_clock(&s);
  any_name(s.name);
  snprintf(s.id,
           sizeof s.id,
           "- %llu IN IP4 %u.%u.%u.%u",
           (unsigned long long)s.session,
           s.origin >> 24,
           s.origin >> 16 & 255,
           s.origin >> 8 & 255,
           s.origin & 255);
  return s;
}

static void
comes_back(const vsc_stream *legs, uint32_t count)
{
  static struct sdp_result result;
  char text[SDP_PRINT_BYTES];
  const vsc_status n = sdp_print(legs, count, text, sizeof text);
  cr_assert_gt(n, 0);
  cr_assert_eq(sdp_parse(text, (size_t)n, &result), VSC_OK, "%s", text);
  cr_assert_eq(result.count, count, "%s", text);
  for (uint32_t i = 0; i < count; i++) {
    vsc_stream want = legs[i];
    want.dialect = 0; /* not told */
    if (i > 0) {
      strcat(want.id, " #2");
    } else if (count > 1) {
      want.copy_address = legs[1].address;
      want.copy_source = legs[1].source;
      want.copy_port = legs[1].port;
    }
    cr_assert_eq(memcmp(&result.streams[i], &want, sizeof want), 0, "%s", text);
    cr_assert_eq(result.more[i].leg, i, "%s", text);
  }
}

static uint32_t
how_many(void)
{
  return getenv("VSC_LONG") ? 1000000 : 10000;
}

Test(sdp_round_trip, every_session_comes_back_as_it_was, .timeout = 100)
{
  for (uint32_t i = 0; i < how_many(); i++) {
    const vsc_stream s = any_stream();
    comes_back(&s, 1);
  }
}

Test(sdp_round_trip, both_legs_of_st_2022_7_come_back, .timeout = 100)
{
  for (uint32_t i = 0; i < how_many(); i++) {
    vsc_stream legs[2] = { any_stream() };
    legs[1] = legs[0];
    if (VSC_IP_IS_MULTICAST(legs[0].address)) {
      legs[1].address = 0xEF000000 + any(0x10000);
      legs[1].ttl = (uint8_t)(1 + any(255));
      legs[1].source ^= legs[1].source ? 0x01000000 : 0;
    }
    legs[1].port = (uint16_t)(1 + any(65535));
    comes_back(legs, 2);
  }
}

/* More would not be read again. */
Test(sdp_round_trip, no_packet_is_longer_than_a_second)
{
  static const char head[] =
    "v=0\no=- 5 7 IN IP4 192.0.2.1\ns=name\nc=IN IP4 239.69.1.1/32\n"
    "m=audio 5004 RTP/AVP 96\na=rtpmap:96 L24/48000/8\n";
  static const struct {
    const char *line;
    int is_taken;
    uint32_t frames;
  } rows[] = { { "a=framecount:48000\n", 1, 48000 },
               { "a=framecount:48001\n", 1, 0 },
               { "a=ptime:1000\n", 1, 48000 },
               { "a=ptime:1000.001\n", 0, 0 } };
  static struct sdp_result result;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char text[512];
    const int n = snprintf(text, sizeof text, "%s%s", head, rows[i].line);
    cr_expect_eq(sdp_parse(text, (size_t)n, &result) == VSC_OK,
                 rows[i].is_taken);
    cr_expect_eq(result.streams[0].format.frames_per_packet, rows[i].frames);
  }
}

/* RFC 5888, 5: the order within a group means nothing. */
Test(sdp_groups, have_the_first_medium_first_in_any_order)
{
  static const char text[] =
    "v=0\no=- 5 7 IN IP4 192.0.2.1\ns=name\na=group:DUP two one\n"
    "m=audio 5004 RTP/AVP 96\nc=IN IP4 239.69.1.1/32\n"
    "a=rtpmap:96 L24/48000/8\na=mid:one\n"
    "m=audio 5006 RTP/AVP 96\nc=IN IP4 239.69.2.1/32\n"
    "a=rtpmap:96 L24/48000/8\na=mid:two\n";
  static struct sdp_result result;
  cr_assert_eq(sdp_parse(text, sizeof text - 1, &result), VSC_OK);
  cr_expect_eq(result.more[0].leg, 0);
  cr_expect_eq(result.more[1].leg, 1);
  cr_expect_eq(result.streams[0].copy_address, 0xEF450201);
  cr_expect_eq(result.streams[0].copy_port, 5006);
  cr_expect_eq(result.streams[1].copy_address, 0);
}
