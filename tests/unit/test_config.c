/* test_config.c - a profile with its meaning: what is taken, what is refused,
   and where the message points.
   SPDX-License-Identifier: MIT */
#include "config_rig.h"

#include <grp.h>
#include <stdlib.h>
#include <unistd.h>

/* With the modules that there are. */
static struct config *
load(const char *text, const char *const *sets)
{
  static const char *const folders[] = { VSC_MODULES, VSC_FIXTURES, NULL };
  struct loader *loader = NULL;
  cr_assert_eq(loader_create(folders, &loader), VSC_OK);
  struct config *const c = load_source((struct config_source){
    .state_text = text, .sets = sets, .loader = loader });
  loader_destroy(loader);
  return c;
}

static void
refuses(const char *text, const char *error)
{
  expect_refused(load(text, NULL), text, error);
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
  refuses("[device]\ngroup = no-such-group\n",
          "p.ini:2: group: there is no group \"no-such-group\"");
  if (geteuid() == 0) {
    cr_skip_test("root may give files to any group");
  }
  refuses("[device]\ngroup = root\n",
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
  refuses("[device]\nrate = 48001\n", "p.ini:2: ");
  refuses("[device]\nrate = 50000\n", "44100 or 48000");
  refuses("[device]\nring = 1000\n", "power of two");
  refuses("[device]\nshare = both\n", "own or mix");
  refuses("[device]\nshare = mix\nlanes = 17\n", "1..16");
  refuses("[send]\nchannels = 1\n", "needs a name");
  refuses("[engine x]\n", "takes no name");
  refuses("[sned a]\n", "unknown section");
  refuses("[send a]\nchannels = 1-8\n", "needs an address");
  refuses("[receive a]\nchannels = 1-8\n", "session or an sdp");
  refuses("[send a]\naddress = 239.1.1.1\n", "needs channels");
  refuses("[send a]\nchannels = 60-70\naddress = 239.1.1.1\n",
          "channel 65: the device has 64 outputs");
  refuses(SEND "map = 1>9\n", "the stream has channels 1-8");
  refuses(SEND "adress = 1\n", "did you mean \"address\"");
  refuses(SEND "rtp_offset = auto\n", "a number of 0..4294967295");
  refuses(RECEIVE "link_offset = 3\n", "3packets");
  refuses(RECEIVE "link_offset = 2s\n", "make [device] ring larger");
  refuses(SEND "packet_time = 1\n", "packet_time");
  refuses(RECEIVE "map = 1>1, 2>1\n", "device input 1 is fed twice");
  refuses("[recieve b]\n", "did you mean [receive b]?");
  refuses(RECEIVE "[b]\nttl = 1\n", "did you mean [receive b]?");
  refuses(SEND "ttl = 1 # few\n", "a comment behind a value begins");
  refuses("[device]\nbuffer = 4096\n", "p.ini:2: buffer: 4096 frames");
  refuses("[clock]\nmodule = clock-system\nutc_ofset = 37\n",
          "did you mean \"utc_offset\"");
}

/* These lines are told, each once and in this order, and no other. */
static void
expect_lines(const char *text, const char *const *sets, const char *lines)
{
  struct config *const c = load(text, sets);
  cr_assert_null(c, "taken: %s", text);
  char places[sizeof errors] = "";
  for (const char *p = errors; *p; p += strcspn(p, "\n") + 1) {
    const size_t used = strlen(places);
    const char *const end = strstr(p, ": ");
    snprintf(places + used,
             sizeof places - used,
             "%s%.*s",
             used ? " " : "",
             end ? (int)(end - p) : 0,
             p);
  }
  cr_assert_str_eq(places, lines, "%s", errors);
}

Test(config, a_value_of_the_common_section_is_wrong_once)
{
  static const char *const sets[] = { "stream.link_offset=3", NULL };
  expect_lines(SEND RECEIVE, sets, "--set");
  expect_lines("[stream]\nencoding = L23\n" SEND RECEIVE, NULL, "p.ini:2");
  expect_lines("[stream]\ntransport = "
               "a-name-that-is-longer-than-a-module-may-have\n" SEND RECEIVE,
               NULL,
               "p.ini:2");
  expect_lines("[stream]\npacket_time = 4ms\n" SEND
               "[send c]\nchannels = 9-16\naddress = 239.1.1.3\n",
               NULL,
               "p.ini:2");
}

Test(config, a_value_that_no_stream_uses_is_wrong_too)
{
  refuses("[stream]\nlink_offset = -3ms\n", "p.ini:2: link_offset");
  refuses("[stream]\nlink_offset = 1s\n", "make [device] ring larger");
  refuses("[stream]\ntransport = udp\n", "did you mean \"rtp\"?");
}

Test(config, a_mistake_hides_no_other)
{
  expect_lines("[stream]\nttl = 0\n[send a]\nport = 0\nchannels = 8-1\n"
               "address = 1\n[receive b]\nchannels = 1\naddress = 2\n",
               NULL,
               "p.ini:2 p.ini:4 p.ini:5 p.ini:6 p.ini:9");
  expect_lines("[clock]\nmodule = clock-x\nkey\n[send a]\nport = 0\n",
               NULL,
               "p.ini:3 p.ini:2 p.ini:5");
}

Test(config, a_wrong_device_is_no_streams_mistake)
{
  expect_lines("[device]\ninputs = 129\n[receive a]\nchannels = 65\n"
               "address = 239.1.1.1\n",
               NULL,
               "p.ini:2");
  expect_lines("[device]\nring = 1000\n" SEND "map = 1>200\n", NULL, "p.ini:2");
}

Test(config, mistakes_that_are_told_are_bounded)
{
  static char text[16384];
  size_t used = 0;
  for (unsigned i = 0; i < 100; i++) {
    used += (size_t)snprintf(text + used,
                             sizeof text - used,
                             "[send s%u]\nchannels = 0\naddress = x\n",
                             i);
  }
  cr_assert_null(load(text, NULL));
  unsigned lines = 0;
  for (const char *p = errors; *p; p++) {
    lines += *p == '\n';
  }
  cr_assert_eq(lines, 65, "%u", lines);
  cr_assert(strstr(errors, "more mistakes than that are not told\n"));
}

Test(config, modules_that_are_not_installed_are_mistakes)
{
  refuses("[clock]\nmodule = system\n", "did you mean \"clock-system\"?");
  refuses("[clock]\nmodule = codec-l24\n", "but a clock is needed");
  refuses("[discovery d]\nmodule = discovery-sttic\n",
          "did you mean \"discovery-static\"?");
  refuses("[discovery d]\n", "needs the key \"module\"");
  refuses("[codec l25]\n", "[codec l25] \"codec-l25\": no such module");
  refuses("[codec l24]\nx = 1\n", "unknown key \"x\"");
  refuses(SEND "resampler = none-such\n",
          "\"resampler-none-such\": no such module");
  refuses(SEND "encoding = l23\n", "did you mean \"L24\"?");
}

Test(config, addresses_are_of_groups_or_hosts)
{
  refuses("[send a]\nchannels = 1\naddress = 255.255.255.255\n",
          "neither a group");
  refuses("[send a]\nchannels = 1\naddress = 0.0.0.0\n", "neither a group");
  refuses(RECEIVE "source = 239.1.1.1\n", "not the address of a host");
}

Test(config, sessions_are_names_or_urls_that_can_be_asked)
{
#define FROM(session) "[receive a]\nchannels = 1\nsession = " session "\n"
  refuses(FROM("rtsp://mixer.local/by-name/x"), "IPv4 address in numbers");
  refuses(FROM("ftp://10.0.0.1/x"), "begin with rtsp:// or http://");
  refuses(FROM("rtsp://10.0.0.1/Stage A"), "write %20 for a blank");
#undef FROM
}

Test(config, two_streams_may_not_meet)
{
  refuses(RECEIVE "[receive c]\nchannels = 8-9\naddress = 239.1.1.3\n",
          "p.ini:5: channels: \"b\" feeds device input 8 already");
  refuses(SEND "[send c]\nchannels = 9-16\naddress = 239.1.1.1\n",
          "\"a\" sends to the same address and port");
}

/* What config_extra_send makes of EXTRA beside the senders of TEXT. */
static vsc_status
extra(const char *text,
      const struct config_extra *extra,
      struct config_stream *out)
{
  static const char *const sets[] = { "engine.side=b", NULL };
  struct config *const c = load(text, sets);
  cr_assert_not_null(c, "%s", errors);
  const vsc_status status = config_extra_send(c, extra, note, NULL, out);
  config_destroy(c);
  return status;
}

Test(config, a_sender_beside_the_profile_takes_its_common_section)
{
  struct config_stream s = { 0 };
  const struct config_extra wish = { .name = "song",
                                     .channels = 72,
                                     .address = "239.1.1.9",
                                     .packet_time = "125us" };
  cr_assert_eq(extra("[device]\noutputs = 8\n[stream]\ndscp = 46\n"
                     "packet_time = 250us\n" SEND RECEIVE,
                     &wish,
                     &s),
               VSC_OK,
               "%s",
               errors);
  cr_assert_eq(s.config.desc.dscp, 46);
  cr_assert_eq(s.config.desc.format.frames_per_packet, 6);
  cr_assert_eq(s.config.desc.format.channels, 72);
  cr_assert_eq(s.config.desc.address, 0xEF010109);
  cr_assert_eq(s.config.is_always, 1);
  cr_assert_eq(s.map.device[71], 71);
}

Test(config, a_sender_beside_the_profile_has_the_rate_of_the_device)
{
  struct config_stream s = { 0 };
  const struct config_extra wish = { .name = "song",
                                     .channels = 2,
                                     .address = "239.1.1.9" };
  cr_assert_eq(extra("[stream]\nrate = 96000\n", &wish, &s), VSC_OK);
  cr_assert_eq(s.config.desc.format.rate, 48000);
}

Test(config, a_sender_beside_the_profile_sends_where_no_other_does)
{
  struct config_stream s = { 0 };
  /* side b: the sender "a" sends where the profile's receiver is */
  const struct config_extra wish = { .name = "song",
                                     .channels = 2,
                                     .address = "239.1.1.2" };
  cr_assert_eq(extra(SEND RECEIVE, &wish, &s), VSC_ERR_MALFORMED);
  cr_assert(
    strstr(errors, "\"a\" sends to the same address and port"), "%s", errors);
}

Test(config, a_sender_beside_the_profile_needs_good_values)
{
  static const struct {
    struct config_extra wish;
    const char *error;
  } cases[] = {
    { { .name = "s", .channels = 2 }, "needs an address" },
    { { .name = "s", .channels = 2, .address = "239.1" },
      "request: address: " },
    { { .name = "s", .channels = 2, .address = "239.1.1.9", .port = "x" },
      "request: port: \"x\" is not a whole number" },
    { { .name = "s",
        .channels = 2,
        .address = "239.1.1.9",
        .packet_time = "1" },
      "request: packet_time: \"1\" has no unit" },
    { { .name = "", .channels = 2, .address = "239.1.1.9" }, "name" },
    { { .name = "a\nb", .channels = 2, .address = "239.1.1.9" }, "" },
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct config_stream s = { 0 };
    cr_assert_eq(extra("", &cases[i].wish, &s), VSC_ERR_MALFORMED);
    cr_assert(strstr(errors, cases[i].error), "%s: %s", cases[i].error, errors);
  }
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

Test(config, a_stream_may_have_a_rate_of_its_own)
{
  struct config *const c =
    load("[stream]\nresampler = linear\nlink_offset = 3packets\n" SEND
         "rate = 96000\npacket_time = 250us\n" RECEIVE
         "rate = 44100\npacket_time = 4ms\n",
         NULL);
  cr_assert_not_null(c, "%s", errors);
  const struct stream_config *const s = &c->streams[0].config;
  cr_assert_eq(s->desc.format.rate, 96000);
  cr_assert_eq(s->desc.format.frames_per_packet, 24);
  cr_assert_str_eq(s->resampler, "resampler-linear");
  const struct stream_config *const r = &c->streams[1].config;
  cr_assert_eq(r->desc.format.rate, 44100);
  cr_assert_eq(r->desc.format.frames_per_packet, 192);
  /* 3 packets of 192 frames at 44.1 kHz, in frames of the device: 626.9. */
  cr_assert_eq(r->link_offset, 627);
  config_destroy(c);
}

Test(config, a_stream_has_the_rate_of_the_device)
{
  struct config *const c =
    load("[device]\nrate = 96000\n" SEND "packet_time = 250us\n", NULL);
  cr_assert_not_null(c, "%s", errors);
  cr_assert_eq(c->streams[0].config.desc.format.rate, 96000);
  cr_assert_str_empty(c->streams[0].config.resampler);
  config_destroy(c);
}

Test(config, a_rate_of_no_family_is_refused)
{
  refuses(SEND "rate = 50000\n",
          "rate: \"50000\" is not 44100 or 48000 times 1, 2, 4 or 8");
}

Test(config, a_sender_that_is_followed_needs_no_word_about_resampler_and_offset)
{
  struct config *const c =
    load("[stream]\nfollow = stream\n" SEND RECEIVE, NULL);
  cr_assert_not_null(c, "%s", errors);
  const struct stream_config *const s = &c->streams[0].config;
  cr_assert_not(s->follows);
  cr_assert_str_empty(s->resampler);
  const struct stream_config *const r = &c->streams[1].config;
  cr_assert(r->follows);
  cr_assert(r->is_auto_offset);
  cr_assert_str_eq(r->resampler, "resampler-samplerate");
  config_destroy(c);
}

/* Status tells it as JSON. */
Test(config, a_profile_whose_name_is_no_text_has_one_that_is)
{
  static const char path[] = "/tmp/vsc-profile-\xFF.ini";
  FILE *const file = fopen(path, "w");
  cr_assert_not_null(file);
  fclose(file);
  struct config *const c =
    load_source((struct config_source){ .profile = path });
  unlink(path);
  cr_assert_not_null(c, "%s", errors);
  cr_expect_str_eq(c->profile_name, "vsc-profile-?");
  config_destroy(c);
}

Test(config, an_inherited_discovery_can_be_dropped)
{
#define DISCOVERY "[discovery d]\nmodule = discovery-static\nfolder = /tmp\n"
  struct config *c = load(DISCOVERY, NULL);
  cr_assert_not_null(c, "%s", errors);
  cr_expect_eq(c->discovery_count, 1);
  config_destroy(c);
  c = load(DISCOVERY "enabled = no\n", NULL);
  cr_assert_not_null(c, "%s", errors);
  cr_expect_eq(c->discovery_count, 0);
  config_destroy(c);
}

Test(config, only_a_receiver_follows_its_sender)
{
  refuses(SEND "follow = stream\n",
          "p.ini:4: unknown key \"follow\" in [send a]");
}

Test(config, a_sender_that_is_followed_has_no_offset)
{
  refuses("[stream]\nfollow = stream\n" RECEIVE "rtp_offset = 7\n",
          "p.ini:6: rtp_offset: with follow = stream");
  struct config *const c =
    load(RECEIVE "follow = stream\nrtp_offset = auto\n", NULL);
  cr_assert_not_null(c, "%s", errors);
  config_destroy(c);
}

Test(config, the_clock_goes_by_a_receiver_that_there_is)
{
  refuses("[clock]\nfollow = rx9\n" RECEIVE, "there is no [receive rx9]");
  struct config *const c = load("[clock]\nfollow = b\n" RECEIVE, NULL);
  cr_assert_not_null(c, "%s", errors);
  cr_assert_str_eq(c->clock_follow, "b");
  config_destroy(c);
}

#define MANY "[send m]\nchannels = 1-2\naddress = "

Test(config, a_send_may_have_several_addresses)
{
  struct config *const c = load(MANY "10.0.0.2, 10.0.0.3 ,10.0.0.4\n", NULL);
  cr_assert_not_null(c, "%s", errors);
  const vsc_stream *const d = &c->streams[0].config.desc;
  cr_expect_eq(d->address, 0x0A000002);
  cr_assert_eq(d->also_count, 2);
  cr_expect_eq(d->also[0], 0x0A000003);
  cr_expect_eq(d->also[1], 0x0A000004);
  config_destroy(c);
}

Test(config, each_address_of_several_is_checked)
{
  refuses(MANY "10.0.0.2, 10.0.0.x\n", "\"10.0.0.x\" is not an IPv4");
  refuses(MANY "10.0.0.2,\n", "\"\" is not an IPv4");
  refuses(MANY "10.0.0.2 10.0.0.3\n", "wants a comma");
  refuses(MANY "10.0.0.2, 10.0.0.3, 10.0.0.2\n", "is there twice");
  refuses(MANY "1.0.0.1,1.0.0.2,1.0.0.3,1.0.0.4,1.0.0.5,1.0.0.6,1.0.0.7,"
               "1.0.0.8,1.0.0.9,1.0.1.1,1.0.1.2,1.0.1.3,1.0.1.4,1.0.1.5,"
               "1.0.1.6,1.0.1.7,1.0.1.8\n",
          "more than 16 addresses");
  refuses(MANY "10.0.0.2, 10.0.0.3\n"
               "[send n]\nchannels = 3-4\naddress = 10.0.0.3\n",
          "sends to the same address");
  refuses("[receive r]\nchannels = 1-2\naddress = 10.0.0.2, 10.0.0.3\n",
          "is not an IPv4 address");
}

Test(config, several_addresses_stay_on_side_b)
{
  struct config *const c =
    load("[engine]\nside = b\n" MANY "10.0.0.2, 10.0.0.3\n"
         "[receive r]\nchannels = 1-2\naddress = 239.1.1.1\n",
         NULL);
  cr_assert_not_null(c, "%s", errors);
  cr_expect_eq(c->streams[0].config.desc.address, 0x0A000002);
  cr_expect_eq(c->streams[1].config.desc.address, 0xEF010101);
  config_destroy(c);
}
