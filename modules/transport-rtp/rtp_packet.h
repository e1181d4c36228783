/* rtp_packet.h - one RTP packet as bytes: read with every bound checked, and
   the header we write.
   SPDX-License-Identifier: MIT */
#ifndef VSC_RTP_PACKET_H
#define VSC_RTP_PACKET_H

#include <vsc/base.h>

#define RTP_HEADER_BYTES 12

struct rtp_packet {
  uint8_t payload_type; /* 0..127 */
  uint8_t marker;       /* ignored by everybody: AES67 6.3 */
  uint16_t sequence;
  uint32_t timestamp;
  uint32_t ssrc;
  const uint8_t *payload; /* within the bytes that were read */
  uint32_t length;        /* of payload, bytes; at least 1 */
};

/** VSC_ERR_MALFORMED: not RTP, lying lengths, or nothing inside.
    [thread-safe] */
vsc_status
rtp_packet_parse(const uint8_t *bytes,
                 uint32_t length,
                 struct rtp_packet *out) VSC_RT;

/** Write RTP_HEADER_BYTES: no CSRC, no extension, no padding (AES67 6.3).
    payload and length are not looked at. [thread-safe] */
void
rtp_packet_write_header(const struct rtp_packet *packet, uint8_t *bytes) VSC_RT;

#endif
