/* odd_rtsp.c - odd_rtsp ADDRESS PORT [http]: a server of one session that
   speaks RTSP as badly as real devices do, and worse with each connection, or
   HTTP; what it is answered is printed. SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* usleep */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TEXT 2048

/* At 239.69.9.GROUP. */
static int
session(int group, char out[TEXT])
{
  return snprintf(out,
                  TEXT,
                  "v=0\no=- 13 0 IN IP4 10.1.0.1\ns=Odd one\nt=0 0\n"
                  "m=audio 5004 RTP/AVP 98\nc=IN IP4 239.69.9.%d/15\n"
                  "a=rtpmap:98 L16/48000/2\na=ptime:1\n"
                  "a=mediaclk:direct=0\na=recvonly\n",
                  group);
}

static void
say(int fd, const char *text, size_t bytes)
{
  if (send(fd, text, bytes, MSG_NOSIGNAL) < 0) {
    perror("send");
  }
}

/* In pieces that arrive one by one. */
static void
say_slowly(int fd, const char *text, size_t bytes, size_t piece)
{
  for (size_t at = 0; at < bytes; at += piece) {
    say(fd, text + at, bytes - at < piece ? bytes - at : piece);
    usleep(20000);
  }
}

/* The next thing that comes; its CSeq, 0: none; -1: the other side has gone. */
static int
hear(int fd)
{
  char text[TEXT];
  const ssize_t n = recv(fd, text, sizeof text - 1, 0);
  if (n <= 0) {
    return -1;
  }
  text[n] = '\0';
  const char *const cseq = strstr(text, "CSeq: ");
  printf("%.*s\n", (int)strcspn(text, "\r\n"), text);
  fflush(stdout);
  return cseq ? atoi(cseq + 6) : 0;
}

/* No CSeq, lower case, lines that end in LF, media before it. */
static void
describe(int fd, int group)
{
  char sdp[TEXT], text[2 * TEXT];
  const int bytes = session(group, sdp);
  memcpy(text, "$\1\0\3abc", 7);
  const int n = snprintf(text + 7,
                         sizeof text - 7,
                         "RTSP/1.0 200 OK\ncontent-length:%d\n\n%s",
                         bytes,
                         sdp);
  say_slowly(fd, text, 7 + (size_t)n, 97);
}

/* Two requests in one segment, the second with an empty URI. */
static void
announce(int fd, int group)
{
  char sdp[TEXT], text[2 * TEXT];
  const int bytes = session(group, sdp);
  const int n = snprintf(text,
                         sizeof text,
                         "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"
                         "ANNOUNCE  RTSP/1.0\r\nconnection: Keep-Alive\r\n"
                         "content-length: %d\r\n\r\n%s",
                         bytes,
                         sdp);
  say(fd, text, (size_t)n);
}

static void
serve(int fd, int number)
{
  static const char greeting[] = "HELLO\r\n\r\n";
  static const char endless[] =
    "RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n"
    "\r\n";
  static const char none[] = "RTSP/1.0 404 Not Found\r\n\r\n";
  int group = 3;
  if (hear(fd) < 0) {
    return;
  }
  switch (number) {
    case 1:
      describe(fd, 1);
      usleep(2000000);
      announce(fd, 2);
      hear(fd); /* both answers, or one and then the other */
      usleep(2000000);
      return;
    case 2:
      say(fd, greeting, sizeof greeting - 1);
      break;
    case 3:
      say(fd, endless, sizeof endless - 1);
      break;
    case 4:
      say(fd, none, sizeof none - 1);
      break;
    default:
      describe(fd, group++);
      break;
  }
  /* It moves without a word: who asks again hears of it. */
  for (; hear(fd) >= 0; group = 4) {
    describe(fd, group);
  }
}

/* Of the old kind: its end is that of the connection. It has moved by the next.
 */
static void
serve_http(int fd, int number)
{
  static const char head[] = "HTTP/1.0 200 OK\r\nServer: odd\r\n\r\n";
  char sdp[TEXT];
  const int bytes = session(number == 1 ? 5 : 6, sdp);
  if (hear(fd) >= 0) {
    say(fd, head, sizeof head - 1);
    say_slowly(fd, sdp, (size_t)bytes, 97);
  }
}

int
main(int argc, char **argv)
{
  struct sockaddr_in in = { .sin_family = AF_INET };
  const int on = 1;
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (argc < 3 || listener < 0 || inet_aton(argv[1], &in.sin_addr) == 0) {
    fprintf(stderr, "usage: odd_rtsp ADDRESS PORT [http]\n");
    return 2;
  }
  in.sin_port = htons((uint16_t)atoi(argv[2]));
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (const struct sockaddr *)&in, sizeof in) ||
      listen(listener, 4)) {
    perror("odd_rtsp");
    return 1;
  }
  for (int number = 1;; number++) {
    const int fd = accept(listener, NULL, NULL);
    if (fd < 0) {
      perror("accept");
      return 1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    printf("connection %d\n", number);
    (argc > 3 ? serve_http : serve)(fd, number);
    close(fd);
  }
}
