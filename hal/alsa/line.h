/* line.h - one direction of the device as a sound card's ring: frames are
   counted from the start, a buffer of them lies between the application and the
   device, and the hardware pointer is the device's clock.

   A buffer may be longer than the device remembers (applications ask for half a
   second); then a thread of its own moves frames between the buffer and the
   device, and otherwise whoever looks does. Every function locks.
   SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_ALSA_LINE_H
#define VSC_HAL_ALSA_LINE_H

#include <stdbool.h>
#include <vsc/client.h>

struct line;

struct line_config {
  const char *instance; /* NULL: the environment's, else "default" */
  bool is_playback;
  uint32_t first, channels; /* first: 0-based */
  uint32_t sample;          /* enum vsc_sample */
  uint32_t buffer;          /* frames */
};

/** Attach to the device; the channels are claimed until line_close.
    vsc_client_error() says why not. */
vsc_status
line_open(const struct line_config *config, struct line **out);
/** NULL is fine. */
void
line_close(struct line *l);

/** Nothing is in the buffer, and frames count from 0. */
void
line_reset(struct line *l);
/** Frame 0 is heard, or played, as if the device had been at BASE when it was
    started; LINE_NOW: it is there now. Lines with one base run side by side.
    Returns the base. */
#define LINE_NOW INT64_MIN
vsc_pos
line_start(struct line *l, vsc_pos base);
/** What was played ahead becomes silence; the buffer keeps it. */
void
line_stop(struct line *l);
/** Goes on after line_stop: where it stopped is now. */
void
line_continue(struct line *l);

/** The hardware pointer: frames heard (readable), or played (no longer to be
    changed), since the start. Never goes back. */
uint64_t
line_position(struct line *l);
/** Frames of the device's clock since the start: what was captured may be a
   moment behind it. */
uint64_t
line_elapsed(struct line *l);
/** Frames from an application's hands to the network's edge, or back, beyond
    those in the buffer: S_in or S_out. */
uint32_t
line_latency(const struct line *l);
/** Host nanoseconds from now until the hardware pointer is at POSITION; 0: it
    is. */
vsc_ns
line_wait_ns(struct line *l, uint64_t position);
/** Where the device is now, and how long a frame lasts. */
vsc_pos
line_device_pos(struct line *l);

/** Frames [AT, AT + FRAMES) into the buffer, and to the device. Frames that the
    hardware pointer has passed sound one buffer later where IS_FREE, as on a
    ring that goes round and round, and never otherwise. */
void
line_write(struct line *l,
           uint64_t at,
           const void *src,
           uint32_t frames,
           bool is_free);
/** Frames [AT, AT + FRAMES) of what was heard. */
void
line_read(struct line *l, uint64_t at, void *dst, uint32_t frames);

#endif
