/* corpus_sdp.c - the session descriptions of the corpus say what a reader of
   their text wrote down here; where other parsers read something else, a line
   says why. 77 without the corpus.
   SPDX-License-Identifier: MIT */
#include "modules/shared/sdp.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PTP "ptp=IEEE1588-2008:"
#define LEGS 2

/* A stream is ENCODING/RATE/CHANNELS, payload type, ADDRESS:PORT/TTL, packet
   time in ns (0: not told), RTP offset, clock, sender, group; "-" for what is
   not told. */
struct expectation {
  const char *file;
  const char *legs[LEGS]; /* or NULL */
  const char *refusal;    /* LINE: REASON, or NULL */
  const char *why;        /* others read something else; or NULL */
};

static const struct expectation all[] = {
  { .file = "aes67-annex-multicast",
    .legs = { "L24/48000/8 96 239.0.0.1:5004/32 1000000 0 " PTP
              "39-A7-94-FF-FE-07-CB-D0:0 - -" } },
  { .file = "aes67-linux-daemon-2022-7",
    .legs = { "L24/48000/2 98 239.1.0.1:5004/15 1000000 0 " PTP
              "00-1D-C1-FF-FE-50-36-33:0 192.168.1.17 DUP 1 2",
              "L24/48000/2 98 239.1.0.1:5006/15 1000000 0 " PTP
              "00-1D-C1-FF-FE-50-36-33:0 192.168.1.18 DUP 1 2" } },
  { .file = "aes67-linux-daemon-field-2021",
    .legs = { "L24/48000/2 98 239.255.0.10:5004/15 1000000 0 " PTP
              "E4-5F-01-FF-FE-23-C2-20:0 - -" } },
  { .file = "aoiptester-l16-44100-8ch",
    .legs = { "L16/44100/8 97 239.65.0.24:5004/32 1000000 0 " PTP
              "00-1D-C1-FF-FE-00-00-00:0 - -" } },
  { .file = "aoiptester-l24-48000-2ch-4ms",
    .legs = { "L24/48000/2 97 239.65.0.25:5004/32 4000000 0 " PTP
              "00-1D-C1-FF-FE-00-00-00:0 - -" } },
  { .file = "aoiptester-l24-96000-8ch-125us",
    .legs = { "L24/96000/8 97 239.65.0.7:5004/32 125000 0 " PTP
              "00-1D-C1-FF-FE-00-00-00:0 - -" } },
  { .file = "arkona-at300-dup-single-leg",
    .legs = { "L24/48000/16 96 239.32.210.110:9000/64 125000 0 "
              "localmac=C0-F9-D2-01-01-9F 172.16.210.110 DUP primary "
              "secondary" } },
  { .file = "aws-elemental-doc-xx",
    .refusal = "6: the c= line has no IPv4 address in numbers",
    .why = "the others keep \"239.x.x.x\" as a word" },
  { .file = "bbc-demo-2110-30",
    .legs = { "L24/48000/2 102 232.130.55.188:46848/32 1000000 0 " PTP
              "EC-46-70-FF-FE-00-CE-DE:0 172.29.80.65 -" } },
  { .file = "blackmagic-2110-bidirect",
    .legs = { "L24/48000/16 97 239.255.192.14:16384/255 125000 0 " PTP
              "7C-2E-0D-FF-FE-1E-6F-0E:0 192.168.1.228 -" } },
  { .file = "blackmagic-camera-talkback",
    .legs = { "L24/48000/8 97 239.255.192.14:16387/255 1000000 0 " PTP
              "00-1D-C1-FF-FE-51-D7-EB:0 10.100.0.21 -" } },
  { .file = "caes67-gen-empty-name",
    .legs = { "L24/48000/2 96 224.0.0.1:5004/32 1000000 0 " PTP
              "traceable - -" },
    .why = "the clock is told for the session; the others look at media" },
  { .file = "dante-avio-bluetooth-2025",
    .legs = { "L24/48000/2 97 239.69.232.56:5004/32 1000000 0 " PTP
              "00-1D-C1-FF-FE-0E-10-C4:0 - -" } },
  { .file = "dante-avio-usb-503633",
    .legs = { "L24/48000/2 97 239.69.251.175:5004/32 1000000 2911906980 " PTP
              "00-1D-C1-FF-FE-50-36-33:0 - -" } },
  { .file = "dante-avio-usb-aoiptester",
    .legs = { "L24/48000/2 97 239.69.138.109:5004/32 1000000 1563598893 " PTP
              "00-1D-C1-FF-FE-51-D7-EB:0 - -" } },
  { .file = "dante-avio-usbc-522880",
    .legs = { "L24/48000/2 97 239.69.165.50:5004/32 1000000 1266592257 " PTP
              "00-1D-C1-FF-FE-52-28-80:0 - -" } },
  { .file = "dante-glensound-aoip44",
    .legs = { "L24/48000/2 97 239.65.45.154:5004/32 1000000 142410716 " PTP
              "00-00-00-FF-FE-00-00-00:0 - -" } },
  { .file = "dante-nuc",
    .legs = { "L24/48000/2 97 239.69.143.213:5004/32 1000000 0 " PTP
              "2C-CF-67-FF-FE-75-93-93:0 - -" } },
  { .file = "dante-ssl-netio-madi-stereo",
    .legs = { "L24/48000/2 97 239.10.69.176:5004/32 1000000 641649978 " PTP
              "00-1D-C1-FF-FE-12-2D-4C:0 - -" } },
  { .file = "dolby-cp950",
    .legs = { "L24/48000/8 96 239.69.83.67:6518/32 1000000 0 " PTP
              "00-60-DB-FF-FE-01-02-CA:0 - -" } },
  { .file = "ebu-list-am824-pt-mismatch",
    .refusal = "5: payload type 97 has no a=rtpmap",
    .why = "the others take a medium whose format is not told" },
  { .file = "ebu-list-l24",
    .legs = { "L24/48000/2 97 239.1.1.1:20000/64 1000000 0 " PTP
              "04-5C-6C-FF-FE-0A-53-70:127 10.1.1.236 -" } },
  { .file = "ebu-nmos-sample-16ch-svip",
    .legs = { "L24/48000/16 97 239.30.112.2:50030/64 1000000 0 " PTP
              "28-99-3A-FF-FF-D3-5F-6E:42 192.168.8.38 -" } },
  { .file = "embrionix-am824-16-125us",
    .legs = { "AM824/48000/16 97 239.4.31.1:20000/64 125000 0 " PTP
              "08-00-11-FF-FE-22-B6-CE:0 192.168.10.4 -" } },
  { .file = "embrionix-l24-8ch-1ms",
    .legs = { "L24/48000/8 97 239.4.30.1:20000/64 1000000 0 " PTP
              "08-00-11-FF-FE-22-B6-CE:0 192.168.10.4 -" } },
  { .file = "evertz-670ipg-2022-7",
    .legs = { "L24/48000/4 97 238.0.139.122:1234/64 125000 0 " PTP
              "00-02-C5-FF-FE-2E-43-75:100 10.198.32.165 DUP 1P 1S",
              "L24/48000/4 97 238.0.139.116:1234/64 125000 0 " PTP
              "00-02-C5-FF-FE-2E-43-75:100 10.198.64.165 DUP 1P 1S" } },
  { .file = "ffmpeg-sap-static-pt10",
    .legs = { "L16/44100/2 10 239.69.7.2:5006/32 0 - - - -" },
    .why = "payload type 10 is L16/44100/2 without saying so (RFC 3551, 6)" },
  { .file = "gst-sdpdemux-two-sources",
    .legs = { "L24/48000/2 98 224.0.0.0:5004/0 1000000 - - - -" },
    .why =
      "1 ms is 48 frames; two senders are as any: we join from one or all" },
  { .file = "holoplot-96k-8ch",
    .legs = { "L24/96000/8 97 239.1.2.1:5006/255 1000000 0 " PTP
              "00-11-22-33-44-55-66-88:0 192.168.1.101 -" },
    .why = "the clock is told for the session, 1 ms as 96 frames" },
  { .file = "l24-96k-ssm-noptime-ip4",
    .legs = { "L24/96000/2 96 232.2.3.2:1234/0 0 - - 172.23.199.110 -" } },
  { .file = "lawo-a-madi6-sps",
    .legs = { "L24/48000/64 98 239.3.8.1:5004/31 125000 0 " PTP
              "00-0B-72-FF-FE-07-DC-FC:0 192.168.16.52 DUP primary secondary",
              "L24/48000/64 98 239.4.8.2:5004/31 125000 0 " PTP
              "00-0B-72-FF-FE-07-DC-FC:0 192.168.4.8 DUP primary secondary" },
    .why = "0.12 ms and 6 frames are 0.125 ms" },
  { .file = "livewire-doc-ttl0-blanklines",
    .refusal = "0: there is no o= line",
    .why = "nobody could tell when such a session changes" },
  { .file = "livewire-testsine-order",
    .legs = { "L24/48000/2 96 239.192.4.187:5004/0 0 - - - -" } },
  { .file = "merging-anubis-2101-125us",
    .legs = { "L24/48000/2 98 239.1.178.124:5004/15 125000 0 " PTP
              "2C-CF-67-FF-FE-75-93-93:0 192.168.178.124 -" } },
  { .file = "merging-anubis-l16",
    .legs = { "L16/48000/2 98 239.1.16.51:5004/15 1000000 0 " PTP
              "30-D6-59-FF-FE-01-DB-72:0 192.168.16.51 -" } },
  { .file = "merging-horus-asio-nochannels",
    .legs = { "L24/48000/1 98 239.1.1.135:5008/15 1000000 0 " PTP
              "00-1D-C1-FF-FE-13-05-90:0 192.168.1.135 -" },
    .why =
      "no number of channels is one channel (RFC 4566, 6), as for ffmpeg" },
  { .file = "nmos-cpp-node-audio-2022-7",
    .legs = { "L24/48000/4 97 232.43.209.169:5004/32 1000000 0 "
              "localmac=D2-54-0F-69-2E-DD 10.67.0.1 DUP PRIMARY SECONDARY",
              "L24/48000/4 97 232.238.193.12:5004/32 1000000 0 "
              "localmac=D2-54-0F-69-2E-DD 10.67.0.1 DUP PRIMARY SECONDARY" } },
  { .file = "nmos-jxsv-video",
    .refusal = "5: m=video is not supported: only audio" },
  { .file = "nmos-testing-audio-2022-7-u08",
    .legs = { "L24/48000/8 97 239.90.1.1:50090/32 1000000 0 " PTP
              "08-00-11-FF-FE-21-A5-45:42 - DUP PRIMARY SECONDARY",
              "L24/48000/8 97 239.190.1.1:50190/32 1000000 0 " PTP
              "08-00-11-FF-FE-21-A5-45:42 - DUP PRIMARY SECONDARY" } },
  { .file = "nmos-testing-audio-u08",
    .legs = { "L24/48000/8 97 239.90.1.1:50090/32 1000000 0 " PTP
              "08-00-11-FF-FE-21-A5-45:42 - -" } },
  { .file = "rfc7104-dup-separate-dest",
    .refusal = "6: m=video is not supported: only audio" },
  { .file = "rfc7104-dup-separate-source",
    .refusal = "5: m=video is not supported: only audio" },
  { .file = "rfc7273-mediaclk-ptp-rate",
    .refusal = "10: the media clock direct=963214424 rate=1000/1001 is not "
               "supported: only direct",
    .why = "the others do not judge clocks" },
  { .file = "rfc7273-mediaclk-sender-id",
    .legs = { "L24/48000/2 96 233.252.0.1:5004/64 0 - " PTP
              "39-A7-94-FF-FE-07-CB-D0:0 - -" } },
  { .file = "rfc7273-refclk-ntp-traceable",
    .refusal = "11: payload type 0 has no a=rtpmap",
    .why = "the others take a medium whose format is not told" },
  { .file = "sdpoker-bad-line-format",
    .refusal = "6: m=video is not supported: only audio" },
  { .file = "sdpoker-missing-media", .refusal = "0: there is no audio medium" },
  { .file = "stagebox-96k-32ch-dup",
    .legs = { "L24/96000/32 97 239.64.1.45:5004/32 125000 0 " PTP
              "00-1D-C1-FF-FE-51-D7-EB:0 10.100.0.40 DUP primary secondary",
              "L24/96000/32 97 239.65.1.45:5004/32 125000 0 " PTP
              "00-1D-C1-FF-FE-51-D7-EB:0 10.100.1.40 DUP primary secondary" } },
  { .file = "telos-doc-stream1",
    .legs = { "L24/48000/2 96 239.30.22.1:5004/0 1000000 0 " PTP
              "01-23-45-67-89-AB-CD-EF:127 - -" } },
  { .file = "wardbeck-32me",
    .legs = { "L24/48000/8 98 239.30.178.1:50000/1 1000000 0 " PTP
              "EC-46-70-FF-FE-00-8F-C8:0 - -" } },
};
#define COUNT (sizeof all / sizeof *all)

