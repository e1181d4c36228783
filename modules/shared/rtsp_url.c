/* rtsp_url.c - URLs of sessions, and names inside them.
   SPDX-License-Identifier: MIT */
#include "rtsp_url.h"

#include "modules/shared/clock_id.h"

#include <stdio.h>
#include <string.h>

#define RTSP_PORT 554
#define HTTP_PORT 80

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* RFC 3986, 3.1. */
bool
rtsp_url_is(const char *text)
{
  const size_t first = strspn(text, LETTERS);
  const char *const rest = text + strspn(text, LETTERS "0123456789+-.");
  return first > 0 && strncmp(rest, "://", 3) == 0;
}

/* What may stand in a request as it is. */
static bool
is_plain(struct slice s)
{
  for (; s.at < s.end; s.at++) {
    if (*s.at <= ' ' || *s.at >= 0x7F) {
      return false;
    }
  }
  return true;
}

static bool
take_port(struct slice *rest, uint16_t *port)
{
  uint64_t n = *port;
  if (slice_skip(rest, ":") && (!slice_number(rest, 65535, &n) || n == 0)) {
    return false;
  }
  *port = (uint16_t)n;
  return true;
}

vsc_status
rtsp_url_read(const char *text, struct rtsp_url *out, const char **why)
{
  *out = (struct rtsp_url){ .is_http = false };
  const size_t n = strlen(text);
  if (n >= sizeof out->text) {
    *why = "is longer than 319 bytes";
    return VSC_ERR_MALFORMED;
  }
  memcpy(out->text, text, n + 1);
  struct slice rest = { out->text, out->text + n };
  out->is_http = slice_skip(&rest, "http://");
  if (!out->is_http && !slice_skip(&rest, "rtsp://")) {
    *why = "does not begin with rtsp:// or http://";
    return VSC_ERR_MALFORMED;
  }
  if (!is_plain(rest)) {
    *why = "has blanks or letters that a URL cannot have: write %20 for a "
           "blank";
    return VSC_ERR_MALFORMED;
  }
  struct slice host = { rest.at, rest.at };
  while (host.end < rest.end && *host.end != ':' && *host.end != '/') {
    host.end++;
  }
  if (!slice_ip(host, &out->host) || out->host == 0 ||
      VSC_IP_IS_MULTICAST(out->host)) {
    *why = "needs the host's IPv4 address in numbers, as in "
           "rtsp://192.168.1.20:8854/by-name/Stage";
    return VSC_ERR_MALFORMED;
  }
  rest.at = host.end;
  out->port = out->is_http ? HTTP_PORT : RTSP_PORT;
  if (!take_port(&rest, &out->port) ||
      (rest.at < rest.end && *rest.at != '/')) {
    *why = "has a port that is none";
    return VSC_ERR_MALFORMED;
  }
  out->path = (uint16_t)(rest.at - out->text);
  return VSC_OK;
}

static bool
is_unreserved(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

vsc_status
rtsp_escape(const char *name, char *out, size_t bytes)
{
  size_t n = 0;
  for (; *name; name++) {
    const size_t need = is_unreserved(*name) ? 1 : 3;
    if (n + need >= bytes) {
      return VSC_ERR_INVALID;
    }
    n += (size_t)snprintf(
      out + n, bytes - n, need == 1 ? "%c" : "%%%02X", (uint8_t)*name);
  }
  out[n] = '\0';
  return VSC_OK;
}

bool
rtsp_unescape(struct slice text, char *out, size_t bytes)
{
  size_t n = 0;
  while (text.at < text.end && n + 1 < bytes) {
    uint8_t c = (uint8_t)*text.at++;
    if (c == '%') {
      text.at = clock_id_read(text.at, text.end, &c, 1);
    }
    if (!text.at || c == 0) {
      return false;
    }
    out[n++] = (char)c;
  }
  out[n] = '\0';
  return n > 0 && text.at == text.end;
}

struct slice
rtsp_last_part(struct slice path)
{
  for (const char *c = path.at; c < path.end; c++) {
    if (*c == '?' || *c == '#') {
      path.end = c;
    }
  }
  while (path.end > path.at && path.end[-1] == '/') {
    path.end--;
  }
  struct slice part = { path.end, path.end };
  while (part.at > path.at && part.at[-1] != '/') {
    part.at--;
  }
  return part;
}
