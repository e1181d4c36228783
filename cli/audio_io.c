/* audio_io.c - the device for commands, and the loop that keeps it fed.
   SPDX-License-Identifier: MIT */
#include "audio_io.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 256
#define WAIT_NS INT64_C(200000000)
/* What the network may need before the first frame is due. */
#define LEAD_NS INT64_C(10000000)

static volatile sig_atomic_t must_stop; /* a signal's handler can do no more */

static void
on_signal(int number)
{
  (void)number;
  must_stop = 1;
}

void
audio_catch_signals(void)
{
  struct sigaction action = { .sa_handler = on_signal };
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, NULL);
}

bool
audio_must_stop(void)
{
  return must_stop != 0;
}

int
audio_failed(const struct cli *cli, vsc_status status)
{
  return cli_fail(cli,
                  status == VSC_ERR_NOT_FOUND ? CLI_NO_ENGINE : CLI_FAILED,
                  "%s",
                  vsc_client_error());
}

int
audio_query(const struct cli *cli, vsc_client_info *out)
{
  *out = (vsc_client_info){ .size = sizeof *out };
  const vsc_status status =
    vsc_client_query(cli->instance, cli->runtime_dir, out);
  return status == VSC_OK ? CLI_OK : audio_failed(cli, status);
}

int
audio_attach(const struct cli *cli,
             const char *instance,
             bool is_input,
             struct audio_range channels,
             vsc_client **out)
{
  char app[32];
  snprintf(app, sizeof app, "aes67 %s", cli->command->name);
  vsc_client_config config = { .size = sizeof config,
                               .instance = instance ? instance : cli->instance,
                               .runtime_dir = cli->runtime_dir,
                               .app = app,
                               .sample = VSC_SAMPLE_F32 };
  *(is_input ? &config.first_input : &config.first_output) = channels.first;
  *(is_input ? &config.inputs : &config.outputs) = channels.count;
  const vsc_status status = vsc_client_open(&config, out);
  return status == VSC_OK ? CLI_OK : audio_failed(cli, status);
}

/* Where the first frame of a stream goes that starts now. */
static uint32_t
lead(const vsc_client_info *info, bool is_live)
{
  const uint32_t least =
    (uint32_t)(info->rate * (uint64_t)LEAD_NS / 1000000000);
  const uint32_t most = info->ring / 4;
  return is_live || least > most ? most : least;
}

/* What a playing loop carries along. */
struct player {
  const struct cli *cli;
  vsc_client *client;
  const struct audio_source *source;
  vsc_client_info info;
  float *block;
  uint32_t slack; /* room left in the ring above what is kept ahead */
  int64_t end;    /* one past the newest frame written */
  struct audio_result result;
};

/* Write FRAMES of the block as soon as there is room; IS_AUDIO: they count. */
static int
push(struct player *p, uint32_t frames, bool is_audio)
{
  vsc_client_time time = { .size = sizeof time };
  vsc_status status = VSC_ERR_AGAIN;
  while (status == VSC_ERR_AGAIN) {
    if (audio_must_stop()) {
      return CLI_OK;
    }
    status = vsc_client_wait(p->client, 0, frames + p->slack, WAIT_NS);
    if (status == VSC_OK) {
      status = vsc_client_write(p->client, p->block, frames, &time);
    }
  }
  if (status != VSC_OK) {
    return audio_failed(p->cli, status);
  }
  p->end = time.out_pos + (int64_t)frames;
  if (is_audio) {
    struct audio_result *const r = &p->result;
    r->first = r->frames == 0 ? time.out_pos : r->first;
    r->frames += frames;
    *(time.is_running ? &r->late : &r->silent) += time.late_frames;
  }
  return CLI_OK;
}

static int
begin(struct player *p, int64_t start)
{
  const vsc_status status =
    start != AUDIO_NOW
      ? vsc_client_begin_at(p->client, start)
      : vsc_client_begin(p->client, lead(&p->info, p->source->is_live));
  return status == VSC_OK ? CLI_OK : audio_failed(p->cli, status);
}

/* A live source that stalled would be late for ever: what has not come yet goes
   to where it will be in time. */
static int
catch_up(struct player *p)
{
  vsc_client_time time = { .size = sizeof time };
  vsc_client_clock(p->client, &time);
  if (!p->source->is_live || time.pos <= p->end) {
    return CLI_OK;
  }
  p->result.late += time.pos - p->end;
  return begin(p, AUDIO_NOW);
}

/* Silence behind the last frame, until that one has been sent: what would come
   after it is then nobody's to miss. */
static int
drain(struct player *p)
{
  const int64_t end = p->end + p->info.wake;
  vsc_client_time time = { .size = sizeof time };
  int code = CLI_OK;
  memset(p->block, 0, (size_t)BLOCK * p->source->channels * sizeof *p->block);
  while (code == CLI_OK && !audio_must_stop() &&
         vsc_client_clock(p->client, &time) == VSC_OK && time.pos < end) {
    code = push(p, BLOCK, false);
  }
  return code;
}

static int
run(struct player *p, int64_t start)
{
  int64_t got = p->source->read(p->source->arg, p->block, BLOCK);
  int code = got > 0 ? begin(p, start) : CLI_OK;
  const bool has_begun = got > 0;
  while (code == CLI_OK && got > 0 && !audio_must_stop()) {
    code = push(p, (uint32_t)got, true);
    if (code == CLI_OK && p->source->check) {
      code = p->source->check(p->source->target);
    }
    if (code == CLI_OK) {
      got = p->source->read(p->source->arg, p->block, BLOCK);
    }
    if (code == CLI_OK && got > 0) {
      code = catch_up(p);
    }
  }
  if (code == CLI_OK && got < 0 && !audio_must_stop()) {
    code = cli_fail(p->cli, CLI_FAILED, "cannot read any further");
  }
  return code == CLI_OK && has_begun ? drain(p) : code;
}

int
audio_play(const struct cli *cli,
           vsc_client *client,
           const struct audio_source *source,
           int64_t start,
           struct audio_result *out)
{
  struct player p = { .cli = cli,
                      .client = client,
                      .source = source,
                      .info = { .size = sizeof p.info } };
  vsc_client_describe(client, &p.info);
  /* Half of the ring may be written; all of it but 1024 frames is used, so that
     a stall of tens of milliseconds is not heard. */
  p.slack = p.info.ring >= 8192 ? 1024 : p.info.ring / 16;
  p.block = calloc((size_t)BLOCK * source->channels, sizeof *p.block);
  const int code =
    p.block ? run(&p, start) : cli_fail(cli, CLI_FAILED, "no memory");
  free(p.block);
  *out = p.result;
  return code;
}

int
audio_report(const struct cli *cli,
             const char *verb,
             const struct audio_result *r)
{
  cli_say(cli,
          "%s %" PRId64 " frames from position %" PRId64 ", %" PRId64
          " silent, %" PRId64 " late",
          verb,
          r->frames,
          r->first,
          r->silent,
          r->late);
  const bool is_out_taken = strcmp(cli->command->name, "record") == 0 &&
                            strcmp(cli->arguments[0], "-") == 0;
  if (cli->json && !is_out_taken) {
    fprintf(cli->out,
            "{\"schema\": \"vsc.%s/1\", \"frames\": %" PRId64
            ", \"position\": %" PRId64 ", \"silent\": %" PRId64
            ", \"late\": %" PRId64 "}\n",
            cli->command->name,
            r->frames,
            r->first,
            r->silent,
            r->late);
  }
  return r->silent > 0 || r->late > 0 ? CLI_DEGRADED : CLI_OK;
}
