/* test_config.c - a profile with its meaning: what is taken, what is refused,
   and where the message points.
   SPDX-License-Identifier: MIT */
#include "engine/config.h"

#include <criterion/criterion.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char errors[8192];

static void
note(void *arg, const char *line)
{
  (void)arg;
  const size_t used = strlen(errors);
  snprintf(errors + used, sizeof errors - used, "%s\n", line);
}

static struct config *
load(const char *text, const char *const *sets)
{
  static const char *const folders[] = { VSC_MODULES, NULL };
  struct loader *loader = NULL;
  struct config *c = NULL;
  errors[0] = '\0';
  cr_assert_eq(loader_create(folders, &loader), VSC_OK);
  const struct config_source source = {
    .state_path = "p.ini",
    .state_text = text,
    .sets = sets,
    .loader = loader,
    .error = note,
  };
  config_load(&source, &c);
  loader_destroy(loader);
  return c;
}

static void
expect_error(const char *text, const char *error)
{
  struct config *const c = load(text, NULL);
  cr_assert_null(c, "taken: %s", text);
  cr_assert(strstr(errors, error), "\"%s\" is not in \"%s\"", error, errors);
}

#define SEND "[send a]\nchannels = 1-8\naddress = 239.1.1.1\n"
#define RECEIVE "[receive b]\nchannels = 1-8\naddress = 239.1.1.2\n"

Test(config, an_empty_profile_is_all_defaults)
{
  struct config *const c = load("", NULL);
  cr_assert_not_null(c, "%s", errors);
  cr_assert_eq(c->geometry.rate, 48000);
  cr_assert_eq(c->geometry.ring, 8192);
  cr_assert_eq(c->geometry.wake, 48);
  cr_assert_eq(c->geometry.s_in, 52);
  cr_assert_eq(c->geometry.s_out, 7);
  cr_assert_str_empty(c->engine.interface);
  config_destroy(c);
}

Test(config, a_stream_takes_the_common_section_and_its_own_key_wins)
{
  struct config *const c =
    load("[stream]\npacket_time = 250us\ndscp = 46\n" SEND "dscp = 10\n", NULL);
  cr_assert_not_null(c, "%s", errors);
  const struct stream_config *const s = &c->streams[0].config;
  cr_assert_eq(s->desc.format.frames_per_packet, 12);
  cr_assert_eq(s->desc.dscp, 10);
  cr_assert_eq(s->desc.payload_type, 96);
  cr_assert_str_eq(s->codec, "codec-l24");
  cr_assert_str_eq(s->transport, "transport-rtp");
  config_destroy(c);
}

Test(config, a_receiver_takes_any_payload_type_unless_one_is_given)
{
  struct config *const c = load(
    RECEIVE "[receive c]\nchannels=9-16\naddress=239.1.1.3\npayload_type=97\n",
    NULL);
  cr_assert_not_null(c, "%s", errors);
  cr_assert_eq(c->streams[0].config.desc.payload_type, 255);
  cr_assert_eq(c->streams[1].config.desc.payload_type, 97);
  config_destroy(c);
}

Test(config, link_offset_may_be_packets)
{
  struct config *const c =
    load(RECEIVE "packet_time = 250us\nlink_offset = 3packets\n", NULL);
  cr_assert_not_null(c, "%s", errors);
  cr_assert_eq(c->streams[0].config.link_offset, 36);
  cr_assert_eq(c->streams[0].config.link_offset_ns, 750000);
  config_destroy(c);
}

Test(config, lanes_are_there_only_where_writers_are_mixed)
{
  static const struct {
    const char *text;
    uint32_t lanes;
  } cases[] = {
    { "", 0 },
    { "[device]\nlanes = 7\n", 0 },
    { "[device]\nshare = mix\n", 4 },
    { "[device]\nshare = mix\nlanes = 16\n", 16 },
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct config *const c = load(cases[i].text, NULL);
    cr_assert_not_null(c, "%s", errors);
    cr_expect_eq(c->geometry.lanes, cases[i].lanes, "%s", cases[i].text);
    config_destroy(c);
  }
}

Test(config, a_group_is_looked_up)
{
  struct config *c = load("", NULL);
  cr_assert_not_null(c, "%s", errors);
  cr_expect_not(c->has_group);
  config_destroy(c);
  const struct group *const own = getgrgid(getegid());
  if (!own) {
    cr_skip_test("our group has no name");
  }
  char text[160];
  snprintf(text, sizeof text, "[device]\ngroup = %s\n", own->gr_name);
  c = load(text, NULL);
  cr_assert_not_null(c, "%s", errors);
  cr_expect(c->has_group);
  cr_expect_eq(c->group, getegid());
  config_destroy(c);
}

