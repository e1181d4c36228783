/* ptp_storm.c - everything that a PTP port should not mind: a thousand false
   masters, broken messages, empty datagrams, extreme corrections, in the name
   of the true master, too. ptp-storm ADDRESS SECONDS PER_SECOND MASTER_IDENTITY
   SPDX-License-Identifier: MIT */
#include "modules/shared/bytes.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static uint64_t state = 1;

static uint32_t
number(uint32_t below)
{
  state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
  return (uint32_t)(state >> 33) % below;
}

static const uint8_t types[] = { 0, 1, 8, 9, 11, 12, 13, 2, 3, 10, 4 };
static const uint8_t lengths[] = { 44, 44, 44, 54, 64, 44, 54, 54, 54, 54, 34 };

/* One datagram; its length. */
static unsigned
make(uint8_t p[256], const uint8_t master[8], int *is_event)
{
  const uint32_t what = number(100), i = number(sizeof types);
  memset(p, 0, 256);
  p[0] = types[i];
  *is_event = types[i] < 8;
  p[1] = 2;
  p[3] = lengths[i];
  put_be16(p + 30, number(65536));
  put_be16(p + 28, 1);
  if (what < 40) { /* a false master, worse than the true one */
    p[0] = 11;
    p[3] = 64;
    *is_event = 0;
    p[47] = (uint8_t)(200 + number(55));
    put_be32(p + 22, number(1000) + 1);
    memcpy(p + 53, p + 20, 8);
    return 64;
  }
  if (what < 45) {
    return 0;
  }
  memcpy(p + 20, master, 8);
  for (unsigned k = 34; k < lengths[i]; k++) {
    p[k] = (uint8_t)number(256);
  }
  if (what < 60) { /* extreme corrections */
    put_be64(p + 8, number(2) ? INT64_MAX : (uint64_t)INT64_MIN);
    return lengths[i];
  }
  if (what < 75) { /* lengths that lie */
    put_be16(p + 2, number(65536));
    return number(lengths[i] + 1);
  }
  if (what < 85) {
    p[1] = (uint8_t)number(256);
    return lengths[i];
  }
  p[4] = (uint8_t)(1 + number(255)); /* another domain */
  return lengths[i];
}

int
main(int argc, char **argv)
{
  uint8_t master[8], bytes[256];
  unsigned o[8];
  if (argc < 5 || sscanf(argv[4],
                         "%2x-%2x-%2x-%2x-%2x-%2x-%2x-%2x",
                         &o[0],
                         &o[1],
                         &o[2],
                         &o[3],
                         &o[4],
                         &o[5],
                         &o[6],
                         &o[7]) != 8) {
    return 2;
  }
  for (int i = 0; i < 8; i++) {
    master[i] = (uint8_t)o[i];
  }
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct in_addr own;
  inet_pton(AF_INET, argv[1], &own);
  setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &own, sizeof own);
  struct sockaddr_in to = { .sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(0xE0000181u) };
  const long each = atol(argv[3]) / 100;
  for (long tick = 0; tick < 100 * atol(argv[2]); tick++) {
    for (long i = 0; i < each; i++) {
      int is_event = 0;
      const unsigned n = make(bytes, master, &is_event);
      to.sin_port = htons(is_event || (n == 0 && i & 1) ? 319 : 320);
      (void)!sendto(fd, bytes, n, 0, (const struct sockaddr *)&to, sizeof to);
    }
    const struct timespec rest = { .tv_nsec = 10000000 };
    nanosleep(&rest, NULL);
  }
  close(fd);
  return 0;
}
