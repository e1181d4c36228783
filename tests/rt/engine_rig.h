/* engine_rig.h - a whole engine in this process, over loopback, for programs
   that are not unit tests: made from a profile's text.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_ENGINE_RIG_H
#define VSC_TESTS_ENGINE_RIG_H

#include "engine/engine.h"
#include "engine/log.h"
#include "engine/loop.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct rig {
  char folder[32];
  struct os_interface lo;
  struct log *log;
  struct os *os;
  struct loader *loader;
  struct loop *loop;
  vsc_timer *timer;
  struct engine *engine;
};

static inline void
rig_print(void *arg, const char *line)
{
  (void)arg;
  fprintf(stderr, "%s\n", line);
}

/** TEXT as a configuration; NULL, and why on stderr. */
static inline struct config *
rig_configure(struct rig *rig, const char *text)
{
  const struct config_source source = { .state_path = "profile",
                                        .state_text = text,
                                        .loader = rig->loader,
                                        .error = rig_print };
  struct config *c = NULL;
  return config_load(&source, &c) < 0 ? NULL : c;
}

static inline void
rig_wake(void *arg)
{
  (void)arg;
}

/** Its engine, with what TEXT says; false, and why on stderr. */
static inline bool
rig_serve(struct rig *rig, const char *text)
{
  char why[600] = "";
  const struct engine_setup setup = { .log = rig->log,
                                      .loop = rig->loop,
                                      .os = rig->os,
                                      .loader = rig->loader,
                                      .interface = &rig->lo,
                                      .instance = "rt",
                                      .runtime_dir = rig->folder,
                                      .version = "test" };
  struct config *const config = rig_configure(rig, text);
  if (config &&
      engine_create(&setup, config, &rig->engine, why, sizeof why) >= 0) {
    return true;
  }
  fprintf(stderr, "%s\n", why);
  return false;
}

/** 0; 77 where there is no loopback; 1 and why on stderr. MODULES: folders,
    NULL-ended. */
static inline int
rig_start(struct rig *rig, const char *const *modules, const char *text)
{
  char why[600] = "";
  *rig = (struct rig){ .folder = "/tmp/aes67-rt-XXXXXX" };
  rig->log = log_create(VSC_LOG_ERROR);
  if (os_find_interface("lo", &rig->lo, why, sizeof why) < 0) {
    fprintf(stderr, "skipped: %s\n", why);
    return 77;
  }
  if (!rig->log || !mkdtemp(rig->folder) ||
      os_create(&rig->lo, rig->log, &rig->os) < 0 ||
      loader_create(modules, &rig->loader) < 0) {
    return 1;
  }
  rig->loop = loop_create(rig->os);
  /* loop_step returns often enough to be a program's clock. */
  rig->timer =
    loop_timer(rig->loop, rig->os->now(rig->os), 5000000, rig_wake, NULL);
  return rig_serve(rig, text) ? 0 : 1;
}

static inline void
rig_stop(struct rig *rig)
{
  engine_destroy(rig->engine);
  loop_untimer(rig->loop, rig->timer);
  loop_destroy(rig->loop);
  os_destroy(rig->os);
  loader_destroy(rig->loader);
  log_drain(rig->log);
  log_destroy(rig->log);
  char lock[64];
  snprintf(lock, sizeof lock, "%s/rt.lock", rig->folder);
  unlink(lock);
  rmdir(rig->folder);
}

static inline vsc_ns
rig_now(const struct rig *rig)
{
  return rig->os->now(rig->os);
}

/** The engine's main thread works for DURATION. */
static inline void
rig_run(struct rig *rig, vsc_ns duration)
{
  const vsc_ns end = rig_now(rig) + duration;
  while (rig_now(rig) < end) {
    loop_step(rig->loop);
  }
}

#endif
