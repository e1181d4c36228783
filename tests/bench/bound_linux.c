/* bound_linux.c - the machine's bound: the smallest program that does what an
   engine has to, to be beaten by nobody. Streams both ways, one thread, one
   wake-up a packet time: it drains what has come into a ring and sends what is
   due, by the same clock, in the same packets, through the same instructions as
   ours. It has no options, checks the least and counts nothing.

     bound run IFACE a|b STREAMS CHANNELS FRAMES SECONDS [DELAY_US]...
     bound sleep PERIOD_US SECONDS    how late a bare thread wakes
     bound first IFACE                when the first packet came to 239.69.1.1

   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "modules/shared/bytes.h"
#include "modules/shared/pcm.h"
#include <vsc/position.h>

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RATE 48000
#define PORT 5004
#define STREAMS 64
#define WIDTH 128          /* channels of all streams */
#define RING 2048          /* frames: 42 ms */
#define STRIDE (RING + 48) /* as in a timeline: not a power of two */
#define GROUPS 20          /* of a socket: the kernel's limit */
#define SOCKETS ((STREAMS + GROUPS - 1) / GROUPS)
#define BATCH 64
#define HEADER 12
#define OLDEST 17 /* packet times: AES67 7.5 */
#define BYTES 1472

struct control {
  _Alignas(struct cmsghdr) uint8_t bytes[64];
};

/* Messages of one system call. */
struct messages {
  struct mmsghdr list[BATCH];
  struct iovec parts[BATCH];
  struct sockaddr_in peers[BATCH];
  struct control controls[BATCH];
  uint8_t bytes[BATCH][BYTES];
};

struct bound {
  uint32_t streams, channels, frames; /* channels of a stream */
  vsc_ns period;
  vsc_ip from, to; /* the first groups */
  unsigned interface;
  int in[SOCKETS], out;
  int64_t delays[STREAMS];
  int64_t first; /* number of the first packet time */
  size_t count;  /* packet times */
  uint8_t
    *late; /* by packet time and stream: 0 never came, 1 in time, 2 late */
  uint32_t next; /* RTP sequence */
};

static float rows[2][WIDTH * STRIDE]; /* what comes, what goes */
static struct messages coming, going;
static const struct pcm_path *const *paths; /* instructions of this machine */

static int64_t
clock_ns(clockid_t id)
{
  struct timespec t;
  clock_gettime(id, &t);
  return t.tv_sec * VSC_SECOND + t.tv_nsec;
}

static void
sleep_until(clockid_t id, int64_t ns)
{
  const struct timespec t = { ns / VSC_SECOND, ns % VSC_SECOND };
  while (clock_nanosleep(id, TIMER_ABSTIME, &t, NULL) == EINTR) {
  }
}

static void
die(const char *what)
{
  perror(what);
  exit(1);
}

/* As the engine's audio thread, as far as it is allowed. */
static void
real_time(void)
{
  const struct sched_param p = { .sched_priority = 75 };
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  if (!sched_setscheduler(0, SCHED_FIFO, &p) && mlockall(MCL_CURRENT)) {
    perror("mlockall");
  }
}

static int
open_socket(unsigned interface, int is_receiver)
{
  const int on = 1, off = 0, dscp = 46 << 2, ttl = 32, buffer = 2 << 20;
  const struct ip_mreqn way = { .imr_ifindex = (int)interface };
  const struct sockaddr_in any = { .sin_family = AF_INET,
                                   .sin_port = htons(PORT) };
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &way, sizeof way) ||
      setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &off, sizeof off) ||
      setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off) ||
      setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl) ||
      setsockopt(fd, IPPROTO_IP, IP_TOS, &dscp, sizeof dscp) ||
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer) ||
      setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer) ||
      (is_receiver &&
       (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) ||
        bind(fd, (const struct sockaddr *)&any, sizeof any)))) {
    die("socket");
  }
  return fd;
}

static void
join(int fd, unsigned interface, vsc_ip group)
{
  const struct ip_mreqn m = { .imr_multiaddr.s_addr = htonl(group),
                              .imr_ifindex = (int)interface };
  if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof m)) {
    die("IP_ADD_MEMBERSHIP");
  }
}

static void
prepare(struct messages *m)
{
  for (int i = 0; i < BATCH; i++) {
    m->parts[i] = (struct iovec){ m->bytes[i], BYTES };
    m->list[i].msg_hdr =
      (struct msghdr){ .msg_iov = &m->parts[i], .msg_iovlen = 1 };
  }
}

