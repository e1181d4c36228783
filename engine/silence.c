/* silence.c - the causes, each a question and a sentence, asked in the order in
   which they hide one another.
   SPDX-License-Identifier: MIT */
#include "silence.h"

#include "option.h"
#include "silence_parts.h"

#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)
/* The thread that takes packets is there again and again. */
#define ASLEEP_NS (500 * MS)
#define WIDTH_MOST 4 /* bytes of a sample */
#define NAME_MOST 64 /* bytes of a session's name */

/* --- no packets */

/* Nobody knows what a packet of ours would look like: whatever comes counts. */
static int
is_quiet(const struct silence_facts *f)
{
  return silence_is_quiet(f->quiet) && f->malformed == 0 && f->foreign == 0;
}

static int
has_no_network(const struct silence_facts *f, char *out)
{
  if (f->own == 0 && is_quiet(f)) {
    silence_say(
      out, "%s has no IPv4 address: nothing can be received", f->interface);
    return 1;
  }
  return 0;
}

static int
has_no_link(const struct silence_facts *f, char *out)
{
  if (!f->is_up) {
    silence_say(
      out, "the link of %s is down: look at cable and switch", f->interface);
  }
  return !f->is_up;
}

static int
has_no_thread(const struct silence_facts *f, char *out)
{
  if (!f->is_running) {
    silence_say(out, "the audio thread does not run: the log says why");
  }
  return !f->is_running;
}

static int
has_no_time(const struct silence_facts *f, char *out)
{
  if (!f->has_time) {
    silence_say(out,
                "our clock has no time yet%s%s",
                *f->clock_diagnosis ? ": " : "",
                f->clock_diagnosis);
  }
  return !f->has_time;
}

static int
is_asleep(const struct silence_facts *f, char *out)
{
  char t[SILENCE_WORD];
  if (f->asleep < ASLEEP_NS) {
    return 0;
  }
  silence_say(out,
              "the audio thread has not run for %s: this machine is too busy "
              "(scheduling %s)",
              silence_span(f->asleep, t),
              f->scheduling);
  return 1;
}

static void
say_since(const struct silence_facts *f, char *out)
{
  char t[SILENCE_WORD];
  if (f->quiet < 0) {
    silence_say(
      out, "no packet has come in %s", age_text(f->open_for / SECOND, t));
  } else {
    silence_say(out, "packets stopped %s ago", age_text(f->quiet / SECOND, t));
  }
}

static int
is_not_joined(const struct silence_facts *f, char *out)
{
  char group[SILENCE_WORD];
  if (!is_quiet(f) || f->is_joined != 0 ||
      !VSC_IP_IS_MULTICAST(f->stream->address)) {
    return 0;
  }
  say_since(f, out);
  silence_say(
    out,
    ": the system is not in the group %s on %s, though it was asked to be; "
    "restart the engine",
    ip_format(f->stream->address, group),
    f->interface);
  return 1;
}

static int
is_at_other_port(const struct silence_facts *f, char *out)
{
  char group[SILENCE_WORD];
  /* What was seen counts for more than what is said. */
  const int is_said =
    f->other_port && (!f->seen_port || f->seen_port == f->other_port);
  const uint16_t port = is_said ? f->other_port : f->seen_port;
  if (!is_quiet(f) || port == 0) {
    return 0;
  }
  ip_format(f->stream->address, group);
  say_since(f, out);
  if (is_said) {
    char name[NAME_MOST];
    silence_say(out,
                ": \"%s\" is announced at port %u of %s",
                text_shorten(f->other_session, name, sizeof name),
                port,
                group);
  } else {
    silence_say(out, ": they arrive at port %u of %s", port, group);
  }
  silence_say(out, ", not at %u: set port = %u", f->stream->port, port);
  return 1;
}

static int
is_session_gone(const struct silence_facts *f, char *out)
{
  if (!is_quiet(f) || !f->is_session_gone) {
    return 0;
  }
  char name[NAME_MOST];
  say_since(f, out);
  silence_say(
    out,
    ", and its session \"%s\" is not announced any more: the sender has ended",
    text_shorten(f->session, name, sizeof name));
  return 1;
}

static int
has_no_packets(const struct silence_facts *f, char *out)
{
  char address[SILENCE_WORD];
  char from[SILENCE_WORD];
  if (!is_quiet(f)) {
    return 0;
  }
  say_since(f, out);
  ip_format(f->stream->address, address);
  if (!VSC_IP_IS_MULTICAST(f->stream->address)) {
    silence_say(
      out,
      ": nothing is sent to %s:%u (%s); the sender has to be given that "
      "address",
      address,
      f->stream->port,
      f->interface);
    return 1;
  }
  if (f->is_joined > 0) {
    silence_say(out, ", though %s is in the group", f->interface);
  }
  silence_say(out, ": nobody sends to %s:%u", address, f->stream->port);
  if (f->stream->source) {
    silence_say(out, " from %s", ip_format(f->stream->source, from));
  }
  silence_say(out, ", or a switch holds it back (IGMP querier, VLAN)");
  return 1;
}

