/* through.c - loads a codec as the engine does and sends a ramp through it:
   what comes back is exact. Exit 0 or 1. SPDX-License-Identifier: MIT */
#include "engine/loader.h"
#include "engine/option.h"

#include <vsc/codec.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define CHANNELS 8u
#define FRAMES 48u
#define STEP 4099 /* of the 24-bit ramp: all magnitudes, odd and even */

static void
host_log(const vsc_host *host, int level, const char *fmt, ...) VSC_RT
  VSC_PRINTF(3, 4);

static void
host_log(const vsc_host *host, int level, const char *fmt, ...) VSC_RT
{
  (void)host;
  (void)level;
  (void)fmt;
}

/* The sample of channel C at frame N: a 24-bit ramp, which float32 holds
   exactly. */
static float
ramp(uint32_t n, uint32_t c)
{
  const uint32_t word = (n * CHANNELS + c) * STEP & 0xffffff;
  return (float)((int32_t)(word << 8) / 256) * 0x1p-23f;
}

/* Frames that came back different. */
static unsigned
play(const vsc_codec_ops *ops, void *self, uint32_t bytes_per_frame)
{
  float words[CHANNELS][FRAMES];
  float *ch[CHANNELS];
  const vsc_span span = { .ch = ch, .channels = CHANNELS, .frames = FRAMES };
  uint8_t *const packet = malloc((size_t)bytes_per_frame * FRAMES);
  unsigned wrong = packet ? 0 : 1;
  for (uint32_t c = 0; c < CHANNELS; c++) {
    ch[c] = words[c];
  }
  for (uint32_t n = 0; packet && n < 1000 * FRAMES; n += FRAMES) {
    for (uint32_t i = 0; i < FRAMES * CHANNELS; i++) {
      words[i / FRAMES][i % FRAMES] = ramp(n + i % FRAMES, i / FRAMES);
    }
    ops->encode(self, &span, packet);
    for (uint32_t i = 0; i < FRAMES * CHANNELS; i++) {
      words[i / FRAMES][i % FRAMES] = 2.0f;
    }
    ops->decode(self, packet, &span);
    for (uint32_t i = 0; i < FRAMES * CHANNELS; i++) {
      wrong +=
        words[i / FRAMES][i % FRAMES] != ramp(n + i % FRAMES, i / FRAMES);
    }
  }
  free(packet);
  return wrong;
}

static int
run(const vsc_module *module)
{
  const vsc_codec_ops *const ops = module->ops;
  const vsc_host host = { .size = sizeof host,
                          .abi_major = VSC_ABI_MAJOR,
                          .abi_minor = VSC_ABI_MINOR,
                          .log = host_log };
  vsc_format format = { .size = sizeof format,
                        .rate = 48000,
                        .channels = CHANNELS,
                        .frames_per_packet = FRAMES };
  uint32_t bytes_per_frame = 0;
  void *const self = calloc(1, (size_t)module->instance_size + 1);
  snprintf(format.encoding, sizeof format.encoding, "%s", ops->encoding);
  if (!self) {
    return 1;
  }
  if (module->options) {
    option_defaults(module->options, self);
  }
  int result = 1;
  if ((!module->init || module->init(self, &host) >= 0) &&
      ops->open(self, &format, &bytes_per_frame) >= 0) {
    const unsigned wrong = play(ops, self, bytes_per_frame);
    printf("%u samples, %u wrong\n", 1000 * FRAMES * CHANNELS, wrong);
    result = wrong != 0;
    if (ops->close) {
      ops->close(self);
    }
  }
  if (module->fini) {
    module->fini(self);
  }
  free(self);
  return result;
}

int
main(int argc, char **argv)
{
  char why[LOADER_WHY_BYTES];
  struct loader *loader = NULL;
  const struct loaded *loaded = NULL;
  if (argc != 2) {
    fprintf(stderr, "usage: sdk-through /ABSOLUTE/codec.so\n");
    return 2;
  }
  if (loader_create(NULL, &loader) < 0) {
    return 1;
  }
  int result = 1;
  if (loader_load(loader, argv[1], VSC_KIND_CODEC, &loaded, why, sizeof why) <
      0) {
    fprintf(stderr, "%s\n", why);
  } else {
    result = run(loaded_module(loaded));
  }
  loader_destroy(loader);
  return result;
}
