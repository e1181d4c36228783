/* audiofile_snd.c - files with a header, by libsndfile; a build without it
   knows raw samples only. SPDX-License-Identifier: MIT */
#include "audiofile_io.h"

#include <stdio.h>
#include <string.h>

#if VSC_HAVE_SNDFILE

#include <errno.h>
#include <sndfile.h>
#include <strings.h>
#include <unistd.h>

#include "hal/convert.h"

static bool
is_float_file(int format)
{
  const int coding = format & SF_FORMAT_SUBMASK;
  return coding == SF_FORMAT_FLOAT || coding == SF_FORMAT_DOUBLE;
}

static int64_t
read_floats(struct audiofile *file, float *dst, uint32_t frames)
{
  return sf_readf_float(file->handle, dst, frames);
}

/* Integers are read as such and scaled by a power of two; libsndfile's own
   scaling to float is another one for some formats. */
static int64_t
read_integers(struct audiofile *file, float *dst, uint32_t frames)
{
  const sf_count_t n = sf_readf_int(file->handle, file->bytes, frames);
  const size_t samples = (size_t)(n > 0 ? n : 0) * file->info.channels;
  uint32_t *const words = file->bytes;
  convert_to_words(VSC_SAMPLE_S32,
                   false,
                   (const uint8_t *)file->bytes,
                   4,
                   words,
                   (uint32_t)samples);
  memcpy(dst, words, samples * sizeof *dst);
  return n;
}

static vsc_status
write_24(struct audiofile *file, const float *src, uint32_t frames)
{
  int *const samples = file->bytes;
  const size_t count = (size_t)frames * file->info.channels;
  for (size_t i = 0; i < count; i++) {
    uint32_t word;
    uint8_t s24[3];
    memcpy(&word, &src[i], sizeof word);
    convert_from_words(VSC_SAMPLE_S24, false, &word, s24, 3, 1);
    word =
      (uint32_t)s24[0] << 8 | (uint32_t)s24[1] << 16 | (uint32_t)s24[2] << 24;
    memcpy(&samples[i], &word, sizeof word);
  }
  return sf_writef_int(file->handle, samples, frames) == (sf_count_t)frames
           ? VSC_OK
           : VSC_ERR_SYSTEM;
}

static vsc_status
snd_rewind(struct audiofile *file)
{
  return sf_seek(file->handle, 0, SEEK_SET) < 0 ? VSC_ERR_UNSUPPORTED : VSC_OK;
}

static vsc_status
snd_close(struct audiofile *file)
{
  return sf_close(file->handle) ? VSC_ERR_SYSTEM : VSC_OK;
}

static const struct audiofile_ops float_ops = { .read = read_floats,
                                                .rewind = snd_rewind,
                                                .write = write_24,
                                                .close = snd_close };
static const struct audiofile_ops integer_ops = { .read = read_integers,
                                                  .rewind = snd_rewind,
                                                  .write = write_24,
                                                  .close = snd_close };

/* The container that a name's ending means; 0: none. */
static int
container(const char *path)
{
  static const struct {
    const char *ending;
    int format;
  } rows[] = {
    /* RF64 becomes plain WAV when it stays below 4 GiB, see below */
    { ".wav", SF_FORMAT_RF64 },  { ".rf64", SF_FORMAT_RF64 },
    { ".aif", SF_FORMAT_AIFF },  { ".aiff", SF_FORMAT_AIFF },
    { ".flac", SF_FORMAT_FLAC },
  };
  const char *const ending = strrchr(path, '.');
  for (size_t i = 0; ending && i < sizeof rows / sizeof *rows; i++) {
    if (strcasecmp(rows[i].ending, ending) == 0) {
      return rows[i].format;
    }
  }
  return 0;
}

static bool
is_plain_wav(const char *path)
{
  const char *const ending = strrchr(path, '.');
  return ending && strcasecmp(ending, ".wav") == 0;
}

static vsc_status
open_writer(struct audiofile *file,
            const char *path,
            char *why,
            size_t why_bytes)
{
  SF_INFO info = { .samplerate = (int)file->info.rate,
                   .channels = (int)file->info.channels,
                   .format = container(path) | SF_FORMAT_PCM_24 };
  if (strcmp(path, "-") == 0 || container(path) == 0) {
    snprintf(why,
             why_bytes,
             "\"%s\" names no file format: end it in .wav, .rf64, .aiff or "
             ".flac, or give --format, one of %s",
             path,
             AUDIOFILE_RAW_NAMES);
    return VSC_ERR_UNSUPPORTED;
  }
  if (!sf_format_check(&info)) {
    snprintf(why,
             why_bytes,
             "\"%s\" cannot hold %u channels at %u Hz, try .wav",
             path,
             file->info.channels,
             file->info.rate);
    return VSC_ERR_UNSUPPORTED;
  }
  file->handle = sf_open(path, SFM_WRITE, &info);
  if (file->handle && is_plain_wav(path)) {
    sf_command(file->handle, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_TRUE);
  }
  file->ops = &integer_ops;
  return VSC_OK;
}

vsc_status
audiofile_snd_open(struct audiofile *file,
                   const char *path,
                   bool is_writer,
                   char *why,
                   size_t why_bytes)
{
  SF_INFO info = { 0 };
  if (is_writer) {
    const vsc_status status = open_writer(file, path, why, why_bytes);
    if (status != VSC_OK) {
      file->ops = NULL;
      return status;
    }
  } else {
    if (strcmp(path, "-") != 0 && access(path, R_OK)) {
      snprintf(why, why_bytes, "cannot open \"%s\": %s", path, strerror(errno));
      return errno == ENOENT ? VSC_ERR_NOT_FOUND : VSC_ERR_SYSTEM;
    }
    file->handle = strcmp(path, "-") != 0 ? sf_open(path, SFM_READ, &info)
                                          : sf_open_fd(0, SFM_READ, &info, 0);
    file->ops = is_float_file(info.format) ? &float_ops : &integer_ops;
    file->info.channels = (uint32_t)info.channels;
    file->info.rate = (uint32_t)info.samplerate;
  }
  if (!file->handle) {
    const int error = sf_error(NULL);
    snprintf(why,
             why_bytes,
             "cannot open \"%s\": %s%s",
             path,
             sf_strerror(NULL),
             is_writer ? "" : "; raw samples need --format");
    file->ops = NULL;
    return error == SF_ERR_SYSTEM ? VSC_ERR_SYSTEM : VSC_ERR_MALFORMED;
  }
  return VSC_OK;
}

#else

vsc_status
audiofile_snd_open(struct audiofile *file,
                   const char *path,
                   bool is_writer,
                   char *why,
                   size_t why_bytes)
{
  (void)file;
  (void)is_writer;
  snprintf(
    why,
    why_bytes,
    "\"%s\": this build knows raw samples only: give --format, one of %s",
    path,
    AUDIOFILE_RAW_NAMES);
  return VSC_ERR_UNSUPPORTED;
}

#endif