static int failures;

static void
check(int is_true, const char *file, const char *what, const char *got)
{
  if (!is_true) {
    failures++;
    fprintf(stderr, "%s: %s: %s\n", file, what, got);
  }
}

static const char *
ip_text(vsc_ip ip, char out[16])
{
  snprintf(
    out, 16, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
  return out;
}

static void
describe(const vsc_stream *s, const struct sdp_more *more, char out[400])
{
  char address[16], source[16], clock[SDP_CLOCK_BYTES], offset[16] = "-";
  sdp_clock_text(s, clock);
  if (s->has_rtp_offset) {
    snprintf(offset, sizeof offset, "%u", s->rtp_offset);
  }
  snprintf(out,
           400,
           "%s/%u/%u %u %s:%u/%u %lld %s %s %s %s",
           s->format.encoding,
           s->format.rate,
           s->format.channels,
           s->payload_type,
           ip_text(s->address, address),
           s->port,
           s->ttl,
           (long long)s->packet_time,
           offset,
           *clock ? clock : "-",
           s->source ? ip_text(s->source, source) : "-",
           *more->group ? more->group : "-");
}

static void
check_meaning(const struct expectation *e, const struct sdp_result *r)
{
  char text[400];
  snprintf(text, sizeof text, "%u: %s", r->line, r->reason);
  if (e->refusal) {
    check(r->count == 0, e->file, "is taken, and should not be", text);
    check(strcmp(text, e->refusal) == 0, e->file, "refused", text);
    return;
  }
  const uint32_t want = e->legs[1] ? 2 : 1;
  check(r->count == want, e->file, "number of streams", text);
  for (uint32_t i = 0; i < r->count && i < want; i++) {
    describe(&r->streams[i], &r->more[i], text);
    check(strcmp(text, e->legs[i]) == 0, e->file, "is understood as", text);
    check(r->more[i].leg == i, e->file, "leg", text);
  }
}

/* What the others say of KEY: "" when they say nothing. */
static const char *
theirs(const json_t *audio, const char *key, char out[64])
{
  const json_t *const value = json_object_get(audio, key);
  out[0] = '\0';
  if (json_is_string(value)) {
    snprintf(out, 64, "%s", json_string_value(value));
  } else if (json_is_integer(value)) {
    snprintf(out, 64, "%lld", (long long)json_integer_value(value));
  }
  return out;
}

static bool
same_number(const json_t *audio, const char *key, uint64_t ours)
{
  char text[64], number[24];
  snprintf(number, sizeof number, "%llu", (unsigned long long)ours);
  return strcmp(theirs(audio, key, text), number) == 0;
}

static bool
same_clock(const json_t *audio, const vsc_stream *s)
{
  char text[64], ours[SDP_CLOCK_BYTES];
  theirs(audio, "ts_refclk", text);
  for (char *c = strchr(text, ':'); c && *c; c++) {
    *c = *c >= 'a' && *c <= 'f' ? (char)(*c - 'a' + 'A') : *c;
  }
  sdp_clock_text(s, ours);
  return strcmp(text, ours) == 0;
}

static bool
same_offset(const json_t *audio, const vsc_stream *s)
{
  char text[64];
  theirs(audio, "mediaclk", text);
  const bool has_offset = strncmp(text, "direct=", 7) == 0;
  return has_offset == (s->has_rtp_offset != 0) &&
         (!has_offset || strtoull(text + 7, NULL, 10) == s->rtp_offset);
}

static bool
same_sender(const json_t *audio, const vsc_stream *s)
{
  const json_t *const sources = json_object_get(audio, "sources");
  char ours[16];
  if (json_array_size(sources) == 0) {
    return s->source == 0;
  }
  const char *const first = json_string_value(json_array_get(sources, 0));
  return json_array_size(sources) == 1 && first &&
         strcmp(first, ip_text(s->source, ours)) == 0;
}

static bool
is_same(const json_t *audio, const vsc_stream *s, const struct sdp_more *more)
{
  char text[64], address[16];
  theirs(audio, "ptime", text);
  const double ns = strtod(text, NULL) * 1e6;
  const json_t *const order = json_object_get(audio, "channel_order");
  return same_number(audio, "rate", s->format.rate) &&
         same_number(audio, "channels", s->format.channels) &&
         same_number(audio, "payload_type", s->payload_type) &&
         same_number(audio, "port", s->port) &&
         same_number(audio, "ttl", s->ttl) &&
         (vsc_ns)(ns + 0.5) == s->packet_time && same_clock(audio, s) &&
         same_offset(audio, s) && same_sender(audio, s) &&
         strcmp(theirs(audio, "encoding", text), s->format.encoding) == 0 &&
         strcmp(theirs(audio, "address", text), ip_text(s->address, address)) ==
           0 &&
         strcmp(theirs(audio, "mid", text), more->mid) == 0 &&
         (!json_is_string(order) ||
          strcmp(json_string_value(order), more->channel_order) == 0);
}

static void
check_others(const struct expectation *e,
             const struct sdp_result *r,
             const json_t *opinions)
{
  const json_t *const audio =
    json_object_get(json_object_get(opinions, e->file), "audio");
  bool is_equal = json_array_size(audio) == r->count;
  for (uint32_t i = 0; is_equal && i < r->count; i++) {
    is_equal = is_same(json_array_get(audio, i), &r->streams[i], &r->more[i]);
  }
  check(is_equal || e->why, e->file, "others differ", "and nobody says why");
  check(!is_equal || !e->why, e->file, "others agree", e->why ? e->why : "");
}

static bool
load(const char *path, char *text, size_t *bytes)
{
  FILE *const file = fopen(path, "rb");
  if (!file) {
    return false;
  }
  *bytes = fread(text, 1, SDP_BYTES_MAX + 1, file);
  fclose(file);
  return true;
}

int
main(int argc, char **argv)
{
  static char text[SDP_BYTES_MAX + 1];
  static struct sdp_result result;
  char folder[2048], path[4096];
  const char *const shared = getenv("VSC_SHARED");
  snprintf(folder,
           sizeof folder,
           "%s%s/corpus",
           shared     ? shared
           : argc > 1 ? argv[1]
                      : ".",
           shared ? "" : "/../shared");
  snprintf(path, sizeof path, "%s/expected-by-third-parties.json", folder);
  json_t *const opinions = json_load_file(path, 0, NULL);
  if (!opinions) {
    fprintf(stderr, "no corpus in \"%s\"\n", folder);
    return 77;
  }
  check(json_object_size(opinions) == COUNT,
        "the corpus",
        "has sessions that nobody has read",
        "see expected-by-third-parties.json");
  for (size_t i = 0; i < COUNT; i++) {
    size_t bytes = 0;
    snprintf(path, sizeof path, "%s/sdp/%s.sdp", folder, all[i].file);
    if (!load(path, text, &bytes)) {
      check(0, all[i].file, "cannot be read", path);
      continue;
    }
    sdp_parse(text, bytes, &result);
    check_meaning(&all[i], &result);
    check_others(&all[i], &result, opinions);
  }
  json_decref(opinions);
  printf("%zu sessions, %d differ\n", COUNT, failures);
  return failures > 0;
}
