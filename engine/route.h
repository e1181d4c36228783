/* route.h - the path of one stream: a received packet into the device's input
   timeline, the device's output timeline into a packet to send. Everything the
   audio thread touches for a stream is in one struct.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_ROUTE_H
#define VSC_ENGINE_ROUTE_H

#include "bits.h"
#include "histogram.h"
#include "timeline.h"
#include "wake.h"
#include "window.h"
#include <vsc/codec.h>
#include <vsc/stream.h>

struct device;
struct sender_clock;

#define ROUTE_NONE UINT16_MAX
/** A sender that was not heard for so long is not there: as for transport-rtp,
    where another may take over from it then (rtp_source.h). */
#define ROUTE_ALIVE_NS 250000000

/** Which device channel each stream channel meets. A received channel may feed
    several device channels: the first is device[], the others are copies. */
struct route_map {
  uint16_t
    device[VSC_CHANNELS_MAX]; /* by stream channel; ROUTE_NONE: nowhere */
  uint16_t copies;
  struct {
    uint16_t from, to; /* device channels */
  } copy[VSC_CHANNELS_MAX];
};

enum rx_counter {
  RX_PACKETS, /* written to the timeline */
  RX_LOST,    /* packets whose frames were not there in time; with late */
  RX_LATE,    /* came after their frames were final */
  RX_SKIPPED, /* the sender left them out */
  RX_EARLY,   /* beyond the timeline */
  RX_DUPLICATE,
  RX_REORDERED,
  RX_MALFORMED,
  RX_FOREIGN,
  RX_RESTARTED, /* another SSRC or sequence was accepted */
  RX_ANCHORED,  /* rtp_offset = auto moved */
  RX_COPIES,    /* of RX_PACKETS and others: came on the second leg */
  RX_PLAYED_FRAMES,
  RX_LOST_FRAMES,
  RX_LATE_FRAMES,
  RX_SKIPPED_FRAMES,
  RX_DROPOUTS,   /* runs of lost or skipped frames */
  RX_OTHER_TYPE, /* malformed: another payload type */
  RX_ODD_SIZE,   /* malformed: no whole number of frames */
  RX_ODD_STEP,   /* malformed: timestamps say another number of frames */
  RX_COUNTERS
};

/** In need: of a window some packets of which never came. */
#define NEED_NEVER INT64_MAX

/** What is known of a receiver; outlives its route, which opens and closes with
    the device. The audio thread writes, anybody reads. */
struct rx_counts {
  _Atomic uint64_t counters[RX_COUNTERS];
  _Atomic int64_t last_packet;  /* host time of the newest arrival */
  _Atomic uint32_t seen_frames; /* of the newest packet */
  _Atomic uint32_t source;      /* address of who is heard; 0: nobody yet */
  _Atomic uint32_t other;       /* and of the newest foreign packet */
  _Atomic uint32_t other_type;  /* payload type of the newest RX_OTHER_TYPE */
  _Atomic uint32_t odd_bytes;   /* payload of the newest RX_ODD_SIZE or _STEP */
  _Atomic uint32_t odd_frames;  /* what timestamps say of it: RX_ODD_STEP */
  struct histogram margin;
  struct window_page windows;
  struct histogram need; /* link offset that would have done, of each window */
  _Atomic int64_t newest_margin; /* of the newest packet */
  _Atomic int64_t least_margin;  /* of this second so far */
  _Atomic int64_t least_before;  /* of the second before */
  _Atomic int64_t anchor;        /* frames; rtp_offset = auto */
  _Atomic int64_t looked;  /* host time when samples were looked at; 0: never */
  _Atomic int64_t sounded; /* and when not all of them were 0 */
};

/** How much COUNTER has grown since it was SEEN, which is now. [main-thread] */
static inline uint64_t
counter_since(const _Atomic uint64_t *counter, uint64_t *seen)
{
  const uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);
  const uint64_t grown = now - *seen;
  *seen = now;
  return grown;
}

/** Of one leg's packets. */
struct shape {
  _Atomic vsc_ns heard; /* host time of the newest of ours; 0: never */
  vsc_pos newest;       /* media position of the packet newest in sequence */
  uint32_t newest_length;
  vsc_pos odd_step;   /* from packet to packet, where that is not its frames */
  uint32_t odd_steps; /* so often running */
};

