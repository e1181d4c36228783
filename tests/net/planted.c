/* planted.c - a sender of L24, two channels, 1 ms, by the kernel's TAI, that
   has the faults it is told: "planted GROUP INTERFACE_ADDRESS
   [NAME=NUMBER]...". SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#define CLOCK_TAI 11
#define FRAMES 48
#define BYTES (12 + FRAMES * 2 * 3)
#define MS INT64_C(1000000)

static struct {
  const char *name;
  int64_t is;
} faults[] = {
  { "burst", 1 }, /* so many packets at once */
  { "ahead", 0 }, /* microseconds of its clock */
  { "ppm", 0 },   /* by which it runs fast */
  { "dscp", 34 },     { "ttl", 32 }, { "drop", 0 }, /* one in so many */
  { "late", 0 }, /* every fourth by so many packets */
  { "ssrc", 0x1234 },
};

enum { BURST, AHEAD, PPM, DSCP, TTL, DROP, LATE, SSRC, FAULTS };

static int
take(const char *word)
{
  for (int i = 0; i < FAULTS; i++) {
    const size_t n = strlen(faults[i].name);
    if (strncmp(word, faults[i].name, n) == 0 && word[n] == '=') {
      faults[i].is = atoll(word + n + 1);
      return 1;
    }
  }
  return 0;
}

static int
open_socket(const char *address)
{
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const int tos = (int)faults[DSCP].is << 2;
  const int ttl = (int)faults[TTL].is;
  struct in_addr interface;
  return fd >= 0 && inet_pton(AF_INET, address, &interface) == 1 &&
             !setsockopt(
               fd, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface) &&
             !setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos) &&
             !setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl)
           ? fd
           : -1;
}

/* Packet N since 1970 by its clock. */
static void
send_one(int fd, const struct sockaddr_in *to, int64_t n)
{
  const uint16_t sequence = htons((uint16_t)n);
  const uint32_t stamp = htonl((uint32_t)(n * FRAMES));
  const uint32_t ssrc = htonl((uint32_t)faults[SSRC].is);
  uint8_t p[BYTES] = { 0x80, 98 };
  memcpy(p + 2, &sequence, 2);
  memcpy(p + 4, &stamp, 4);
  memcpy(p + 8, &ssrc, 4);
  memset(p + 12, 0x11, sizeof p - 12);
  if (!faults[DROP].is || n % faults[DROP].is) {
    sendto(fd, p, sizeof p, 0, (const struct sockaddr *)to, sizeof *to);
  }
}

static void
send_due(int fd, const struct sockaddr_in *to, int64_t n)
{
  const int64_t late = faults[LATE].is;
  if (!late || n % 4) {
    send_one(fd, to, n);
  }
  if (late && (n - late) % 4 == 0) {
    send_one(fd, to, n - late);
  }
}

int
main(int argc, char **argv)
{
  int is_known = argc >= 3;
  for (int i = 3; i < argc; i++) {
    is_known &= take(argv[i]);
  }
  struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(5004) };
  const int fd = is_known ? open_socket(argv[2]) : -1;
  if (fd < 0 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
    fputs("usage: planted GROUP INTERFACE_ADDRESS [NAME=NUMBER]...\n", stderr);
    return 2;
  }
  struct timespec t;
  prctl(PR_SET_TIMERSLACK, 1UL);
  clock_gettime(CLOCK_TAI, &t);
  const int64_t began = t.tv_sec * 1000 * MS;
  const int64_t ahead = faults[AHEAD].is * 1000;
  for (int64_t next = (began + ahead) / MS;; next += faults[BURST].is) {
    /* The last of them ends then, by its clock; by ours: */
    const int64_t due = (next + faults[BURST].is) * MS - ahead;
    const int64_t at = due - (due - began) / 1000000 * faults[PPM].is;
    t = (struct timespec){ .tv_sec = at / (1000 * MS),
                           .tv_nsec = at % (1000 * MS) };
    while (clock_nanosleep(CLOCK_TAI, TIMER_ABSTIME, &t, NULL)) {
    }
    for (int64_t i = 0; i < faults[BURST].is; i++) {
      send_due(fd, &to, next + i);
    }
  }
}
