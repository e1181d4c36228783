/* machine_virtual.c - as tests/coreaudio/mac.c, for the bundle: its clock, and
   its only thread, which really is one and runs only when it has its turn.
   SPDX-License-Identifier: MIT */
#include "shims.h"
#include "tests/coreaudio/mac.h"

#include <mach/mach_time.h>
#include <semaphore.h>
#include <stdlib.h>

vsc_ns (*mac_now)(void);
vsc_ns mac_due = INT64_MAX;

static sem_t go, asleep;
static void *(*body)(void *);
static void *body_arg;

uint64_t
mach_absolute_time(void)
{
  return (uint64_t)mac_now() * MAC_DENOM / MAC_NUMER;
}

int
mach_timebase_info(mach_timebase_info_data_t *info)
{
  *info = (mach_timebase_info_data_t){ MAC_NUMER, MAC_DENOM };
  return 0;
}

static void *
run(void *arg)
{
  sem_wait(&go);
  return body(arg);
}

int
machine_thread(pthread_t *out,
               const pthread_attr_t *attr,
               void *(*run_body)(void *),
               void *arg)
{
  if (body) {
    abort(); /* a second thread */
  }
  (void)attr;
  body = run_body;
  body_arg = arg;
  sem_init(&go, 0, 0);
  sem_init(&asleep, 0, 0);
  mac_due = mac_now();
  return pthread_create(out, NULL, run, body_arg);
}

/* The bundle sleeps nowhere else. */
int
machine_sleep(const struct timespec *duration, struct timespec *left)
{
  (void)left;
  mac_due =
    mac_now() + (vsc_ns)duration->tv_sec * 1000000000 + duration->tv_nsec;
  sem_post(&asleep);
  sem_wait(&go);
  return 0;
}

void
mac_turn(void)
{
  sem_post(&go);
  sem_wait(&asleep);
}
