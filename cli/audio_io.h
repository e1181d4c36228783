/* audio_io.h - what play, record, tone and stream share: options, the device,
   signals, and the loop that keeps the device fed.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_AUDIO_IO_H
#define VSC_CLI_AUDIO_IO_H

#include "audiofile.h"
#include "cli.h"
#include <vsc/client.h>

/** Device channels, 0-based; count 0: not given. */
struct audio_range {
  uint32_t first, count;
};

/** Rows for tables of options. */
#define AUDIO_OPTION_CHANNELS                                                  \
  {                                                                            \
    .name = "channels", .argument = "A-B",                                     \
    .help = "channels of the device, from 1; with --format also N: 1-N"        \
  }
#define AUDIO_OPTION_FORMAT                                                    \
  {                                                                            \
    .name = "format", .argument = "FORMAT",                                    \
    .help = "raw samples: " AUDIOFILE_RAW_NAMES                                \
  }
#define AUDIO_OPTION_START                                                     \
  {                                                                            \
    .name = "start", .argument = "POS",                                        \
    .help = "device position of the first frame"                               \
  }

/** --channels; a lone N means channel N, or 1-N for raw samples. False after a
    message: CLI_USAGE. */
bool
audio_option_channels(const struct cli *cli,
                      bool is_raw,
                      struct audio_range *out);
/** "1-8" or "3": neighbours, up to 128; else false. */
bool
audio_range_parse(const char *text, struct audio_range *out);
/** --format, if the row has it. */
bool
audio_option_format(const struct cli *cli, enum audiofile_raw *out);
/** --seconds, a decimal; untouched when not there. */
bool
audio_option_seconds(const struct cli *cli, double *out);
/** A position without one: start now. */
#define AUDIO_NOW INT64_MIN
bool
audio_option_start(const struct cli *cli, int64_t *out);

/** What vsc_client_error() says, as a message; the exit code for STATUS. */
int
audio_failed(const struct cli *cli, vsc_status status);
/** What the engine's device is; CLI_OK, or the exit code after a message. */
int
audio_query(const struct cli *cli, vsc_client_info *out);
/** Attach with floats to inputs or outputs. INSTANCE: NULL for the one that the
    line names. */
int
audio_attach(const struct cli *cli,
             const char *instance,
             bool is_input,
             struct audio_range channels,
             vsc_client **out);

/** SIGINT and SIGTERM end loops instead of the process, SIGPIPE is an error. */
void
audio_catch_signals(void);
bool
audio_must_stop(void);

/** Where frames to play come from: as audiofile_read. */
struct audio_source {
  int64_t (*read)(void *arg, float *dst, uint32_t frames);
  void *arg;
  uint32_t channels;
  bool is_live; /* comes at its own pace: when it stalled, go on from now */
  /** Is there still somebody to play to? CLI_OK, or the exit code after a
      message. NULL: always. */
  int (*check)(void *target);
  void *target;
};
struct audio_result {
  int64_t frames; /* of the source, or recorded */
  int64_t first;  /* position of the first */
  int64_t silent; /* not played or heard: no engine, not received */
  int64_t late;   /* not played, or lost by a slow reader */
};
/** Play all of it, ahead of time by half of the ring, until the last frame has
    been sent. */
int
audio_play(const struct cli *cli,
           vsc_client *client,
           const struct audio_source *source,
           int64_t start,
           struct audio_result *out);
/** The summary, and the exit code: CLI_DEGRADED when not every frame made it.
 */
int
audio_report(const struct cli *cli,
             const char *verb,
             const struct audio_result *result);

/** What of the device's inputs goes into which file. */
struct audio_recording {
  const char *path;
  enum audiofile_raw raw;
  struct audio_range channels; /* count 0: all */
  double seconds;              /* 0: until interrupted */
  int64_t start;
};
/** The summary, and the exit code. */
int
audio_record(const struct cli *cli, const struct audio_recording *what);

/** Where a file is played to. */
struct audio_target {
  /** Attach to CHANNELS: CLI_OK, or the exit code after a message. */
  int (*attach)(const struct cli *cli,
                void *arg,
                struct audio_range channels,
                vsc_client **out);
  int (*check)(void *arg); /* of struct audio_source */
  void *arg;
};
/** Play FILE as the options of the row say, into CHANNELS (count 0: as many as
    the file has, from 1). TARGET: NULL for the device's outputs. */
int
audio_play_file(const struct cli *cli,
                struct audio_range channels,
                const struct audio_target *target);

#endif
