/* bridge_run.h - a bridge for as long as a command runs; what bridge and listen
   share. SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_BRIDGE_RUN_H
#define VSC_CLI_BRIDGE_RUN_H

#include "audio_io.h"

/** Rows for tables of options. */
#define BRIDGE_OPTION_LATENCY                                                  \
  {                                                                            \
    .name = "latency", .argument = "TIME",                                     \
    .help = "at least so long, as 20ms (default: as short as is safe)"         \
  }
#define BRIDGE_OPTION_RESAMPLER                                                \
  {                                                                            \
    .name = "resampler", .argument = "NAME",                                   \
    .help = "module, without its resampler- prefix (default samplerate)"       \
  }

struct bridge_plan {
  const char *card;
  bool is_capture;
  struct audio_range channels; /* of the device */
  vsc_ns latency;              /* 0: as short as is safe */
  double seconds;              /* 0: until interrupted */
  bool is_supervised;          /* by an engine: bridge_supervised() */
};

/** Lines of what is counted go to stdout every second, and the process ends
    with its stdin, whatever it waits for. */
vsc_status
bridge_supervised(void);

/** False after a message: CLI_USAGE. */
bool
bridge_option_latency(const struct cli *cli, vsc_ns *out);

/** Can that card be played to? WHY not, in a sentence. */
bool
bridge_has_card(const char *card, uint32_t channels, char *why, size_t bytes);
/** The exit code. The row has BRIDGE_OPTION_RESAMPLER. */
int
bridge_run(const struct cli *cli, const struct bridge_plan *plan);

#endif
