/* areas.c - one loop for each width of a sample, and two for S24.
   SPDX-License-Identifier: MIT */
#include "areas.h"

#include <string.h>

/* One channel of a run of frames, STEP bytes from a frame to the next. */
struct lane {
  uint8_t *at;
  size_t step;
};

static struct lane
lane_of(const struct areas *a, unsigned channel)
{
  const snd_pcm_channel_area_t *const area = &a->area[channel];
  return (struct lane){
    .at = (uint8_t *)area->addr + (area->first + a->from * area->step) / 8,
    .step = area->step / 8,
  };
}

/* Inlined with BYTES a constant, a memcpy is one load and one store. */
static inline void
copy(struct lane to, struct lane from, uint32_t frames, size_t bytes)
{
  for (; frames > 0; frames--, to.at += to.step, from.at += from.step) {
    memcpy(to.at, from.at, bytes);
  }
}

static void
copy_up(struct lane to, struct lane from, uint32_t frames)
{
  for (; frames > 0; frames--, to.at += to.step, from.at += from.step) {
    uint32_t word;
    memcpy(&word, from.at, sizeof word);
    word <<= 8;
    memcpy(to.at, &word, sizeof word);
  }
}

static void
copy_down(struct lane to, struct lane from, uint32_t frames)
{
  for (; frames > 0; frames--, to.at += to.step, from.at += from.step) {
    int32_t word;
    memcpy(&word, from.at, sizeof word);
    word /= 256; /* exact: its 8 low bits are 0 */
    memcpy(to.at, &word, sizeof word);
  }
}

uint8_t *
areas_interleaved(const struct areas *a)
{
  const snd_pcm_channel_area_t *const area = a->area;
  for (unsigned c = 0; c < a->channels; c++) {
    if (a->is_s24 || area[c].addr != area[0].addr ||
        area[c].step != a->channels * a->bytes * 8 ||
        area[c].first != area[0].first + c * a->bytes * 8) {
      return NULL;
    }
  }
  return lane_of(a, 0).at;
}

static void
shuffle(const struct areas *a, uint8_t *block, bool is_get)
{
  for (unsigned c = 0; c < a->channels; c++) {
    const struct lane ours = { block + c * a->bytes, a->channels * a->bytes };
    const struct lane theirs = lane_of(a, c);
    const struct lane to = is_get ? ours : theirs;
    const struct lane from = is_get ? theirs : ours;
    if (a->is_s24) {
      (is_get ? copy_up : copy_down)(to, from, a->frames);
    } else if (a->bytes == 2) {
      copy(to, from, a->frames, 2);
    } else if (a->bytes == 3) {
      copy(to, from, a->frames, 3);
    } else {
      copy(to, from, a->frames, 4);
    }
  }
}

void
areas_get(const struct areas *a, uint8_t *block)
{
  shuffle(a, block, true);
}

void
areas_put(const struct areas *a, uint8_t *block)
{
  shuffle(a, block, false);
}
