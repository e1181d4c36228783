/* silence.h - why a receiver is not heard, or not as it should be: what is
   known of it in, one sentence out. SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_SILENCE_H
#define VSC_ENGINE_SILENCE_H

#include <vsc/stream.h>

#define SILENCE_TEXT 320

/** In the order in which they hide one another. */
enum silence_cause {
  SILENCE_NONE, /* it is as it should be */
  /* no packets */
  SILENCE_NO_ADDRESS,
  SILENCE_LINK_DOWN,
  SILENCE_NO_THREAD,
  SILENCE_NO_CLOCK,
  SILENCE_ASLEEP,
  SILENCE_NOT_JOINED,
  SILENCE_OTHER_PORT,
  SILENCE_SESSION_GONE,
  SILENCE_NO_PACKETS,
  /* packets that cannot be played */
  SILENCE_OTHER_SENDER,
  SILENCE_NOT_RTP,
  SILENCE_OTHER_TYPE,
  SILENCE_OTHER_SHAPE,
  SILENCE_OFF_CLOCK,
  SILENCE_LATE,
  /* it plays, with gaps */
  SILENCE_STALLED,
  SILENCE_SOME_LATE,
  SILENCE_LOST,
  /* it plays, and yet */
  SILENCE_LEG,
  SILENCE_STEPS,
  SILENCE_DRIFT,
  SILENCE_OTHER_MASTER,
  SILENCE_OTHER_CLOCK,
  SILENCE_ZEROS,
  SILENCE_CAUSES
};

/** What that means for who listens. */
enum silence_kind {
  SILENCE_PLAYS,    /* whatever else there is to say */
  SILENCE_EMPTY,    /* no packets */
  SILENCE_UNPLAYED, /* packets, none of which can be played */
  SILENCE_GAPS,
};

/** What is known of a receiver that is open. Strings are never NULL. */
struct silence_facts {
  /* what was asked for */
  const vsc_stream *stream; /* address, port, source, format, payload type */
  uint32_t bytes_per_frame;
  int is_auto_offset; /* rtp_offset = auto */
  vsc_ns link_offset;
  vsc_ns link_offset_most; /* that the device has room for */
  /* the system */
  const char *interface;
  vsc_ip own; /* its address; 0: none */
  int is_up;
  int is_joined;      /* the group, as the system says; -1: it does not say */
  uint16_t seen_port; /* where the group's packets do arrive; 0: not seen */
  /* the engine */
  int is_running;
  const char *scheduling; /* of the audio thread */
  vsc_ns asleep;          /* since its last wake-up */
  vsc_ns overslept;       /* within the last second */
  int has_time;           /* the clock has given some */
  int is_locked;          /* to something, or the master */
  const char *clock_state;
  vsc_ns clock_for; /* in this state */
  const char *clock_diagnosis;
  uint32_t clock_steps; /* within the last minute */
  uint8_t grandmaster[8];
  /* what its session says */
  const char *session;       /* its name; empty: there is none */
  int is_session_gone;       /* not announced any more */
  const char *other_session; /* at this group and OTHER_PORT; empty: none */
  uint16_t other_port;
  int is_clock_told, is_clock_ignored, is_clock_ours;
  uint8_t reference; /* enum vsc_reference */
  uint8_t clock_id[8];
  /* what came */
  vsc_ns quiet; /* from a packet of our shape to now; below 0: never one */
  vsc_ns open_for;
  int is_pair;         /* the session has two legs, and both should be heard */
  vsc_ns leg_quiet[2]; /* as QUIET, of each of them */
  /* within the last second */
  uint64_t written, late, early, duplicate, lost;
  vsc_ns lost_for; /* what LOST would have lasted */
  uint64_t malformed, other_type, odd_shape, foreign;
  uint32_t type;       /* of OTHER_TYPE */
  uint32_t odd_bytes;  /* payload of ODD_SHAPE */
  uint32_t odd_frames; /* what its timestamps say; 0: not known */
  vsc_ip other;        /* who is FOREIGN */
  vsc_ns behind;       /* timestamps, after our media clock; the median */
  vsc_ns least_margin;
  double ppm; /* how fast the sender's clock runs against ours; 0: as ours */
  uint64_t anchored; /* so often so far */
  vsc_ns zeros_for;  /* every sample was 0; 0: not so */
};

/** What it is, and one sentence about it: empty when it is nothing. Pure. */
enum silence_cause
silence_judge(const struct silence_facts *f, char out[SILENCE_TEXT]);
enum silence_kind
silence_kind(enum silence_cause cause);
#endif
