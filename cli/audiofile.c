/* audiofile.c - chooses the way a file is read or written.
   SPDX-License-Identifier: MIT */
#include "audiofile_io.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/stream.h>

bool
audiofile_raw_named(const char *name, enum audiofile_raw *out)
{
  static const char *const names[] = {
    [AUDIOFILE_S16LE] = "s16le", [AUDIOFILE_S24LE] = "s24le",
    [AUDIOFILE_S24BE] = "s24be", [AUDIOFILE_S32LE] = "s32le",
    [AUDIOFILE_F32LE] = "f32le",
  };
  for (int i = AUDIOFILE_S16LE; i <= AUDIOFILE_F32LE; i++) {
    if (strcmp(names[i], name) == 0) {
      *out = (enum audiofile_raw)i;
      return true;
    }
  }
  return false;
}

static vsc_status
start(const char *path,
      const struct audiofile_info *info,
      bool is_writer,
      struct audiofile **out,
      char *why,
      size_t why_bytes)
{
  *out = NULL;
  struct audiofile *const file = calloc(1, sizeof *file);
  if (!file) {
    snprintf(why, why_bytes, "no memory");
    return VSC_ERR_NOMEM;
  }
  file->info = *info;
  vsc_status status =
    info->raw == AUDIOFILE_HEADER
      ? audiofile_snd_open(file, path, is_writer, why, why_bytes)
      : audiofile_raw_open(file, path, is_writer, why, why_bytes);
  if (status == VSC_OK &&
      (file->info.channels < 1 || file->info.channels > VSC_CHANNELS_MAX)) {
    snprintf(why,
             why_bytes,
             "\"%s\" has %u channels, not 1..%d",
             path,
             file->info.channels,
             VSC_CHANNELS_MAX);
    status = VSC_ERR_UNSUPPORTED;
  }
  if (status == VSC_OK) {
    file->bytes = malloc((size_t)AUDIOFILE_BLOCK * file->info.channels * 4);
    status = file->bytes ? VSC_OK : VSC_ERR_NOMEM;
  }
  if (status != VSC_OK) {
    (void)audiofile_close(file);
    return status;
  }
  *out = file;
  return VSC_OK;
}

vsc_status
audiofile_open(const char *path,
               struct audiofile_info *info,
               struct audiofile **out,
               char *why,
               size_t why_bytes)
{
  const vsc_status status = start(path, info, false, out, why, why_bytes);
  if (status == VSC_OK) {
    *info = (*out)->info;
  }
  return status;
}

vsc_status
audiofile_create(const char *path,
                 const struct audiofile_info *info,
                 struct audiofile **out,
                 char *why,
                 size_t why_bytes)
{
  return start(path, info, true, out, why, why_bytes);
}

int64_t
audiofile_read(struct audiofile *file, float *dst, uint32_t frames)
{
  uint32_t done = 0;
  while (done < frames) {
    const uint32_t left = frames - done;
    const int64_t n =
      file->ops->read(file,
                      dst + (size_t)done * file->info.channels,
                      left < AUDIOFILE_BLOCK ? left : AUDIOFILE_BLOCK);
    if (n <= 0) {
      return done > 0 ? (int64_t)done : n;
    }
    done += (uint32_t)n;
  }
  return done;
}

vsc_status
audiofile_rewind(struct audiofile *file)
{
  return file->ops->rewind(file);
}

vsc_status
audiofile_write(struct audiofile *file, const float *src, uint32_t frames)
{
  vsc_status status = VSC_OK;
  for (uint32_t done = 0; done < frames && status == VSC_OK;) {
    const uint32_t left = frames - done;
    const uint32_t n = left < AUDIOFILE_BLOCK ? left : AUDIOFILE_BLOCK;
    status =
      file->ops->write(file, src + (size_t)done * file->info.channels, n);
    done += n;
  }
  return status;
}

vsc_status
audiofile_close(struct audiofile *file)
{
  if (!file) {
    return VSC_OK;
  }
  const vsc_status status = file->ops ? file->ops->close(file) : VSC_OK;
  free(file->bytes);
  free(file);
  return status;
}
