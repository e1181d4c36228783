/* cmd_tone.c - aes67 tone: a sine into the device's outputs.
   SPDX-License-Identifier: MIT */
#include "audio_io.h"
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TWO_PI 6.283185307179586

struct tone {
  double step, phase; /* turns, 0..1 */
  double amplitude;
  uint32_t channels;
  int64_t left; /* frames */
};

static int64_t
read_tone(void *arg, float *dst, uint32_t frames)
{
  struct tone *const t = arg;
  const uint32_t n = t->left < frames ? (uint32_t)t->left : frames;
  for (uint32_t i = 0; i < n; i++) {
    const float sample = (float)(t->amplitude * sin(TWO_PI * t->phase));
    t->phase += t->step;
    t->phase -= floor(t->phase);
    for (uint32_t c = 0; c < t->channels; c++) {
      *dst++ = sample;
    }
  }
  t->left -= n;
  return n;
}

/* --level: "-20dBFS", "-20dB" or "-20"; of the peak. */
static bool
read_level(const struct cli *cli, double *amplitude)
{
  const char *const text = cli_option(cli, "level");
  char *end = NULL;
  const double db = text ? strtod(text, &end) : -20.0;
  if (text && (end == text || (*end != '\0' && strcmp(end, "dB") != 0 &&
                               strcmp(end, "dBFS") != 0))) {
    cli_usage(cli, "--level \"%s\" is not a level such as -20dBFS", text);
    return false;
  }
  if (!(db <= 0 && db >= -150)) {
    cli_usage(cli, "--level \"%s\" is not -150dBFS..0dBFS", text);
    return false;
  }
  *amplitude = pow(10.0, db / 20.0);
  return true;
}

static bool
read_frequency(const struct cli *cli, double *hertz)
{
  const char *const text = cli_option(cli, "frequency");
  char *end = NULL;
  *hertz = text ? strtod(text, &end) : 1000.0;
  if (text && (end == text || (*end != '\0' && strcmp(end, "Hz") != 0) ||
               !(*hertz > 0 && *hertz < 192000))) {
    cli_usage(cli, "--frequency \"%s\" is not a frequency such as 1000", text);
    return false;
  }
  return true;
}

static int
run(struct cli *cli)
{
  struct tone tone = { .left = INT64_MAX };
  struct audio_range channels;
  double seconds = 0;
  double hertz = 0;
  if (!audio_option_channels(cli, false, &channels) ||
      !audio_option_seconds(cli, &seconds) ||
      !read_level(cli, &tone.amplitude) || !read_frequency(cli, &hertz)) {
    return CLI_USAGE;
  }
  vsc_client_info device;
  int code = audio_query(cli, &device);
  if (code != CLI_OK) {
    return code;
  }
  if (hertz >= device.rate / 2.0) {
    return cli_usage(cli,
                     "a device at %u Hz carries tones below %u Hz",
                     device.rate,
                     device.rate / 2);
  }
  if (channels.count == 0) {
    channels.count = device.outputs;
  }
  tone.step = hertz / device.rate;
  tone.channels = channels.count;
  if (seconds > 0) {
    tone.left = (int64_t)(seconds * device.rate + 0.5);
  }
  audio_catch_signals();
  vsc_client *client = NULL;
  code = audio_attach(cli, NULL, false, channels, &client);
  if (code == CLI_OK) {
    const struct audio_source source = { .read = read_tone,
                                         .arg = &tone,
                                         .channels = tone.channels };
    struct audio_result result;
    code = audio_play(cli, client, &source, AUDIO_NOW, &result);
    const int reported = audio_report(cli, "played", &result);
    code = code == CLI_OK ? reported : code;
  }
  vsc_client_close(client);
  return code;
}

const struct command command_tone = {
  .name = "tone",
  .summary = "a test tone into the device's outputs",
  .options =
    (const struct command_option[]){
      { .name = "frequency", .argument = "HZ", .help = "default 1000" },
      { .name = "level",
        .argument = "DB",
        .help = "of the peak, default -20dBFS" },
      { .name = "channels",
        .argument = "A-B",
        .help = "channels of the device, from 1 (default: all)" },
      { .name = "seconds",
        .argument = "N",
        .help = "how long (default: until interrupted)" },
      { .name = NULL },
    },
  .run = run,
};
