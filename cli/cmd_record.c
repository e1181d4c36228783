/* cmd_record.c - aes67 record: the device's inputs into a file.
   SPDX-License-Identifier: MIT */
#include "audio_io.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 1024
#define WAIT_NS INT64_C(200000000)

struct recorder {
  const struct cli *cli;
  const char *path;
  vsc_client *client;
  struct audiofile *file;
  vsc_client_info info;
  uint32_t channels;
  float *block;
  int64_t total; /* frames wanted; INT64_MAX: until interrupted */
  uint32_t generation;
  struct audio_result result;
};

static int
save(struct recorder *r, uint32_t frames)
{
  r->result.frames += frames;
  return audiofile_write(r->file, r->block, frames) == VSC_OK
           ? CLI_OK
           : cli_fail(r->cli,
                      CLI_FAILED,
                      "cannot write all of \"%s\": is the disk full?",
                      r->path);
}

/* Frames that the reader was too slow for are silence in the file, so that what
   follows keeps its place. After a step of the clock there is no such place. */
static int
save_gap(struct recorder *r, int64_t gap)
{
  int code = CLI_OK;
  const size_t bytes = (size_t)BLOCK * r->channels * sizeof *r->block;
  memset(r->block, 0, bytes);
  while (gap > 0 && code == CLI_OK && r->result.frames < r->total) {
    const int64_t left = r->total - r->result.frames;
    int64_t n = gap < BLOCK ? gap : BLOCK;
    n = n < left ? n : left;
    r->result.late += n;
    gap -= n;
    code = save(r, (uint32_t)n);
  }
  return code;
}

/* How many frames to take now: what is there, in blocks that keep the number of
   wake-ups small. 0: none yet. Below 0: a vsc_status. */
static int64_t
wait_for_frames(struct recorder *r)
{
  const int64_t left = r->total - r->result.frames;
  const uint32_t most = left < BLOCK ? (uint32_t)left : BLOCK;
  const uint32_t least = most < r->info.ring / 32 ? most : r->info.ring / 32;
  const vsc_status status = vsc_client_wait(r->client, 1, least, WAIT_NS);
  if (status != VSC_OK) {
    return status == VSC_ERR_AGAIN ? 0 : status;
  }
  const uint32_t there = vsc_client_readable(r->client);
  return there < most ? (there > least ? there : least) : most;
}

/* A late reader's frames come from behind the gap: they are read into a second
   half of the block, so that the gap can be written first. */
static int
take(struct recorder *r, uint32_t frames)
{
  float *const fresh = r->block + (size_t)BLOCK * r->channels;
  const size_t frame_bytes = r->channels * sizeof *fresh;
  vsc_client_time time = { .size = sizeof time };
  vsc_client_read(r->client, fresh, frames, &time);
  int code = CLI_OK;
  if (r->result.frames == 0) {
    r->result.first = time.in_pos;
  } else if (time.generation == r->generation && time.is_running) {
    code = save_gap(r, time.gap_frames);
  }
  r->generation = time.generation;
  const int64_t left = r->total - r->result.frames;
  frames = frames < left ? frames : (uint32_t)left;
  r->result.silent += time.silent_frames < frames ? time.silent_frames : frames;
  memcpy(r->block, fresh, frames * frame_bytes);
  return code == CLI_OK ? save(r, frames) : code;
}

static int
record(struct recorder *r, int64_t start)
{
  vsc_status status = start == AUDIO_NOW
                        ? vsc_client_begin(r->client, 0)
                        : vsc_client_begin_at(r->client, start);
  int code = CLI_OK;
  while (status == VSC_OK && code == CLI_OK && !audio_must_stop() &&
         r->result.frames < r->total) {
    const int64_t n = wait_for_frames(r);
    status = n < 0 ? (vsc_status)n : VSC_OK;
    if (n > 0) {
      code = take(r, (uint32_t)n);
    }
  }
  return status == VSC_OK
           ? code
           : cli_fail(r->cli, CLI_FAILED, "%s", vsc_client_error());
}

static int
record_to_file(struct recorder *r,
               const struct audiofile_info *info,
               int64_t start)
{
  const struct cli *const cli = r->cli;
  char why[400];
  r->block = malloc((size_t)2 * BLOCK * r->channels * sizeof *r->block);
  if (!r->block) {
    return cli_fail(cli, CLI_FAILED, "no memory");
  }
  int code = CLI_OK;
  if (audiofile_create(r->path, info, &r->file, why, sizeof why) != VSC_OK) {
    code = cli_fail(cli, CLI_FAILED, "%s", why);
  } else {
    code = record(r, start);
    if (audiofile_close(r->file) != VSC_OK && code == CLI_OK) {
      code = cli_fail(cli, CLI_FAILED, "cannot finish \"%s\"", r->path);
    }
    const int reported = audio_report(cli, "recorded", &r->result);
    code = code == CLI_OK ? reported : code;
  }
  free(r->block);
  return code;
}

int
audio_record(const struct cli *cli, const struct audio_recording *what)
{
  struct recorder r = { .cli = cli, .path = what->path };
  struct audio_range channels = what->channels;
  int code = audio_query(cli, &r.info);
  if (code != CLI_OK) {
    return code;
  }
  if (channels.count == 0) {
    channels.count = r.info.inputs;
  }
  r.total = what->seconds > 0 ? (int64_t)(what->seconds * r.info.rate + 0.5)
                              : INT64_MAX;
  r.channels = channels.count;
  const struct audiofile_info info = { .raw = what->raw,
                                       .channels = channels.count,
                                       .rate = r.info.rate };
  code = audio_attach(cli, NULL, true, channels, &r.client);
  if (code == CLI_OK) {
    code = record_to_file(&r, &info, what->start);
  }
  vsc_client_close(r.client);
  return code;
}

static int
run(struct cli *cli)
{
  struct audio_recording what = { .path = cli->arguments[0],
                                  .start = AUDIO_NOW };
  if (!audio_option_format(cli, &what.raw) ||
      !audio_option_channels(
        cli, what.raw != AUDIOFILE_HEADER, &what.channels) ||
      !audio_option_seconds(cli, &what.seconds) ||
      !audio_option_start(cli, &what.start)) {
    return CLI_USAGE;
  }
  audio_catch_signals();
  return audio_record(cli, &what);
}

const struct command command_record = {
  .name = "record",
  .summary = "record the device's inputs into a file",
  .arguments = "FILE|-",
  .min_arguments = 1,
  .max_arguments = 1,
  .options =
    (const struct command_option[]){
      { .name = "seconds",
        .argument = "N",
        .help = "how long (default: until interrupted)" },
      AUDIO_OPTION_CHANNELS,
      AUDIO_OPTION_FORMAT,
      AUDIO_OPTION_START,
      { .name = NULL },
    },
  .details =
    "The file's name chooses: .wav (RF64 when it grows beyond 4 GiB), .rf64, "
    ".aiff or .flac, always 24 bits; - is the standard output and needs "
    "--format. Exit 3 when the device lacked some frames, because no engine "
    "was there or the disk was too slow; they are silence in the file, so that "
    "every other frame keeps its place. What the network lost is silence too, "
    "and counted by aes67 status.",
  .run = run,
};
