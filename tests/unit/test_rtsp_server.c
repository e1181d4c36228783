/* test_rtsp_server.c - who keeps a place at our server, and for how long.
   SPDX-License-Identifier: MIT */
#include "modules/discovery-mdns/rtsp_server.h"

#include <criterion/criterion.h>

#include <fcntl.h>

#define SECOND INT64_C(1000000000)

static struct rtsp_server server;
static vsc_ns time_is = SECOND;

static vsc_ns
now(const vsc_host *h) VSC_RT
{
  (void)h;
  return time_is;
}

static vsc_counter *
no_counter(const vsc_host *h, const char *name)
{
  (void)h;
  (void)name;
  return NULL;
}

static vsc_ip
no_address(const vsc_net *net) VSC_RT
{
  (void)net;
  return 0;
}

static const vsc_net net = { .size = sizeof net, .address = no_address };
static const vsc_host host = { .size = sizeof host,
                               .counter = no_counter,
                               .now = now,
                               .net = &net };

Test(rtsp_server, sends_away_who_says_nothing_for_150_s)
{
  rtsp_server_init(&server, &host, 8854);
  server.guests[3].link.fd = open("/dev/null", O_RDONLY);
  server.guests[3].heard = time_is;
  time_is += 150 * SECOND;
  rtsp_server_tick(&server);
  cr_expect_geq(server.guests[3].link.fd, 0);
  time_is++;
  rtsp_server_tick(&server);
  cr_expect_lt(server.guests[3].link.fd, 0);
}
