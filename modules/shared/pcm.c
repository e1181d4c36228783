/* pcm.c - spans as groups of eight channels for the vector paths, and the codec
   module around them.
   SPDX-License-Identifier: MIT */
#include "modules/shared/pcm.h"

#include "modules/shared/pcm_path.h"

#include <string.h>

/* Frames at once where channels are missing. A short rest goes with the last
   ones, so that there are never too few for a path that takes them all. */
#define BLOCK 32
#define BLOCK_MAX (2 * BLOCK - 1)
#define SAMPLE_BYTES_MAX 3
/* A block of fewer than eight channels, with what eight would take behind its
   last frame. */
#define NARROW_BYTES ((BLOCK_MAX + 1) * PCM_ROWS * SAMPLE_BYTES_MAX)

static uint32_t
block_of(uint32_t left) VSC_RT
{
  return left < 2 * BLOCK ? left : BLOCK;
}

/* The channels of SPAN from C on as a group of eight, or of all when they are
   fewer. The last one begins early enough to be whole: what it shares with the
   one before is done twice, with the same result. */
static vsc_span
group_at(const vsc_span *span, uint32_t c, uint32_t *first) VSC_RT
{
  const uint32_t n = span->channels < PCM_ROWS ? span->channels : PCM_ROWS;
  *first = c + n <= span->channels ? c : span->channels - n;
  return (vsc_span){ span->ch + *first, n, span->frames };
}

/* Are there eight channels, none of them NULL? */
static int
is_whole(vsc_span group) VSC_RT
{
  if (group.channels < PCM_ROWS) {
    return 0;
  }
  uint32_t c = 0;
  while (c < PCM_ROWS && group.ch[c]) {
    c++;
  }
  return c == PCM_ROWS;
}

/* As the path's, with something in the place of what is missing. */
static void
decode_padded(const struct pcm_path *path,
              const struct pcm_layout *layout,
              const uint8_t *src,
              size_t stride,
              vsc_span dst) VSC_RT
{
  float unwanted[BLOCK_MAX];
  for (uint32_t done = 0, n; done < dst.frames; done += n) {
    n = block_of(dst.frames - done);
    float *row[PCM_ROWS];
    for (uint32_t c = 0; c < PCM_ROWS; c++) {
      const int is_wanted = c < dst.channels && dst.ch[c];
      row[c] = is_wanted ? dst.ch[c] + done : unwanted;
    }
    const uint8_t *const p = src + done * stride;
    if (dst.channels < PCM_ROWS) {
      uint8_t narrow[NARROW_BYTES];
      memcpy(narrow, p, n * stride);
      path->decode(layout, narrow, stride, row, n);
    } else {
      path->decode(layout, p, stride, row, n);
    }
  }
}

static int
encode_padded(const struct pcm_path *path,
              const struct pcm_layout *layout,
              vsc_span src,
              uint8_t *dst,
              size_t stride) VSC_RT
{
  float silence[BLOCK_MAX] = { 0 };
  int is_loud = 0;
  for (uint32_t done = 0, n; done < src.frames; done += n) {
    n = block_of(src.frames - done);
    float *row[PCM_ROWS];
    for (uint32_t c = 0; c < PCM_ROWS; c++) {
      const int is_there = c < src.channels && src.ch[c];
      row[c] = is_there ? src.ch[c] + done : silence;
    }
    uint8_t *const p = dst + done * stride;
    if (src.channels < PCM_ROWS) {
      uint8_t narrow[NARROW_BYTES];
      is_loud |= path->encode(layout, row, narrow, stride, n);
      memcpy(p, narrow, n * stride);
    } else {
      is_loud |= path->encode(layout, row, p, stride, n);
    }
  }
  return is_loud;
}

/* Plain C is last and takes any number. */
static const struct pcm_path *
first_that_takes(const struct pcm_path *const *paths, uint32_t frames) VSC_RT
{
  while (frames < (*paths)->frames_min) {
    paths++;
  }
  return *paths;
}

void
pcm_path_decode(const struct pcm_path *const *paths,
                const struct pcm_layout *layout,
                const uint8_t *src,
                const vsc_span *dst) VSC_RT
{
  const struct pcm_path *const path = first_that_takes(paths, dst->frames);
  if (path == &pcm_plain) {
    pcm_plain_decode(layout, src, dst);
    return;
  }
  const size_t stride = (size_t)dst->channels * layout->bytes;
  for (uint32_t c = 0; c < dst->channels; c += PCM_ROWS) {
    uint32_t first;
    const vsc_span group = group_at(dst, c, &first);
    const uint8_t *const p = src + first * layout->bytes;
    if (is_whole(group)) {
      path->decode(layout, p, stride, group.ch, group.frames);
    } else {
      decode_padded(path, layout, p, stride, group);
    }
  }
}

uint32_t
pcm_path_encode(const struct pcm_path *const *paths,
                const struct pcm_layout *layout,
                const vsc_span *src,
                uint8_t *dst) VSC_RT
{
  const struct pcm_path *const path = first_that_takes(paths, src->frames);
  if (path == &pcm_plain) {
    return pcm_plain_encode(layout, src, dst);
  }
  const size_t stride = (size_t)src->channels * layout->bytes;
  int is_loud = 0;
  for (uint32_t c = 0; c < src->channels; c += PCM_ROWS) {
    uint32_t first;
    const vsc_span group = group_at(src, c, &first);
    uint8_t *const p = dst + first * layout->bytes;
    is_loud |= is_whole(group)
                 ? path->encode(layout, group.ch, p, stride, group.frames)
                 : encode_padded(path, layout, group, p, stride);
  }
  /* Seldom: what clips is for the reference, which also counts it. */
  return is_loud ? pcm_plain_encode(layout, src, dst) : 0;
}

const char *
pcm_path_name(const struct pcm_path *path)
{
  return path->name;
}
