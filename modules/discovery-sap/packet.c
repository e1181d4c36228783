/* packet.c - RFC 2974, 3: the header of a session announcement.
   SPDX-License-Identifier: MIT */
#include "packet.h"

#include "modules/shared/bytes.h"

#include <string.h>

/* The first byte: version, address type, reserved, message type, encryption,
   compression. */
#define VERSION_MASK 0xE0
#define VERSION_1 0x20
#define IS_IPV6 0x10
#define IS_DELETION 0x04
#define IS_ENCRYPTED 0x02
#define IS_COMPRESSED 0x01

static const char sdp_type[] = "application/sdp";

vsc_status
sap_read(const uint8_t *bytes, size_t length, struct sap_packet *out)
{
  if (length < 8 || (bytes[0] & VERSION_MASK) != VERSION_1) {
    return VSC_ERR_MALFORMED;
  }
  if (bytes[0] & (IS_IPV6 | IS_ENCRYPTED | IS_COMPRESSED)) {
    return VSC_ERR_UNSUPPORTED;
  }
  const size_t head = 8 + 4 * (size_t)bytes[1]; /* authentication: skipped */
  if (length <= head) {
    return VSC_ERR_MALFORMED;
  }
  const char *text = (const char *)bytes + head;
  size_t left = length - head;
  /* The payload type may be left out, for SDP (RFC 2974, 6). */
  if (left < 3 || memcmp(text, "v=0", 3) != 0) {
    const char *const end = memchr(text, 0, left);
    if (!end) {
      /* A deletion may have nothing but the o= line. */
      if (!(bytes[0] & IS_DELETION)) {
        return VSC_ERR_MALFORMED;
      }
    } else if (strcmp(text, sdp_type) != 0 && end != text) {
      return VSC_ERR_UNSUPPORTED;
    } else {
      left -= (size_t)(end + 1 - text);
      text = end + 1;
    }
  }
  /* Some count the NUL behind the text, too. */
  while (left > 0 && text[left - 1] == '\0') {
    left--;
  }
  *out = (struct sap_packet){ .is_deletion = (bytes[0] & IS_DELETION) != 0,
                              .hash = be16(bytes + 2),
                              .origin = be32(bytes + 4),
                              .text = text,
                              .bytes = left };
  return VSC_OK;
}

vsc_status
sap_write(const struct sap_packet *packet, uint8_t *out, size_t bytes)
{
  if (bytes < SAP_HEAD_BYTES || packet->bytes > bytes - SAP_HEAD_BYTES) {
    return VSC_ERR_INVALID;
  }
  out[0] = VERSION_1 | (packet->is_deletion ? IS_DELETION : 0);
  out[1] = 0;
  put_be16(out + 2, packet->hash);
  put_be32(out + 4, packet->origin);
  memcpy(out + 8, sdp_type, sizeof sdp_type);
  memcpy(out + SAP_HEAD_BYTES, packet->text, packet->bytes);
  return (vsc_status)(SAP_HEAD_BYTES + packet->bytes);
}

uint32_t
sap_check(const char *text, size_t bytes)
{
  uint32_t hash = 0x811C9DC5; /* FNV-1a */
  for (size_t i = 0; i < bytes; i++) {
    hash = (hash ^ (uint8_t)text[i]) * 0x01000193;
  }
  return hash;
}

uint16_t
sap_hash(const char *text, size_t bytes)
{
  const uint32_t hash = sap_check(text, bytes);
  const uint16_t folded = (uint16_t)(hash ^ hash >> 16);
  return folded ? folded : 1;
}