/** A receiver. */
struct route_rx {
  /* constant after open */
  vsc_rx_port port; /* port.route is this */
  vsc_rx_port copy; /* the same for the second leg (ST 2022-7) */
  struct rx_counts *counts;
  const vsc_codec_ops *codec;
  void *codec_self;
  struct timeline *timeline;
  struct wake *wake;
  uint32_t channels, bytes_per_frame;
  uint32_t link_offset; /* frames */
  vsc_ns whole_offset;  /* and with what a resampler behind it takes */
  uint32_t max_frames;  /* of a packet */
  int is_auto_offset;
  struct sender_clock *sender; /* told when packets come; NULL: nobody asks */
  int is_followed;             /* positions are the sender's, not the clock's */
  /* audio thread */
  const struct route_map *map;
  uint32_t wake_frames; /* W, of the graph in use */
  /* A frame is nothing (00), written (10), came late (01) or was not sent
     (11); cleared with the timeline. */
  struct bits written, late;
  uint32_t generation; /* of the sender's clock, 0: none; is_followed */
  int has_started;
  vsc_pos anchor; /* added to media positions; rtp_offset = auto */
  int is_anchored;
  struct shape shapes[2]; /* of the first leg, and the second */
  vsc_ns looked;          /* at samples; host time */
  int64_t second;         /* that least_margin is of */
  struct window window;   /* not yet whole */
  vsc_pos least_slack;    /* of it: frames until one would have been late */
  int64_t never;          /* frames that had never come before it, at most */
  vsc_pos first;          /* device position where counting began */
  vsc_pos newest_end;     /* device position after the newest frame received */
  vsc_pos scan;           /* frames below are counted */
  int is_out;             /* the frame before was lost or skipped */
  uint32_t packet_frames; /* of the newest packet */
  uint64_t lost_rest, skipped_rest; /* frames not yet a whole packet */
};

enum tx_counter {
  TX_PACKETS,
  TX_LATE,    /* sent at a later wake-up than they were due at */
  TX_SKIPPED, /* too old to send after a stall */
  TX_FAILED,  /* codec or transport refused */
  TX_UNDERRUN_FRAMES,
  TX_CLIPPED, /* samples beyond full scale */
  TX_COUNTERS
};

/** As rx_counts. */
struct tx_counts {
  _Atomic uint64_t counters[TX_COUNTERS];
  struct histogram lateness;
  struct window_page windows;
};

/** A sender. */
struct route_tx {
  /* constant after open */
  vsc_tx_port port; /* port.route is this */
  struct tx_counts *counts;
  const vsc_codec_ops *codec;
  void *codec_self;
  struct timeline *timeline;
  struct wake *wake;
  const struct device *device; /* NULL: a door counts its underruns */
  uint32_t channels, bytes_per_frame;
  uint32_t frames;  /* of a packet */
  uint32_t max_age; /* frames: older packets are skipped, not sent */
  /* audio thread */
  const struct route_map *map;
  int has_started;
  int is_first;               /* the next packet (re)starts the stream */
  vsc_pos next;               /* first frame of the next packet */
  vsc_pos sent_from, sent_to; /* this wake-up's packets */
  struct window window;       /* not yet whole */
};

/** One writer a counter, so no read-modify-write. */
static inline void
route_count(_Atomic uint64_t *c, uint64_t n) VSC_RT
{
  atomic_store_explicit(
    c, atomic_load_explicit(c, memory_order_relaxed) + n, memory_order_relaxed);
}

/** Fill in the port. BITS: 2 * timeline frames / 64 words, zeroed; the caller
    owns them. [main-thread] */
void
route_rx_init(struct route_rx *r, uint64_t *bits);
/** The clock stepped or the thread starts: forget positions, keep counts. */
void
route_rx_reset(struct route_rx *r) VSC_RT;
/** The timeline's slots of [from, to) were cleaned. */
void
route_rx_cleaned(struct route_rx *r, vsc_pos from, vsc_pos to) VSC_RT;
/** Count what has become final. After timeline_finish. */
void
route_rx_scan(struct route_rx *r) VSC_RT;
/** Frames below are final, or have all come. */
vsc_pos
route_rx_ready(const struct route_rx *r) VSC_RT;

/** Frames of [pos, end) of the device that their application has claimed but
    not written, on a channel of MAP. */
vsc_pos
route_unwritten(const struct device *device,
                const struct route_map *map,
                uint32_t channels,
                vsc_pos pos,
                vsc_pos end) VSC_RT;
void
route_tx_init(struct route_tx *r);
void
route_tx_reset(struct route_tx *r) VSC_RT;
/** The next packet that is due at position DUE, or false. Skips what is too
    old. FLAGS for the transport. Call until false. */
int
route_tx_due(struct route_tx *r,
             vsc_pos due,
             vsc_pos *pos,
             uint32_t *flags) VSC_RT;
/** A packet left at AT, LATENESS after it was due. */
void
route_tx_left(struct route_tx *r, vsc_ns at, vsc_ns lateness) VSC_RT;
/** The packet was handed over (OK) or not. */
void
route_tx_done(struct route_tx *r,
              vsc_pos pos,
              vsc_pos due,
              uint32_t wake_frames,
              int is_ok) VSC_RT;

#endif
