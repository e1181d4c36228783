/* ptp_faulty.c - a master with one fault, until it is killed.
   ptp-faulty ADDRESS FAULT; FAULT is one of
     none    to compare with
     mute    announces and sends no Sync
     lonely  Sync without Follow_Up
     deaf    answers no Delay_Req
     old     PTP version 1
     turns   every three seconds another, better one
     noisy   0.6 ms of noise
   SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* struct ip_mreq */
#include "tests/net/ptp_socket.h"

#include <poll.h>
#include <time.h>

#define SECOND INT64_C(1000000000)

struct faulty {
  int fd;
  const char *fault;
  struct hostile h;
  uint16_t sequence;
};

static int
has(const struct faulty *f, const char *fault)
{
  return strcmp(f->fault, fault) == 0;
}

static int64_t
now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * SECOND + t.tv_nsec;
}

static void
stamp(struct faulty *f, struct hostile_message *m, int64_t t)
{
  t += has(f, "noisy") ? hostile_number(&f->h, 600000) : 0;
  put_be32(m->bytes + 36, (uint32_t)(t / SECOND));
  put_be32(m->bytes + 40, (uint32_t)(t % SECOND));
}

static void
begin(const struct faulty *f, int type, struct hostile_message *m)
{
  hostile_begin(&f->h, type, f->h.master, m);
  put_be16(m->bytes + 30, f->sequence);
}

static void
send_sync(struct faulty *f)
{
  struct hostile_message m;
  begin(f, 0, &m);
  m.bytes[6] = 2; /* of two steps */
  const int64_t t = now();
  ptp_socket_send(f->fd, &m);
  if (!has(f, "lonely")) {
    begin(f, 8, &m);
    stamp(f, &m, t);
    ptp_socket_send(f->fd, &m);
  }
}

static void
answer(struct faulty *f)
{
  uint8_t q[256];
  struct hostile_message m;
  while (recv(f->fd, q, sizeof q, 0) >= 44) {
    if ((q[0] & 15) != 1 || has(f, "deaf")) {
      continue;
    }
    memcpy(f->h.victim, q + 20, 8);
    hostile_begin(&f->h, 9, f->h.master, &m);
    put_be16(m.bytes + 30, be16(q + 30));
    stamp(f, &m, now());
    ptp_socket_send(f->fd, &m);
  }
}

/* The work of an eighth of a second. */
static void
act(struct faulty *f, unsigned tick)
{
  struct hostile_message m;
  f->sequence++;
  if (has(f, "old")) {
    begin(f, 0, &m);
    m.bytes[1] = 1;
    m.length = 124;
    ptp_socket_send(f->fd, &m);
    return;
  }
  if (has(f, "turns") && tick % 24 == 0) {
    f->h.master[7]++;
    f->h.priority1--;
  }
  if (tick % 8 == 0) {
    begin(f, 11, &m);
    ptp_socket_send(f->fd, &m);
  }
  if (!has(f, "mute")) {
    send_sync(f);
  }
}

int
main(int argc, char **argv)
{
  if (argc < 3) {
    return 2;
  }
  struct faulty f = {
    .fd = ptp_socket_open(argv[1]),
    .fault = argv[2],
    .h = { .master = { 6, [7] = 1 }, .priority1 = 200, .random = 1 }
  };
  for (unsigned tick = 0;; tick++) {
    act(&f, tick);
    for (const int64_t until = now() + SECOND / 8; now() < until;) {
      struct pollfd p = { .fd = f.fd, .events = POLLIN };
      poll(&p, 1, (int)((until - now()) / 1000000) + 1);
      answer(&f);
    }
  }
}
