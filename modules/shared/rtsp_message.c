/* rtsp_message.c - messages out of a stream of bytes, and into one.
   SPDX-License-Identifier: MIT */
#include "rtsp_message.h"

#include <stdio.h>
#include <string.h>

#define DATA_HEAD 4 /* '$', channel, length: RFC 2326, 10.12 */

void
rtsp_reader_init(struct rtsp_reader *r, char *bytes, uint32_t capacity)
{
  *r = (struct rtsp_reader){ .bytes = bytes, .capacity = capacity };
}

char *
rtsp_room(const struct rtsp_reader *r, size_t *room)
{
  *room = r->capacity - r->used;
  return r->bytes + r->used;
}

void
rtsp_filled(struct rtsp_reader *r, size_t bytes)
{
  r->used += (uint32_t)bytes;
}

/* What has come and is not taken. */
static uint32_t
left(const struct rtsp_reader *r)
{
  return r->used - r->first;
}

/* Empty lines before a message, and media between two; false: more of it is to
   come. Each turn takes bytes. */
static bool
skip_between(struct rtsp_reader *r)
{
  for (;;) {
    const uint32_t n = r->to_skip < left(r) ? (uint32_t)r->to_skip : left(r);
    r->first += n;
    r->to_skip -= n;
    while (left(r) > 0 &&
           (r->bytes[r->first] == '\r' || r->bytes[r->first] == '\n')) {
      r->first++;
    }
    const char *const at = r->bytes + r->first;
    if (left(r) == 0 || *at != '$') {
      return left(r) > 0;
    }
    if (left(r) < DATA_HEAD) {
      return false;
    }
    r->to_skip = (uint64_t)DATA_HEAD + ((uint8_t)at[2] << 8) + (uint8_t)at[3];
  }
}

/* How long the head is with the empty line behind it; 0: not whole yet. */
static uint32_t
head_length(const struct rtsp_reader *r)
{
  bool is_empty = false; /* the line so far */
  for (uint32_t i = 0; i < left(r); i++) {
    const char c = r->bytes[r->first + i];
    if (c == '\n' && is_empty) {
      return i + 1;
    }
    is_empty = c == '\n' || (is_empty && c == '\r');
  }
  return 0;
}

static struct slice
next_line(struct slice *head)
{
  struct slice line = slice_until(head, '\n');
  while (line.end > line.at && line.end[-1] == '\r') {
    line.end--;
  }
  return line;
}

/* What the headers say about the body. */
struct body {
  bool is_told, is_chunked;
  uint64_t length;
};

struct header {
  const char *name;
  bool (*take)(struct slice value, struct rtsp_message *m, struct body *b);
};

static bool
take_cseq(struct slice value, struct rtsp_message *m, struct body *b)
{
  uint64_t n;
  (void)b;
  if (slice_number(&value, UINT32_MAX, &n)) {
    m->has_cseq = true;
    m->cseq = (uint32_t)n;
  }
  return true;
}

/* Two that differ are how requests are smuggled (RFC 9112, 6.3). */
static bool
take_length(struct slice value, struct rtsp_message *m, struct body *b)
{
  uint64_t n;
  (void)m;
  if (!slice_number(&value, UINT32_MAX, &n) || value.at != value.end ||
      (b->is_told && n != b->length)) {
    return false;
  }
  b->is_told = true;
  b->length = n;
  return true;
}

static bool
take_coding(struct slice value, struct rtsp_message *m, struct body *b)
{
  (void)m;
  b->is_chunked = !slice_is_any_case(value, "identity");
  return true;
}

static bool
take_connection(struct slice value, struct rtsp_message *m, struct body *b)
{
  (void)b;
  m->is_last |= slice_is_any_case(value, "close");
  return true;
}

static bool
take_transport(struct slice value, struct rtsp_message *m, struct body *b)
{
  (void)b;
  m->transport = value;
  return true;
}

static const struct header headers[] = {
  { "CSeq", take_cseq },
  { "Content-Length", take_length },
  { "Transfer-Encoding", take_coding },
  { "Connection", take_connection },
  { "Transport", take_transport },
};

static bool
take_header(struct slice line, struct rtsp_message *m, struct body *b)
{
  const struct slice name = slice_trim(slice_until(&line, ':'));
  for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
    if (slice_is_any_case(name, headers[i].name)) {
      return headers[i].take(slice_trim(line), m, b);
    }
  }
  return true;
}

/* "RTSP/1.0", "HTTP/1.1" */
static bool
take_version(struct slice word, struct rtsp_message *m)
{
  m->is_http = slice_skip(&word, "HTTP/");
  return m->is_http || slice_skip(&word, "RTSP/");
}

