/* test_route_map.c - channel maps as people write them.
   SPDX-License-Identifier: MIT */
#include "engine/graph.h"

#include <criterion/criterion.h>

static struct route_map map;
static char why[160];

static vsc_status
parse(const char *text, int is_send)
{
  return route_map_parse(text, 0, 8, 64, is_send, &map, why, sizeof why);
}

Test(route_map, without_text_is_one_after_the_other)
{
  cr_assert_eq(route_map_parse(NULL, 8, 4, 64, 0, &map, why, sizeof why), 0);
  cr_assert_eq(map.device[0], 8);
  cr_assert_eq(map.device[3], 11);
  cr_assert_eq(map.device[4], ROUTE_NONE);
}

Test(route_map, of_a_receiver_is_stream_to_device)
{
  cr_assert_eq(parse("3>17, 4>18", 0), 0);
  cr_assert_eq(map.device[2], 16);
  cr_assert_eq(map.device[3], 17);
  cr_assert_eq(map.device[0], ROUTE_NONE);
}

Test(route_map, of_a_sender_is_device_to_stream)
{
  cr_assert_eq(parse("17>3", 1), 0);
  cr_assert_eq(map.device[2], 16);
}

Test(route_map, one_received_channel_may_feed_several)
{
  cr_assert_eq(parse("1>1,1>2,1>3", 0), 0);
  cr_assert_eq(map.device[0], 0);
  cr_assert_eq(map.copies, 2);
  cr_assert_eq(map.copy[1].to, 2);
}

Test(route_map, a_sent_channel_has_one_source)
{
  cr_assert_lt(parse("1>1,2>1", 1), 0);
  cr_assert(strstr(why, "already has a source"));
}

Test(route_map, refuses_what_is_not_there)
{
  static const char *const bad[] = {
    "9>1",  "1>65", "0>1",     "1>",   ">1",   "1-8",
    "1>2>", "a>b",  "1>2 3>4", "-1>2", "1>2;", "99999999999>1"
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    cr_assert_lt(parse(bad[i], 0), 0, "%s", bad[i]);
  }
}

Test(route_map, prints_what_it_reads)
{
  char text[1024];
  cr_assert_eq(parse("3>17, 4>18, 3>20", 0), 0);
  route_map_format(&map, 8, 0, text, sizeof text);
  cr_assert_str_eq(text, "3>17, 4>18, 3>20");
  cr_assert_eq(parse("17>3, 18>4", 1), 0);
  route_map_format(&map, 8, 1, text, sizeof text);
  cr_assert_str_eq(text, "17>3, 18>4");
}
