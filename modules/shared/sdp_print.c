/* sdp_print.c - a stream as an AES67 session description (AES67-2018, 8; line
   order of RFC 4566, 5).
   SPDX-License-Identifier: MIT */
#include "modules/shared/sdp.h"
#include "modules/shared/sdp_text.h"

#include <vsc/base.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct page {
  char *at;
  size_t left; /* with room for the NUL; 0: it did not fit */
};

VSC_PRINTF(2, 3)
static void
put(struct page *page, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  const int n = vsnprintf(page->at, page->left, format, args);
  va_end(args);
  if (n < 0 || (size_t)n >= page->left) {
    page->left = 0;
    return;
  }
  page->at += n;
  page->left -= (size_t)n;
}

static void
put_ip(struct page *page, vsc_ip ip)
{
  put(page, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
}

/* Milliseconds, exact where nanoseconds are, else three decimals: their error
   stays below half a sample (AES67, 8.1). */
static void
put_ptime(struct page *page, uint32_t frames, uint32_t rate)
{
  uint64_t ns = (uint64_t)frames * 1000000000 / rate;
  if ((uint64_t)frames * 1000000000 % rate != 0) {
    ns = ((uint64_t)frames * 1000000 + rate / 2) / rate * 1000;
  }
  char decimals[8];
  snprintf(decimals, sizeof decimals, "%06u", (unsigned)(ns % 1000000));
  size_t n = 6;
  while (n > 0 && decimals[n - 1] == '0') {
    n--;
  }
  put(page,
      "a=ptime:%llu%s%.*s\r\n",
      (unsigned long long)(ns / 1000000),
      n > 0 ? "." : "",
      (int)n,
      decimals);
}

static void
put_session(struct page *page,
            const vsc_stream *stream,
            const struct sdp_origin *origin)
{
  char name[VSC_NAME_BYTES];
  const size_t length = strnlen(stream->name, sizeof stream->name);
  text_clean(
    (struct slice){ stream->name, stream->name + length }, name, sizeof name);
  put(page,
      "v=0\r\no=- %llu %llu IN IP4 ",
      (unsigned long long)origin->session,
      (unsigned long long)origin->version);
  put_ip(page, origin->ip);
  /* s= is never empty (RFC 4566, 5.3). */
  put(page, "\r\ns=%s\r\nc=IN IP4 ", name[0] ? name : " ");
  put_ip(page, stream->address);
  if (VSC_IP_IS_MULTICAST(stream->address)) {
    put(page, "/%u", stream->ttl);
  }
  put(page, "\r\nt=0 0\r\n");
}

static void
put_medium(struct page *page, const vsc_stream *stream)
{
  const vsc_format *const f = &stream->format;
  put(page, "m=audio %u RTP/AVP %u\r\n", stream->port, stream->payload_type);
  put(page,
      "a=rtpmap:%u %.*s/%u/%u\r\n",
      stream->payload_type,
      (int)sizeof f->encoding,
      f->encoding,
      f->rate,
      f->channels);
  if (f->frames_per_packet > 0) {
    put_ptime(page, f->frames_per_packet, f->rate);
    put(page, "a=framecount:%u\r\n", f->frames_per_packet);
  }
  if (VSC_IP_IS_MULTICAST(stream->address) && stream->source) {
    put(page, "a=source-filter: incl IN IP4 ");
    put_ip(page, stream->address);
    put(page, " ");
    put_ip(page, stream->source);
    put(page, "\r\n");
  }
  static const uint8_t unknown[8] = { 0 };
  const uint8_t *const id = stream->clock_id;
  if (memcmp(id, unknown, sizeof unknown) != 0) {
    put(page,
        "a=ts-refclk:ptp=IEEE1588-2008:"
        "%02X-%02X-%02X-%02X-%02X-%02X-%02X-%02X:%u\r\n",
        id[0],
        id[1],
        id[2],
        id[3],
        id[4],
        id[5],
        id[6],
        id[7],
        stream->clock_domain);
  }
  put(page, "a=mediaclk:direct=%u\r\na=recvonly\r\n", stream->rtp_offset);
}

vsc_status
sdp_print(const vsc_stream *stream,
          const struct sdp_origin *origin,
          char *out,
          size_t bytes)
{
  const vsc_format *const f = &stream->format;
  const struct slice encoding = {
    f->encoding, f->encoding + strnlen(f->encoding, sizeof f->encoding)
  };
  if (!stream->address || !stream->port || stream->payload_type > 127 ||
      !f->rate || !f->channels || !slice_is_token(encoding)) {
    return VSC_ERR_INVALID;
  }
  struct page page = { out, bytes };
  put_session(&page, stream, origin);
  put_medium(&page, stream);
  return page.left > 0 ? (vsc_status)(page.at - out) : VSC_ERR_INVALID;
}
