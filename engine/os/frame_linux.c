/* frame_linux.c - the headers of a UDP datagram to a group, with both
   checksums. SPDX-License-Identifier: MIT */
#include "frame_linux.h"

#include "modules/shared/bytes.h"

#include <string.h>

#define IP FRAME_ETHERNET
#define UDP (IP + 20)
#define PROTOCOL_UDP 17

/* The ones' complement sum of RFC 1071 of words as they lie in memory: the byte
   order is right again when the result is written the same way (its 2 B). */
static uint64_t
sum(const uint8_t *p, uint32_t bytes) VSC_RT
{
  uint64_t even = 0;
  uint64_t odd = 0; /* two chains: the additions do not wait for each other */
  for (; bytes >= 8; bytes -= 8, p += 8) {
    uint32_t w[2];
    memcpy(w, p, sizeof w);
    even += w[0];
    odd += w[1];
  }
  uint16_t rest[4] = { 0 };
  memcpy(rest, p, bytes); /* the last odd byte has a zero behind it */
  return even + odd + rest[0] + rest[1] + rest[2] + rest[3];
}

static void
put_checksum(uint8_t *p, uint64_t total) VSC_RT
{
  while (total >> 16) {
    total = (total & 0xFFFF) + (total >> 16);
  }
  const uint16_t checksum = (uint16_t)~total;
  memcpy(p, &checksum, sizeof checksum);
}

static void
put_ethernet(const struct frame_sender *from, vsc_ip group, uint8_t *out) VSC_RT
{
  put_be24(out, 0x01005E); /* RFC 1112, 6.4: the group's last 23 bits */
  put_be24(out + 3, group & 0x7FFFFF);
  memcpy(out + 6, from->mac, sizeof from->mac);
  put_be16(out + 12, 0x0800);
}

uint32_t
frame_write(const struct frame_sender *from,
            const vsc_datagram *d,
            uint8_t *out) VSC_RT
{
  const uint32_t udp_bytes = FRAME_HEADER - UDP + d->length;
  put_ethernet(from, d->dest, out);
  uint8_t *const ip = out + IP;
  put_be16(ip, 0x4500 | (uint32_t)from->dscp << 2);
  put_be16(ip + 2, UDP - IP + udp_bytes);
  put_be32(
    ip + 4,
    0x4000); /* not to be fragmented: no identification (RFC 6864, 4.1) */
  put_be16(ip + 8, (uint32_t)from->ttl << 8 | PROTOCOL_UDP);
  put_be16(ip + 10, 0);
  put_be32(ip + 12, from->address);
  put_be32(ip + 16, d->dest);
  put_checksum(ip + 10, sum(ip, UDP - IP));

  uint8_t *const udp = out + UDP;
  put_be16(udp, from->port);
  put_be16(udp + 2, d->dest_port);
  put_be16(udp + 4, udp_bytes);
  /* Of the pseudo-header (RFC 768) what is no address, where the checksum will
   * be. */
  put_be16(udp + 6, PROTOCOL_UDP + udp_bytes);
  memcpy(udp + 8, d->bytes, d->length);
  put_checksum(udp + 6, sum(ip + 12, 8 + udp_bytes));
  const uint8_t none[2] = { 0 };
  if (memcmp(udp + 6, none, 2) == 0) {
    put_be16(udp + 6, 0xFFFF); /* 0 would mean that there is none */
  }
  return FRAME_HEADER + d->length;
}
