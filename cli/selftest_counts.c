/* selftest_counts.c - reads the engines' "stats": pure, JSON in, numbers out.
   SPDX-License-Identifier: MIT */
#include "selftest_counts.h"
#include "audio_io.h"
#include "json_print.h"

#include <stdio.h>
#include <string.h>
#include <vsc/position.h>

static const json_t *
sender_of(const json_t *tx, const json_t *receiver)
{
  return json_find(
    json_object_get(tx, "senders"), "address", json_text(receiver, "address"));
}

/* Does RECEIVER hear SENDER on the channels it was played on? */
static bool
is_straight(const json_t *sender,
            const json_t *receiver,
            struct selftest_stream *out)
{
  const char *const channels = json_text(receiver, "channels");
  struct audio_range range = { 0 };
  const bool is_same = audio_range_parse(channels, &range) &&
                       strcmp(json_text(sender, "channels"), channels) == 0;
  out->first = range.first;
  out->channels = range.count;
  return is_same;
}

vsc_status
selftest_streams(const json_t *tx,
                 const json_t *rx,
                 uint32_t rate,
                 uint32_t channels,
                 struct selftest_path *out,
                 char *why,
                 size_t why_bytes)
{
  const json_t *const receivers = json_object_get(rx, "receivers");
  uint32_t total = 0;
  out->stream_count = 0;
  for (size_t i = 0; i < json_array_size(receivers); i++) {
    const json_t *const receiver = json_array_get(receivers, i);
    struct selftest_stream *const s = &out->streams[out->stream_count];
    if (out->stream_count == SELFTEST_STREAMS ||
        !is_straight(sender_of(tx, receiver), receiver, s) ||
        s->first + s->channels > channels) {
      continue;
    }
    snprintf(s->name, sizeof s->name, "%s", json_text(receiver, "name"));
    s->link_frames =
      (uint32_t)vsc_frames_in(json_whole(receiver, "link_offset_ns"), rate);
    total += s->channels;
    out->stream_count++;
  }
  if (total != channels) {
    snprintf(why,
             why_bytes,
             "the streams from \"%.40s\" to \"%.40s\" carry %u of %u channels: "
             "run the same profile twice, once with --side b",
             json_text(tx, "instance"),
             json_text(rx, "instance"),
             total,
             channels);
    return VSC_ERR_UNSUPPORTED;
  }
  return VSC_OK;
}

static vsc_ns
most(vsc_ns a, vsc_ns b)
{
  return a > b ? a : b;
}

static uint64_t
counter(const json_t *object, const char *key)
{
  const int64_t n = json_whole(object, key);
  return n > 0 ? (uint64_t)n : 0;
}

void
selftest_counts_read(const json_t *tx,
                     const json_t *rx,
                     const struct selftest_path *path,
                     struct selftest_counts *out)
{
  *out = (struct selftest_counts){ .margin_min = INT64_MAX,
                                   .margin_p99 = INT64_MAX };
  for (uint32_t i = 0; i < path->stream_count; i++) {
    const json_t *const receiver = json_find(
      json_object_get(rx, "receivers"), "name", path->streams[i].name);
    const json_t *const sender = sender_of(tx, receiver);
    const json_t *const margin = json_object_get(receiver, "margin_ns");
    const int64_t min = json_whole(margin, "min");
    const int64_t p99 = json_whole(margin, "p99");
    const int64_t link = json_whole(receiver, "link_offset_ns");
    const int64_t packet = json_whole(receiver, "packet_time_ns");
    const uint64_t underruns = counter(sender, "underrun_frames");
    out->lost += counter(receiver, "lost");
    out->late += counter(receiver, "late");
    out->strangers +=
      counter(receiver, "foreign") + counter(receiver, "restarted");
    out->explained[i] = counter(receiver, "lost_frames") +
                        counter(receiver, "skipped_frames") + underruns;
    out->margin_min = min < out->margin_min ? min : out->margin_min;
    out->margin_p99 = p99 < out->margin_p99 ? p99 : out->margin_p99;
    out->link_offset = most(out->link_offset, link);
    out->packet_time = most(out->packet_time, packet);
  }
  const json_t *const audio = json_object_get(rx, "audio");
  out->lateness_max = json_whole(json_object_get(audio, "lateness_ns"), "max");
}

void
selftest_why_silent(const json_t *rx, char *out, size_t bytes)
{
  const json_t *const receivers = json_object_get(rx, "receivers");
  for (size_t i = 0; i < json_array_size(receivers); i++) {
    const json_t *const r = json_array_get(receivers, i);
    if (strcmp(json_text(r, "state"), "playing") != 0) {
      snprintf(out,
               bytes,
               "receiver %.40s of \"%.40s\" is %.20s: %.200s",
               json_text(r, "name"),
               json_text(rx, "instance"),
               json_text(r, "state"),
               json_text(r, "reason"));
      return;
    }
  }
  snprintf(out, bytes, "every receiver plays");
}

vsc_ns
selftest_enough(const struct selftest_counts *c, bool has_dropped)
{
  const vsc_ns packet = c->packet_time > 0 ? c->packet_time : 1;
  const vsc_ns used = c->link_offset;
  vsc_ns enough = used - c->margin_min;
  if (has_dropped) {
    /* Packets that were in time are late when nobody fetches them. */
    enough = most(most(enough, used + packet), c->lateness_max + packet);
  } else if (enough > used) {
    enough = used; /* what was late came before the comparing */
  }
  return most((enough + packet - 1) / packet, 1) * packet;
}
