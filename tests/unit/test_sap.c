/* test_sap.c - the Session Announcement Protocol: its packets, who may say what
   in the cache, and when we announce.
   SPDX-License-Identifier: MIT */
#include "modules/discovery-sap/announcer.h"
#include "modules/discovery-sap/cache.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND (vsc_ns)1000000000
#define HOME 0xC0000201
#define STRANGER 0xC0000209

static struct cache cache;
static int found, lost;
static vsc_stream last;
static char last_lost[VSC_NAME_BYTES * 2];

static void
on_found(void *arg, const vsc_stream *stream)
{
  (void)arg;
  found++;
  last = *stream;
}

static void
on_lost(void *arg, const char *id)
{
  (void)arg;
  lost++;
  snprintf(last_lost, sizeof last_lost, "%s", id);
}

static void
fresh(void)
{
  const vsc_discovery_sink sink = { .size = sizeof sink,
                                    .found = on_found,
                                    .lost = on_lost };
  memset(&cache, 0, sizeof cache);
  cache_init(&cache, &sink);
  found = lost = 0;
}

static char text[512];

/* TEXT, or its deletion, from SOURCE. */
static enum cache_verdict
take_text(bool is_deletion, vsc_ip source, vsc_ns now)
{
  const struct sap_packet packet = { .is_deletion = is_deletion,
                                     .hash = sap_hash(text, strlen(text)),
                                     .origin = 0xC0000201,
                                     .text = text,
                                     .bytes = strlen(text) };
  return cache_take(&cache, &packet, source, now);
}

/* Session number N in version V, from SOURCE. */
static enum cache_verdict
hear(unsigned n, unsigned v, vsc_ip source, vsc_ns now)
{
  snprintf(text,
           sizeof text,
           "v=0\r\no=- %u %u IN IP4 192.0.2.1\r\ns=s%u\r\n"
           "c=IN IP4 239.1.%u.1/9\r\nt=0 0\r\n"
           "m=audio 5004 RTP/AVP 96\r\n"
           "a=rtpmap:96 L24/48000/2\r\n",
           n,
           v,
           n,
           v & 255);
  return take_text(false, source, now);
}

/* The deletion of what was heard last. */
static enum cache_verdict
hear_deletion(vsc_ip source)
{
  return take_text(true, source, 0);
}

static struct sap_packet packet;

static vsc_status
read_bytes(const char *bytes, size_t length)
{
  return sap_read((const uint8_t *)bytes, length, &packet);
}

#define HEAD "\x20\x00\x12\x34\xC0\x00\x02\x01"
#define TYPE "application/sdp\0"
#define READ(s) read_bytes(s, sizeof s - 1)

Test(sap_packet, reads_what_it_writes)
{
  const struct sap_packet want = {
    .is_deletion = true, .hash = 7, .origin = 9, .text = "v=0\r\n", .bytes = 5
  };
  uint8_t bytes[64];
  const vsc_status n = sap_write(&want, bytes, sizeof bytes);
  cr_assert_eq(n, SAP_HEAD_BYTES + 5);
  cr_assert_eq(sap_read(bytes, (size_t)n, &packet), VSC_OK);
  cr_expect(packet.is_deletion);
  cr_expect_eq(packet.hash, 7);
  cr_expect_eq(packet.origin, 9);
  cr_expect_eq(packet.bytes, 5);
  cr_expect_eq(sap_write(&want, bytes, SAP_HEAD_BYTES + 4), VSC_ERR_INVALID);
}

Test(sap_packet, takes_a_text_without_payload_type)
{
  cr_assert_eq(READ(HEAD "v=0\no=-"), VSC_OK);
  cr_expect_eq(packet.bytes, 7);
}

Test(sap_packet, skips_authentication)
{
  cr_assert_eq(READ("\x20\x02\x12\x34\xC0\x00\x02\x01"
                    "12345678" TYPE "v=0"),
               VSC_OK);
  cr_expect_eq(packet.bytes, 3);
  cr_expect_eq(READ("\x20\xFF\x12\x34\xC0\x00\x02\x01" TYPE "v=0"),
               VSC_ERR_MALFORMED);
}

