/* test_rtsp.c - RTSP messages out of bytes as they come, and URLs.
   SPDX-License-Identifier: MIT */
#include "modules/shared/rtsp_message.h"
#include "modules/shared/rtsp_url.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

static char memory[8192];

static struct rtsp_reader
reader_of(const char *text)
{
  struct rtsp_reader r;
  rtsp_reader_init(&r, memory, sizeof memory);
  size_t room;
  char *const at = rtsp_room(&r, &room);
  cr_assert_leq(strlen(text), room);
  memcpy(at, text, strlen(text));
  rtsp_filled(&r, strlen(text));
  return r;
}

/* The first message of TEXT. */
static struct rtsp_message
message(const char *text)
{
  struct rtsp_reader r = reader_of(text);
  struct rtsp_message m;
  const vsc_status status = rtsp_next(&r, false, &m);
  cr_assert_eq(status, VSC_OK, "%d: %s", status, text);
  return m;
}

static vsc_status
status_of(const char *text)
{
  struct rtsp_reader r = reader_of(text);
  struct rtsp_message m;
  return rtsp_next(&r, false, &m);
}

static void
is(struct slice s, const char *text)
{
  cr_assert(slice_is(s, text), "\"%.*s\"", (int)slice_length(s), s.at);
}

#define BODY "v=0\no=- 11 29 IN IP4 10.67.0.1\ns=Stage 1\n"

Test(rtsp_message, answer_whose_body_has_lf_lines)
{
  const struct rtsp_message m = message("RTSP/1.0 200 OK\r\n"
                                        "CSeq: 1\r\n"
                                        "Content-Length: 41\r\n"
                                        "Content-Type: application/sdp\r\n"
                                        "\r\n" BODY);
  cr_assert(m.is_response && !m.is_http && m.status == 200);
  cr_assert(m.has_cseq && m.cseq == 1);
  is(m.body, BODY);
}

/* A Merging Anubis says so. */
Test(rtsp_message, request_without_uri_and_cseq)
{
  const struct rtsp_message m = message("ANNOUNCE  RTSP/1.0\r\n"
                                        "connection: Keep-Alive\r\n"
                                        "content-length: 41\r\n"
                                        "\r\n" BODY);
  cr_assert(!m.is_response && !m.has_cseq && !m.is_last);
  is(m.method, "ANNOUNCE");
  is(m.uri, "");
  is(m.body, BODY);
}

Test(rtsp_message, uri_with_blanks)
{
  const struct rtsp_message m =
    message("DESCRIBE rtsp://10.0.0.1/by-name/Stage 1 RTSP/1.0\r\n\r\n");
  is(m.uri, "rtsp://10.0.0.1/by-name/Stage 1");
}

Test(rtsp_message, lines_that_end_in_lf)
{
  const struct rtsp_message m =
    message("OPTIONS * RTSP/1.0\ncseq:7\nTRANSPORT:  RTP/AVP;multicast \n\n");
  cr_assert_eq(m.cseq, 7);
  is(m.transport, "RTP/AVP;multicast");
}

Test(rtsp_message, two_in_one_segment)
{
  struct rtsp_reader r = reader_of("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"
                                   "\r\nRTSP/1.0 404 Not Found\r\n\r\n");
  struct rtsp_message m;
  cr_assert_eq(rtsp_next(&r, false, &m), VSC_OK);
  cr_assert_eq(m.cseq, 1);
  cr_assert_eq(rtsp_next(&r, false, &m), VSC_OK);
  cr_assert_eq(m.status, 404);
  cr_assert_eq(rtsp_next(&r, false, &m), VSC_ERR_AGAIN);
}

/* Or a buffer full of four-byte pieces of media costs its square. */
Test(rtsp_message, nothing_moves_while_there_is_more)
{
  struct rtsp_reader r = reader_of("OPTIONS * RTSP/1.0\r\n\r\n"
                                   "PLAY * RTSP/1.0\r\n\r\nA");
  struct rtsp_message m;
  cr_assert_eq(rtsp_next(&r, false, &m), VSC_OK);
  cr_assert_eq(m.method.at, memory);
  cr_assert_eq(rtsp_next(&r, false, &m), VSC_OK);
  cr_assert_eq(m.method.at, memory + 22);
  cr_assert_eq(rtsp_next(&r, false, &m), VSC_ERR_AGAIN);
  size_t room;
  cr_assert_eq(rtsp_room(&r, &room), memory + 1);
  cr_assert_eq(room, sizeof memory - 1);
}

