/* feedback.c - what duplex_feedback.c does, the way it has to be done where
   input and output are two streams: two clients, two callbacks, and a ring
   between them. It is later by what the ring holds, which is another amount
   each time, and can be too empty or too full: that is what one duplex callback
   is for. SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/client.h>

#define BLOCKS 8u
/* What the player waits for before it begins. */
#define AHEAD 2u

struct feedback {
  uint32_t channels, frames; /* of a block */
  float *blocks;             /* BLOCKS of them */
  vsc_pos heard[BLOCKS];     /* the position of each */
  _Atomic uint32_t written, read;
  /* the listener's */
  uint64_t full;
  /* the player's */
  int has_begun;
  uint64_t played, empty, changes;
  vsc_pos distance;
};

static float *
block(const struct feedback *f, uint32_t n) VSC_RT
{
  return f->blocks + (size_t)(n % BLOCKS) * f->frames * f->channels;
}

static void
listen(void *user,
       const void *in,
       void *out,
       uint32_t frames,
       const vsc_client_time *time) VSC_RT
{
  struct feedback *const f = user;
  const uint32_t n = atomic_load_explicit(&f->written, memory_order_relaxed);
  (void)out;
  /* acquire: the player is done with what it has read */
  if (n - atomic_load_explicit(&f->read, memory_order_acquire) == BLOCKS) {
    f->full++;
    return;
  }
  memcpy(block(f, n), in, (size_t)frames * f->channels * sizeof(float));
  f->heard[n % BLOCKS] = time->in_pos;
  /* release: the block is there before it says so */
  atomic_store_explicit(&f->written, n + 1, memory_order_release);
}

static void
play(void *user,
     const void *in,
     void *out,
     uint32_t frames,
     const vsc_client_time *time) VSC_RT
{
  struct feedback *const f = user;
  const uint32_t n = atomic_load_explicit(&f->read, memory_order_relaxed);
  const uint32_t there =
    atomic_load_explicit(&f->written, memory_order_acquire) - n;
  (void)in;
  if (there < (f->has_begun ? 1 : AHEAD)) {
    f->empty += f->has_begun != 0;
    return; /* OUT is silent */
  }
  memcpy(out, block(f, n), (size_t)frames * f->channels * sizeof(float));
  const vsc_pos distance = time->out_pos - f->heard[n % BLOCKS];
  f->changes += f->has_begun && distance != f->distance;
  f->distance = distance;
  f->has_begun = 1;
  f->played += frames;
  atomic_store_explicit(&f->read, n + 1, memory_order_release);
}

static void
error(void *user, vsc_status status, const char *text)
{
  (void)user;
  (void)status;
  fprintf(stderr, "%s\n", text);
}

/* Opens one direction and starts it. */
static vsc_client *
start(struct feedback *f, const char *instance, vsc_client_process_fn process)
{
  vsc_client *client = NULL;
  const uint32_t is_player = process == play;
  const vsc_client_config config = { .size = sizeof config,
                                     .instance = instance,
                                     .app = is_player ? "feedback out"
                                                      : "feedback in",
                                     .inputs = is_player ? 0 : f->channels,
                                     .outputs = is_player ? f->channels : 0,
                                     .frames = f->frames };
  const vsc_client_callbacks callbacks = {
    .size = sizeof callbacks, .process = process, .error = error, .user = f
  };
  if (vsc_client_open(&config, &client) < 0 ||
      vsc_client_start(client, &callbacks) < 0) {
    fprintf(stderr, "feedback: %s\n", vsc_client_error());
    vsc_client_close(client);
    return NULL;
  }
  return client;
}

int
main(int argc, char **argv)
{
  const char *const instance = argc > 1 ? argv[1] : NULL;
  vsc_client_info info = { .size = sizeof info };
  if (vsc_client_query(instance, NULL, &info) < 0) {
    fprintf(stderr, "feedback: %s\n", vsc_client_error());
    return 1;
  }
  struct feedback f = {
    .channels = info.inputs < info.outputs ? info.inputs : info.outputs,
    .frames = info.buffer,
  };
  f.blocks = calloc((size_t)BLOCKS * f.frames * f.channels, sizeof(float));
  vsc_client *const in = f.blocks ? start(&f, instance, listen) : NULL;
  vsc_client *const out = in ? start(&f, instance, play) : NULL;
  if (out) {
    fprintf(stderr,
            "%" PRIu32 " channels, in one stream and out another; Enter ends "
            "it\n",
            f.channels);
    while (getchar() != '\n' && !feof(stdin)) {
    }
  }
  vsc_client_close(out);
  vsc_client_close(in);
  free(f.blocks);
  printf("%" PRIu64 " frames, each played %" PRId64
         " frames after it was heard; that changed %" PRIu64
         " times; the ring was empty %" PRIu64 " times, full %" PRIu64 "\n",
         f.played,
         (int64_t)f.distance,
         f.changes,
         f.empty,
         f.full);
  return out ? 0 : 1;
}