/* --- packets that cannot be played */

static int
is_heard(const struct silence_facts *f)
{
  return f->written + f->late + f->early + f->duplicate > 0;
}

static int
is_from_other(const struct silence_facts *f, char *out)
{
  char who[SILENCE_WORD];
  char asked[SILENCE_WORD];
  if (is_heard(f) || f->foreign == 0 || f->malformed > f->foreign) {
    return 0;
  }
  silence_say(out, "only %s sends to this address", ip_format(f->other, who));
  if (f->stream->source) {
    silence_say(out,
                ", not %s, which \"source\" asks for",
                ip_format(f->stream->source, asked));
  }
  return 1;
}

static int
is_no_rtp(const struct silence_facts *f, char *out)
{
  /* Counted one after the other. */
  const uint64_t told = f->other_type + f->odd_shape;
  const uint64_t bad = f->malformed > told ? f->malformed - told : 0;
  if (is_heard(f) || f->malformed == 0 || bad <= f->malformed / 2) {
    return 0;
  }
  silence_say(
    out,
    "what comes is no RTP: %llu datagrams in the last second; something "
    "else uses this address",
    (unsigned long long)bad);
  return 1;
}

static int
is_other_type(const struct silence_facts *f, char *out)
{
  if (is_heard(f) || f->other_type == 0 || f->other_type < f->odd_shape) {
    return 0;
  }
  silence_say(
    out,
    "packets have payload type %u, not %u: set payload_type = %u, or look "
    "whether it is the right stream",
    f->type,
    f->stream->payload_type,
    f->type);
  return 1;
}

/* "8 channels of L24 or 12 of L16": what a frame of so many bytes may be. */
static int
say_shapes(uint32_t bytes, char *out)
{
  static const uint32_t widths[] = { 3, 2, WIDTH_MOST };
  int said = 0;
  for (unsigned i = 0; i < 3 && said < 2; i++) {
    const uint32_t channels = bytes / widths[i];
    if (channels * widths[i] == bytes && channels > 0 &&
        channels <= VSC_CHANNELS_MAX) {
      silence_say(
        out,
        said ? " or %u of L%u"
             : (channels == 1 ? "%u channel of L%u" : "%u channels of L%u"),
        channels,
        widths[i] * 8);
      said++;
    }
  }
  return said;
}

static int
is_other_shape(const struct silence_facts *f, char *out)
{
  const vsc_format *const ours = &f->stream->format;
  if (is_heard(f) || f->odd_shape == 0) {
    return 0;
  }
  if (f->odd_frames == 0 && f->odd_bytes % f->bytes_per_frame == 0) {
    silence_say(out,
                "timestamps do not grow by the %u frames that a packet has: "
                "the sender is at fault, or it is another encoding than %s",
                f->odd_bytes / f->bytes_per_frame,
                ours->encoding);
    return 1;
  }
  /* A sender that keeps to the packet time says the rest with its length. */
  const uint32_t frames =
    f->odd_frames ? f->odd_frames : ours->frames_per_packet;
  const uint32_t per_frame =
    frames && f->odd_bytes % frames == 0 ? f->odd_bytes / frames : 0;
  char shapes[SILENCE_TEXT] = "";
  if (per_frame && say_shapes(per_frame, shapes)) {
    silence_say(out,
                "%u bytes a packet are %u frames of %s, not of %u of %s",
                f->odd_bytes,
                frames,
                shapes,
                ours->channels,
                ours->encoding);
  } else if (f->odd_frames) {
    silence_say(
      out,
      "%u bytes a packet, but timestamps say %u frames: not %u channels of "
      "%s",
      f->odd_bytes,
      f->odd_frames,
      ours->channels,
      ours->encoding);
  } else {
    silence_say(
      out,
      "%u bytes a packet are no whole number of frames of %u channels of %s "
      "(%u bytes each)",
      f->odd_bytes,
      ours->channels,
      ours->encoding,
      f->bytes_per_frame);
  }
  silence_say(out, ": set channels and encoding as the sender has them");
  return 1;
}

/* Whole seconds by which time scales differ, and programs that confuse them. */
static const struct {
  int seconds;
  const char *name;
} scales[] = {
  { 37, "TAI - UTC" },
  { 74, "twice TAI - UTC" },
  { 19, "TAI - GPS" },
  { 18, "GPS - UTC" },
};

