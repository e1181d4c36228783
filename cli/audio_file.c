/* audio_file.c - plays a file into channels of the device.
   SPDX-License-Identifier: MIT */
#include "audio_io.h"

#include <inttypes.h>
#include <string.h>

struct looped {
  struct audiofile *file;
  bool is_endless;
};

static int64_t
read_file(void *arg, float *dst, uint32_t frames)
{
  const struct looped *const l = arg;
  int64_t got = audiofile_read(l->file, dst, frames);
  if (got == 0 && l->is_endless && !audio_must_stop() &&
      audiofile_rewind(l->file) == VSC_OK) {
    got = audiofile_read(l->file, dst, frames);
  }
  return got;
}

/* Raw samples say nothing of themselves. */
static int
describe_raw(const struct cli *cli,
             const vsc_client_info *device,
             const struct audio_range *channels,
             struct audiofile_info *info)
{
  int64_t rate = device->rate;
  if (!cli_option_number(cli, "rate", 1, 384000, &rate)) {
    return CLI_USAGE;
  }
  if (info->raw == AUDIOFILE_HEADER) {
    return CLI_OK;
  }
  if (channels->count == 0) {
    return cli_usage(cli, "raw samples need --channels");
  }
  info->channels = channels->count;
  info->rate = (uint32_t)rate;
  return CLI_OK;
}

static int
check(const struct cli *cli,
      const vsc_client_info *device,
      const struct audiofile_info *file,
      struct audio_range *channels)
{
  if (file->rate != device->rate) {
    return cli_fail(cli,
                    CLI_FAILED,
                    "\"%s\" has %" PRIu32 " Hz, the device runs at %" PRIu32
                    " Hz: convert the file first",
                    cli->arguments[0],
                    file->rate,
                    device->rate);
  }
  if (channels->count == 0) {
    channels->count = file->channels;
  }
  if (channels->count != file->channels) {
    return cli_fail(cli,
                    CLI_FAILED,
                    "\"%s\" has %" PRIu32 " channels, channels %" PRIu32
                    "-%" PRIu32 " are %" PRIu32,
                    cli->arguments[0],
                    file->channels,
                    channels->first + 1,
                    channels->first + channels->count,
                    channels->count);
  }
  return CLI_OK;
}

static int
play(const struct cli *cli,
     struct looped *l,
     struct audio_range channels,
     const struct audio_target *target,
     int64_t start)
{
  vsc_client *client = NULL;
  int code = target->attach(cli, target->arg, channels, &client);
  if (code == CLI_OK) {
    const struct audio_source source = {
      .read = read_file,
      .arg = l,
      .channels = channels.count,
      .is_live = start == AUDIO_NOW && strcmp(cli->arguments[0], "-") == 0,
      .check = target->check,
      .target = target->arg,
    };
    struct audio_result result;
    code = audio_play(cli, client, &source, start, &result);
    const int reported = audio_report(cli, "played", &result);
    code = code == CLI_OK ? reported : code;
  }
  vsc_client_close(client);
  return code;
}

static int
attach_outputs(const struct cli *cli,
               void *arg,
               struct audio_range channels,
               vsc_client **out)
{
  (void)arg;
  return audio_attach(cli, NULL, false, channels, out);
}

int
audio_play_file(const struct cli *cli,
                struct audio_range channels,
                const struct audio_target *target)
{
  static const struct audio_target outputs = { .attach = attach_outputs };
  const char *const path = cli->arguments[0];
  struct audiofile_info info = { 0 };
  vsc_client_info device;
  int64_t start = AUDIO_NOW;
  if (!audio_option_format(cli, &info.raw) ||
      !audio_option_start(cli, &start)) {
    return CLI_USAGE;
  }
  int code = audio_query(cli, &device);
  if (code == CLI_OK) {
    code = describe_raw(cli, &device, &channels, &info);
  }
  if (code != CLI_OK) {
    return code;
  }
  struct looped l = { .is_endless = cli_has(cli, "loop") };
  char why[400];
  audio_catch_signals();
  const vsc_status status =
    audiofile_open(path, &info, &l.file, why, sizeof why);
  if (status != VSC_OK) {
    return cli_fail(
      cli, status == VSC_ERR_NOT_FOUND ? CLI_NOT_FOUND : CLI_FAILED, "%s", why);
  }
  code = check(cli, &device, &info, &channels);
  if (code == CLI_OK) {
    code = play(cli, &l, channels, target ? target : &outputs, start);
  }
  (void)audiofile_close(l.file);
  return code;
}
