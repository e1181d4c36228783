/* test_ptp_message.c - PTP messages byte by byte: those of ptp4l and what is
   made from them. SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/message.h"

#include "modules/shared/bytes.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER VSC_SOURCE "/tests/golden/ptp"

static uint32_t
golden(const char *name, uint8_t bytes[256])
{
  char path[1024], line[512];
  uint32_t n = 0;
  snprintf(path, sizeof path, "%s/%s.hex", FOLDER, name);
  FILE *const file = fopen(path, "r");
  cr_assert(file, "no golden packet \"%s\"", path);
  while (fgets(line, sizeof line, file)) {
    char *at = line;
    for (char *end = at; line[0] != '#' && n < 256; at = end) {
      const unsigned long byte = strtoul(at, &end, 16);
      if (end == at) {
        break;
      }
      bytes[n++] = (uint8_t)byte;
    }
  }
  fclose(file);
  return n;
}

static const uint8_t ptp4l[8] = {
  0xfe, 0x5c, 0x49, 0xff, 0xfe, 0xe3, 0x6d, 0x4c
};

static struct ptp_message
read_golden(const char *name)
{
  uint8_t bytes[256];
  struct ptp_message m;
  const uint32_t n = golden(name, bytes);
  cr_assert_eq(ptp_message_parse(bytes, n, &m), PTP_TAKEN);
  return m;
}

Test(ptp_message, reads_an_announce)
{
  const struct ptp_message m = read_golden("announce");
  cr_expect_eq(m.type, PTP_ANNOUNCE);
  cr_expect_eq(m.announce.priority1, 100);
  cr_expect_eq(m.announce.priority2, 128);
  cr_expect_eq(m.announce.clock_class, 248);
  cr_expect_eq(m.announce.accuracy, 0xFE);
  cr_expect_eq(m.announce.variance, 0xFFFF);
  cr_expect_eq(m.announce.utc_offset, 37);
  cr_expect_eq(m.announce.time_source, 0xA0);
  cr_expect_eq(m.announce.steps_removed, 0);
  cr_expect_arr_eq(m.announce.grandmaster, ptp4l, 8);
  cr_expect_eq(m.source.port, 1);
}

Test(ptp_message, reads_a_sync_and_its_follow_up)
{
  const struct ptp_message sync = read_golden("sync");
  const struct ptp_message follow_up = read_golden("follow_up");
  cr_expect_eq(sync.flags, PTP_TWO_STEP);
  cr_expect_eq(sync.log_interval, -3);
  cr_expect_eq(sync.sequence, follow_up.sequence);
  cr_expect_eq(follow_up.time_ns,
               INT64_C(0x6b01a127) * 1000000000 + 0x225c05c5);
}

Test(ptp_message, reads_a_response_and_whom_it_is_for)
{
  const struct ptp_message m = read_golden("delay_resp");
  cr_expect_eq(m.type, PTP_DELAY_RESP);
  cr_expect_arr_eq(m.requester.clock, ptp4l, 8);
  cr_expect_eq(m.requester.port, 1);
}

Test(ptp_message, writes_what_it_reads)
{
  static const char *const names[] = {
    "announce", "sync", "follow_up", "delay_req", "delay_resp"
  };
  for (unsigned i = 0; i < 5; i++) {
    uint8_t bytes[256], again[PTP_BYTES_MAX];
    struct ptp_message m;
    const uint32_t n = golden(names[i], bytes);
    cr_assert_eq(ptp_message_parse(bytes, n, &m), PTP_TAKEN);
    cr_assert_eq(ptp_message_write(&m, again), n);
    cr_expect_arr_eq(bytes, again, n, "%s", names[i]);
  }
}

static enum ptp_verdict
verdict_of(const char *name, unsigned at, uint8_t value, uint32_t cut)
{
  uint8_t bytes[256];
  struct ptp_message m;
  uint32_t n = golden(name, bytes);
  bytes[at] = value;
  return ptp_message_parse(bytes, cut < n ? cut : n, &m);
}

Test(ptp_message, refuses_every_length_that_is_too_short)
{
  for (uint32_t n = 0; n < 64; n++) {
    cr_expect_neq(verdict_of("announce", 0, 0x0b, n), PTP_TAKEN, "%u", n);
  }
}

Test(ptp_message, refuses_what_says_that_it_is_longer_than_it_is)
{
  cr_expect_eq(verdict_of("sync", 3, 45, 64), PTP_LENGTH);
  cr_expect_eq(verdict_of("sync", 2, 255, 64), PTP_LENGTH);
}

Test(ptp_message, refuses_what_says_that_it_is_shorter_than_its_type)
{
  cr_expect_eq(verdict_of("sync", 3, 34, 64), PTP_LENGTH);
}

Test(ptp_message, knows_version_1_and_8021as_apart)
{
  cr_expect_eq(verdict_of("sync", 1, 1, 64), PTP_VERSION_1);
  cr_expect_eq(verdict_of("sync", 1, 3, 64), PTP_VERSION_OTHER);
  cr_expect_eq(verdict_of("sync", 0, 0x10, 64), PTP_OTHER_SDO);
  cr_expect_eq(verdict_of("sync", 1, 0x12, 64), PTP_TAKEN, "version 2.1");
}

Test(ptp_message, refuses_types_that_do_not_exist)
{
  cr_expect_eq(verdict_of("announce", 0, 4, 64), PTP_TYPE_OTHER);
}

Test(ptp_message, refuses_a_second_of_more_nanoseconds)
{
  cr_expect_eq(verdict_of("follow_up", 40, 0x3B, 64), PTP_TAKEN);
  cr_expect_eq(verdict_of("follow_up", 40, 0x3C, 64), PTP_VALUE);
}

Test(ptp_message, refuses_seconds_that_have_no_nanoseconds_in_64_bits)
{
  cr_expect_eq(verdict_of("follow_up", 34, 0xFF, 64), PTP_VALUE);
}

Test(ptp_message, refuses_a_correction_of_more_than_a_tenth_of_a_second)
{
  cr_expect_eq(verdict_of("sync", 8, 0x7F, 64), PTP_VALUE);
  cr_expect_eq(verdict_of("sync", 8, 0x80, 64), PTP_VALUE);
}

Test(ptp_message, rounds_a_negative_correction_down)
{
  uint8_t bytes[256];
  struct ptp_message m;
  const uint32_t n = golden("sync", bytes);
  put_be64(bytes + 8, (uint64_t)-65537);
  cr_assert_eq(ptp_message_parse(bytes, n, &m), PTP_TAKEN);
  cr_expect_eq(m.correction_ns, -2);
}

Test(ptp_message, refuses_a_tlv_that_goes_beyond_the_message)
{
  uint8_t bytes[256] = { 0 };
  struct ptp_message m;
  const uint32_t n = golden("sync", bytes);
  put_be16(bytes + 2, n + 6);
  put_be16(bytes + n + 2, 2);
  cr_expect_eq(ptp_message_parse(bytes, n + 6, &m), PTP_TAKEN);
  put_be16(bytes + n + 2, 3);
  cr_expect_eq(ptp_message_parse(bytes, n + 6, &m), PTP_LENGTH);
  put_be16(bytes + 2, n + 3);
  cr_expect_eq(ptp_message_parse(bytes, n + 6, &m), PTP_LENGTH);
}

Test(ptp_message, reads_and_writes_management)
{
  uint8_t bytes[PTP_BYTES_MAX];
  const uint8_t data[4] = { 1, 2, 3, 4 };
  struct ptp_message in = { .type = PTP_MANAGEMENT }, out;
  in.management = (struct ptp_management){
    .action = 2, .tlv_type = 1, .id = 0x2000, .data = data, .length = 4
  };
  const uint32_t n = ptp_message_write(&in, bytes);
  cr_assert_eq(ptp_message_parse(bytes, n, &out), PTP_TAKEN);
  cr_expect_eq(out.management.length, 4);
  cr_expect_arr_eq(out.management.data, data, 4);
  cr_expect_eq(out.management.id, 0x2000);
}

Test(ptp_message, writes_no_management_that_does_not_fit)
{
  uint8_t bytes[PTP_BYTES_MAX];
  static const uint8_t data[300];
  struct ptp_message m = { .type = PTP_MANAGEMENT };
  m.management.data = data;
  m.management.length = 300;
  cr_expect_eq(ptp_message_write(&m, bytes), 0);
  m.type = PTP_SIGNALING;
  cr_expect_eq(ptp_message_write(&m, bytes), 0);
}

Test(ptp_message, refuses_management_without_a_question)
{
  uint8_t bytes[PTP_BYTES_MAX] = { 0x0d, 2, 0, 48 };
  struct ptp_message m;
  cr_expect_eq(ptp_message_parse(bytes, 48, &m), PTP_SHORT);
}
