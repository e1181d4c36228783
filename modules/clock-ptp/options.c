/* options.c - the keys of [clock] for clock-ptp, and the presets behind them.
   SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/options.h"

/* Messages in an interval of 2^log seconds: the AES67 media profile (AES67-2018
   annex A; its Announce once in 2 s, we say every second, which all accept),
   IEEE 1588-2008 J.3, and SMPTE ST 2059-2. */
static const struct {
  int announce, sync, delay;
} presets[] = { { 0, -3, -3 }, { 1, 0, 0 }, { -2, -3, -3 } };

/* Event messages, the others: AES67 6.3, RAVENNA's and Dante's equipment. */
static const struct {
  uint8_t event, general;
} classes[] = { { 46, 34 }, { 48, 46 }, { 56, 46 } };

static const char *const preset_words[] = { "aes67",
                                            "default",
                                            "st2059",
                                            NULL };
static const char *const role_words[] = { "auto", "slave", "master", NULL };
static const char *const delay_words[] = { "auto",
                                           "multicast",
                                           "unicast",
                                           NULL };
static const char *const stamps_words[] = { "auto",
                                            "software",
                                            "hardware",
                                            NULL };
static const char *const dscp_words[] = { "aes67", "ravenna", "dante", NULL };

#define INT(field, fallback, min, max, help)                                   \
  VSC_OPTION(                                                                  \
    struct ptp_options, field, #field, VSC_OPT_INT, fallback, min, max, help)
#define DURATION(field, fallback, min, max, help)                              \
  VSC_OPTION(struct ptp_options,                                               \
             field,                                                            \
             #field,                                                           \
             VSC_OPT_DURATION,                                                 \
             fallback,                                                         \
             min,                                                              \
             max,                                                              \
             help)
#define STRING(field, fallback, help)                                          \
  VSC_OPTION(                                                                  \
    struct ptp_options, field, #field, VSC_OPT_STRING, fallback, 0, 0, help)
#define WORDS(field, fallback, words, help)                                    \
  VSC_OPTION_WORDS(struct ptp_options, field, #field, fallback, words, help)

const vsc_option ptp_option_rows[] = {
  INT(domain, "0", 0, 127, "PTP domain"),
  WORDS(role,
        "slave",
        role_words,
        "slave only follows, auto may become grandmaster, master follows "
        "nobody"),
  WORDS(
    preset,
    "aes67",
    preset_words,
    "intervals as a grandmaster: AES67 media, IEEE 1588 default, ST 2059-2"),
  INT(priority1, "254", 0, 255, "as a grandmaster: the lower wins"),
  INT(priority2, "128", 0, 255, "the same, among equals"),
  INT(announce_timeout,
      "3",
      2,
      10,
      "Announce intervals without one: it is lost"),
  DURATION(announce_interval,
           "0s",
           0,
           16e9,
           "of our Announces; 0s: the preset"),
  DURATION(sync_interval, "0s", 0, 2e9, "of our Syncs; 0s: the preset"),
  DURATION(delay_interval,
           "0s",
           0,
           32e9,
           "that followers may ask at; 0s: the preset"),
  WORDS(delay_req,
        "auto",
        delay_words,
        "how the master is asked; auto: by multicast, then by unicast"),
  WORDS(stamps,
        "auto",
        stamps_words,
        "time stamps: of the interface where it has them (auto), or the "
        "kernel's"),
  INT(asymmetry_ns,
      "0",
      -1e9,
      1e9,
      "ns by which the way from the master is longer than the mean"),
  STRING(allow, "", "grandmasters to follow, by clock identity; empty: any"),
  STRING(ladder,
         "ptp, stream, master, holdover, system, free",
         "what to go by, the best first"),
  DURATION(holdover,
           "0s",
           0,
           604800e9,
           "how long holdover lasts; 0s: for ever"),
  DURATION(step, "1ms", 1e3, 1e9, "a larger error is stepped, not slewed"),
  WORDS(dscp, "aes67", dscp_words, "classes of service of PTP messages"),
  INT(dscp_event, "-1", -1, 63, "of event messages; -1: as dscp says"),
  INT(dscp_general, "-1", -1, 63, "of the other messages; -1: as dscp says"),
  INT(ttl, "1", 1, 255, "how many routers a message may pass"),
  INT(event_port,
      "319",
      1,
      65534,
      "UDP port of event messages; others are for labs"),
  INT(general_port, "0", 0, 65535, "of the other messages; 0: the next"),
  INT(utc_offset,
      "0",
      0,
      1000,
      "seconds added to the system's TAI, for a kernel without a UTC offset"),
  VSC_OPTIONS_END,
};

/* The power of two of seconds next to NS; FALLBACK for 0. */
static int
log_of(vsc_ns ns, int fallback)
{
  if (ns == 0) {
    return fallback;
  }
  int log = -7;
  while (log < 6 && ptp_interval(log) + ptp_interval(log) / 2 < ns) {
    log++;
  }
  return log;
}

void
options_port(const struct ptp_options *o, struct port_config *out)
{
  const int64_t general = o->general_port ? o->general_port : o->event_port + 1;
  *out = (struct port_config){
    .event_port = (uint16_t)o->event_port,
    .general_port = (uint16_t)general,
    .role = o->role,
    .delay_mode = o->delay_req,
    .domain = (uint8_t)o->domain,
    .priority1 = (uint8_t)o->priority1,
    .priority2 = (uint8_t)o->priority2,
    .announce_timeout = (unsigned)o->announce_timeout,
    .asymmetry = o->asymmetry_ns,
    .log_announce = log_of(o->announce_interval, presets[o->preset].announce),
    .log_sync = log_of(o->sync_interval, presets[o->preset].sync),
    .log_delay = log_of(o->delay_interval, presets[o->preset].delay),
  };
}

uint8_t
options_dscp(const struct ptp_options *o, int is_event)
{
  const int64_t own = is_event ? o->dscp_event : o->dscp_general;
  return own >= 0   ? (uint8_t)own
         : is_event ? classes[o->dscp].event
                    : classes[o->dscp].general;
}
