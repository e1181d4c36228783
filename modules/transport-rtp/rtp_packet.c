/* rtp_packet.c - RFC 3550 5.1 and 5.3.1: each length is compared with what is
   there before anything behind it is read.
   SPDX-License-Identifier: MIT */
#include "modules/transport-rtp/rtp_packet.h"

#include "modules/shared/bytes.h"

#define VERSION 2
#define EXTENSION_BYTES 4 /* of its own header: RFC 3550 5.3.1 */

/* RFC 3551 6 keeps 72..76 free: on the wire they are RTCP (200..204 with the
   marker bit), which some senders put on the RTP port. */
static int
is_rtcp(uint8_t payload_type) VSC_RT
{
  return payload_type >= 72 && payload_type <= 76;
}

vsc_status
rtp_packet_parse(const uint8_t *bytes,
                 uint32_t length,
                 struct rtp_packet *out) VSC_RT
{
  if (length < RTP_HEADER_BYTES || bytes[0] >> 6 != VERSION) {
    return VSC_ERR_MALFORMED;
  }
  const uint8_t payload_type = bytes[1] & 0x7f;
  uint32_t begin = RTP_HEADER_BYTES + 4u * (bytes[0] & 0x0f);
  if (is_rtcp(payload_type) || begin > length) {
    return VSC_ERR_MALFORMED;
  }
  if (bytes[0] & 0x10) {
    if (length - begin < EXTENSION_BYTES) {
      return VSC_ERR_MALFORMED;
    }
    const uint32_t words = be16(bytes + begin + 2);
    begin += EXTENSION_BYTES;
    if (length - begin < 4 * words) {
      return VSC_ERR_MALFORMED;
    }
    begin += 4 * words;
  }
  uint32_t padding = 0;
  if (bytes[0] & 0x20) {
    /* The last byte counts itself; whatever is before BEGIN is not payload. */
    padding = bytes[length - 1];
    if (padding == 0 || padding > length - begin) {
      return VSC_ERR_MALFORMED;
    }
  }
  if (length - begin == padding) {
    return VSC_ERR_MALFORMED;
  }
  *out = (struct rtp_packet){
    .payload_type = payload_type,
    .marker = bytes[1] >> 7,
    .sequence = be16(bytes + 2),
    .timestamp = be32(bytes + 4),
    .ssrc = be32(bytes + 8),
    .payload = bytes + begin,
    .length = length - begin - padding,
  };
  return VSC_OK;
}

void
rtp_packet_write_header(const struct rtp_packet *packet, uint8_t *bytes) VSC_RT
{
  bytes[0] = VERSION << 6;
  bytes[1] =
    (uint8_t)((packet->marker ? 0x80 : 0) | (packet->payload_type & 0x7f));
  put_be16(bytes + 2, packet->sequence);
  put_be32(bytes + 4, packet->timestamp);
  put_be32(bytes + 8, packet->ssrc);
}
