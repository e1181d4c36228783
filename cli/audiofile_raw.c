/* audiofile_raw.c - samples without a header, from and to files and pipes.
   SPDX-License-Identifier: MIT */
#include "audiofile_io.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hal/convert.h"

struct layout {
  uint8_t bytes;
  bool is_big, is_float;
};

static const struct layout layouts[] = {
  [AUDIOFILE_S16LE] = { .bytes = 2 },
  [AUDIOFILE_S24LE] = { .bytes = 3 },
  [AUDIOFILE_S24BE] = { .bytes = 3, .is_big = true },
  [AUDIOFILE_S32LE] = { .bytes = 4 },
  [AUDIOFILE_F32LE] = { .bytes = 4, .is_float = true },
};

/* The sample in the upper end of a word, whatever this machine's byte order. */
static uint32_t
gather(const struct layout *l, const uint8_t *p)
{
  uint32_t u = 0;
  for (int i = 0; i < l->bytes; i++) {
    u = u << 8 | p[l->is_big ? i : l->bytes - 1 - i];
  }
  return u << (32 - 8 * l->bytes);
}

static void
scatter(const struct layout *l, uint32_t u, uint8_t *p)
{
  for (int i = 0; i < l->bytes; i++, u <<= 8) {
    p[l->is_big ? i : l->bytes - 1 - i] = (uint8_t)(u >> 24);
  }
}

static int64_t
raw_read(struct audiofile *file, float *dst, uint32_t frames)
{
  const struct layout *const l = &layouts[file->info.raw];
  const size_t step = (size_t)file->info.channels * l->bytes;
  FILE *const stream = file->handle;
  const size_t bytes = fread(file->bytes, 1, frames * step, stream);
  /* A last frame that is not whole is none. */
  const size_t whole = bytes / step;
  if (whole == 0 && ferror(stream) && errno != EINTR) {
    return VSC_ERR_SYSTEM;
  }
  const uint8_t *p = file->bytes;
  const size_t samples = whole * file->info.channels;
  for (size_t i = 0; i < samples; i++, p += l->bytes) {
    uint32_t word = gather(l, p);
    if (!l->is_float) {
      convert_to_words(
        VSC_SAMPLE_S32, false, (const uint8_t *)&word, 4, &word, 1);
    }
    memcpy(&dst[i], &word, sizeof word);
  }
  return (int64_t)whole;
}

/* Integers as wide as the file's, rounded once, in the upper end of a word. */
static uint32_t
integer_word(const struct layout *l, uint32_t word)
{
  uint32_t s32 = 0;
  uint8_t s24[3];
  int16_t s16 = 0;
  switch (l->bytes) {
    case 2:
      convert_from_words(VSC_SAMPLE_S16, false, &word, (uint8_t *)&s16, 2, 1);
      return (uint32_t)(uint16_t)s16 << 16;
    case 3:
      convert_from_words(VSC_SAMPLE_S24, false, &word, s24, 3, 1);
      return (uint32_t)s24[0] << 8 | (uint32_t)s24[1] << 16 |
             (uint32_t)s24[2] << 24;
    default:
      convert_from_words(VSC_SAMPLE_S32, false, &word, (uint8_t *)&s32, 4, 1);
      return s32;
  }
}

static vsc_status
raw_write(struct audiofile *file, const float *src, uint32_t frames)
{
  const struct layout *const l = &layouts[file->info.raw];
  const size_t samples = (size_t)frames * file->info.channels;
  uint8_t *p = file->bytes;
  for (size_t i = 0; i < samples; i++, p += l->bytes) {
    uint32_t word;
    memcpy(&word, &src[i], sizeof word);
    scatter(l, l->is_float ? word : integer_word(l, word), p);
  }
  const size_t bytes = samples * l->bytes;
  return fwrite(file->bytes, 1, bytes, file->handle) == bytes ? VSC_OK
                                                              : VSC_ERR_SYSTEM;
}

static vsc_status
raw_rewind(struct audiofile *file)
{
  return fseek(file->handle, 0, SEEK_SET) ? VSC_ERR_UNSUPPORTED : VSC_OK;
}

static vsc_status
raw_close(struct audiofile *file)
{
  FILE *const stream = file->handle;
  const int failed = stream == stdin    ? 0
                     : stream == stdout ? fflush(stream)
                                        : fclose(stream);
  return failed ? VSC_ERR_SYSTEM : VSC_OK;
}

static const struct audiofile_ops raw_ops = { .read = raw_read,
                                              .rewind = raw_rewind,
                                              .write = raw_write,
                                              .close = raw_close };

vsc_status
audiofile_raw_open(struct audiofile *file,
                   const char *path,
                   bool is_writer,
                   char *why,
                   size_t why_bytes)
{
  FILE *const stream = strcmp(path, "-") != 0
                         ? fopen(path, is_writer ? "wb" : "rb")
                       : is_writer ? stdout
                                   : stdin;
  if (!stream) {
    snprintf(why, why_bytes, "cannot open \"%s\": %s", path, strerror(errno));
    return errno == ENOENT ? VSC_ERR_NOT_FOUND : VSC_ERR_SYSTEM;
  }
  file->handle = stream;
  file->ops = &raw_ops;
  return VSC_OK;
}
