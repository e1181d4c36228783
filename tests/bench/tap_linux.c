/* tap_linux.c - preloaded into an engine or the bound, the same instrument for
   both: notes when their thread that waits on a clock sleeps, receives and
   sends, and says at the end, into the file $TAP, in microseconds, p50, p99 and
   p99.9 of

     wake  from when it asked to be woken until it was
     wire  from when it asked to be woken until everything due was sent
     ring  from the kernel's stamp of a packet until the thread sleeps: then it
           is decoded, if not before

   Where nobody asked for stamps there are none. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define SECOND INT64_C(1000000000)
#define MOST (1 << 20) /* times of a kind */
#define ROUND 512      /* packets of a wake-up */
#define SOCKETS 1024

struct times {
  uint32_t list[MOST];
  size_t count;
};

static struct times wake, wire, ring;
static __thread int64_t asked, stamps[ROUND];
static __thread size_t stamp_count;
static __thread clockid_t asked_clock;

static int64_t
now(clockid_t id)
{
  struct timespec t;
  clock_gettime(id, &t);
  return t.tv_sec * SECOND + t.tv_nsec;
}

static void
add(struct times *t, int64_t ns)
{
  if (t->count < MOST && ns >= 0 && ns < SECOND) {
    t->list[t->count++] = (uint32_t)ns;
  }
}

static void *
real(const char *name)
{
  return dlsym(RTLD_NEXT, name);
}

int
clock_nanosleep(clockid_t id,
                int flags,
                const struct timespec *until,
                struct timespec *left)
{
  static int (*sleep)(
    clockid_t, int, const struct timespec *, struct timespec *);
  if (!sleep) {
    *(void **)&sleep = real("clock_nanosleep");
  }
  const int64_t wall = now(CLOCK_REALTIME);
  for (size_t i = 0; i < stamp_count; i++) {
    add(&ring, wall - stamps[i]);
  }
  stamp_count = 0;
  const int result = sleep(id, flags, until, left);
  if (flags & TIMER_ABSTIME && !result) {
    asked = until->tv_sec * SECOND + until->tv_nsec;
    asked_clock = id;
    add(&wake, now(id) - asked);
  }
  return result;
}

static void
ask_for_stamps(int fd)
{
  static uint8_t is_asked[SOCKETS];
  const int on = 1;
  if (fd < SOCKETS && !is_asked[fd]) {
    is_asked[fd] = 1;
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  }
}

static void
note_stamp(const struct msghdr *m)
{
  for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c;
       c = CMSG_NXTHDR((struct msghdr *)m, c)) {
    struct timespec t;
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS &&
        stamp_count < ROUND) {
      memcpy(&t, CMSG_DATA(c), sizeof t);
      stamps[stamp_count++] = t.tv_sec * SECOND + t.tv_nsec;
    }
  }
}

int
recvmmsg(int fd,
         struct mmsghdr *list,
         unsigned count,
         int flags,
         struct timespec *timeout)
{
  static int (*receive)(
    int, struct mmsghdr *, unsigned, int, struct timespec *);
  if (!receive) {
    *(void **)&receive = real("recvmmsg");
  }
  if (asked) {
    ask_for_stamps(fd);
  }
  const int got = receive(fd, list, count, flags, timeout);
  for (int i = 0; asked && i < got; i++) {
    note_stamp(&list[i].msg_hdr);
  }
  return got;
}

int
sendmmsg(int fd, struct mmsghdr *list, unsigned count, int flags)
{
  static int (*send)(int, struct mmsghdr *, unsigned, int);
  if (!send) {
    *(void **)&send = real("sendmmsg");
  }
  const int sent = send(fd, list, count, flags);
  if (asked) {
    add(&wire, now(asked_clock) - asked);
  }
  return sent;
}

static int
compare(const void *a, const void *b)
{
  const uint32_t x = *(const uint32_t *)a;
  const uint32_t y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static void
tell(FILE *out, const char *name, struct times *t)
{
  if (t->count) {
    qsort(t->list, t->count, sizeof *t->list, compare);
    fprintf(out,
            "%s %.1f %.1f %.1f\n",
            name,
            t->list[t->count / 2] / 1e3,
            t->list[t->count * 99 / 100] / 1e3,
            t->list[t->count * 999 / 1000] / 1e3);
  }
}

static void __attribute__((destructor)) end(void)
{
  const char *const path = getenv("TAP");
  FILE *const out = path ? fopen(path, "w") : NULL;
  if (out) {
    tell(out, "wake", &wake);
    tell(out, "wire", &wire);
    tell(out, "ring", &ring);
    fclose(out);
  }
}
