/* test_room.c - what engines tell each other of themselves: written, read, and
   refused. SPDX-License-Identifier: MIT */
#include "engine/config.h"
#include "engine/room.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct room
kitchen(unsigned receivers)
{
  struct room r = { .name = "Küche",
                    .instance = "kitchen",
                    .state = "degraded",
                    .clock = "locked",
                    .offset_ns = -120,
                    .receiver_count = receivers,
                    .bridge_count = 1 };
  for (unsigned i = 0; i < receivers; i++) {
    struct room_receiver *const x = &r.receivers[i];
    snprintf(x->name, sizeof x->name, "%0*u", (int)sizeof x->name - 1, i);
    snprintf(x->state, sizeof x->state, "playing");
    x->lost = i;
    x->late = 1;
    x->margin_ns = -5;
  }
  r.bridges[0] = (struct room_bridge){
    .name = "speaker", .state = "running", .ppm = 1.5, .silent_frames = 7
  };
  return r;
}

Test(room, is_read_as_it_was_written)
{
  const struct room in = kitchen(2);
  struct room out;
  char bytes[ROOM_BYTES];
  const size_t n = room_write(&in, bytes);
  cr_assert_gt(n, 0);
  cr_assert(room_read(bytes, n, &out));
  cr_expect_str_eq(out.name, "Küche");
  cr_expect_str_eq(out.instance, "kitchen");
  cr_expect_str_eq(out.state, "degraded");
  cr_expect_str_eq(out.clock, "locked");
  cr_expect_eq(out.offset_ns, -120);
  cr_expect_eq(out.receiver_count, 2);
  cr_expect_str_eq(out.receivers[1].name, in.receivers[1].name);
  cr_expect_eq(out.receivers[1].lost, 1);
  cr_expect_eq(out.receivers[1].margin_ns, -5);
  cr_expect_eq(out.bridge_count, 1);
  cr_expect_float_eq(out.bridges[0].ppm, 1.5, 1e-9);
  cr_expect_eq(out.bridges[0].silent_frames, 7);
  cr_expect_eq(out.more, 0);
}

Test(room, leaves_out_receivers_that_have_no_place)
{
  struct room in = kitchen(ROOM_RECEIVERS);
  struct room out;
  char bytes[ROOM_BYTES];
  in.more = 3;
  const size_t n = room_write(&in, bytes);
  cr_assert(n > 0 && n <= ROOM_BYTES);
  cr_assert(room_read(bytes, n, &out));
  cr_expect_lt(out.receiver_count, ROOM_RECEIVERS);
  cr_expect_eq(out.receiver_count + out.more, ROOM_RECEIVERS + 3);
}

Test(room, is_whole_or_nothing)
{
  const struct room in = kitchen(1);
  struct room out = { .more = 9 };
  char bytes[ROOM_BYTES];
  const size_t n = room_write(&in, bytes);
  for (size_t i = 0; i < n; i++) {
    cr_expect_not(room_read(bytes, i, &out), "%zu bytes", i);
  }
  cr_expect_eq(out.more, 9);
}

#define HEAD(schema, name)                                                     \
  "{\"schema\": \"" schema "\", \"name\": \"" name                             \
  "\", \"instance\": \"b\", \"state\": \"running\", \"clock\": \"free\", "     \
  "\"offset_ns\": 0, \"more\": 0, "

static bool
is_taken(const char *text)
{
  struct room out;
  return room_read(text, strlen(text), &out);
}

Test(room, is_of_one_version)
{
  cr_expect(
    is_taken(HEAD(ROOM_SCHEMA, "a") "\"receivers\":[],\"bridges\":[]}"));
  cr_expect_not(
    is_taken(HEAD("vsc.room/2", "a") "\"receivers\":[],\"bridges\":[]}"));
}

Test(room, has_no_more_than_there_is_room_for)
{
  char text[ROOM_BYTES + 1];
  int n =
    snprintf(text, sizeof text, HEAD(ROOM_SCHEMA, "a") "\"receivers\":[]");
  n += snprintf(text + n, sizeof text - (size_t)n, ",\"bridges\":[");
  for (unsigned i = 0; i <= ROOM_BRIDGES; i++) {
    n += snprintf(text + n,
                  sizeof text - (size_t)n,
                  "%s{\"name\":\"x\",\"state\":\"y\",\"ppm\":0,"
                  "\"silent_frames\":0}",
                  i ? "," : "");
  }
  snprintf(text + n, sizeof text - (size_t)n, "]}");
  cr_expect_not(is_taken(text));
  cr_expect_not(
    is_taken(HEAD(ROOM_SCHEMA,
                  "012345678901234567890123456789012345678901234567890123456789"
                  "0123") "\"receivers\":[],\"bridges\":[]}"));
  memset(text, '[', sizeof text);
  cr_expect_not(room_read(text, ROOM_BYTES, &(struct room){ 0 }));
}

Test(room, has_numbers_that_can_be_written_again)
{
  cr_expect_not(is_taken(
    HEAD(ROOM_SCHEMA, "a") "\"receivers\":[],\"bridges\":[{\"name\":\"x\","
                           "\"state\":\"y\",\"ppm\":1e300,"
                           "\"silent_frames\":0}]}"));
  cr_expect_not(
    is_taken("{\"schema\":\"" ROOM_SCHEMA "\",\"name\":\"a\",\"instance\":"
             "\"b\",\"state\":\"running\",\"clock\":\"free\",\"offset_ns\":0,"
             "\"more\":9223372036854775807,\"receivers\":[],\"bridges\":[]}"));
}

static unsigned complaints;

static void
count(void *arg, const char *line)
{
  (void)arg;
  complaints += strstr(line, "stats_address") != NULL;
}

Test(room, is_told_to_groups_only)
{
  struct config *c = NULL;
  const struct config_source source = {
    .state_path = "p.ini",
    .state_text = "[engine]\nstats_address = 10.0.0.1\n",
    .error = count
  };
  config_load(&source, &c);
  cr_expect_null(c);
  cr_expect_eq(complaints, 1);
}
