/* stream_state.c - how a stream is, in a word and in a sentence.
   SPDX-License-Identifier: MIT */
#include "engine.h"

enum stream_state
stream_state(const struct engine *e, const struct stream *s)
{
  if (!s->is_open) {
    const bool is_waiting =
      !s->reason[0] ||
      (s->config.session[0] && !sessions_find(e, s->config.session));
    return is_waiting ? STREAM_WAITING : STREAM_REFUSED;
  }
  if (s->tx) {
    return s->conflict.text[0] ? STREAM_CONFLICT : STREAM_PLAYING;
  }
  const vsc_ns last =
    atomic_load_explicit(&s->counts->rx.last_packet, memory_order_relaxed);
  if (last == 0) {
    return hearing_is_unheard(s) ? STREAM_SILENT : STREAM_WAITING;
  }
  const vsc_ns now = e->setup.os->now(e->setup.os);
  if (now - last > ROUTE_ALIVE_NS) {
    return STREAM_SILENT;
  }
  return s->conflict.text[0]     ? STREAM_CONFLICT
         : hearing_is_unheard(s) ? STREAM_SILENT
         : hearing_is_losing(s)  ? STREAM_DEGRADED
                                 : STREAM_PLAYING;
}

/* What was found within the last seconds, unless it is in another state by
   now. */
static const char *
heard_reason(const struct stream *s, enum stream_state state)
{
  const enum silence_kind kind = silence_kind(s->hearing.cause);
  const bool is_silent = state == STREAM_WAITING || state == STREAM_SILENT;
  const bool fits = is_silent
                      ? kind == SILENCE_EMPTY || kind == SILENCE_UNPLAYED
                    : state == STREAM_DEGRADED ? kind == SILENCE_GAPS
                                               : kind == SILENCE_PLAYS;
  return s->rx && s->hearing.open_at && fits ? s->hearing.text : "";
}

const char *
stream_reason(const struct engine *e, const struct stream *s)
{
  const enum stream_state state = stream_state(e, s);
  const char *const heard = heard_reason(s, state);
  const char *const trouble = sessions_trouble(e, s->config.session);
  switch (state) {
    case STREAM_WAITING:
      return *trouble       ? trouble
             : s->reason[0] ? s->reason
             : !s->is_open  ? "no application uses the device"
             : *heard       ? heard
                            : "no packet has come yet";
    case STREAM_PLAYING:
      return *heard ? heard : trouble;
    case STREAM_DEGRADED:
      return *heard ? heard : "frames were lost within the last second";
    case STREAM_SILENT:
      return *trouble ? trouble : *heard ? heard : "packets have stopped";
    case STREAM_CONFLICT:
      return s->conflict.text;
    case STREAM_REFUSED:
      return *trouble ? trouble : s->reason;
  }
  return "";
}
