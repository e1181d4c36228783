/* fuzz_ptp.c - any datagrams, from anybody, at any time: the parser alone, then
   a whole port with its ladder, which answers.
   SPDX-License-Identifier: MIT */
#include "modules/shared/bytes.h"
#include "tests/unit/ptp_rig.h"

#include <stdlib.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
parse_alone(const uint8_t *data, size_t size)
{
  struct ptp_message m;
  uint8_t again[PTP_BYTES_MAX];
  if (ptp_message_parse(data, (uint32_t)size, &m) != PTP_TAKEN) {
    return;
  }
  if (m.type == PTP_MANAGEMENT &&
      m.management.data + m.management.length > data + size) {
    abort();
  }
  if (ptp_message_write(&m, again) > PTP_BYTES_MAX) {
    abort();
  }
}

/* Makes some of it look like the master's, or nothing would be taken. */
static void
dress(const struct rig *r, uint8_t how, uint8_t *bytes, uint32_t length)
{
  if (length >= 34 && how & 1) {
    bytes[0] &= 15;
    bytes[1] = 2;
    put_be16(bytes + 2, length);
    bytes[4] = 0;
  }
  if (length >= 34 && how & 2) {
    memcpy(bytes + 20, r->clock, 8);
    put_be16(bytes + 28, 1);
  }
  if (length >= 54 && how & 4) {
    memcpy(bytes + 44, rig_own, 8);
    put_be16(bytes + 52, 1);
    put_be16(bytes + 30, r->port.request.sequence);
  }
}

/* A record: how it comes, its length, the datagram. */
static const uint8_t *
deliver_one(struct rig *r, const uint8_t *at, const uint8_t *end)
{
  const uint8_t how = at[0];
  const size_t there = (size_t)(end - at) - 2;
  const uint32_t length = at[1] < there ? at[1] : (uint32_t)there;
  uint8_t bytes[256] = { 0 };
  memcpy(bytes, at + 2, length);
  dress(r, how, bytes, length);
  const struct port_packet p = { .bytes = bytes,
                                 .length = length,
                                 .from = how & 8 ? RIG_OWN : RIG_PEER,
                                 .is_event = (bytes[0] & 15) < PTP_FOLLOW_UP,
                                 .is_exact = !(how & 16),
                                 .when = r->now };
  port_receive(&r->port, &p, r->now);
  for (int i = how >> 5; i > 0; i--) {
    rig_step(r);
  }
  return at + 2 + length;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct rig r;
  if (size < 3 || size > 4096) {
    return 0;
  }
  parse_alone(data, size);
  rig_init(&r, data[0] % 3);
  if (data[0] & 4) {
    rig_run(&r, 3);
  }
  for (const uint8_t *at = data + 1; data + size - at > 2;) {
    at = deliver_one(&r, at, data + size);
    /* Whatever comes, time goes on. */
    if (!(r.ladder.media.view.rate > 0.999 &&
          r.ladder.media.view.rate < 1.001) ||
        r.has_went_back) {
      abort();
    }
  }
  return 0;
}
