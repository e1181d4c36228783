/* test_rtsp_client.c - what becomes of a description that a host has sent.
   SPDX-License-Identifier: MIT */
#include "modules/discovery-mdns/rtsp_client.h"
#include "modules/discovery-mdns/rtsp_host.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

static struct rtsp_client client;
static unsigned found, lost, warned;
static vsc_stream last;

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
  (void)id;
  lost++;
}

#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic ignored "-Wfunction-effects"
#endif
static void
nothing_counted(vsc_counter *c, uint64_t n) VSC_RT
{
  (void)c;
  (void)n;
}

static vsc_counter *
no_counter(const vsc_host *h, const char *name)
{
  (void)h;
  (void)name;
  return NULL;
}

static vsc_ns
now(const vsc_host *h) VSC_RT
{
  (void)h;
  return 1;
}

static void
on_log(const vsc_host *h, int level, const char *format, ...) VSC_RT
{
  (void)h;
  (void)level;
  (void)format;
  warned++;
}

static void
no_request(const vsc_host *h) VSC_RT
{
  (void)h;
}

static vsc_ip
no_address(const vsc_net *net) VSC_RT
{
  (void)net;
  return 0;
}

static const vsc_net net = { .size = sizeof net, .address = no_address };
static const vsc_host host = { .size = sizeof host,
                               .count = nothing_counted,
                               .counter = no_counter,
                               .now = now,
                               .log = on_log,
                               .request_main = no_request,
                               .net = &net };

static struct rtsp_wanted *
followed(const char *url)
{
  const vsc_discovery_sink sink = { .size = sizeof sink,
                                    .found = on_found,
                                    .lost = on_lost };
  struct rtsp_wanted *const w = &client.rows[0];
  const char *why;
  client.host = &host;
  rtsp_client_start(&client, &sink);
  strcpy(w->name, url);
  w->is_followed = true;
  cr_assert_eq(rtsp_url_read(url, &w->url, &why), VSC_OK);
  return w;
}

static bool
take(struct rtsp_wanted *w, const char *sdp)
{
  return rtsp_wanted_take(&client, w, (struct slice){ sdp, sdp + strlen(sdp) });
}

#define HEAD "v=0\r\no=- 7 1 IN IP4 10.1.0.1\r\ns=Pair\r\nt=0 0\r\n"
#define LEG(mid, ip)                                                           \
  "m=audio 5004 RTP/AVP 98\r\nc=IN IP4 " ip "/15\r\n"                          \
  "a=rtpmap:98 L24/48000/2\r\na=ptime:1\r\na=mid:" mid "\r\n"

/* ST 2022-7, as discovery-sap and discovery-static have it. */
Test(rtsp_client, copy_of_a_stream_is_no_stream_of_its_own)
{
  struct rtsp_wanted *const w = followed("rtsp://10.1.0.1/by-name/Pair");
  cr_assert(take(
    w, HEAD "a=group:DUP 1 2\r\n" LEG("1", "239.1.1.1") LEG("2", "239.2.2.2")));
  cr_assert_eq(found, 1);
  cr_assert_eq(w->count, 1);
  cr_assert_eq(last.copy_address, 0xEF020202u);
}

Test(rtsp_client, copy_that_becomes_a_stream_is_found)
{
  struct rtsp_wanted *const w = followed("rtsp://10.1.0.1/by-name/Pair");
  cr_assert(take(
    w, HEAD "a=group:DUP 1 2\r\n" LEG("1", "239.1.1.1") LEG("2", "239.2.2.2")));
  cr_assert(take(w, HEAD LEG("1", "239.1.1.1") LEG("2", "239.2.2.2")));
  cr_assert_eq(w->count, 2);
  cr_assert_eq(lost, 0);
  cr_assert_eq(last.copy_address, 0);
}

/* Those that were first may have gone since. */
Test(rtsp_client, host_for_which_there_was_no_place_gets_one)
{
  struct rtsp_wanted *const w = followed("rtsp://10.1.0.1/by-name/Pair");
  rtsp_client_init(&client, &host);
  for (unsigned i = 0; i < RTSP_HOSTS; i++) {
    client.hosts[i].ip = 0x0A020001 + i;
    client.hosts[i].retry_at = INT64_MAX;
  }
  rtsp_client_tick(&client);
  cr_assert_null(w->host);
  client.hosts[5].ip = 0;
  rtsp_client_tick(&client);
  cr_assert_eq(w->host, &client.hosts[5]);
}

/* discovery-mdns tells each of them once. */
Test(rtsp_client, all_that_dns_sd_finds_have_a_place)
{
  const vsc_discovery_sink sink = { .size = sizeof sink,
                                    .found = on_found,
                                    .lost = on_lost };
  rtsp_client_init(&client, &host);
  rtsp_client_start(&client, &sink);
  for (unsigned i = 0; i < DNSSD_FOUND; i++) {
    char name[16];
    snprintf(name, sizeof name, "many %u", i);
    rtsp_client_add(&client, name, "rtsp://10.1.0.1:9/by-name/x");
  }
  cr_assert_eq(warned, 1, "of the host, and of nothing else");
  cr_assert_str_eq(client.rows[DNSSD_FOUND - 1].name, "many 255");
}

/* Names in DNS-SD that lead to one host after the other are anybody's to make.
 */
Test(rtsp_client, hosts_that_fail_do_not_flood_the_log)
{
  const vsc_discovery_sink sink = { .size = sizeof sink,
                                    .found = on_found,
                                    .lost = on_lost };
  rtsp_client_init(&client, &host);
  rtsp_client_start(&client, &sink);
  for (unsigned i = 0; i < 1000; i++) {
    char url[64];
    snprintf(url, sizeof url, "rtsp://10.1.%u.%u:9/by-name/x", i >> 8, i & 255);
    rtsp_client_add(&client, "moves", url);
  }
  cr_assert(warned > 0 && warned <= 8, "%u lines", warned);
}
