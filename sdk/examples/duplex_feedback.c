/* duplex_feedback.c - plays what it hears, channel by channel, in one callback:
   input and output are of one clock and a constant number of frames apart, so
   there is nothing to buffer and nothing to measure.
   SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <vsc/client.h>

struct feedback {
  uint32_t channels;
  uint64_t frames, gaps, silent, late; /* read when no callback runs any more */
};

static void
process(void *user,
        const void *in,
        void *out,
        uint32_t frames,
        const vsc_client_time *time) VSC_RT
{
  struct feedback *const f = user;
  memcpy(out, in, (size_t)frames * f->channels * sizeof(float));
  f->frames += frames;
  f->gaps += time->gap_frames > 0 ? (uint64_t)time->gap_frames : 0;
  f->silent += time->silent_frames;
  f->late += time->late_frames;
}

static void
error(void *user, vsc_status status, const char *text)
{
  (void)user;
  (void)status;
  fprintf(stderr, "%s\n", text);
}

static int
fail(vsc_client *client)
{
  fprintf(stderr, "duplex_feedback: %s\n", vsc_client_error());
  vsc_client_close(client);
  return 1;
}

int
main(int argc, char **argv)
{
  const char *const instance = argc > 1 ? argv[1] : NULL;
  vsc_client_info info = { .size = sizeof info };
  vsc_client *client = NULL;
  if (vsc_client_query(instance, NULL, &info) < 0) {
    return fail(NULL);
  }
  struct feedback f = {
    .channels = info.inputs < info.outputs ? info.inputs : info.outputs,
  };
  const vsc_client_config config = { .size = sizeof config,
                                     .instance = instance,
                                     .app = "duplex_feedback",
                                     .inputs = f.channels,
                                     .outputs = f.channels,
                                     .sample = VSC_SAMPLE_F32 };
  const vsc_client_callbacks callbacks = {
    .size = sizeof callbacks, .process = process, .error = error, .user = &f
  };
  if (vsc_client_open(&config, &client) < 0 ||
      vsc_client_start(client, &callbacks) < 0) {
    return fail(client);
  }
  vsc_client_describe(client, &info);
  fprintf(stderr,
          "%" PRIu32 " channels, each played %" PRIu32
          " frames after it was heard; Enter ends it\n",
          f.channels,
          info.input_latency + info.buffer + info.output_latency);
  while (getchar() != '\n' && !feof(stdin)) {
  }
  vsc_client_close(client);
  printf("%" PRIu64 " frames, %" PRIu64 " missed, %" PRIu64 " silent, %" PRIu64
         " late\n",
         f.frames,
         f.gaps,
         f.silent,
         f.late);
  return 0;
}