static void
open_all(struct bound *b)
{
  prepare(&coming);
  prepare(&going);
  b->out = open_socket(b->interface, 0);
  for (uint32_t s = 0; s < b->streams; s++) {
    int *const in = &b->in[s / GROUPS];
    if (s % GROUPS == 0) {
      *in = open_socket(b->interface, 1);
    }
    join(*in, b->interface, b->from + s);
    going.peers[s] =
      (struct sockaddr_in){ .sin_family = AF_INET,
                            .sin_port = htons(PORT),
                            .sin_addr.s_addr = htonl(b->to + s) };
    going.parts[s].iov_len = HEADER + (size_t)b->frames * b->channels * 3;
    struct msghdr *const h = &going.list[s].msg_hdr;
    h->msg_name = &going.peers[s];
    h->msg_namelen = sizeof going.peers[s];
    put_be32(going.bytes[s] + 8, s); /* SSRC */
    going.bytes[s][0] = 2 << 6;
    going.bytes[s][1] = 96;
  }
}

/* Where the frames of packet time K of stream S are, in one ring or the other.
   A ring holds a whole number of packets: none is split. */
static vsc_span
span_of(const struct bound *b, int ring, int64_t k, uint32_t s, float **ch)
{
  const uint32_t slot = (uint32_t)(k % (RING / b->frames)) * b->frames;
  for (uint32_t c = 0; c < b->channels; c++) {
    ch[c] = &rows[ring][(size_t)(s * b->channels + c) * STRIDE + slot];
  }
  return (vsc_span){ .ch = ch, .channels = b->channels, .frames = b->frames };
}

static void
zero(const struct bound *b, int ring, int64_t k)
{
  float *ch[WIDTH];
  for (uint32_t s = 0; s < b->streams; s++) {
    const vsc_span span = span_of(b, ring, k, s, ch);
    for (uint32_t c = 0; c < b->channels; c++) {
      memset(span.ch[c], 0, b->frames * sizeof(float));
    }
  }
}

/* Packet K of a stream was here at NOW, the wake-up's. */
static void
judge(const struct bound *b, int64_t k, uint32_t s, int64_t now)
{
  const int64_t n = k - b->first;
  if (n >= 0 && n < (int64_t)b->count) {
    b->late[(size_t)n * b->streams + s] =
      now > (k + 1) * b->period + b->delays[s] ? 2 : 1;
  }
}

/* The group that a packet came to. */
static vsc_ip
group_of(const struct msghdr *m)
{
  struct in_pktinfo info = { 0 };
  for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c;
       c = CMSG_NXTHDR((struct msghdr *)m, c)) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      memcpy(&info, CMSG_DATA(c), sizeof info);
    }
  }
  return ntohl(info.ipi_addr.s_addr);
}

static void
take(const struct bound *b, const struct mmsghdr *m, int64_t k, int64_t now)
{
  const uint8_t *const bytes = m->msg_hdr.msg_iov->iov_base;
  const uint32_t length = b->frames * b->channels * 3;
  const uint32_t s = group_of(&m->msg_hdr) - b->from;
  const vsc_pos pos = vsc_unwrap(k * (int64_t)b->frames, be32(bytes + 4));
  const int64_t number = pos / (int64_t)b->frames;
  if (s >= b->streams || m->msg_len != HEADER + length || bytes[0] != 2 << 6 ||
      number >= k + RING / b->frames / 2 ||
      number <= k - RING / b->frames / 2) {
    return;
  }
  float *ch[WIDTH];
  const vsc_span span = span_of(b, 0, number, s, ch);
  pcm_path_decode(paths, &pcm_l24, bytes + HEADER, &span);
  if (b->late) {
    judge(b, number, s, now);
  }
}

static void
drain(const struct bound *b, int fd, int64_t k, int64_t now)
{
  int got;
  do {
    for (int i = 0; i < BATCH; i++) {
      coming.list[i].msg_hdr.msg_control = &coming.controls[i];
      coming.list[i].msg_hdr.msg_controllen = sizeof coming.controls[i];
    }
    got = recvmmsg(fd, coming.list, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < got; i++) {
      take(b, &coming.list[i], k, now);
    }
  } while (got == BATCH);
}

static void
transmit(struct bound *b, int64_t k)
{
  float *ch[WIDTH];
  b->next++;
  for (uint32_t s = 0; s < b->streams; s++) {
    const vsc_span span = span_of(b, 1, k, s, ch);
    uint8_t *const bytes = going.bytes[s];
    put_be16(bytes + 2, (uint16_t)b->next);
    put_be32(bytes + 4, (uint32_t)(k * (int64_t)b->frames));
    pcm_path_encode(paths, &pcm_l24, &span, bytes + HEADER);
  }
  /* Nobody may be connected: what is not taken is gone. */
  sendmmsg(b->out, going.list, b->streams, MSG_DONTWAIT);
}

/* A wake-up a packet time; after a stall one for all that it slept through, and
   what is too old is not sent. */
