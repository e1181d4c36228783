/* instance.h - a loaded module at work: its memory, its options, and the host
   it sees.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_INSTANCE_H
#define VSC_ENGINE_INSTANCE_H

#include "arena.h"
#include "hal/clockpage.h"
#include "loader.h"
#include "os.h"
#include "profile.h"

struct log;
struct loop;

/** What every instance of an engine is given; outlives them. */
struct services {
  struct log *log;
  struct loop *loop;
  struct os *os;
  const struct clockpage *clock;
  struct loader *loader;
};

struct vsc_counter {
  char name[40];
  _Atomic uint64_t value;
  struct vsc_counter *next;
};

struct instance {
  const struct services *services;
  const struct loaded *loaded;
  const vsc_module *module;
  void *self;
  vsc_host host; /* host.instance is this */
  char name[VSC_NAME_BYTES];
  struct arena arena;    /* the instance's */
  struct arena *current; /* where host.alloc goes: its own, or a stream's */
  struct vsc_counter *counters;
  struct vsc_counter spare; /* when memory is out: counted, not shown */
  int has_init;
  _Atomic int wants_main;
};

/** Load MODULE, fill its options from SECTION (may be NULL), init. NAME is what
    logs and statistics call it. On failure WHY is one sentence, or empty when
    it was reported against the profile. [main-thread] */
vsc_status
instance_create(const struct services *services,
                const char *module,
                int kind,
                const char *name,
                struct profile *profile,
                struct profile_section *section,
                struct instance **out,
                char *why,
                size_t why_bytes);
/** NULL is fine. [main-thread] */
void
instance_destroy(struct instance *i);
/** Run on_main() if it was asked for. [main-thread] */
void
instance_serve(struct instance *i);

#endif
