/* sdp.h - streams as SDP describes them: text in, vsc_stream out, and back. No
   allocation; a text is taken whole or not at all.
   SPDX-License-Identifier: MIT */
#ifndef VSC_SDP_H
#define VSC_SDP_H

#include <vsc/stream.h>

#define SDP_STREAMS_MAX 16 /* audio media of one text */
#define SDP_BYTES_MAX 16384

/** What a text says. */
struct sdp_result {
  uint32_t count; /* 0 after an error */
  uint32_t line;  /* where reason is about; 0: the text as a whole */
  /* One sentence. After an error: why. After VSC_OK: the first thing that was
     ignored, or empty. */
  char reason[160];
  vsc_stream streams[SDP_STREAMS_MAX];
};

/** Every audio medium that could be received. Fields that the text does not
    tell are 0: ttl, packet_time, frames_per_packet, clock_id, source.
    packet_time is nominal, so that vsc_packet_frames() gives
    frames_per_packet. id of the second stream and later ends in " #2" ...
    VSC_ERR_MALFORMED, or VSC_ERR_UNSUPPORTED when there is nothing that we
    could play. */
vsc_status
sdp_parse(const char *text, size_t bytes, struct sdp_result *out);

/** Who says so: the o= line. */
struct sdp_origin {
  vsc_ip ip;
  uint64_t session, version;
};

/** An AES67 session of one medium, NUL-terminated, lines ending in CRLF: how
    many bytes without the NUL. VSC_ERR_INVALID: no address, port, payload type
    or format, or it does not fit. */
vsc_status
sdp_print(const vsc_stream *stream,
          const struct sdp_origin *origin,
          char *out,
          size_t bytes);

#endif
