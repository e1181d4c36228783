/* rtsp_url.h - where a session is described: rtsp://192.168.1.20:8854/by-name/X
   and http:// likewise.
   SPDX-License-Identifier: MIT */
#ifndef VSC_RTSP_URL_H
#define VSC_RTSP_URL_H

#include "sdp_text.h"

#define RTSP_URL_BYTES 320

struct rtsp_url {
  bool is_http;
  vsc_ip host;
  uint16_t port;
  uint16_t path;             /* where it begins in text: at a "/", or the end */
  char text[RTSP_URL_BYTES]; /* all of it */
};

/** Does TEXT look like a URL at all, of whatever kind? */
bool
rtsp_url_is(const char *text);
/** VSC_ERR_MALFORMED, and WHY is the end of a sentence that begins with the
    URL. */
vsc_status
rtsp_url_read(const char *text, struct rtsp_url *out, const char **why);

/** NAME as a part of a path: everything but letters, digits and -._~ as %XX
    (RFC 3986, 2.1). VSC_ERR_INVALID when it does not fit. */
vsc_status
rtsp_escape(const char *name, char *out, size_t bytes);
/** The other way. False: nothing, a NUL, a broken %XX, or it does not fit. */
bool
rtsp_unescape(struct slice text, char *out, size_t bytes);
/** The last part of a path or URL, without what begins with ? or #. */
struct slice
rtsp_last_part(struct slice path);

#endif
