/* os_linux.h - what the rooms of the Linux back-end share.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_OS_LINUX_H
#define VSC_ENGINE_OS_LINUX_H

#include "phc_linux.h"
#include "system.h"
#include "xdp_linux.h"

#include <time.h>

/** Stamps and rings of the interface itself. */
struct os_hardware {
  struct phc phc; /* while a socket wants the interface's stamps */
  struct xdp_place xdp;
};

/** It neither waits nor allocates. */
int
clock_gettime(clockid_t clock, struct timespec *out) VSC_RT;

static inline int64_t
timespec_ns(const struct timespec *t) VSC_RT
{
  return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

static inline int64_t
clock_read(clockid_t clock) VSC_RT
{
  struct timespec t = { 0 };
  clock_gettime(clock, &t);
  return timespec_ns(&t);
}

/** 0: not known; interface_linux.c. [main-thread] */
uint32_t
interface_mtu(const char *name);

#endif
