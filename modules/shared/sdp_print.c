/* sdp_print.c - a stream as a session description (AES67-2018, 8; ST 2110-30, 6
   and ST 2110-10, 8; ST 2022-7; line order of RFC 4566, 5).
   SPDX-License-Identifier: MIT */
#include "modules/shared/address.h"
#include "modules/shared/clock_id.h"
#include "modules/shared/sdp_parser.h"

#include <vsc/base.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const sdp_dialects[] = { "aes67", "dante", "st2110", NULL };

#define MAC_BYTES 6

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
  put(page, IP_FORMAT, IP_BYTES(ip));
}

/* Milliseconds, exact where nanoseconds are, else three decimals, whose error
   is below half a sample (AES67, 8.1), but for a length that would read as a
   nominal packet time. */
static void
put_ptime(struct page *page, uint32_t frames, uint32_t rate)
{
  const uint64_t exact = (uint64_t)frames * 1000000000 / rate;
  uint64_t ns = exact;
  if ((uint64_t)frames * 1000000000 % rate != 0) {
    ns = ((uint64_t)frames * 1000000 + rate / 2) / rate * 1000;
  }
  if (sdp_is_nominal(ns, rate)) {
    ns = exact;
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

void
sdp_clock_text(const vsc_stream *stream, char out[SDP_CLOCK_BYTES])
{
  static const uint8_t unknown[CLOCK_ID_BYTES];
  const uint8_t *const id = stream->clock_id;
  char text[CLOCK_ID_TEXT];
  out[0] = '\0';
  if (stream->reference == VSC_REFERENCE_TRACEABLE) {
    snprintf(out, SDP_CLOCK_BYTES, "ptp=IEEE1588-2008:traceable");
  } else if (memcmp(id, unknown, sizeof unknown) == 0) {
    return;
  } else if (stream->reference == VSC_REFERENCE_LOCAL) {
    snprintf(
      out, SDP_CLOCK_BYTES, "localmac=%s", clock_id_text(id, MAC_BYTES, text));
  } else {
    snprintf(out,
             SDP_CLOCK_BYTES,
             "ptp=IEEE1588-2008:%s:%u",
             clock_id_text(id, CLOCK_ID_BYTES, text),
             stream->clock_domain);
  }
}

static void
put_connection(struct page *page, const vsc_stream *s)
{
  put(page, "c=IN IP4 ");
  put_ip(page, s->address);
  if (VSC_IP_IS_MULTICAST(s->address)) {
    put(page, "/%u", s->ttl);
  }
  put(page, "\r\n");
}

/* Where c= is: once for all where all media agree, as Dante Controller and most
   others like it, or at each (ST 2110, and legs). */
static bool
has_common_address(const vsc_stream *legs, uint32_t count)
{
  return count == 1 && legs->dialect != VSC_DIALECT_ST2110;
}

static void
put_session(struct page *page, const vsc_stream *legs, uint32_t count)
{
  char name[VSC_NAME_BYTES];
  const size_t length = strnlen(legs->name, sizeof legs->name);
  text_clean(
    (struct slice){ legs->name, legs->name + length }, name, sizeof name);
  put(page,
      "v=0\r\no=- %llu %llu IN IP4 ",
      (unsigned long long)legs->session,
      (unsigned long long)legs->version);
  put_ip(page, legs->origin);
  /* s= is never empty (RFC 4566, 5.3). */
  put(page, "\r\ns=%s\r\n", name[0] ? name : " ");
  if (has_common_address(legs, count)) {
    put_connection(page, legs);
  }
  put(page, "t=0 0\r\n");
  if (legs->dialect == VSC_DIALECT_AES67 &&
      legs->reference == VSC_REFERENCE_PTP) {
    put(page, "a=clock-domain:PTPv2 %u\r\n", legs->clock_domain); /* RAVENNA */
  }
  if (count > 1) {
    put(page, "a=group:DUP primary secondary\r\n");
  }
}

static void
put_medium(struct page *page, const vsc_stream *s, bool has_address)
{
  const vsc_format *const f = &s->format;
  char clock[SDP_CLOCK_BYTES];
  put(page, "m=audio %u RTP/AVP %u\r\n", s->port, s->payload_type);
  if (!has_address) {
    put_connection(page, s);
  }
  put(page,
      "a=rtpmap:%u %.*s/%u/%u\r\n",
      s->payload_type,
      (int)sizeof f->encoding,
      f->encoding,
      f->rate,
      f->channels);
  if (f->frames_per_packet > 0) {
    put_ptime(page, f->frames_per_packet, f->rate);
  }
  if (f->frames_per_packet > 0 && s->dialect == VSC_DIALECT_AES67) {
    put(page, "a=framecount:%u\r\n", f->frames_per_packet); /* RAVENNA */
  }
  if (VSC_IP_IS_MULTICAST(s->address) && s->source &&
      s->dialect != VSC_DIALECT_DANTE) {
    put(page, "a=source-filter: incl IN IP4 ");
    put_ip(page, s->address);
    put(page, " ");
    put_ip(page, s->source);
    put(page, "\r\n");
  }
  sdp_clock_text(s, clock);
  if (clock[0]) {
    put(page, "a=ts-refclk:%s\r\n", clock);
  }
  put(page, "a=mediaclk:direct=%u\r\n", s->rtp_offset);
  if (s->dialect != VSC_DIALECT_ST2110) {
    put(page, "a=recvonly\r\n");
  }
}

static bool
is_printable(const vsc_stream *s)
{
  const vsc_format *const f = &s->format;
  const struct slice encoding = {
    f->encoding, f->encoding + strnlen(f->encoding, sizeof f->encoding)
  };
  const bool has_offset = s->rtp_offset != 0;
  return s->address && s->port && s->payload_type <= 127 && f->rate &&
         f->channels && slice_is_token(encoding) &&
         !(s->dialect == VSC_DIALECT_ST2110 &&
           has_offset); /* ST 2110-10, 7.3 */
}

vsc_status
sdp_print(const vsc_stream *legs, uint32_t count, char *out, size_t bytes)
{
  static const char *const mids[] = { "primary", "secondary" };
  if (count < 1 || count > 2) {
    return VSC_ERR_INVALID;
  }
  for (uint32_t i = 0; i < count; i++) {
    if (!is_printable(&legs[i]) ||
        memcmp(&legs[i].format, &legs->format, sizeof legs->format) != 0 ||
        legs[i].payload_type != legs->payload_type) {
      return VSC_ERR_INVALID;
    }
  }
  struct page page = { out, bytes };
  put_session(&page, legs, count);
  for (uint32_t i = 0; i < count; i++) {
    vsc_stream leg = legs[i];
    leg.dialect = legs->dialect;
    put_medium(&page, &leg, has_common_address(legs, count));
    if (count > 1) {
      put(&page, "a=mid:%s\r\n", mids[i]);
    }
  }
  return page.left > 0 ? (vsc_status)(page.at - out) : VSC_ERR_INVALID;
}