Test(rtsp_message, one_byte_at_a_time)
{
  static const char text[] =
    "RTSP/1.0 200 OK\r\nContent-Length: 41\r\n\r\n" BODY;
  struct rtsp_reader r;
  struct rtsp_message m;
  rtsp_reader_init(&r, memory, sizeof memory);
  for (size_t i = 0; i + 1 < sizeof text; i++) {
    cr_assert_eq(rtsp_next(&r, false, &m), VSC_ERR_AGAIN, "at %zu", i);
    size_t room;
    *rtsp_room(&r, &room) = text[i];
    rtsp_filled(&r, 1);
  }
  cr_assert_eq(rtsp_next(&r, false, &m), VSC_OK);
  is(m.body, BODY);
}

Test(rtsp_message, media_in_between_is_skipped)
{
  struct rtsp_reader r;
  struct rtsp_message m;
  size_t room;
  rtsp_reader_init(&r, memory, sizeof memory);
  /* 60000 bytes of media are more than there is room for. */
  memcpy(rtsp_room(&r, &room), "$\0\xEA\x60", 4);
  rtsp_filled(&r, 4);
  for (int left = 60000; left > 0; left -= 1000) {
    cr_assert_eq(rtsp_next(&r, false, &m), VSC_ERR_AGAIN);
    memset(rtsp_room(&r, &room), '$', 1000);
    rtsp_filled(&r, 1000);
  }
  cr_assert_eq(rtsp_next(&r, false, &m), VSC_ERR_AGAIN);
  memcpy(rtsp_room(&r, &room), "PLAY * RTSP/1.0\r\n\r\n", 19);
  rtsp_filled(&r, 19);
  cr_assert_eq(rtsp_next(&r, false, &m), VSC_OK);
  is(m.method, "PLAY");
}

Test(rtsp_message, http_body_without_a_length_goes_to_the_end)
{
  struct rtsp_reader r = reader_of("HTTP/1.0 200 OK\r\n\r\n" BODY);
  struct rtsp_message m;
  cr_assert_eq(rtsp_next(&r, false, &m), VSC_ERR_AGAIN);
  cr_assert_eq(rtsp_next(&r, true, &m), VSC_OK);
  cr_assert(m.is_http && m.is_last);
  is(m.body, BODY);
}

Test(rtsp_message, lengths_that_lie_are_refused)
{
  static const char *const lies[] = {
    "Content-Length: -1",
    "Content-Length: 99999999999999999999",
    "Content-Length: 8000",
    "Content-Length: 4x",
    "Content-Length:",
    "Content-Length: 4\r\nContent-Length: 5",
    "Transfer-Encoding: chunked",
  };
  for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
    char text[256];
    snprintf(text, sizeof text, "RTSP/1.0 200 OK\r\n%s\r\n\r\n", lies[i]);
    const vsc_status wanted =
      strstr(lies[i], "8000") ? VSC_ERR_AGAIN : VSC_ERR_MALFORMED;
    cr_assert_eq(status_of(text), wanted, "%s", lies[i]);
  }
  cr_assert_eq(status_of("RTSP/1.0 200 OK\r\nContent-Length: 8192\r\n\r\n"),
               VSC_ERR_MALFORMED);
}

Test(rtsp_message, what_is_none_is_refused)
{
  static const char *const none[] = {
    "GET\r\n\r\n",
    "GET / FTP/1.0\r\n\r\n",
    "RTSP/1.0\r\n\r\n",
    "RTSP/1.0 1000 OK\r\n\r\n",
    "RTSP/1.0 99 OK\r\n\r\n",
    "RTSP/1.0 two OK\r\n\r\n",
    "\x1b[2J / RTSP/1.0\r\n\r\n",
  };
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
    cr_assert_eq(status_of(none[i]), VSC_ERR_MALFORMED, "%s", none[i]);
  }
}

Test(rtsp_message, head_without_an_end_is_refused)
{
  struct rtsp_reader r;
  struct rtsp_message m;
  size_t room;
  rtsp_reader_init(&r, memory, sizeof memory);
  memset(rtsp_room(&r, &room), 'A', RTSP_HEAD_MAX);
  rtsp_filled(&r, RTSP_HEAD_MAX);
  cr_assert_eq(rtsp_next(&r, false, &m), VSC_ERR_MALFORMED);
}

