/* flood.c - a hostile sender: packets that are broken in every way we know, a
   storm of packets that look right, for a bounded time, inside a test's
   network. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define GIANT 65000 /* in fragments */
#define SECONDS_MAX 60
#define RATE 48000
#define CHANNELS 8
#define FRAMES 12 /* 250 us */
#define HEADER 12
#define AUDIO (FRAMES * CHANNELS * 3)

struct flood {
  int fd;
  struct sockaddr_in to;
  uint32_t ssrc;
  uint16_t sequence;
  uint64_t random;
};

static uint32_t
roll(struct flood *f)
{
  f->random = f->random * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(f->random >> 33);
}

static int64_t
now_ns(clockid_t clock)
{
  struct timespec t;
  clock_gettime(clock, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
put(uint8_t *p, uint32_t n, unsigned bytes)
{
  while (bytes-- > 0) {
    p[bytes] = (uint8_t)n;
    n >>= 8;
  }
}

/* A packet of this very moment, as a sender in step would send it, but loud. */
static size_t
look_right(struct flood *f, uint8_t *p)
{
  const int64_t tai = now_ns(CLOCK_TAI);
  const int64_t pos =
    tai / 1000000000 * RATE + tai % 1000000000 * RATE / 1000000000;
  p[0] = 0x80;
  p[1] = 96;
  put(p + 2, f->sequence++, 2);
  put(p + 4, (uint32_t)(pos - pos % FRAMES - FRAMES), 4);
  put(p + 8, f->ssrc, 4);
  memset(p + HEADER, 0x55, AUDIO);
  return HEADER + AUDIO;
}

/* What is wrong is in the first octets, or in the length. */
static size_t
look_wrong(struct flood *f, uint8_t *p)
{
  size_t n = look_right(f, p);
  switch (roll(f) % 12) {
    case 0: /* truncated */
      return roll(f) % HEADER;
    case 1: /* of another version */
      p[0] = (uint8_t)((roll(f) % 4 == 2 ? 3 : roll(f) % 2) << 6);
      return n;
    case 2: /* 15 contributing sources that are not there */
      p[0] |= 15;
      return HEADER + roll(f) % 60;
    case 3: /* an extension longer than the packet */
      p[0] |= 0x10;
      put(p + HEADER, 0xBEDE0000u | (0xFFFFu - roll(f) % 1000), 4);
      return n;
    case 4: /* the head of an extension, cut */
      p[0] |= 0x10;
      return HEADER + roll(f) % 4;
    case 5: /* more padding than packet */
      p[0] |= 0x20;
      p[n - 1] = 255;
      return HEADER + 200;
    case 6: /* no padding where some is announced */
      p[0] |= 0x20;
      p[n - 1] = 0;
      return n;
    case 7: /* RTCP */
      p[1] = (uint8_t)(200 + roll(f) % 5);
      return n;
    case 8: /* nothing behind the header */
      return HEADER;
    case 9: /* part of a frame too much */
      return n - 1 - roll(f) % 23;
    case 10: /* another payload type */
      p[1] = (uint8_t)(97 + roll(f) % 30);
      return n;
    default: /* no RTP at all */
      n = roll(f) % 1400;
      for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)roll(f);
      }
      p[0] &= 0x7F;
      return n;
  }
}

static size_t
look_giant(struct flood *f, uint8_t *p)
{
  memset(p, 0x55, GIANT);
  look_right(f, p);
  return GIANT;
}

static int
open_flood(struct flood *f, const char *from, const char *to, const char *port)
{
  struct sockaddr_in own = { .sin_family = AF_INET };
  f->to = (struct sockaddr_in){ .sin_family = AF_INET,
                                .sin_port = htons((uint16_t)atoi(port)) };
  f->fd = socket(AF_INET, SOCK_DGRAM, 0);
  /* Not beyond the next router, and only from an address that the tests use:
     run by mistake elsewhere, it does nothing. */
  if (inet_pton(AF_INET, from, &own.sin_addr) != 1 ||
      inet_pton(AF_INET, to, &f->to.sin_addr) != 1 || f->fd < 0 ||
      ntohl(own.sin_addr.s_addr) >> 16 != 0x0A01 ||
      bind(f->fd, (const struct sockaddr *)&own, sizeof own)) {
    return -1;
  }
  const unsigned char ttl = 1;
  return setsockopt(f->fd, IPPROTO_IP, IP_MULTICAST_IF, &own.sin_addr, 4) ||
             setsockopt(f->fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, 1)
           ? -1
           : 0;
}

static long
send_all(struct flood *f,
         size_t (*look)(struct flood *, uint8_t *),
         int64_t seconds,
         int64_t per_second)
{
  static uint8_t bytes[BATCH][GIANT];
  struct mmsghdr messages[BATCH];
  struct iovec parts[BATCH];
  const int64_t begin = now_ns(CLOCK_MONOTONIC);
  long sent = 0;
  for (int64_t spent = 0; spent < seconds * 1000000000;
       spent = now_ns(CLOCK_MONOTONIC) - begin) {
    if (sent >= spent / 1000 * per_second / 1000000) {
      const struct timespec rest = { .tv_nsec = 500000 };
      nanosleep(&rest, NULL);
      continue;
    }
    for (unsigned i = 0; i < BATCH; i++) {
      parts[i] =
        (struct iovec){ .iov_base = bytes[i], .iov_len = look(f, bytes[i]) };
      messages[i] = (struct mmsghdr){ .msg_hdr = { .msg_name = &f->to,
                                                   .msg_namelen = sizeof f->to,
                                                   .msg_iov = &parts[i],
                                                   .msg_iovlen = 1 } };
    }
    const int n = sendmmsg(f->fd, messages, BATCH, 0);
    sent += n > 0 ? n : 1;
  }
  return sent;
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *name;
    size_t (*look)(struct flood *, uint8_t *);
  } looks[] = { { "wrong", look_wrong },
                { "giant", look_giant },
                { "right", look_right } };
  struct flood f = { .ssrc = 0xBADF00D5, .random = 67 };
  for (unsigned i = 0; argc == 7 && i < 3; i++) {
    const int seconds = atoi(argv[5]);
    if (strcmp(argv[1], looks[i].name) != 0 || seconds > SECONDS_MAX) {
      continue;
    }
    if (open_flood(&f, argv[2], argv[3], argv[4])) {
      perror("flood");
      return 1;
    }
    printf("%ld\n", send_all(&f, looks[i].look, seconds, atoi(argv[6])));
    return 0;
  }
  fprintf(stderr,
          "usage: flood wrong|giant|right FROM GROUP PORT SECONDS PER_SECOND\n"
          "FROM is within 10.1.0.0/16, at most %d seconds\n",
          SECONDS_MAX);
  return 2;
}