Test(sap_packet, drops_the_nul_behind_the_text)
{
  cr_assert_eq(READ(HEAD TYPE "v=0\n\0\0"), VSC_OK);
  cr_expect_eq(packet.bytes, 4);
}

Test(sap_packet, names_what_is_not_for_us)
{
  cr_expect_eq(READ("\x30\x00\x12\x34\xC0\x00\x02\x01" TYPE "v=0"),
               VSC_ERR_UNSUPPORTED);
  cr_expect_eq(READ("\x22\x00\x12\x34\xC0\x00\x02\x01" TYPE "v=0"),
               VSC_ERR_UNSUPPORTED);
  cr_expect_eq(READ("\x21\x00\x12\x34\xC0\x00\x02\x01" TYPE "v=0"),
               VSC_ERR_UNSUPPORTED);
  cr_expect_eq(READ(HEAD "text/html\0<p>"), VSC_ERR_UNSUPPORTED);
}

Test(sap_packet, refuses_rubbish)
{
  cr_expect_eq(READ(""), VSC_ERR_MALFORMED);
  cr_expect_eq(READ(HEAD), VSC_ERR_MALFORMED);
  cr_expect_eq(READ(HEAD "no type"), VSC_ERR_MALFORMED);
  cr_expect_eq(READ("\x40\x00\x12\x34\xC0\x00\x02\x01" TYPE "v=0"),
               VSC_ERR_MALFORMED);
}

Test(sap_packet, has_a_hash_that_is_never_0)
{
  for (int i = 0; i < 200000; i++) {
    char number[16];
    const int n = snprintf(number, sizeof number, "%d", i);
    cr_assert_neq(sap_hash(number, (size_t)n), 0);
  }
}

Test(sap_cache, finds_a_session_once, .init = fresh)
{
  cr_expect_eq(hear(1, 1, HOME, 0), CACHE_NEWS);
  cr_expect_eq(hear(1, 1, HOME, 30 * SECOND), CACHE_KNOWN);
  cr_expect_eq(found, 1);
  cr_expect_str_eq(last.name, "s1");
}

#define MEDIUM(port, mid)                                                      \
  "m=audio " port " RTP/AVP 96\nc=IN IP4 239.1.1.1/9\n"                        \
  "a=rtpmap:96 L24/48000/2\na=mid:" mid "\n"

Test(sap_cache, finds_a_stream_and_its_copy_as_one, .init = fresh)
{
  strcpy(text,
         "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=x\nt=0 0\na=group:DUP A B\n" MEDIUM(
           "5004", "A") MEDIUM("5006", "B") MEDIUM("5008", "C"));
  cr_expect_eq(take_text(false, HOME, 0), CACHE_NEWS);
  cr_expect_eq(found, 2);
  cr_expect_eq(last.port, 5008);
  cr_expect_eq(hear_deletion(HOME), CACHE_GONE);
  cr_expect_eq(lost, 2);
}

Test(sap_cache, finds_a_changed_session_anew_without_losing_it, .init = fresh)
{
  hear(1, 1, HOME, 0);
  cr_expect_eq(hear(1, 2, HOME, SECOND), CACHE_NEWS);
  cr_expect_eq(found, 2);
  cr_expect_eq(lost, 0);
  cr_expect_eq(last.address, 0xEF010201);
  cr_expect_eq(cache.count, 1);
}

Test(sap_cache, loses_what_its_sender_deletes, .init = fresh)
{
  hear(1, 1, HOME, 0);
  cr_expect_eq(hear_deletion(HOME), CACHE_GONE);
  cr_expect_eq(lost, 1);
  cr_expect_str_eq(last_lost, "- 1 IN IP4 192.0.2.1");
  cr_expect_eq(cache.bytes, 0);
}

Test(sap_cache, ignores_a_deletion_by_a_stranger, .init = fresh)
{
  hear(1, 1, HOME, 0);
  cr_expect_eq(hear_deletion(STRANGER), CACHE_FOREIGN);
  cr_expect_eq(lost, 0);
}

