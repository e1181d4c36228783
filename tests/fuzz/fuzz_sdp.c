/* fuzz_sdp.c - any text: parsed without harm, and what was understood survives
   being printed and parsed again.
   SPDX-License-Identifier: MIT */
#include "modules/shared/sdp.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
  if (!is_true) {
    abort();
  }
}

static void
round_trip(const vsc_stream *s)
{
  char text[2048];
  const struct sdp_origin origin = { .ip = 0x0A000001, .session = 1 };
  const vsc_status n = sdp_print(s, &origin, text, sizeof text);
  must(n > 0 && text[n] == '\0');
  struct sdp_result again;
  must(sdp_parse(text, (size_t)n, &again) == VSC_OK && again.count == 1);
  const vsc_stream *const t = &again.streams[0];
  must(t->address == s->address && t->port == s->port);
  must(t->payload_type == s->payload_type);
  must(t->format.rate == s->format.rate);
  must(t->format.channels == s->format.channels);
  must(t->format.frames_per_packet == s->format.frames_per_packet);
  must(t->packet_time == s->packet_time);
  must(t->rtp_offset == s->rtp_offset);
  must(strcmp(t->format.encoding, s->format.encoding) == 0);
  must(strcmp(t->name, s->name) == 0);
  if (VSC_IP_IS_MULTICAST(s->address)) {
    must(t->ttl == s->ttl && t->source == s->source);
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct sdp_result result;
  const vsc_status status = sdp_parse((const char *)data, size, &result);
  must((status == VSC_OK) == (result.count > 0));
  must(status == VSC_OK || result.reason[0]);
  for (uint32_t i = 0; i < result.count; i++) {
    round_trip(&result.streams[i]);
  }
  return 0;
}
