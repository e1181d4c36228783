/* os_linux.h - what the rooms of the Linux back-end share.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_OS_LINUX_H
#define VSC_ENGINE_OS_LINUX_H

#include "engine/os.h"
#include "interface.h"
#include "phc_linux.h"
#include "xdp_linux.h"

#include <time.h>

struct os_linux {
  struct os os; /* first */
  /* constant after os_create */
  struct log *log;
  char name[64]; /* of the interface; empty: none */
  vsc_ip wish;   /* the address it has when it has several */
  int route_fd;  /* netlink; -1: none */
  /* main thread */
  int is_up;
  vsc_socket *sockets;
  struct phc phc; /* while a socket wants the interface's stamps */
  /* main thread writes, any reads */
  _Atomic int index; /* 0: the interface is not there */
  _Atomic vsc_ip address;
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

/** os.net's functions and the open sockets, in net_linux.c. [main-thread] */
void
net_init(struct os_linux *os);
/** The interface came back: join again, or, when its number or address has
    changed, also make every socket anew behind its descriptor. */
void
net_revive(struct os_linux *os, int is_changed);
/** The interface is gone or without address: send and receive nothing. */
void
net_silence(struct os_linux *os);

/** Is os.reception. */
void
link_reception(const struct os *os, vsc_ip group, struct os_reception *out);
/** Are os.listen_at and os.has_heard. */
int
ear_open(const struct os *os, vsc_ip group, uint16_t port);
int
ear_close(const struct os *os, int ear);
/** Open os.link_fd, in link_linux.c; the initial is_up. [main-thread] */
void
link_init(struct os_linux *os);
/** Is os.service. */
void
link_service(struct os *os);

#endif
