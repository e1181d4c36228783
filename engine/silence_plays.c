/* silence_plays.c - what there is to say of a receiver that plays.
   SPDX-License-Identifier: MIT */
#include "silence_parts.h"

#include "modules/shared/clock_id.h"
#include "option.h"

#include <string.h>

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)
#define QUIET_NS SECOND
/* A mute button is no fault. */
#define ZEROS_NS (5 * SECOND)
/* No clock is so bad: it is another rate. */
#define PPM_MOST 1000.0
/* It may be so much late in a second without being to blame. */
#define OVERSLEPT_NS (5 * MS)

vsc_ns
silence_needed_offset(const struct silence_facts *f)
{
  return silence_round_up(f->link_offset - f->least_margin + MS / 4);
}

void
silence_say_link_offset(const struct silence_facts *f, char *out)
{
  char need[SILENCE_WORD];
  char is[SILENCE_WORD];
  const vsc_ns needed = silence_needed_offset(f);
  if (needed > f->link_offset_most) {
    duration_format(f->link_offset_most / 1000 * 1000, is, sizeof is);
    silence_say(
      out,
      ": more than a link_offset can make good, which is at most %s with "
      "this [device] ring",
      is);
    return;
  }
  duration_format(needed, need, sizeof need);
  duration_format(f->link_offset, is, sizeof is);
  silence_say(out, ": set link_offset = %s or more (it is %s)", need, is);
}

void
silence_say_unlocked(const struct silence_facts *f, char *out)
{
  char t[SILENCE_WORD];
  silence_say(out,
              " (%s for %s)%s%s",
              f->clock_state,
              age_text(f->clock_for / SECOND, t),
              *f->clock_diagnosis ? ": " : "",
              f->clock_diagnosis);
}

/* --- it plays, with gaps */

/* Only for as much as a sleeping thread leaves lying: a link that returns, too,
   has lost a lot at once. */
int
silence_is_stalled(const struct silence_facts *f, char *out)
{
  char t[SILENCE_WORD];
  const int came_in_time = f->least_margin >= 0 && f->late * 2 > f->lost;
  const int has_slept =
    f->overslept >= OVERSLEPT_NS && f->overslept * 2 >= f->lost_for;
  if (f->late + f->lost == 0 || (!came_in_time && !has_slept)) {
    return 0;
  }
  silence_say(out,
              "%llu of %llu packets of the last second were lost here: the "
              "audio thread %s%s (scheduling %s); see docs/linux.md",
              (unsigned long long)(f->lost > f->late ? f->lost : f->late),
              (unsigned long long)(f->written + f->lost),
              f->overslept ? "slept through " : "was late",
              f->overslept ? silence_span(f->overslept, t) : "",
              f->scheduling);
  return 1;
}

int
silence_is_partly_late(const struct silence_facts *f, char *out)
{
  char t[SILENCE_WORD];
  if (f->late == 0 || f->late * 2 < f->lost) {
    return 0;
  }
  silence_say(out,
              "%llu of %llu packets of the last second came late, by up to %s",
              (unsigned long long)f->late,
              (unsigned long long)(f->written + f->lost),
              silence_span(f->least_margin, t));
  silence_say_link_offset(f, out);
  return 1;
}

int
silence_is_losing(const struct silence_facts *f, char *out)
{
  if (f->lost == 0) {
    return 0;
  }
  silence_say(
    out,
    "%llu of %llu packets of the last second never came: the network drops "
    "them, or the sender left them out",
    (unsigned long long)(f->lost - (f->late < f->lost ? f->late : f->lost)),
    (unsigned long long)(f->written + f->lost));
  return 1;
}

/* --- it plays, and yet */

int
silence_is_quiet(vsc_ns quiet)
{
  return quiet < 0 || quiet > QUIET_NS;
}

