/* stream.c - opening a codec, and calling it under watch.
   SPDX-License-Identifier: MIT */
#include "stream.h"

#include <stdio.h>

#define RATE 48000
#define SAMPLE_BYTES_MAX 16 /* of one channel's frame; more is a mistake */

static bool
make_memory(struct stream *s)
{
  /* RTP payload may begin at any byte. */
  s->bytes = guard_create(stream_bytes(s), 1);
  bool is_whole = s->bytes != NULL;
  for (uint32_t c = 0; c < s->format.channels; c++) {
    s->words[c] = guard_create(s->format.frames_per_packet * sizeof(float), 0);
    is_whole = is_whole && s->words[c];
    s->ch[c] = s->words[c] ? s->words[c]->memory : NULL;
  }
  if (!is_whole) {
    report_fail(&s->subject.trial->report, "no memory to try it");
  }
  return is_whole;
}

vsc_status
check_stream_open(struct stream *s,
                  struct trial *t,
                  uint32_t channels,
                  uint32_t frames)
{
  *s = (struct stream){
    .ops = t->module->ops,
    .format = { .size = sizeof s->format,
                .rate = RATE,
                .channels = channels,
                .frames_per_packet = frames },
  };
  if (!subject_start(&s->subject, t)) {
    return VSC_ERR_INVALID;
  }
  snprintf(
    s->format.encoding, sizeof s->format.encoding, "%s", s->ops->encoding);
  const vsc_status status =
    s->ops->open(s->subject.self, &s->format, &s->bytes_per_frame);
  if (status < 0) {
    if (status != VSC_ERR_UNSUPPORTED) {
      report_fail(&t->report,
                  "open() says %d for %u channels of %u frames: %s",
                  (int)status,
                  (unsigned)channels,
                  (unsigned)frames,
                  subject_said(&s->subject));
    }
    subject_finish(&s->subject);
    return status;
  }
  if (s->bytes_per_frame == 0 ||
      s->bytes_per_frame > channels * SAMPLE_BYTES_MAX) {
    report_fail(&t->report,
                "open() says %u bytes per frame for %u channels",
                (unsigned)s->bytes_per_frame,
                (unsigned)channels);
    check_stream_close(s);
    return VSC_ERR_MALFORMED;
  }
  if (!make_memory(s)) {
    check_stream_close(s);
    return VSC_ERR_NOMEM;
  }
  return VSC_OK;
}

void
check_stream_close(struct stream *s)
{
  if (s->ops && s->ops->close) {
    s->ops->close(s->subject.self);
  }
  subject_finish(&s->subject);
  guard_destroy(s->bytes);
  s->bytes = NULL;
  for (uint32_t c = 0; c < s->format.channels; c++) {
    guard_destroy(s->words[c]);
    s->words[c] = NULL;
  }
}

static void
check_guards(struct stream *s, const char *what)
{
  struct report *const report = &s->subject.trial->report;
  bool is_intact = guard_is_intact(s->bytes);
  for (uint32_t c = 0; c < s->format.channels; c++) {
    is_intact = is_intact && guard_is_intact(s->words[c]);
  }
  if (!is_intact) {
    report_fail(report,
                "%s() writes outside of %u channels of %u frames",
                what,
                (unsigned)s->format.channels,
                (unsigned)s->format.frames_per_packet);
  }
}

void
stream_decode(struct stream *s)
{
  const vsc_span span = { .ch = s->ch,
                          .channels = s->format.channels,
                          .frames = s->format.frames_per_packet };
  const uint32_t allocs = s->subject.host.allocs;
  s->ops->decode(s->subject.self, s->bytes->memory, &span);
  check_guards(s, "decode");
  if (s->subject.host.allocs != allocs) {
    report_fail(&s->subject.trial->report,
                "decode() takes memory on the audio thread");
  }
}

uint32_t
stream_encode(struct stream *s)
{
  const vsc_span span = { .ch = s->ch,
                          .channels = s->format.channels,
                          .frames = s->format.frames_per_packet };
  const uint32_t allocs = s->subject.host.allocs;
  const uint32_t clipped =
    s->ops->encode(s->subject.self, &span, s->bytes->memory);
  check_guards(s, "encode");
  if (s->subject.host.allocs != allocs) {
    report_fail(&s->subject.trial->report,
                "encode() takes memory on the audio thread");
  }
  return clipped;
}