Test(rtsp_message, what_is_written_reads_the_same)
{
  char text[512];
  const struct rtsp_words answer = {
    .status = 200, .has_cseq = true, .cseq = 9, .sdp = BODY
  };
  cr_assert_gt(rtsp_write(&answer, text, sizeof text), 0);
  const struct rtsp_message m = message(text);
  cr_assert(m.is_response && m.status == 200 && m.cseq == 9);
  is(m.body, BODY);
}

Test(rtsp_message, what_does_not_fit_is_not_written)
{
  char text[64];
  const struct rtsp_words answer = { .status = 200, .sdp = BODY };
  cr_assert_eq(rtsp_write(&answer, text, sizeof text), VSC_ERR_INVALID);
}

/* Sessions are named by people, too. */
Test(rtsp_url, begins_with_a_scheme)
{
  static const char *const urls[] = {
    "rtsp://10.0.0.1/x", "ftp://x", "RTSP://", "a+b-c.1://"
  };
  static const char *const names[] = {
    "",    "Stage", "News, see http://radio.example",
    "://", "1://2", "B\xC3\xBChne://"
  };
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
    cr_assert(rtsp_url_is(urls[i]), "%s", urls[i]);
  }
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    cr_assert(!rtsp_url_is(names[i]), "%s", names[i]);
  }
}

Test(rtsp_url, parts)
{
  struct rtsp_url u;
  const char *why = "";
  cr_assert_eq(rtsp_url_read("rtsp://10.1.2.3:8854/by-name/A%20B", &u, &why),
               VSC_OK);
  cr_assert_eq(u.host, 0x0A010203);
  cr_assert_eq(u.port, 8854);
  cr_assert_str_eq(u.text + u.path, "/by-name/A%20B");
  cr_assert_eq(rtsp_url_read("http://10.1.2.3", &u, &why), VSC_OK);
  cr_assert(u.is_http && u.port == 80);
  cr_assert_str_eq(u.text + u.path, "");
}

Test(rtsp_url, mistakes_are_named)
{
  static const struct {
    const char *url, *word;
  } rows[] = {
    { "ftp://10.1.2.3/", "rtsp://" },
    { "rtsp://mixer.local/", "numbers" },
    { "rtsp://me@10.1.2.3/", "numbers" },
    { "rtsp://239.1.2.3/", "numbers" },
    { "rtsp://10.1.2.3:0/", "port" },
    { "rtsp://10.1.2.3:65536/", "port" },
    { "rtsp://10.1.2.3:8x/", "port" },
    { "rtsp://10.1.2.3/by-name/A B", "%20" },
    { "rtsp://10.1.2.3/\r\nX: y", "%20" },
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct rtsp_url u;
    const char *why = "";
    cr_assert_eq(rtsp_url_read(rows[i].url, &u, &why), VSC_ERR_MALFORMED);
    cr_assert(strstr(why, rows[i].word), "%s %s", rows[i].url, why);
  }
}

Test(rtsp_url, names_there_and_back)
{
  static const char name[] = "B\xC3\xBChne \"1\" <%/?#>";
  char path[128], back[64];
  cr_assert_eq(rtsp_escape(name, path, sizeof path), VSC_OK);
  cr_assert_str_eq(path, "B%C3%BChne%20%221%22%20%3C%25%2F%3F%23%3E");
  cr_assert(rtsp_unescape(
    (struct slice){ path, path + strlen(path) }, back, sizeof back));
  cr_assert_str_eq(back, name);
}

Test(rtsp_url, names_that_are_none)
{
  static const char *const none[] = { "", "a%", "a%4", "a%zz", "a%00b" };
  char out[16];
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
    const struct slice s = { none[i], none[i] + strlen(none[i]) };
    cr_assert(!rtsp_unescape(s, out, sizeof out), "%s", none[i]);
  }
}

Test(rtsp_url, last_part_of_a_path)
{
  static const char url[] = "rtsp://10.1.2.3/by-name/A%20B/?x=/y#z";
  is(rtsp_last_part((struct slice){ url, url + strlen(url) }), "A%20B");
}