static const char *
scale_of(vsc_ns behind)
{
  for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++) {
    const vsc_ns off = llabs(llabs(behind) - scales[i].seconds * SECOND);
    if (off < SECOND / 4) {
      return scales[i].name;
    }
  }
  return NULL;
}

/* What came in time and was taken late is our own fault. */
static int
is_unplayed(const struct silence_facts *f)
{
  return f->written == 0 &&
         (f->early > 0 || (f->late > 0 && f->least_margin < 0));
}

static int
is_off_clock(const struct silence_facts *f, char *out)
{
  char t[SILENCE_WORD];
  const vsc_ns needed = silence_needed_offset(f);
  if (!is_unplayed(f) ||
      (f->late >= f->early && needed <= f->link_offset_most && f->is_locked)) {
    return 0;
  }
  const char *const scale = scale_of(f->behind);
  silence_say(out,
              "timestamps are %s %s our media clock",
              silence_span(f->behind, t),
              f->behind < 0 ? "ahead of" : "behind");
  if (scale) {
    silence_say(out,
                " (%s): %s; set rtp_offset = auto, or mend the clock",
                scale,
                *f->clock_diagnosis
                  ? f->clock_diagnosis
                  : "one of the two takes the one time for the other");
  } else if (f->ppm != 0) {
    silence_say(out, " and move: ");
    if (!silence_say_rate(f, out)) {
      silence_say(out, "; lock both to one grandmaster");
    }
  } else if (!f->is_locked) {
    silence_say(out, ", which is not locked");
    silence_say_unlocked(f, out);
  } else {
    silence_say(
      out,
      ": it is not the sender's; set rtp_offset = auto, or as its session "
      "says (mediaclk:direct)");
  }
  return 1;
}

static int
is_late(const struct silence_facts *f, char *out)
{
  char t[SILENCE_WORD];
  if (!is_unplayed(f)) {
    return 0;
  }
  silence_say(out,
              "every packet comes too late, by %s",
              silence_span(f->least_margin, t));
  silence_say_link_offset(f, out);
  silence_say(out, ", unless the sender's clock is behind ours");
  return 1;
}

static int (*const questions[SILENCE_CAUSES])(const struct silence_facts *f,
                                              char *out) = {
  [SILENCE_NO_ADDRESS] = has_no_network,
  [SILENCE_LINK_DOWN] = has_no_link,
  [SILENCE_NO_THREAD] = has_no_thread,
  [SILENCE_NO_CLOCK] = has_no_time,
  [SILENCE_ASLEEP] = is_asleep,
  [SILENCE_NOT_JOINED] = is_not_joined,
  [SILENCE_OTHER_PORT] = is_at_other_port,
  [SILENCE_SESSION_GONE] = is_session_gone,
  [SILENCE_NO_PACKETS] = has_no_packets,
  [SILENCE_OTHER_SENDER] = is_from_other,
  [SILENCE_NOT_RTP] = is_no_rtp,
  [SILENCE_OTHER_TYPE] = is_other_type,
  [SILENCE_OTHER_SHAPE] = is_other_shape,
  [SILENCE_OFF_CLOCK] = is_off_clock,
  [SILENCE_LATE] = is_late,
  [SILENCE_STALLED] = silence_is_stalled,
  [SILENCE_SOME_LATE] = silence_is_partly_late,
  [SILENCE_LOST] = silence_is_losing,
  [SILENCE_LEG] = silence_has_one_leg,
  [SILENCE_STEPS] = silence_is_stepping,
  [SILENCE_DRIFT] = silence_is_drifting,
  [SILENCE_OTHER_MASTER] = silence_has_other_master,
  [SILENCE_OTHER_CLOCK] = silence_has_other_clock,
  [SILENCE_ZEROS] = silence_is_zeros,
};

enum silence_cause
silence_judge(const struct silence_facts *f, char out[SILENCE_TEXT])
{
  for (int cause = 1; cause < SILENCE_CAUSES; cause++) {
    out[0] = '\0';
    if (questions[cause](f, out)) {
      return (enum silence_cause)cause;
    }
  }
  out[0] = '\0';
  return SILENCE_NONE;
}

enum silence_kind
silence_kind(enum silence_cause cause)
{
  return cause == SILENCE_NONE         ? SILENCE_PLAYS
         : cause <= SILENCE_NO_PACKETS ? SILENCE_EMPTY
         : cause <= SILENCE_LATE       ? SILENCE_UNPLAYED
         : cause <= SILENCE_LOST       ? SILENCE_GAPS
                                       : SILENCE_PLAYS;
}
