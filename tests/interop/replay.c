/* replay.c - what "aes67 verify" finds in packets that others captured: a line
   of stdin is "SECONDS.NANOSECONDS PAYLOAD", as tshark prints frame.time_epoch
   and udp.payload. Prints packets, TS-DF and mean and longest spacing, in us.
   SPDX-License-Identifier: MIT */
#include "cli/verify_watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 8192

static uint32_t
read_hex(const char *text, uint8_t *out, uint32_t most)
{
  uint32_t n = 0;
  for (unsigned byte; n < most && sscanf(text + 2 * n, "%2x", &byte) == 1;) {
    out[n++] = (uint8_t)byte;
  }
  return n;
}

int
main(int argc, char **argv)
{
  static struct verify_watch w;
  static char line[LINE_BYTES];
  if (argc != 4) {
    fputs("usage: replay ENCODING RATE CHANNELS <LINES\n", stderr);
    return 2;
  }
  vsc_stream said = { .size = sizeof said, .payload_type = 255 };
  snprintf(said.format.encoding, sizeof said.format.encoding, "%s", argv[1]);
  said.format.rate = (uint32_t)atoi(argv[2]);
  said.format.channels = (uint32_t)atoi(argv[3]);
  verify_watch_init(&w, &said);
  while (fgets(line, sizeof line, stdin)) {
    int64_t seconds = 0, ns = 0;
    int at = 0;
    uint8_t bytes[2048];
    if (sscanf(line, "%" SCNd64 ".%9" SCNd64 " %n", &seconds, &ns, &at) == 2) {
      const struct verify_packet p = { .bytes = bytes,
                                       .length = read_hex(
                                         line + at, bytes, sizeof bytes),
                                       .media_ns = seconds * 1000000000 + ns };
      verify_watch_packet(&w, &p);
    }
  }
  struct proof_figures x;
  const struct proof_facts *const f = verify_watch_facts(&w);
  proof_figures(f, &x);
  printf("%" PRIu64 " %.1f %.2f %.1f\n",
         f->packets,
         (double)x.spread_worst / 1e3,
         x.spacing / 1e3,
         (double)x.gap_max / 1e3);
  return f->packets == 0;
}
