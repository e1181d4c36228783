/* cmd_play.c - aes67 play: a file into the device's outputs.
   SPDX-License-Identifier: MIT */
#include "audio_io.h"
#include "table.h"

static int
run(struct cli *cli)
{
  enum audiofile_raw raw = AUDIOFILE_HEADER;
  struct audio_range channels;
  if (!audio_option_format(cli, &raw) ||
      !audio_option_channels(cli, raw != AUDIOFILE_HEADER, &channels)) {
    return CLI_USAGE;
  }
  return audio_play_file(cli, channels, NULL);
}

const struct command command_play = {
  .name = "play",
  .summary = "play a file into the device's outputs",
  .arguments = "FILE|-",
  .min_arguments = 1,
  .max_arguments = 1,
  .options =
    (const struct command_option[]){
      AUDIO_OPTION_CHANNELS,
      { .name = "loop", .help = "again from the first frame at the end" },
      AUDIO_OPTION_FORMAT,
      { .name = "rate",
        .argument = "HZ",
        .help = "of raw samples (default: the device's)" },
      AUDIO_OPTION_START,
      { .name = NULL },
    },
  .details =
    "One frame of the file is one frame on the network: nothing is resampled. "
    "A file of another sample rate than the device's is refused. Ends when the "
    "last frame has been sent; exit 3 when some frames were late or no engine "
    "was there for them.",
  .run = run,
};
