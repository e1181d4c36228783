/* audiofile.h - audio in files and pipes: what libsndfile reads, 24-bit WAV,
   RF64, AIFF and FLAC, and raw samples. One frame in is one frame out.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_AUDIOFILE_H
#define VSC_CLI_AUDIOFILE_H

#include <vsc/base.h>
#include <stdbool.h>

struct audiofile;

/** Samples without a header, interleaved. */
enum audiofile_raw {
  AUDIOFILE_HEADER = 0, /* not raw: the file says, or its name */
  AUDIOFILE_S16LE,
  AUDIOFILE_S24LE,
  AUDIOFILE_S24BE,
  AUDIOFILE_S32LE,
  AUDIOFILE_F32LE,
};
#define AUDIOFILE_RAW_NAMES "s16le, s24le, s24be, s32le, f32le"
/** By its name. */
bool
audiofile_raw_named(const char *name, enum audiofile_raw *out);

struct audiofile_info {
  enum audiofile_raw raw;
  uint32_t channels; /* 1..128; raw: the caller's */
  uint32_t rate;     /* raw: the caller's */
};

/** PATH, or "-" for stdin. INFO: in for raw, out otherwise. WHY: one sentence.
    VSC_ERR_NOT_FOUND, VSC_ERR_MALFORMED, VSC_ERR_UNSUPPORTED. */
vsc_status
audiofile_open(const char *path,
               struct audiofile_info *info,
               struct audiofile **out,
               char *why,
               size_t why_bytes);
/** PATH, or "-" for stdout (raw only); without raw the name's ending chooses,
    always 24 bits. An existing file is replaced. */
vsc_status
audiofile_create(const char *path,
                 const struct audiofile_info *info,
                 struct audiofile **out,
                 char *why,
                 size_t why_bytes);

/** Up to FRAMES interleaved floats, full scale 1.0, integers exact to 24 bits;
    0 at the end, below 0 a vsc_status. A signal ends it early. */
int64_t
audiofile_read(struct audiofile *file, float *dst, uint32_t frames);
/** Back to the first frame; VSC_ERR_UNSUPPORTED for a pipe. */
vsc_status
audiofile_rewind(struct audiofile *file);
/** VSC_ERR_SYSTEM: not all of it (a full disk, a closed pipe). */
vsc_status
audiofile_write(struct audiofile *file, const float *src, uint32_t frames);
/** Finishes the header. NULL is fine. VSC_ERR_SYSTEM: what was written last is
    lost. */
vsc_status
audiofile_close(struct audiofile *file);

#endif
