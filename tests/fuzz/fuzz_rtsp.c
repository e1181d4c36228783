/* fuzz_rtsp.c - any bytes on an RTSP or HTTP connection: the messages in them
   are the same however they come, what is written of them reads the same, and
   any URL does no harm. SPDX-License-Identifier: MIT */
#include "modules/shared/rtsp_message.h"
#include "modules/shared/rtsp_url.h"

#include "insist.h"

#include <string.h>

#define CAPACITY 6000

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
  uint32_t count;
  uint64_t hash;
  vsc_status last;
};

static void
mix(struct seen *s, struct slice text)
{
  for (; text.at < text.end; text.at++) {
    s->hash = (s->hash ^ (uint8_t)*text.at) * 0x100000001B3;
  }
  s->hash = (s->hash ^ 0x100) * 0x100000001B3;
}

static void
inside(const struct rtsp_reader *r, struct slice s)
{
  insist(!s.at ||
         (s.at >= r->bytes && s.at <= s.end && s.end <= r->bytes + r->used));
}

static void
note(const struct rtsp_reader *r, const struct rtsp_message *m, struct seen *s)
{
  inside(r, m->method);
  inside(r, m->uri);
  inside(r, m->transport);
  inside(r, m->body);
  insist(!m->is_response || (m->status >= 100 && m->status <= 999));
  mix(s, m->method);
  mix(s, m->uri);
  mix(s, m->transport);
  mix(s, m->body);
  s->hash = (s->hash ^ m->status ^ m->cseq) * 0x100000001B3;
  s->count++;
}

/* PIECE bytes at a time, at most. */
static struct seen
read_all(const uint8_t *data, size_t size, size_t piece)
{
  static char memory[CAPACITY];
  struct seen s = { .last = VSC_OK };
  struct rtsp_reader r;
  struct rtsp_message m;
  rtsp_reader_init(&r, memory, sizeof memory);
  do {
    size_t room;
    char *const at = rtsp_room(&r, &room);
    insist(room > 0 && at + room == memory + sizeof memory);
    size_t n = size < piece ? size : piece;
    n = n < room ? n : room;
    memcpy(at, data, n);
    rtsp_filled(&r, n);
    data += n;
    size -= n;
    while ((s.last = rtsp_next(&r, size == 0, &m)) == VSC_OK) {
      note(&r, &m, &s);
    }
  } while (s.last == VSC_ERR_AGAIN && size > 0);
  return s;
}

static void
write_again(const uint8_t *data, size_t size)
{
  char sdp[256], text[1024];
  struct rtsp_reader r;
  struct rtsp_message m;
  const size_t n = size < sizeof sdp - 1 ? size : sizeof sdp - 1;
  memcpy(sdp, data, n);
  sdp[n] = '\0';
  const struct rtsp_words words = {
    .status = 200, .has_cseq = true, .cseq = (uint32_t)size, .sdp = sdp
  };
  const vsc_status bytes = rtsp_write(&words, text, sizeof text);
  insist(bytes > 0);
  rtsp_reader_init(&r, text, sizeof text);
  rtsp_filled(&r, (size_t)bytes);
  insist(rtsp_next(&r, false, &m) == VSC_OK && slice_is(m.body, sdp) &&
         m.cseq == (uint32_t)size);
}

static void
try_url(const uint8_t *data, size_t size)
{
  char text[512], back[256], escaped[1024];
  struct rtsp_url url;
  const char *why = NULL;
  const size_t n = size < sizeof text - 1 ? size : sizeof text - 1;
  memcpy(text, data, n);
  text[n] = '\0';
  if (rtsp_url_read(text, &url, &why) == VSC_OK) {
    insist(url.host && url.port && url.path <= strlen(url.text));
  } else {
    insist(why != NULL);
  }
  const struct slice part = rtsp_last_part((struct slice){ text, text + n });
  insist(part.at >= text && part.at <= part.end && part.end <= text + n);
  if (rtsp_unescape(part, back, sizeof back)) {
    char again[256];
    insist(rtsp_escape(back, escaped, sizeof escaped) == VSC_OK &&
           rtsp_unescape((struct slice){ escaped, escaped + strlen(escaped) },
                         again,
                         sizeof again) &&
           strcmp(again, back) == 0);
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const size_t piece = size > 0 ? 1 + data[0] % 61 : 1;
  const struct seen pieces = read_all(data, size, piece);
  const struct seen bytes = read_all(data, size, 1);
  insist(pieces.count == bytes.count && pieces.hash == bytes.hash &&
         pieces.last == bytes.last);
  write_again(data, size);
  try_url(data, size);
  return 0;
}
