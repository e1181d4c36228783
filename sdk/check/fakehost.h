/* fakehost.h - a host for one instance, without an engine: time stands still
   until it is moved, datagrams come straight back, memory is watched, and what
   a module forgets to give back is known.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CHECK_FAKEHOST_H
#define VSC_CHECK_FAKEHOST_H

#include "guard.h"
#include <vsc/module.h>

#include <stdbool.h>

struct log;

#define FAKEHOST_SOCKETS 64
#define FAKEHOST_QUEUE 64 /* datagrams on their way to one socket */
#define FAKEHOST_NEVER UINT32_MAX

struct fakehost {
  vsc_host host; /* .instance is this */
  vsc_net net;   /* .os is this */
  /* whom to call for request_main; set by the caller */
  const vsc_module *module;
  void *self;
  /* time */
  vsc_ns now;
  bool wants_main;
  struct vsc_timer *timers;
  struct vsc_watch *watches;
  uint32_t round; /* of looking at watches */
  /* memory */
  struct guard *blocks;
  uint32_t allocs;       /* calls so far */
  uint32_t allocs_given; /* calls after these get NULL */
  /* the network, the counters */
  struct vsc_socket *sockets[FAKEHOST_SOCKETS];
  struct vsc_counter *counters;
  /* what it said and did */
  struct log *log;
  char said[256];   /* the last error or warning, or empty */
  char misuse[160]; /* the first, or empty */
};

/** False without memory. H does not move from then on. */
bool
fakehost_init(struct fakehost *h);
/** A zeroed struct is fine. */
void
fakehost_finish(struct fakehost *h);
/** Move time on, run what is due in its order, serve on_main and watches. */
void
fakehost_advance(struct fakehost *h, vsc_ns by);
/** The last error or warning of the module, or NULL. */
const char *
fakehost_said(struct fakehost *h);
/** What the module did wrong to its host, in words, or NULL: memory written
    outside of what alloc gave, things freed twice, unknown levels. */
const char *
fakehost_misuse(struct fakehost *h);
/** What the module has not given back, in words, or NULL. */
const char *
fakehost_left(const struct fakehost *h);
/** A datagram for every socket that receives. */
void
fakehost_inject(struct fakehost *h, const void *bytes, uint32_t length);
/** Note a misuse. */
void
fakehost_complain(struct fakehost *h, const char *text) VSC_RT;

/** fakenet.c: the sockets. */
void
fakenet_init(struct fakehost *h);
void
fakenet_finish(struct fakehost *h);
/** FD is one of fakenet's and has something to receive. */
bool
fakenet_is_readable(const struct fakehost *h, int fd);
/** FD is one of fakenet's. */
bool
fakenet_has(const struct fakehost *h, int fd);

#endif
