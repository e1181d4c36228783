/* sim.h - whole engines in virtual time: nodes on a virtual network, driven
   event by event, with an application that plays a signal which says of every
   frame which one it is.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_SIM_H
#define VSC_TESTS_SIM_H

#include "engine/engine.h"
#include "engine/os/os_virtual.h"

#define SIM_NODES 4
#define SIM_EPOCH INT64_C(1800000000000000000) /* 2027, TAI */

struct sim_node {
  struct os *os;
  struct os *secondary; /* on another network, or NULL */
  struct log *log;
  struct loop *loop;
  struct loader *loader;
  struct engine *engine; /* NULL: switched off */
  struct os_interface interface;
  char instance[32];
  char profile[4096];
  int64_t next_wake; /* true time */
  int64_t stalled_until;
  vsc_pos written; /* the application has played frames below */
  int has_app;
  uint32_t rate;   /* above the profile's; 0: as that says */
  uint32_t wished; /* by an application, and possible; 0: none */
  int is_sparse;   /* it plays of each frame only sim_channel() */
};

struct sim {
  struct world *world;
  struct sim_node nodes[SIM_NODES];
  unsigned count;
  char folder[64];
  /* What applications play; sim_signal unless changed. */
  float (*signal)(uint32_t channel, vsc_pos pos);
  /* Called after every wake-up of a node. */
  void (*after_wake)(void *arg, struct sim *sim, unsigned node);
  void *arg;
};

/** In the engines' names, so that programs have each their own; 0: the number
   of the process. Parts of a program that are to have the same names set it. */
extern int sim_program;

/** Exits the program when something cannot be made. */
void
sim_create(struct sim *sim, uint64_t seed, int64_t epoch);
void
sim_destroy(struct sim *sim);
/** A host with an engine that runs PROFILE (INI text); its number. */
unsigned
sim_node(struct sim *sim, vsc_ip address, double ppm, const char *profile);
/** Give the node an ADDRESS on a second network, too, and start it again. */
void
sim_second(struct sim *sim, unsigned node, vsc_ip address, double ppm);
/** Start a node's engine (again), or end it. */
void
sim_start(struct sim *sim, unsigned node);
void
sim_stop(struct sim *sim, unsigned node);
/** Another profile for a running node; true when it was taken live. */
int
sim_reconfigure(struct sim *sim, unsigned node, const char *profile);
enum sim_answer {
  SIM_REFUSED, /* ERROR was told every mistake */
  SIM_TAKEN,
  SIM_RESTART, /* it is good, but not while the engine runs: nothing was done */
};
/** Any text for a running node. */
enum sim_answer
sim_try(struct sim *sim,
        unsigned node,
        const char *text,
        profile_error *error,
        void *arg);
/** What "aes67 run" does when an application wished another rate: start again
   at it. True when one did. */
int
sim_follow(struct sim *sim, unsigned node);
/** Let the node's engine sleep until true time T. */
void
sim_stall(struct sim *sim, unsigned node, int64_t until);
void
sim_run_until(struct sim *sim, int64_t tai);

/** The signal: 24-bit noise, never 0, a pure function. */
float
sim_signal(uint32_t channel, vsc_pos pos);
/** One channel of each frame, another one each time. */
uint32_t
sim_channel(vsc_pos pos, uint32_t channels);

#endif