Test(sap_cache, ignores_a_strangers_text_for_a_session, .init = fresh)
{
  hear(1, 1, HOME, 0);
  cr_expect_eq(hear(1, 2, STRANGER, SECOND), CACHE_FOREIGN);
  cr_expect_eq(found, 1);
}

Test(sap_cache, forgets_after_an_hour_of_silence, .init = fresh)
{
  hear(1, 1, HOME, 0);
  cache_expire(&cache, 3600 * SECOND);
  cr_expect_eq(lost, 0);
  cache_expire(&cache, 3600 * SECOND + 1);
  cr_expect_eq(lost, 1);
}

Test(sap_cache, waits_ten_periods_for_who_says_it_seldom, .init = fresh)
{
  hear(1, 1, HOME, 0);
  hear(1, 1, HOME, 1000 * SECOND);
  cache_expire(&cache, 10999 * SECOND);
  cr_expect_eq(lost, 0);
  cache_expire(&cache, 11001 * SECOND);
  cr_expect_eq(lost, 1);
}

/* One more each 4 ms, which is what tokens allow. */
static vsc_ns
at(unsigned n)
{
  return n * (SECOND / CACHE_PER_SECOND);
}

Test(sap_cache, lets_one_sender_have_64_sessions, .init = fresh)
{
  for (unsigned n = 0; n < 200; n++) {
    hear(n, 1, HOME, at(n));
  }
  cr_expect_eq(cache.count, CACHE_PER_SOURCE);
  cr_expect_eq(found - lost, CACHE_PER_SOURCE);
}

/* Session N of COUNT media. */
static enum cache_verdict
hear_many(unsigned n, unsigned count, vsc_ip source, vsc_ns now)
{
  static char many[4096];
  size_t at = (size_t)snprintf(many,
                               sizeof many,
                               "v=0\r\no=- %u %u IN IP4 192.0.2.1\r\ns=x\r\n"
                               "t=0 0\r\n",
                               n,
                               count);
  for (unsigned i = 0; i < count; i++) {
    at += (size_t)snprintf(many + at,
                           sizeof many - at,
                           "m=audio 5004 RTP/AVP 96\r\nc=IN IP4 239.2.%u.%u/9"
                           "\r\na=rtpmap:96 L24/48000/2\r\n",
                           n,
                           i);
  }
  const struct sap_packet heard = {
    .hash = sap_hash(many, at), .origin = 0xC0000201, .text = many, .bytes = at
  };
  return cache_take(&cache, &heard, source, now);
}

Test(sap_cache,
     lets_one_sender_have_64_streams_however_many_a_session,
     .init = fresh)
{
  for (unsigned n = 0; n < 64; n++) {
    hear_many(n, 1 + n % 16, HOME, at(n));
  }
  for (unsigned n = 0; n < 64; n++) {
    hear_many(n, 16, HOME, at(100 + n));
  }
  cr_expect_leq(found - lost, CACHE_PER_SOURCE);
  cr_expect_geq(found, 48);
}

Test(sap_cache, keeps_all_that_were_there_before_a_flood, .init = fresh)
{
  for (unsigned n = 0; n < 200; n++) {
    cr_assert_eq(hear(n, 1, HOME + n, at(n)), CACHE_NEWS);
  }
  for (unsigned n = 0; n < 20000; n++) {
    hear(1000 + n, 1, 0x0A000000 + n, 100 * SECOND + at(n));
  }
  cr_expect_eq(cache.count, CACHE_SESSIONS);
  for (unsigned n = 0; n < 200; n++) {
    cr_assert_eq(hear(n, 1, HOME + n, 200 * SECOND), CACHE_KNOWN);
  }
}

Test(sap_cache, has_room_again_when_a_flood_is_over, .init = fresh)
{
  for (unsigned n = 0; n < 2000; n++) {
    hear(1000 + n, 1, 0x0A000000 + n, at(n));
  }
  cr_expect_eq(hear(1, 1, HOME, 400 * SECOND), CACHE_NEWS);
  for (unsigned n = 0; n < 20; n++) {
    cr_expect_eq(hear(10 + n, 1, HOME, 401 * SECOND), CACHE_NEWS);
  }
  cr_expect_eq(hear(1, 1, HOME, 430 * SECOND), CACHE_KNOWN);
}

