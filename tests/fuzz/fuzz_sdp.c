/* fuzz_sdp.c - any text: parsed without harm, and what was understood survives
   being printed and parsed again.
   SPDX-License-Identifier: MIT */
#include "modules/shared/sdp.h"

#include "insist.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What of it is written in DIALECT. */
static vsc_stream
as_written(const vsc_stream *s, uint8_t dialect)
{
  vsc_stream want = *s;
  want.dialect = 0;
  want.has_rtp_offset = 1;
  if (!VSC_IP_IS_MULTICAST(s->address)) {
    want.ttl = 0;
    want.source = 0;
  }
  if (dialect == VSC_DIALECT_DANTE) {
    want.source = 0;
  }
  want.copy_address = want.copy_source = want.copy_port = 0; /* not said */
  memset(want.id, 0, sizeof want.id); /* a user name is not kept */
  return want;
}

static void
round_trip(const vsc_stream *s, uint8_t dialect)
{
  char text[SDP_PRINT_BYTES];
  vsc_stream said = *s;
  said.dialect = dialect;
  if (dialect == VSC_DIALECT_ST2110) {
    said.rtp_offset = 0;
  }
  const vsc_status n = sdp_print(&said, 1, text, sizeof text);
  insist(n > 0 && text[n] == '\0');
  static struct sdp_result again;
  insist(sdp_parse(text, (size_t)n, &again) == VSC_OK && again.count == 1);
  const vsc_stream want = as_written(&said, dialect);
  vsc_stream *const got = &again.streams[0];
  memset(got->id, 0, sizeof got->id);
  if (dialect != VSC_DIALECT_AES67 && got->clock_id[0] == 0) {
    got->clock_domain = want.clock_domain; /* of no clock */
  }
  insist(memcmp(got, &want, sizeof want) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct sdp_result result;
  const vsc_status status = sdp_parse((const char *)data, size, &result);
  insist((status == VSC_OK) == (result.count > 0));
  insist(status == VSC_OK || result.reason[0]);
  insist(result.fault_count <= SDP_FAULTS_MAX);
  for (uint32_t i = 0; i < result.count; i++) {
    insist(result.more[i].leg == 0 || i > 0);
    for (uint8_t dialect = 0; dialect <= VSC_DIALECT_ST2110; dialect++) {
      round_trip(&result.streams[i], dialect);
    }
  }
  return 0;
}