int
silence_has_one_leg(const struct silence_facts *f, char *out)
{
  char address[SILENCE_WORD];
  char t[SILENCE_WORD];
  const vsc_stream *const s = f->stream;
  const int dead = silence_is_quiet(f->leg_quiet[0]) ? 0 : 1;
  if (!f->is_pair || !silence_is_quiet(f->leg_quiet[dead])) {
    return 0;
  }
  const vsc_ns quiet = f->leg_quiet[dead];
  silence_say(
    out,
    "only the %s leg is heard: nothing has come to %s:%u for %s; the next "
    "fault will be heard",
    dead ? "first" : "second",
    ip_format(dead ? s->copy_address : s->address, address),
    dead ? s->copy_port : s->port,
    age_text((quiet < 0 ? f->open_for : quiet) / SECOND, t));
  return 1;
}

int
silence_is_stepping(const struct silence_facts *f, char *out)
{
  if (f->clock_steps < 2) {
    return 0;
  }
  silence_say(
    out,
    "our clock stepped %u times in the last minute, each of them a gap%s%s",
    f->clock_steps,
    *f->clock_diagnosis ? ": " : "",
    f->clock_diagnosis);
  return 1;
}

int
silence_say_rate(const struct silence_facts *f, char *out)
{
  const double rate = (double)f->stream->format.rate;
  if (f->ppm > -PPM_MOST && f->ppm < PPM_MOST) {
    silence_say(out,
                "the sender's clock runs %.0f ppm %s against ours",
                f->ppm < 0 ? -f->ppm : f->ppm,
                f->ppm < 0 ? "slow" : "fast");
    return 0;
  }
  silence_say(out,
              "the sender counts %.0f frames a second, not %.0f: set rate as "
              "it has it",
              rate * (1 + f->ppm / 1e6),
              rate);
  return 1;
}

int
silence_is_drifting(const struct silence_facts *f, char *out)
{
  if (f->ppm == 0) {
    return 0;
  }
  if (silence_say_rate(f, out)) {
    return 1;
  }
  if (!f->is_locked) {
    silence_say(out, ", which is not locked");
    silence_say_unlocked(f, out);
  } else if (f->is_auto_offset) {
    silence_say(
      out,
      ": it had to be placed anew %llu times, each of them a gap; lock both "
      "to one grandmaster, or set follow = stream",
      (unsigned long long)f->anchored);
  } else {
    silence_say(out,
                ": it will fall silent; lock both to one grandmaster, or set "
                "follow = stream");
  }
  return 1;
}

int
silence_has_other_master(const struct silence_facts *f, char *out)
{
  static const uint8_t none[8];
  char theirs[SILENCE_WORD];
  char ours[SILENCE_WORD];
  if (!f->is_clock_told || f->is_clock_ignored || f->is_clock_ours ||
      f->reference != VSC_REFERENCE_PTP ||
      memcmp(f->grandmaster, none, sizeof none) == 0) {
    return 0;
  }
  silence_say(
    out,
    "plays, but its session follows the grandmaster %s and our clock %s: "
    "they agree as far as those two do",
    clock_id_text(f->clock_id, 8, theirs),
    clock_id_text(f->grandmaster, 8, ours));
  return 1;
}

int
silence_has_other_clock(const struct silence_facts *f, char *out)
{
  char id[SILENCE_WORD];
  if (!f->is_clock_told || f->is_clock_ignored || f->is_clock_ours ||
      f->reference == VSC_REFERENCE_TRACEABLE) {
    return 0;
  }
  if (f->reference == VSC_REFERENCE_LOCAL) {
    silence_say(
      out,
      "plays as its packets come: its session follows a clock of its own "
      "(localmac %s)",
      clock_id_text(f->clock_id, 6, id));
    return 1;
  }
  silence_say(
    out,
    "plays as its packets come: its session follows the grandmaster %s, our "
    "clock none",
    clock_id_text(f->clock_id, 8, id));
  if (f->is_locked) {
    silence_say(out, ": set clock.module = clock-ptp");
  } else {
    silence_say_unlocked(f, out);
  }
  return 1;
}

int
silence_is_zeros(const struct silence_facts *f, char *out)
{
  char t[SILENCE_WORD];
  if (f->zeros_for < ZEROS_NS) {
    return 0;
  }
  silence_say(
    out,
    "plays, but every sample has been 0 for %s: the sender sends silence",
    age_text(f->zeros_for / SECOND, t));
  return 1;
}
