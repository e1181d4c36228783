/* sdp.h - streams as SDP describes them: text in, vsc_stream out, and back. No
   allocation; a text is taken whole or not at all.
   SPDX-License-Identifier: MIT */
#ifndef VSC_SDP_H
#define VSC_SDP_H

#include <vsc/stream.h>

#include <stdbool.h>

#define SDP_STREAMS_MAX 16 /* audio media of one text */
#define SDP_FAULTS_MAX 16  /* what is wrong beyond is not told */
#define SDP_BYTES_MAX 16384
#define SDP_CLOCK_BYTES 64
/* Enough for any that sdp_print() writes. */
#define SDP_PRINT_BYTES 2048

/** What enum vsc_dialect is called; ended by NULL. */
extern const char *const sdp_dialects[];

enum sdp_weight {
  SDP_NOTE,    /* ignored, or odd */
  SDP_SKIPPED, /* a medium that is not for us */
  SDP_ERROR,   /* the text is refused */
};

struct sdp_fault {
  uint32_t line; /* 0: the text as a whole */
  enum sdp_weight weight;
  char reason[160]; /* one sentence */
};

/** What a stream's own vsc_stream has no room for. */
struct sdp_more {
  uint32_t line; /* of its m= */
  uint32_t leg;  /* 0: a stream; 1: an ST 2022-7 copy of the one before */
  char mid[32];
  char group[80];         /* "DUP primary secondary", or empty */
  char channel_order[80]; /* "SMPTE2110.(ST,U02)", or empty */
};

/** What a text says. */
struct sdp_result {
  uint32_t count; /* 0 after an error */
  uint32_t line;  /* where reason is about; 0: the text as a whole */
  /* One sentence. After an error: why. After VSC_OK: the first thing that was
     ignored, or empty. */
  char reason[160];
  uint32_t fault_count;
  struct sdp_fault faults[SDP_FAULTS_MAX]; /* the same and all others */
  vsc_stream streams[SDP_STREAMS_MAX];
  struct sdp_more more[SDP_STREAMS_MAX];
};

/** Every audio medium that could be received; a stream names its first
    ST 2022-7 copy, which is a stream of its own, too (more.leg). Fields that
   the text does not tell are 0: ttl, packet_time, frames_per_packet, clock_id,
   source. packet_time is nominal, so that vsc_packet_frames() gives
    frames_per_packet. id of the second stream and later ends in " #2" ...
    VSC_ERR_MALFORMED, or VSC_ERR_UNSUPPORTED when there is nothing that we
    could play. */
vsc_status
sdp_parse(const char *text, size_t bytes, struct sdp_result *out);

/** Copies are no streams of their own to whoever looks for streams. */
void
sdp_drop_copies(struct sdp_result *r);

/** A session of one stream, or of one and its ST 2022-7 copy (COUNT 2, of the
    same format) in the first one's dialect and with its name and origin:
    NUL-terminated, lines ending in CRLF; how many bytes without the NUL.
    VSC_ERR_INVALID: no address, port, payload type or format, or it does not
    fit, or is nothing that the dialect allows. */
vsc_status
sdp_print(const vsc_stream *legs, uint32_t count, char *out, size_t bytes);

/** "ptp=IEEE1588-2008:00-1D-C1-FF-FE-50-36-33:0", as in a=ts-refclk, or empty.
 */
void
sdp_clock_text(const vsc_stream *stream, char out[SDP_CLOCK_BYTES]);

#endif
