/* card.h - a sound card as the system has it, on a clock of its own: where it
   is, and frames in or out. One file per system behind it.
   SPDX-License-Identifier: MIT */
#ifndef VSC_BRIDGE_CARD_H
#define VSC_BRIDGE_CARD_H

#include <stdbool.h>
#include <stdint.h>
#include <vsc/base.h>

struct card;

struct card_config {
  const char *name; /* as the system calls it: "default", "hw:0" */
  bool is_capture;
  uint32_t channels;
  uint32_t rate;   /* wished; frames per second */
  uint32_t period; /* wished; frames between wake-ups */
};

/** What was opened. */
struct card_info {
  uint32_t rate;           /* frames per second */
  uint32_t period, buffer; /* frames */
  uint32_t fill; /* playback: kept written ahead, and woken when it is a period
                    less */
};

/** WHY is one sentence on failure. VSC_ERR_NOT_FOUND: no such card;
    VSC_ERR_REFUSED: somebody else has it; VSC_ERR_UNSUPPORTED: not with so many
    channels. [main-thread] */
vsc_status
card_open(const struct card_config *config,
          struct card **out,
          char *why,
          size_t why_bytes);
void
card_close(struct card *card);
void
card_describe(const struct card *card, struct card_info *out);

/** Begin at frame 0. A capture runs from here, playback once its first frames
    are written and card_go() is called. */
vsc_status
card_begin(struct card *card);
vsc_status
card_go(struct card *card);

/** All below: VSC_ERR_LATE when the card ran empty, or over, and stands still:
    card_begin() again. VSC_ERR_SYSTEM: it is gone.

    Sleep until a period can be moved (written: within the fill): VSC_ERR_AGAIN
   after TIMEOUT_MS. */
vsc_status
card_wait(struct card *card, int timeout_ms);
/** At host time T it plays, or has recorded, so many frames; ROOM: frames that
    can be written or read now. */
vsc_status
card_position(struct card *card, vsc_ns *t, double *frames, uint32_t *room);
/** Move FRAMES, interleaved floats, not more than there is room for. */
vsc_status
card_write(struct card *card, const float *from, uint32_t frames);
vsc_status
card_read(struct card *card, float *to, uint32_t frames);

#endif
