/* wishes.h - what an application may wish of a device that carries 500 us of
   eight channels in a packet, at random, and what it must be answered; for the
   walks in virtual time and on a network.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_WISHES_H
#define VSC_TESTS_WISHES_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <vsc/client.h>

#define WISH_FRAMES_MIN 16u
/* An eighth of 8192 frames, at 44.1 and 48 kHz. */
#define WISH_FRAMES_MAX 1024u
/* What the profile says. */
#define WISH_BUFFER 64u

struct wish {
  uint32_t rate, frames;
  uint32_t was;    /* the device's rate */
  unsigned others; /* have it open */
  bool is_taken;   /* one of them plays on the channels */
};

/** Most wishes can be granted to one who is alone. */
static inline void
wish_pick(struct wish *w, uint32_t (*pick)(uint32_t n))
{
  static const uint32_t rates[] = { 0,     0,     44100,  48000, 88200,
                                    96000, 48000, 192000, 50000, 12345 };
  static const uint32_t buffers[] = { 0,   16,  17,   32, 64,
                                      100, 256, 1024, 15, 5000 };
  w->rate = rates[pick(10)];
  w->frames = buffers[pick(10)];
}

static inline bool
wish_has_buffer(const struct wish *w)
{
  return w->frames == 0 ||
         (w->frames >= WISH_FRAMES_MIN && w->frames <= WISH_FRAMES_MAX);
}

/** It would be another rate. */
static inline bool
wish_changes(const struct wish *w)
{
  return w->rate != 0 && w->rate != w->was;
}

static inline bool
wish_is_possible(const struct wish *w)
{
  const bool is_rate = w->rate == 44100 || w->rate == 48000 ||
                       w->rate == 88200 || w->rate == 96000;
  return wish_has_buffer(w) && !w->is_taken &&
         (!wish_changes(w) || (is_rate && w->others == 0));
}

/** Is WHY, with which it was refused, the reason? Applications are called app0
    and so on: who has what was wished is named. */
static inline bool
wish_is_reason(const struct wish *w, vsc_status status, const char *why)
{
  char text[48];
  if (!wish_has_buffer(w)) {
    return status == VSC_ERR_UNSUPPORTED && strstr(why, "callbacks of");
  }
  if (status != VSC_ERR_REFUSED) {
    return false;
  }
  if (wish_changes(w) && w->others > 0) {
    snprintf(text, sizeof text, "the device runs at %u and \"app", w->was);
  } else if (wish_changes(w)) {
    snprintf(text, sizeof text, "not at %u: ", w->rate);
  } else {
    snprintf(text, sizeof text, "belong to \"app");
  }
  return strstr(why, text) != NULL;
}

#endif