Test(sap_cache, parses_no_more_than_a_few_hundred_a_second, .init = fresh)
{
  unsigned news = 0;
  for (unsigned n = 0; n < 20000; n++) {
    news += hear(n, 1, 0x0A000000 + n, n * SECOND / 20000) != CACHE_FULL;
  }
  cr_expect_leq(news, CACHE_BURST + CACHE_PER_SECOND);
}

static struct announcer announcer;

static vsc_stream
our_stream(void)
{
  return (vsc_stream){ .size = sizeof(vsc_stream),
                       .format = { .size = sizeof(vsc_format),
                                   .rate = 48000,
                                   .channels = 2,
                                   .frames_per_packet = 48,
                                   .encoding = "L24" },
                       .address = 0xEF450101,
                       .port = 5004,
                       .payload_type = 96,
                       .ttl = 32,
                       .origin = HOME,
                       .id = "- 1 IN IP4 192.0.2.1",
                       .name = "x" };
}

static void
quiet(void)
{
  memset(&announcer, 0, sizeof announcer);
  announcer.period = 30 * SECOND;
  announcer.seed = 1;
}

Test(sap_announcer, is_due_at_once_and_again_after_a_period, .init = quiet)
{
  const vsc_stream s = our_stream();
  struct announced *const row = announcer_put(&announcer, &s, 5);
  cr_assert_not_null(row);
  cr_expect_eq(announcer_due(&announcer, 5), row);
  announcer_said(&announcer, row, 0, 5);
  cr_expect_null(announcer_due(&announcer, 20 * SECOND));
  cr_expect_eq(announcer_due(&announcer, 41 * SECOND), row);
}

Test(sap_announcer, speaks_seldom_where_many_announce, .init = quiet)
{
  const vsc_stream s = our_stream();
  struct announced *const row = announcer_put(&announcer, &s, 0);
  announcer_said(&announcer, row, 1000 * 400, 0);
  /* 3.2 Mbit at 4000 bit/s: 800 s, two thirds of it at least. */
  cr_expect_gt(row->due, 530 * SECOND);
  cr_expect_lt(row->due, 1070 * SECOND);
}

Test(sap_announcer,
     counts_the_bytes_of_a_text_that_became_shorter,
     .init = quiet)
{
  vsc_stream s = our_stream();
  snprintf(s.name, sizeof s.name, "%s", "a long name of a stream");
  const uint32_t before = announcer_put(&announcer, &s, 0)->bytes;
  snprintf(s.name, sizeof s.name, "%s", "x");
  struct announced *const row = announcer_put(&announcer, &s, 0);
  cr_expect_lt(row->bytes, before);
  cr_expect_eq(announcer.bytes, row->bytes);
  announcer_said(&announcer, row, 0, 0);
  cr_expect_lt(row->due, 41 * SECOND);
}

Test(sap_announcer, has_another_hash_for_another_version, .init = quiet)
{
  vsc_stream s = our_stream();
  const uint16_t before = announcer_put(&announcer, &s, 0)->hash;
  s.version++;
  cr_expect_neq(announcer_put(&announcer, &s, 0)->hash, before);
}

Test(sap_announcer, knows_its_own_packets, .init = quiet)
{
  const vsc_stream s = our_stream();
  uint8_t bytes[ANNOUNCER_BYTES];
  struct announced *const row = announcer_put(&announcer, &s, 0);
  const vsc_status n = announcer_packet(&announcer, row, false, bytes);
  cr_assert_eq(sap_read(bytes, (size_t)n, &packet), VSC_OK);
  cr_expect(announcer_knows(&announcer, &packet));
  announcer_drop(&announcer, row);
  cr_expect_not(announcer_knows(&announcer, &packet));
  cr_expect_eq(announcer.bytes, 0);
}
