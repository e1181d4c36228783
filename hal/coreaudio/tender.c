/* tender.c - the thread that looks after the engine.
   SPDX-License-Identifier: MIT */
#include "tender.h"

#include "hal/platform.h"

static struct {
  vsc_ns (*step)(void *arg);
  void *arg;
  struct platform_thread *thread;
} tender;

static void
run(void *arg)
{
  (void)arg;
  for (;;) {
    platform_sleep(tender.step(tender.arg));
  }
}

vsc_status
tender_start(vsc_ns (*step)(void *arg), void *arg)
{
  const struct platform_thread_config config = { .name = "aes67-tender",
                                                 .run = run };
  tender.step = step;
  tender.arg = arg;
  return platform_thread_start(&config, NULL, &tender.thread);
}