/* METHOD URI VERSION, where the URI may be missing, or have blanks. */
static bool
take_request(struct slice line, struct rtsp_message *m)
{
  m->method = slice_word(&line);
  struct slice version = { line.end, line.end };
  while (version.at > line.at && version.at[-1] != ' ') {
    version.at--;
  }
  m->uri = slice_trim((struct slice){ line.at, version.at });
  return slice_length(m->method) > 0 && slice_is_token(m->method) &&
         take_version(version, m);
}

/* VERSION CODE PHRASE */
static bool
take_first(struct slice line, struct rtsp_message *m)
{
  line = slice_trim(line);
  struct slice rest = line;
  uint64_t status;
  if (!take_version(slice_word(&rest), m)) {
    return take_request(line, m);
  }
  struct slice code = slice_word(&rest);
  m->is_response = true;
  if (!slice_number(&code, 999, &status) || status < 100) {
    return false;
  }
  m->status = (unsigned)status;
  return true;
}

static bool
take_head(struct slice head, struct rtsp_message *m, struct body *b)
{
  if (memchr(head.at, '\0', slice_length(head)) ||
      !take_first(next_line(&head), m)) {
    return false;
  }
  while (head.at < head.end) {
    const struct slice line = next_line(&head);
    /* A line that goes on from the one before is of none that we read. */
    if (line.at < line.end && *line.at != ' ' && *line.at != '\t' &&
        !take_header(line, m, b)) {
      return false;
    }
  }
  return !b->is_chunked;
}

static vsc_status
next(struct rtsp_reader *r, bool has_ended, struct rtsp_message *out)
{
  if (!skip_between(r)) {
    return VSC_ERR_AGAIN;
  }
  const uint32_t head = head_length(r);
  if (head > RTSP_HEAD_MAX ||
      (!head && (left(r) >= RTSP_HEAD_MAX || left(r) == r->capacity))) {
    return VSC_ERR_MALFORMED;
  }
  if (!head) {
    return VSC_ERR_AGAIN;
  }
  const char *const at = r->bytes + r->first;
  *out = (struct rtsp_message){ .status = 0 };
  struct body b = { .length = 0 };
  if (!take_head((struct slice){ at, at + head }, out, &b)) {
    return VSC_ERR_MALFORMED;
  }
  const bool is_until_end = out->is_http && out->is_response && !b.is_told;
  if (is_until_end) {
    b.length = left(r) - head;
    out->is_last = true;
  }
  if (b.length > r->capacity - head ||
      (is_until_end && !has_ended && left(r) == r->capacity)) {
    return VSC_ERR_MALFORMED;
  }
  if (left(r) < head + b.length || (is_until_end && !has_ended)) {
    return VSC_ERR_AGAIN;
  }
  out->body = (struct slice){ at + head, at + head + b.length };
  r->first += head + (uint32_t)b.length;
  return VSC_OK;
}

/* Bytes move once for all that has come at once: a thousand messages, or pieces
   of media, may be in it. */
vsc_status
rtsp_next(struct rtsp_reader *r, bool has_ended, struct rtsp_message *out)
{
  const vsc_status status = next(r, has_ended, out);
  if (status == VSC_ERR_AGAIN) {
    r->used -= r->first;
    memmove(r->bytes, r->bytes + r->first, r->used);
    r->first = 0;
  }
  return status;
}

static const char *
phrase_of(unsigned status)
{
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 461:
      return "Unsupported Transport";
    case 501:
      return "Not Implemented";
    default:
      return "Error";
  }
}

vsc_status
rtsp_write(const struct rtsp_words *words, char *out, size_t bytes)
{
  const char *const version = words->is_http ? "HTTP/1.0" : "RTSP/1.0";
  char first[512], cseq[32] = "", length[96] = "";
  const int n =
    words->method
      ? snprintf(
          first, sizeof first, "%s %s %s", words->method, words->uri, version)
      : snprintf(first,
                 sizeof first,
                 "%s %u %s",
                 version,
                 words->status,
                 phrase_of(words->status));
  if (words->has_cseq) {
    snprintf(cseq, sizeof cseq, "CSeq: %u\r\n", words->cseq);
  }
  if (words->sdp) {
    snprintf(length,
             sizeof length,
             "Content-Type: application/sdp\r\nContent-Length: %zu\r\n",
             strlen(words->sdp));
  }
  const int all = snprintf(out,
                           bytes,
                           "%s\r\n%s%s%s\r\n%s",
                           first,
                           cseq,
                           words->headers ? words->headers : "",
                           length,
                           words->sdp ? words->sdp : "");
  return n > 0 && (size_t)n < sizeof first && all > 0 && (size_t)all < bytes
           ? all
           : VSC_ERR_INVALID;
}