static void
run(struct bound *b)
{
  const int64_t slots = RING / b->frames;
  real_time();
  int64_t next = clock_ns(CLOCK_TAI) / b->period + 2;
  b->first = next + VSC_SECOND / b->period; /* both are there by then */
  while (next < b->first + (int64_t)b->count) {
    sleep_until(CLOCK_TAI, next * b->period);
    const int64_t now = clock_ns(CLOCK_TAI);
    const int64_t k = now / b->period;
    next = k - next > OLDEST ? k - OLDEST : next;
    for (int64_t n = next; n <= k; n++) {
      zero(b, 0, n + slots / 2);
    }
    for (uint32_t i = 0; i * GROUPS < b->streams; i++) {
      drain(b, b->in[i], k, now);
    }
    for (; next <= k; next++) {
      transmit(b, next - 1);
      zero(b, 1, next - 1);
    }
  }
}

/* Of each stream until its newest packet: how many were too late or lost, and
   runs of them. */
static void
tell(const struct bound *b)
{
  for (uint32_t s = 0; s < b->streams; s++) {
    size_t count = b->count, lost = 0, runs = 0;
    while (count && !b->late[(count - 1) * b->streams + s]) {
      count--;
    }
    int was = 1;
    for (size_t n = 0; n < count; n++) {
      const int is = b->late[n * b->streams + s] == 1;
      lost += !is;
      runs += was && !is;
      was = is;
    }
    printf("%.3f %zu %zu %zu\n", (double)b->delays[s] / 1e6, count, lost, runs);
  }
}

static int
command_run(int argc, char **argv)
{
  struct bound b = { .interface = if_nametoindex(argv[2]),
                     .streams = (uint32_t)atoi(argv[4]),
                     .channels = (uint32_t)atoi(argv[5]),
                     .frames = (uint32_t)atoi(argv[6]) };
  const int is_b = *argv[3] == 'b';
  b.period = (vsc_ns)b.frames * VSC_SECOND / RATE;
  b.to = 0xef450101u + (is_b ? 256 : 0);
  b.from = 0xef450101u + (is_b ? 0 : 256);
  if (!b.interface || !b.frames || b.frames > RING || b.streams > STREAMS ||
      b.streams * b.channels > WIDTH ||
      HEADER + b.frames * b.channels * 3 > BYTES) {
    fprintf(stderr, "too much\n");
    return 2;
  }
  b.count = (size_t)(atoll(argv[7]) * VSC_SECOND / b.period);
  for (int i = 8; i < argc && i - 8 < STREAMS; i++) {
    b.delays[i - 8] = (int64_t)(atof(argv[i]) * 1000);
  }
  if (argc > 8 && !(b.late = calloc(b.count, b.streams))) {
    return 1;
  }
  paths = pcm_paths();
  open_all(&b);
  run(&b);
  if (b.late) {
    tell(&b);
  }
  return 0;
}

static int
compare(const void *a, const void *b)
{
  const int64_t x = *(const int64_t *)a;
  const int64_t y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static int
command_sleep(const char *period_us, const char *seconds)
{
  const int64_t period = atoll(period_us) * 1000;
  const size_t count = (size_t)(atoll(seconds) * VSC_SECOND / period);
  int64_t *const late = calloc(count, sizeof *late);
  if (!late || count == 0) {
    return 1;
  }
  real_time();
  const int64_t begin = clock_ns(CLOCK_MONOTONIC);
  for (size_t i = 0; i < count; i++) {
    const int64_t due = begin + (int64_t)(i + 1) * period;
    sleep_until(CLOCK_MONOTONIC, due);
    late[i] = clock_ns(CLOCK_MONOTONIC) - due;
  }
  qsort(late, count, sizeof *late, compare);
  printf("%.1f %.1f %.1f\n",
         (double)late[count / 2] / 1e3,
         (double)late[count * 99 / 100] / 1e3,
         (double)late[count * 999 / 1000] / 1e3);
  free(late);
  return 0;
}

static int
command_first(const char *interface)
{
  const unsigned index = if_nametoindex(interface);
  uint8_t byte;
  const int fd = open_socket(index, 1);
  join(fd, index, 0xef450101u);
  printf("listening\n");
  fflush(stdout);
  if (recv(fd, &byte, 1, 0) < 0) {
    die("recv");
  }
  printf("%" PRId64 "\n", clock_ns(CLOCK_REALTIME));
  return 0;
}

int
main(int argc, char **argv)
{
  if (argc > 7 && !strcmp(argv[1], "run")) {
    return command_run(argc, argv);
  }
  if (argc == 4 && !strcmp(argv[1], "sleep")) {
    return command_sleep(argv[2], argv[3]);
  }
  if (argc == 3 && !strcmp(argv[1], "first")) {
    return command_first(argv[2]);
  }
  fprintf(stderr, "see the head of bound_linux.c\n");
  return 2;
}
