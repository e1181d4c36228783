/* audiofile_io.h - the two ways behind audiofile.h: libsndfile, and raw.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_AUDIOFILE_IO_H
#define VSC_CLI_AUDIOFILE_IO_H

#include "audiofile.h"

#define AUDIOFILE_BLOCK 512 /* frames converted at once */

struct audiofile_ops {
  int64_t (*read)(struct audiofile *file, float *dst, uint32_t frames);
  vsc_status (*rewind)(struct audiofile *file);
  vsc_status (*write)(struct audiofile *file,
                      const float *src,
                      uint32_t frames);
  vsc_status (*close)(struct audiofile *file);
};

struct audiofile {
  const struct audiofile_ops *ops;
  struct audiofile_info info;
  void *handle; /* SNDFILE or FILE */
  void *bytes;  /* AUDIOFILE_BLOCK frames of 32 bits */
};

/** Fill in ops, handle and, unless raw, info; IS_WRITER is how to open. */
vsc_status
audiofile_raw_open(struct audiofile *file,
                   const char *path,
                   bool is_writer,
                   char *why,
                   size_t why_bytes);
vsc_status
audiofile_snd_open(struct audiofile *file,
                   const char *path,
                   bool is_writer,
                   char *why,
                   size_t why_bytes);

#endif
