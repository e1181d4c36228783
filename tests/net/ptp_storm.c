/* ptp_storm.c - everything that a PTP port should not mind, at any rate: each
   kind of ptp_hostile.h in the name and from the machine of the true master,
   and as many Announces of a thousand false ones. ptp-storm ADDRESS SECONDS
   PER_SECOND MASTER_IDENTITY FALSE_PRIORITY1 SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* struct ip_mreq */
#include "tests/net/ptp_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TICKS_A_SECOND 100

/* Whom the follower asks tells who it is. */
static void
learn(int fd, struct hostile *h, int *knows)
{
  uint8_t bytes[256];
  ssize_t n;
  while ((n = recv(fd, bytes, sizeof bytes, 0)) >= 0 || errno == EINTR) {
    if (n >= 44 && (bytes[0] & 15) == 1) {
      memcpy(h->victim, bytes + 20, 8);
      h->request = be16(bytes + 30);
      *knows = 1;
    }
  }
}

static int
read_identity(const char *text, uint8_t out[8])
{
  unsigned o[8];
  if (sscanf(text,
             "%2x-%2x-%2x-%2x-%2x-%2x-%2x-%2x",
             &o[0],
             &o[1],
             &o[2],
             &o[3],
             &o[4],
             &o[5],
             &o[6],
             &o[7]) != 8) {
    return 0;
  }
  for (int i = 0; i < 8; i++) {
    out[i] = (uint8_t)o[i];
  }
  return 1;
}

int
main(int argc, char **argv)
{
  struct hostile h = { .random = 1, .seconds = 3600, .priority1 = 100 };
  struct hostile_message m;
  if (argc < 6 || !read_identity(argv[4], h.master)) {
    return 2;
  }
  const int fd = ptp_socket_open(argv[1]);
  const long each = atol(argv[3]) / TICKS_A_SECOND;
  const uint8_t false_priority = (uint8_t)atoi(argv[5]);
  unsigned long sent = 0, failed = 0;
  int knows = 0;
  for (long tick = 0; tick < TICKS_A_SECOND * atol(argv[2]); tick++) {
    learn(fd, &h, &knows);
    for (long i = 0; i < each; i++) {
      h.sync = (uint16_t)hostile_number(&h, 65536);
      if (i & 1 && knows) {
        hostile_make(&h, hostile_number(&h, HOSTILE_KINDS), &m);
      } else {
        hostile_master(&h, false_priority, &m);
      }
      *(ptp_socket_send(fd, &m) ? &sent : &failed) += 1;
    }
    const struct timespec rest = { .tv_nsec = 1000000000 / TICKS_A_SECOND };
    nanosleep(&rest, NULL);
  }
  printf("%lu sent, %lu not; the follower was %s\n",
         sent,
         failed,
         knows ? "heard" : "not heard");
  close(fd);
  return !knows;
}
