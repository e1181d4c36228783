/* test_rtp_packet.c - RTP headers, byte by byte: the golden packets and what is
   made from them.
   SPDX-License-Identifier: MIT */
#include "modules/transport-rtp/rtp_packet.h"

#include <criterion/criterion.h>

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER VSC_SOURCE "/tests/golden/packets"

static const uint8_t payload[] = { 0, 0, 1, 0, 0, 2 };

/* Bytes of a golden file, in memory of exactly that size. */
static uint8_t *
golden(const char *name, uint32_t *length, int *is_accepted)
{
  char path[1024];
  char line[512];
  uint8_t bytes[2048];
  uint32_t n = 0;
  snprintf(path, sizeof path, "%s/%s", FOLDER, name);
  FILE *const file = fopen(path, "r");
  cr_assert(file, "no golden packet \"%s\"", path);
  while (fgets(line, sizeof line, file)) {
    if (line[0] == '#') {
      *is_accepted = *is_accepted || strcmp(line, "# accepted\n") == 0;
      continue;
    }
    char *at = line;
    for (char *end = at; n < sizeof bytes; at = end) {
      const unsigned long byte = strtoul(at, &end, 16);
      if (end == at) {
        break;
      }
      bytes[n++] = (uint8_t)byte;
    }
  }
  fclose(file);
  uint8_t *const exact = malloc(n ? n : 1);
  memcpy(exact, bytes, n);
  *length = n;
  return exact;
}

static vsc_status
parse(const char *name, struct rtp_packet *out, uint8_t first[8])
{
  uint32_t length = 0;
  int is_accepted = 0;
  uint8_t *const bytes = golden(name, &length, &is_accepted);
  const vsc_status status = rtp_packet_parse(bytes, length, out);
  if (status == VSC_OK) {
    memcpy(first, out->payload, out->length < 8 ? out->length : 8);
  }
  free(bytes);
  return status;
}

Test(rtp_packet, every_golden_packet_is_taken_or_refused_as_its_file_says)
{
  DIR *const folder = opendir(FOLDER);
  cr_assert(folder);
  int files = 0;
  for (struct dirent *e; (e = readdir(folder));) {
    if (!strstr(e->d_name, ".hex")) {
      continue;
    }
    uint32_t length = 0;
    int is_accepted = 0;
    uint8_t *const bytes = golden(e->d_name, &length, &is_accepted);
    struct rtp_packet packet;
    const vsc_status status = rtp_packet_parse(bytes, length, &packet);
    cr_expect_eq(
      status, is_accepted ? VSC_OK : VSC_ERR_MALFORMED, "%s", e->d_name);
    free(bytes);
    files++;
  }
  closedir(folder);
  cr_assert_geq(files, 19);
}

Test(rtp_packet, every_field_is_read)
{
  struct rtp_packet p;
  uint8_t first[8];
  cr_assert_eq(parse("plain.hex", &p, first), VSC_OK);
  cr_expect_eq(p.payload_type, 96);
  cr_expect_eq(p.marker, 0);
  cr_expect_eq(p.sequence, 0x1234);
  cr_expect_eq(p.timestamp, 0x89abcdef);
  cr_expect_eq(p.ssrc, 0xfeedbeef);
}

Test(rtp_packet, payload_is_the_same_behind_csrc_extension_and_padding)
{
  static const char *const names[] = { "plain.hex",     "marker_csrc.hex",
                                       "extension.hex", "extension_empty.hex",
                                       "padding.hex",   "everything.hex" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    struct rtp_packet p;
    uint8_t first[8];
    cr_assert_eq(parse(names[i], &p, first), VSC_OK);
    cr_expect_eq(p.length, sizeof payload, "%s: %u", names[i], p.length);
    cr_expect_arr_eq(first, payload, sizeof payload, "%s", names[i]);
  }
}

Test(rtp_packet, any_cut_of_a_packet_stays_within_its_bytes)
{
  uint32_t length = 0;
  int is_accepted = 0;
  uint8_t *const bytes = golden("everything.hex", &length, &is_accepted);
  for (uint32_t cut = 0; cut <= length; cut++) {
    uint8_t *const part = malloc(cut ? cut : 1);
    memcpy(part, bytes, cut);
    struct rtp_packet p;
    if (rtp_packet_parse(part, cut, &p) == VSC_OK) {
      cr_expect(p.length > 0 && p.payload + p.length <= part + cut);
    }
    free(part);
  }
  free(bytes);
}

Test(rtp_packet, every_first_two_bytes_stay_within_a_short_packet)
{
  uint8_t *const bytes = calloc(1, 20);
  for (uint32_t head = 0; head < 0x10000; head++) {
    bytes[0] = (uint8_t)(head >> 8);
    bytes[1] = (uint8_t)head;
    bytes[19] = 3;
    struct rtp_packet p;
    if (rtp_packet_parse(bytes, 20, &p) == VSC_OK) {
      cr_assert(p.length > 0 && p.payload >= bytes + 12 &&
                p.payload + p.length <= bytes + 20);
    }
  }
  free(bytes);
}

Test(rtp_packet, written_header_is_the_golden_one)
{
  const struct rtp_packet p = { .payload_type = 96,
                                .sequence = 0x1234,
                                .timestamp = 0x89abcdef,
                                .ssrc = 0xfeedbeef };
  uint8_t bytes[RTP_HEADER_BYTES];
  uint32_t length = 0;
  int is_accepted = 0;
  uint8_t *const expected = golden("plain.hex", &length, &is_accepted);
  rtp_packet_write_header(&p, bytes);
  cr_expect_arr_eq(bytes, expected, RTP_HEADER_BYTES);
  free(expected);
}