Test(config, a_group_that_we_cannot_give_is_a_mistake)
{
  expect_error("[device]\ngroup = no-such-group\n",
               "p.ini:2: group: there is no group \"no-such-group\"");
  if (geteuid() == 0) {
    cr_skip_test("root may give files to any group");
  }
  expect_error("[device]\ngroup = root\n",
               "p.ini:2: group: this user is not in group \"root\"");
}

Test(config, side_b_exchanges_addresses)
{
  static const char *const sets[] = { "engine.side=b", NULL };
  struct config *const c = load(SEND RECEIVE, sets);
  cr_assert_not_null(c, "%s", errors);
  cr_assert_eq(c->streams[0].config.desc.address, 0xEF010102);
  cr_assert_eq(c->streams[1].config.desc.address, 0xEF010101);
  config_destroy(c);
}

Test(config, side_b_exchanges_with_the_same_stream_when_others_are_disabled)
{
  static const char *const sets[] = { "engine.side=b", NULL };
  struct config *const c =
    load("[send a]\nchannels=1\naddress=239.1.1.1\n"
         "[send b]\nchannels=2\naddress=239.1.1.2\n"
         "[receive a2]\nchannels=1\naddress=239.1.2.1\nenabled = no\n"
         "[receive b2]\nchannels=2\naddress=239.1.2.2\n",
         sets);
  cr_assert_not_null(c, "%s", errors);
  cr_assert_eq(c->stream_count, 3);
  cr_assert_eq(c->streams[0].config.desc.address, 0xEF010201);
  cr_assert_eq(c->streams[1].config.desc.address, 0xEF010202);
  cr_assert_eq(c->streams[2].config.desc.address, 0xEF010102);
  config_destroy(c);
}

Test(config, set_names_sections_with_spaces)
{
  static const char *const sets[] = { "receive b.address=239.9.9.9", NULL };
  struct config *const c = load(RECEIVE, sets);
  cr_assert_not_null(c, "%s", errors);
  cr_assert_eq(c->streams[0].config.desc.address, 0xEF090909);
  config_destroy(c);
}

Test(config, enabled_no_drops_a_stream)
{
  struct config *const c = load(SEND "enabled = no\n", NULL);
  cr_assert_not_null(c, "%s", errors);
  cr_assert_eq(c->stream_count, 0);
  config_destroy(c);
}

Test(config, mistakes_are_named_with_their_line)
{
  expect_error("[device]\nrate = 48001\n", "p.ini:2: ");
  expect_error("[device]\nrate = 50000\n", "44100 or 48000");
  expect_error("[device]\nring = 1000\n", "power of two");
  expect_error("[device]\nshare = both\n", "own or mix");
  expect_error("[device]\nshare = mix\nlanes = 17\n", "1..16");
  expect_error("[send]\nchannels = 1\n", "needs a name");
  expect_error("[engine x]\n", "takes no name");
  expect_error("[sned a]\n", "unknown section");
  expect_error("[send a]\nchannels = 1-8\n", "needs an address");
  expect_error("[receive a]\nchannels = 1-8\n", "session or an sdp");
  expect_error("[send a]\naddress = 239.1.1.1\n", "channels are needed");
  expect_error("[send a]\nchannels = 60-70\naddress = 239.1.1.1\n",
               "channel 65: the device has 64 outputs");
  expect_error(SEND "map = 1>9\n", "the stream has channels 1-8");
  expect_error(SEND "adress = 1\n", "did you mean \"address\"");
  expect_error(SEND "rtp_offset = auto\n", "a number of 0..4294967295");
  expect_error(RECEIVE "link_offset = 3\n", "3packets");
  expect_error(RECEIVE "link_offset = 2s\n", "make [device] ring larger");
  expect_error(SEND "packet_time = 1\n", "packet_time");
  expect_error("[clock]\nmodule = clock-system\nutc_ofset = 37\n",
               "did you mean \"utc_offset\"");
}

Test(config, two_streams_may_not_meet)
{
  expect_error(RECEIVE "[receive c]\nchannels = 8-9\naddress = 239.1.1.3\n",
               "feeds a device input that \"b\" feeds already");
  expect_error(SEND "[send c]\nchannels = 9-16\naddress = 239.1.1.1\n",
               "same address and port as \"a\"");
}

Test(config, default_ini_is_what_the_engine_says)
{
  char *const text = config_default_text();
  FILE *const file = fopen(VSC_SOURCE "/profiles/default.ini", "rb");
  cr_assert(file && text);
  char *const there = calloc(1, strlen(text) + 2);
  const size_t n = fread(there, 1, strlen(text) + 1, file);
  cr_assert_eq(n, strlen(text));
  cr_assert_str_eq(there,
                   text,
                   "write it again: aes67 profile defaults "
                   ">profiles/default.ini");
  fclose(file);
  free(there);
  free(text);
}

Test(config, default_ini_is_a_profile)
{
  char *const text = config_default_text();
  struct config *const c = load(text, NULL);
  cr_assert_not_null(c, "%s", errors);
  config_destroy(c);
  free(text);
}
