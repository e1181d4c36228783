/* client_threads.c - the two threads of the callback form: one calls back and
   does nothing else but sleep, the other keeps the lease.
   SPDX-License-Identifier: MIT */
#include "client_callback.h"

/* Each 5 below the engine's (engine/rtthread.c), which it must not delay. */
#define PRIORITY 70
#define FALLBACK 15

static bool
is_stopping(const struct callback *b) VSC_RT
{
  /* Relaxed: the join orders everything else. */
  return atomic_load_explicit(&b->is_stopping, memory_order_relaxed);
}

static void
turn(struct vsc_client *c) VSC_RT
{
  while (!is_stopping(c->callback)) {
    platform_sleep_until(client_turn(c));
  }
}

static void
run_audio(void *arg)
{
  turn(arg);
}

static void
run_tender(void *arg)
{
  struct vsc_client *const c = arg;
  while (!is_stopping(c->callback)) {
    platform_sleep(client_tend_turn(c));
  }
}

static void
end(struct vsc_client *c)
{
  struct callback *const b = c->callback;
  atomic_store_explicit(&b->is_stopping, true, memory_order_relaxed);
  platform_thread_join(b->audio);
  platform_thread_join(b->tender);
  client_unprepare(c);
}

vsc_status
vsc_client_start(vsc_client *client, const vsc_client_callbacks *callbacks)
{
  vsc_status status = client_prepare(client, callbacks);
  if (status != VSC_OK) {
    return status;
  }
  struct callback *const b = client->callback;
  const struct platform_thread_config tender = { .name = "aes67-tender",
                                                 .run = run_tender,
                                                 .arg = client };
  const struct platform_thread_config audio = { .name = "aes67-client",
                                                .run = run_audio,
                                                .arg = client,
                                                .priority = PRIORITY,
                                                .fallback = FALLBACK };
  status = platform_thread_start(&tender, NULL, &b->tender);
  if (status == VSC_OK) {
    status = platform_thread_start(&audio, NULL, &b->audio);
  }
  if (status != VSC_OK) {
    end(client);
    return client_fail(status, "cannot start a thread");
  }
  return VSC_OK;
}

vsc_status
vsc_client_stop(vsc_client *client)
{
  const struct callback *const b = client->callback;
  if (b && (platform_thread_is_self(b->audio) ||
            platform_thread_is_self(b->tender))) {
    return client_fail(VSC_ERR_INVALID, "a callback cannot stop its thread");
  }
  if (b) {
    end(client);
  } else if (client->has_begun) {
    client->has_begun = false;
    client_say(client, ACTIVITY_STOPPED);
  }
  return VSC_OK;
}
