/* sap_flood.c - announces made-up sessions: COUNT of them, RATE a second, from
   FROM and the addresses after it, to the network of ADDRESS. WHAT is
   "garbage", "damaged" (announcements that were good once), "deletion" (of each
   hash that a session of ADDRESS can have), or the number of a session: said in
   the name of ADDRESS, at another rate each time.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "tests/fuzz/mutate.h"

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT 9875
#define BYTES 1200
#define TICK_NS 10000000
#define SOURCES 60000

struct flood {
  uint32_t from, address;
  const char *what;
  bool is_changing; /* WHAT is a session's number */
};

struct head {
  struct iphdr ip;
  struct udphdr udp;
};

/* The announcement that N is told by. */
static size_t
announcement(char *out, size_t room, uint32_t n)
{
  return (size_t)snprintf(
    out,
    room,
    "v=0\r\no=- %u 1 IN IP4 10.1.0.9\r\ns=flood \x1b[31m<b>\"%u\r\n"
    "c=IN IP4 239.70.%u.%u/9\r\nt=0 0\r\n"
    "m=audio 5004 RTP/AVP 96\r\na=rtpmap:96 L24/48000/8\r\n"
    "a=ptime:1\r\na=mediaclk:direct=0\r\n",
    n,
    n,
    n >> 8 & 255,
    n & 255);
}

static size_t
change(const struct flood *f, char *out, size_t room, uint32_t n)
{
  const struct in_addr ip = { htonl(f->address) };
  return (size_t)snprintf(out,
                          room,
                          "v=0\r\no=- %s %u IN IP4 %s\r\ns=stays 3\r\n"
                          "c=IN IP4 239.70.9.9/9\r\nt=0 0\r\n"
                          "m=audio 5004 RTP/AVP 96\r\n"
                          "a=rtpmap:96 L24/%u/8\r\n",
                          f->what,
                          n,
                          inet_ntoa(ip),
                          50000 + n);
}

/* What SAP says in packet N. */
static size_t
payload(const struct flood *f, uint8_t *out, size_t room, uint32_t n)
{
  const bool is_deletion = strcmp(f->what, "deletion") == 0;
  const uint32_t origin = htonl(is_deletion ? f->address : f->from + n);
  const size_t head = 4 + sizeof origin;
  char *const text = (char *)out + head;
  uint64_t state = n;
  out[0] = is_deletion ? 0x24 : 0x20;
  out[1] = 0;
  out[2] = (uint8_t)(n >> 8);
  out[3] = (uint8_t)n | !is_deletion;
  memcpy(out + 4, &origin, sizeof origin);
  if (is_deletion) {
    return head + (size_t)snprintf(text, room - head, "o=- 0 0 IN IP4 0.0.0.0");
  }
  if (strcmp(f->what, "garbage") == 0) {
    return head + (size_t)snprintf(text,
                                   room - head,
                                   "\x1b[2J%u garbage \xff\xfe<b>\"",
                                   n * 2654435761u);
  }
  if (f->is_changing) {
    return head + change(f, text, room - head, n);
  }
  const size_t bytes = head + announcement(text, room - head, n);
  return strcmp(f->what, "damaged") == 0 ? mutate(out, bytes, room, &state)
                                         : bytes;
}

/* Packet N, from the N-th address; how many bytes. The kernel fills in the
   checksum of IP; that of UDP may be 0. */
static size_t
packet(const struct flood *f, uint8_t out[BYTES], uint32_t n)
{
  struct head h = { 0 };
  const size_t bytes =
    sizeof h + payload(f, out + sizeof h, BYTES - sizeof h, n);
  h.ip.version = 4;
  h.ip.ihl = 5;
  h.ip.ttl = 64;
  h.ip.protocol = IPPROTO_UDP;
  h.ip.tot_len = htons((uint16_t)bytes);
  h.ip.saddr = htonl(f->is_changing ? f->address : f->from + n % SOURCES);
  h.ip.daddr = htonl(0xEFFFFFFF);
  h.udp.source = htons(PORT);
  h.udp.dest = htons(PORT);
  h.udp.len = htons((uint16_t)(bytes - sizeof h.ip));
  memcpy(out, &h, sizeof h);
  return bytes;
}

int
main(int argc, char **argv)
{
  if (argc < 5) {
    fprintf(stderr, "usage: sap-flood COUNT RATE FROM ADDRESS [WHAT]\n");
    return 2;
  }
  const uint32_t count = (uint32_t)strtoul(argv[1], NULL, 10);
  const uint32_t rate = (uint32_t)strtoul(argv[2], NULL, 10);
  const struct in_addr interface = { inet_addr(argv[4]) };
  const struct flood f = { .from = ntohl(inet_addr(argv[3])),
                           .address = ntohl(interface.s_addr),
                           .what = argc > 5 ? argv[5] : "",
                           .is_changing = argc > 5 && argv[5][0] >= '0' &&
                                          argv[5][0] <= '9' };
  const int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  if (fd < 0 ||
      setsockopt(
        fd, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface)) {
    perror("raw socket");
    return 77;
  }
  const struct sockaddr_in to = { .sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(0xEFFFFFFF) };
  struct timespec next;
  uint32_t sent = 0;
  clock_gettime(CLOCK_MONOTONIC, &next);
  while (sent < count) {
    for (uint32_t i = 0; i < rate / 100 && sent < count; i++, sent++) {
      uint8_t bytes[BYTES];
      const size_t n = packet(&f, bytes, sent);
      sendto(fd, bytes, n, 0, (const struct sockaddr *)&to, sizeof to);
    }
    next.tv_nsec += TICK_NS;
    next.tv_sec += next.tv_nsec / 1000000000;
    next.tv_nsec %= 1000000000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
  }
  printf("%u\n", sent);
  return close(fd);
}
