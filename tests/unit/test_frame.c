/* test_frame.c - datagrams to groups as frames: known bytes, and checksums that
   a slow sum agrees with at every length. SPDX-License-Identifier: MIT */
#include "engine/os/frame_linux.h"
#include "modules/shared/bytes.h"

#include <criterion/criterion.h>
#include <string.h>

#define UDP 34

static const struct frame_sender sender = { .mac = { 2, 0, 0, 0, 0, 9 },
                                            .dscp = 46,
                                            .ttl = 32,
                                            .address = 0x0A010001,
                                            .port = 50000 };

/* RFC 1071, 4.1, by the book. */
static uint32_t
slow_sum(const uint8_t *p, uint32_t bytes)
{
  uint32_t total = 0;
  for (uint32_t i = 0; i < bytes; i++) {
    total += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    total = (total & 0xFFFF) + (total >> 16);
  }
  return total;
}

/* Of everything that UDP's covers, its pseudo-header too. */
static uint32_t
udp_sum(const uint8_t *frame, uint32_t bytes)
{
  const uint32_t total =
    slow_sum(frame + UDP - 8, bytes - UDP + 8) + 17 + be16(frame + UDP + 4);
  return (total & 0xFFFF) + (total >> 16);
}

Test(frame, has_exactly_these_bytes)
{
  static const uint8_t wanted[] = {
    0x01, 0x00, 0x5e, 0x45, 0x01, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x09,
    0x08, 0x00, 0x45, 0xb8, 0x00, 0x21, 0x00, 0x00, 0x40, 0x00, 0x20, 0x11,
    0x5f, 0x4c, 0x0a, 0x01, 0x00, 0x01, 0xef, 0xc5, 0x01, 0x01, 0xc3, 0x50,
    0x13, 0x8c, 0x00, 0x0d, 0x25, 0x29, 0x01, 0x02, 0x03, 0x04, 0x05,
  };
  uint8_t payload[] = { 1, 2, 3, 4, 5 };
  const vsc_datagram d = { .bytes = payload,
                           .length = sizeof payload,
                           .dest = 0xEFC50101, /* its first bits are not kept */
                           .dest_port = 5004 };
  uint8_t frame[sizeof wanted];
  cr_assert_eq(frame_write(&sender, &d, frame), sizeof wanted);
  cr_expect_arr_eq(frame, wanted, sizeof wanted);
}

Test(frame, checksums_hold_at_every_length)
{
  static uint8_t payload[1472];
  static uint8_t frame[FRAME_HEADER + sizeof payload + 1];
  for (uint32_t i = 0; i < sizeof payload; i++) {
    payload[i] = (uint8_t)(i * i * 31 + 255 * (i & 4));
  }
  for (uint32_t bytes = 0; bytes <= sizeof payload; bytes++) {
    const vsc_datagram d = {
      .bytes = payload, .length = bytes, .dest = 0xEF450101, .dest_port = 5004
    };
    memset(frame, 0xA5, sizeof frame);
    const uint32_t length = frame_write(&sender, &d, frame);
    cr_assert_eq(length, FRAME_HEADER + bytes);
    cr_assert_eq(frame[length], 0xA5);
    cr_assert_eq(slow_sum(frame + 14, 20), 0xFFFF, "IP, %u bytes", bytes);
    cr_assert_eq(udp_sum(frame, length), 0xFFFF, "UDP, %u bytes", bytes);
    cr_assert_arr_eq(frame + FRAME_HEADER, payload, bytes);
  }
}

/* Of all payloads of two bytes one has the checksum 0, which is written as
   0xFFFF, for 0 says that there is none (RFC 768). */
Test(frame, never_says_that_there_is_no_checksum)
{
  unsigned ones = 0;
  for (uint32_t word = 0; word <= 0xFFFF; word++) {
    uint8_t payload[2];
    uint8_t frame[FRAME_HEADER + sizeof payload];
    put_be16(payload, word);
    const vsc_datagram d = { .bytes = payload,
                             .length = sizeof payload,
                             .dest = 0xEF450101,
                             .dest_port = 5004 };
    frame_write(&sender, &d, frame);
    const uint32_t checksum = be16(frame + UDP + 6);
    cr_assert_neq(checksum, 0);
    ones += checksum == 0xFFFF;
  }
  cr_expect_eq(ones, 1);
}
