/* rtsp_message.h - RTSP and HTTP messages (RFC 2326, RFC 9112) in a bounded
   buffer that is filled as bytes come: text in and out, nothing else. Reads
   what real devices send: no CSeq, no URI, lower-case headers, lines that end
   in LF, several messages at once or one in pieces, media in between.
   SPDX-License-Identifier: MIT */
#ifndef VSC_RTSP_MESSAGE_H
#define VSC_RTSP_MESSAGE_H

#include "sdp_text.h"

#define RTSP_HEAD_MAX 4096 /* of a message without its body */

/** Slices point into the reader. */
struct rtsp_message {
  bool is_response, is_http;
  struct slice method, uri; /* of a request; the URI may be empty */
  unsigned status;          /* of a response, 100..999 */
  bool has_cseq;
  uint32_t cseq;
  bool is_last; /* the connection closes behind it */
  struct slice transport;
  struct slice body;
};

/** One direction of a connection. */
struct rtsp_reader {
  char *bytes; /* the caller's */
  uint32_t capacity, used;
  uint32_t first;   /* of them that is not taken */
  uint64_t to_skip; /* of media that has not come yet */
};

/** BYTES bound a message; more than RTSP_HEAD_MAX where bodies are welcome. */
void
rtsp_reader_init(struct rtsp_reader *r, char *bytes, uint32_t capacity);
/** Where what comes belongs, and how much may come: never 0 after a
    rtsp_next() that answered VSC_ERR_AGAIN. */
char *
rtsp_room(const struct rtsp_reader *r, size_t *room);
void
rtsp_filled(struct rtsp_reader *r, size_t bytes);
/** The next message, valid until the next call. HAS_ENDED: nothing more comes,
    which ends the body of an HTTP response without a length. VSC_ERR_AGAIN:
    more is needed. VSC_ERR_MALFORMED: no message, or longer than the buffer;
    there is no way to go on. */
vsc_status
rtsp_next(struct rtsp_reader *r, bool has_ended, struct rtsp_message *out);

/** What is written. */
struct rtsp_words {
  const char *method, *uri; /* a request; NULL: a response */
  unsigned status;          /* of a response */
  bool is_http;             /* HTTP/1.0: bodies come as they are */
  bool has_cseq;
  uint32_t cseq;
  const char *headers; /* further lines, each with its CRLF; NULL: none */
  const char *sdp;     /* the body; NULL: none */
};

/** NUL-terminated; how many bytes without the NUL, or VSC_ERR_INVALID when it
    does not fit. */
vsc_status
rtsp_write(const struct rtsp_words *words, char *out, size_t bytes);

#endif
