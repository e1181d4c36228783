/* config_table.c - every key of the engine's own sections: one row each, from
   which parsing, defaults, errors and profiles/default.ini are made.
   SPDX-License-Identifier: MIT */
#include "config_table.h"

#include "modules/shared/sdp.h"
#include "option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const sides[] = { "a", "b", NULL };
static const char *const levels[] = { "error", "warn", "info", "debug", NULL };
static const char *const shares[] = { "own", "mix", NULL };
static const char *const whens[] = { "open", "always", NULL };
static const char *const follows[] = { "clock", "stream", NULL };
static const char *const directions[] = { "play", "capture", NULL };

#define STRING(T, field, fb, help)                                             \
  VSC_OPTION(T, field, #field, VSC_OPT_STRING, fb, 0, 0, help)
#define INT(T, field, fb, lo, hi, help)                                        \
  VSC_OPTION(T, field, #field, VSC_OPT_INT, fb, lo, hi, help)

/* Of sections that come with an included profile. */
#define ENABLED_ROW(T, what)                                                   \
  VSC_OPTION(T,                                                                \
             enabled,                                                          \
             "enabled",                                                        \
             VSC_OPT_BOOL,                                                     \
             "yes",                                                            \
             0,                                                                \
             0,                                                                \
             "no drops an inherited " what)

static const vsc_option engine_rows[] = {
  STRING(struct engine_options,
         name,
         "",
         "put before the names of our sessions; empty: nothing"),
  STRING(struct engine_options,
         profile,
         "",
         "saved by configure --profile: the profile to take"),
  STRING(struct engine_options,
         replaces,
         "",
         "saved with profile: instead of this one"),
  STRING(struct engine_options,
         interface,
         "",
         "network interface: a name, its address, or auto (the only one); "
         "empty: nothing is sent"),
  STRING(struct engine_options,
         interface_secondary,
         "",
         "where the second leg of ST 2022-7 sessions comes: as interface; "
         "empty: on the same one"),
  STRING(struct engine_options,
         stats_address,
         "",
         "multicast group that is told every second how this engine is, for "
         "aes67 stats --all (239.255.67.67); empty: nobody is"),
  VSC_OPTION_WORDS(struct engine_options,
                   side,
                   "side",
                   "a",
                   sides,
                   "b exchanges the addresses of sends and receives"),
  VSC_OPTION_WORDS(struct engine_options,
                   log_level,
                   "log_level",
                   "info",
                   levels,
                   "the least important line that is logged"),
  VSC_OPTIONS_END,
};

static const vsc_option device_rows[] = {
  INT(struct device_options,
      rate,
      "48000",
      44100,
      384000,
      "frames per second: 44100 or 48000 times 1, 2, 4, 8"),
  INT(struct device_options,
      inputs,
      "64",
      0,
      128,
      "channels that applications hear"),
  INT(struct device_options,
      outputs,
      "64",
      0,
      128,
      "channels that applications play"),
  INT(struct device_options,
      buffer,
      "64",
      8,
      8192,
      "frames of an application's callback"),
  INT(struct device_options,
      ring,
      "0",
      0,
      65536,
      "frames of memory behind a channel, a power of two; 0: 8192 at 48 kHz, "
      "more at higher rates"),
  INT(struct device_options,
      headroom,
      "7",
      0,
      8192,
      "frames an application may take to answer its callback"),
  VSC_OPTION_WORDS(struct device_options,
                   share,
                   "share",
                   "own",
                   shares,
                   "own: an output channel is one application's; mix: several "
                   "are summed"),
  INT(struct device_options,
      lanes,
      "4",
      1,
      16,
      "how many applications may play at once with share = mix"),
  STRING(struct device_options,
         group,
         "",
         "system group whose members may open the device, too; empty: nobody "
         "else"),
  VSC_OPTIONS_END,
};

static const vsc_option clock_rows[] = {
  STRING(struct clock_options, module, "clock-system", "module that serves"),
  STRING(
    struct clock_options,
    follow,
    "",
    "receiver whose sender clock-ptp goes by on the rung \"stream\"; empty: "
    "none"),
  VSC_OPTIONS_END,
};

static const vsc_option discovery_rows[] = {
  ENABLED_ROW(struct module_options, "discovery"),
  STRING(struct module_options, module, NULL, "module that serves"),
  VSC_OPTIONS_END,
};

static const vsc_option codec_rows[] = {
  VSC_OPTIONS_END,
};

/* Of [stream], and of each [send] and [receive]. */
#define STREAM_ROWS                                                            \
  VSC_OPTION(struct stream_options,                                            \
             packet_time,                                                      \
             "packet_time",                                                    \
             VSC_OPT_DURATION,                                                 \
             "1ms",                                                            \
             20000,                                                            \
             20000000,                                                         \
             "audio in a packet: 125us, 250us, 333us, 1ms, 4ms"),              \
    STRING(struct stream_options,                                              \
           link_offset,                                                        \
           "3ms",                                                              \
           "play-out delay of a receiver: a time, or packets as in 3packets"), \
    STRING(                                                                    \
      struct stream_options,                                                   \
      encoding,                                                                \
      "L24",                                                                   \
      "sample format on the wire: L16, L24, or what a codec module adds"),     \
    STRING(struct stream_options,                                              \
           transport,                                                          \
           "rtp",                                                              \
           "transport module, without its transport- prefix"),                 \
    INT(struct stream_options,                                                 \
        rate,                                                                  \
        "0",                                                                   \
        0,                                                                     \
        384000,                                                                \
        "frames per second on the wire; 0: the device's; others need a "       \
        "resampler"),                                                          \
    STRING(struct stream_options,                                              \
           resampler,                                                          \
           "",                                                                 \
           "resampler module, without its resampler- prefix; empty: none, "    \
           "but samplerate with follow = stream"),                             \
    INT(struct stream_options,                                                 \
        dscp,                                                                  \
        "34",                                                                  \
        0,                                                                     \
        63,                                                                    \
        "class of service of packets: 34 is AES67's AF41, 46 is EF"),          \
    INT(struct stream_options,                                                 \
        ttl,                                                                   \
        "32",                                                                  \
        1,                                                                     \
        255,                                                                   \
        "how many routers a packet may pass"),                                 \
    INT(struct stream_options,                                                 \
        payload_type,                                                          \
        "96",                                                                  \
        0,                                                                     \
        127,                                                                   \
        "RTP payload type; receivers take any unless it is given"),            \
    VSC_OPTION_WORDS(struct stream_options,                                    \
                     when,                                                     \
                     "when",                                                   \
                     "open",                                                   \
                     whens,                                                    \
                     "open: while an application has started the device"),     \
    VSC_OPTION_WORDS(struct stream_options,                                    \
                     dialect,                                                  \
                     "dialect",                                                \
                     "aes67",                                                  \
                     sdp_dialects,                                             \
                     "of session descriptions; dante has no source-filter, "   \
                     "st2110 all clocks at media level")

/* Of [stream], and of each [receive]. */
#define FOLLOW_ROW                                                             \
  VSC_OPTION_WORDS(struct stream_options,                                      \
                   follow,                                                     \
                   "follow",                                                   \
                   "clock",                                                    \
                   follows,                                                    \
                   "whose time the stamps of a received stream are: the "      \
                   "media clock's, or the sender's own (stream: resampled)")

#define SHAPE_ROWS                                                             \
  STRING(                                                                      \
    struct stream_options, channels, "", "device channels: 1-8, or 1-4,9"),    \
    STRING(struct stream_options,                                              \
           map,                                                                \
           "",                                                                 \
           "pairs instead of one after the other: 3>17, 4>18")

static const vsc_option stream_rows[] = {
  STREAM_ROWS,
  FOLLOW_ROW,
  VSC_OPTIONS_END,
};

static const vsc_option send_rows[] = {
  ENABLED_ROW(struct stream_options, "stream"),
  SHAPE_ROWS,
  STRING(struct stream_options,
         address,
         "",
         "group or host to send to; several hosts, for Wi-Fi: 10.0.0.2, "
         "10.0.0.3, at most 16 (with side = b they stay)"),
  INT(struct stream_options, port, "5004", 1, 65535, "UDP port"),
  STRING(struct stream_options,
         rtp_offset,
         "0",
         "RTP timestamp of the media clock's epoch"),
  STREAM_ROWS,
  VSC_OPTIONS_END,
};

static const vsc_option receive_rows[] = {
  ENABLED_ROW(struct stream_options, "stream"),
  SHAPE_ROWS,
  STRING(struct stream_options,
         session,
         "",
         "name of a session that discovery finds, or its rtsp:// or http:// "
         "URL"),
  STRING(struct stream_options, sdp, "", "file that describes the session"),
  VSC_OPTION(struct stream_options,
             takes_over,
             "takes_over",
             VSC_OPT_BOOL,
             "no",
             0,
             0,
             "yes: takes its inputs from receivers that do not"),
  STRING(struct stream_options,
         address,
         "",
         "group to join; this host's address for unicast"),
  INT(struct stream_options, port, "5004", 1, 65535, "UDP port"),
  STRING(struct stream_options,
         source,
         "",
         "only from this sender: source-specific multicast"),
  STRING(struct stream_options,
         rtp_offset,
         "sdp",
         "RTP timestamp of the epoch: a number, sdp (as described for our "
         "clock, else auto), or auto (as the packets come)"),
  VSC_OPTION(struct stream_options,
             ignores_refclk,
             "ignore_refclk",
             VSC_OPT_BOOL,
             "no",
             0,
             0,
             "yes: whatever clock its session names is taken for ours, "
             "another PTP domain too"),
  STREAM_ROWS,
  FOLLOW_ROW,
  VSC_OPTIONS_END,
};

static const vsc_option loopback_rows[] = {
  ENABLED_ROW(struct loopback_options, "loopback"),
  STRING(struct loopback_options,
         from,
         "",
         "out 1-8: what applications play there; in 1-8: what is received"),
  STRING(struct loopback_options,
         to,
         "",
         "in 1-8: applications hear it there; out 1-8: it is sent back"),
  STRING(struct loopback_options,
         delay,
         "",
         "a time, or frames as in 96frames; empty: the least, which is a "
         "packet_time of [stream] for out to in, and 0 for in to out"),
  STRING(struct loopback_options,
         exclude,
         "",
         "applications that are not looped back, as status names them: "
         "ardour, aes67 play"),
  VSC_OPTIONS_END,
};

static const vsc_option bridge_rows[] = {
  ENABLED_ROW(struct bridge_options, "bridge"),
  STRING(struct bridge_options,
         device,
         NULL,
         "the sound card, by a name of ALSA's: default, plughw:1"),
  VSC_OPTION_WORDS(struct bridge_options,
                   direction,
                   "direction",
                   "play",
                   directions,
                   "play: inputs to the card; capture: the card to outputs"),
  STRING(struct bridge_options,
         channels,
         "1-2",
         "of our device: 1-2; the card has as many"),
  VSC_OPTION(struct bridge_options,
             latency,
             "latency",
             VSC_OPT_DURATION,
             "0s",
             0,
             2e9,
             "at least so long; 0s: as short as is safe"),
  STRING(struct bridge_options,
         resampler,
         "samplerate",
         "resampler module, without its resampler- prefix"),
  VSC_OPTIONS_END,
};

static const struct role roles[] = {
  { "engine", "", engine_rows, 0 },
  { "device", "", device_rows, 0 },
  { "clock", "", clock_rows, 0 },
  { "discovery", "NAME", discovery_rows, 1 },
  { "transport", "NAME", codec_rows, 1 },
  { "codec", "NAME", codec_rows, 1 },
  { "resampler", "NAME", codec_rows, 1 },
  { "stream", "", stream_rows, 0 },
  { "send", "NAME", send_rows, 1 },
  { "receive", "NAME", receive_rows, 1 },
  { "loopback", "NAME", loopback_rows, 1 },
  { "bridge", "NAME", bridge_rows, 1 },
  { NULL, NULL, NULL, 0 },
};

const struct role *
config_roles(void)
{
  return roles;
}

const vsc_option *
config_rows(const char *role)
{
  for (const struct role *r = roles; r->name; r++) {
    if (strcmp(r->name, role) == 0) {
      return r->rows;
    }
  }
  return NULL;
}

static void
print_rows(FILE *out, const struct role *r)
{
  /* Keys of [stream] are listed there once. */
  const int is_stream = r->rows == send_rows || r->rows == receive_rows;
  for (const vsc_option *row = r->rows; row->key; row++) {
    if (is_stream && option_find(stream_rows, row->key)) {
      continue;
    }
    char allowed[160];
    option_describe(row, allowed, sizeof allowed);
    fprintf(out,
            "; %s%s%s%s\n",
            row->help,
            *allowed ? " (" : "",
            allowed,
            *allowed ? ")" : "");
    fprintf(out,
            "%s%s = %s\n",
            r->has_name ? ";" : "",
            row->key,
            row->fallback ? row->fallback : "");
  }
  if (is_stream) {
    fprintf(out,
            "; and any key of [stream]%s\n",
            r->rows == send_rows ? " but follow" : "");
  }
}

char *
config_default_text(void)
{
  char *text = NULL;
  size_t bytes = 0;
  FILE *const out = open_memstream(&text, &bytes);
  if (!out) {
    return NULL;
  }
  fprintf(out,
          "; default.ini - every key, its default and what it means. "
          "Generated: a test compares it\n; with the engine. A profile of "
          "yours holds only what differs.\n");
  for (const struct role *r = roles; r->name; r++) {
    if (!r->rows->key) {
      continue;
    }
    fprintf(out,
            "\n%s[%s%s%s]\n",
            r->has_name ? ";" : "",
            r->name,
            r->has_name ? " " : "",
            r->label);
    print_rows(out, r);
  }
  return fclose(out) == 0 ? text : (free(text), NULL);
}
