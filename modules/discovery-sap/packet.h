/* packet.h - the Session Announcement Protocol's packets (RFC 2974): bytes in
   and out, nothing else.
   SPDX-License-Identifier: MIT */
#ifndef VSC_SAP_PACKET_H
#define VSC_SAP_PACKET_H

#include <vsc/base.h>
#include <vsc/net.h>

#include <stdbool.h>

#define SAP_PORT 9875
#define SAP_HEAD_BYTES 24 /* of what we write: with "application/sdp" */

struct sap_packet {
  bool is_deletion;
  uint16_t hash; /* of the message; another for each version of a session */
  vsc_ip origin; /* who announces, as the packet says */
  const char *text;
  size_t bytes;
};

/** TEXT points into BYTES. VSC_ERR_MALFORMED, or VSC_ERR_UNSUPPORTED:
    encrypted, compressed, IPv6, another payload than SDP. */
vsc_status
sap_read(const uint8_t *bytes, size_t length, struct sap_packet *out);

/** How many bytes, or VSC_ERR_INVALID when they do not fit. */
vsc_status
sap_write(const struct sap_packet *packet, uint8_t *out, size_t bytes);

/** Tells texts apart. */
uint32_t
sap_check(const char *text, size_t bytes);
/** Of a text: never 0, which means "not told" (RFC 2974, 3). */
uint16_t
sap_hash(const char *text, size_t bytes);

#endif
