/* fuzz_verify.c - any datagrams, from anybody, at any time, to who watches a
   stream: they are judged without harm, and each of them is accounted for.
   SPDX-License-Identifier: MIT */
#include "cli/verify_watch.c"

#include "insist.h"
#include "modules/shared/bytes.h"

#include <math.h>
#include <stdio.h>

#define BEGIN INT64_C(1700000000000000000)
#define DAY_NS INT64_C(86400000000000)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is described. */
static vsc_stream
describe(uint8_t how)
{
  static const char *const encodings[] = { "L24", "L16", "AM824", "opus" };
  static const uint32_t rates[] = { 48000, 44100, 192000, 8000 };
  vsc_stream s = { .size = sizeof s,
                   .format = { .rate = rates[how >> 2 & 3],
                               .channels = how & 16 ? 64 : 1,
                               .frames_per_packet = how & 32 ? 48 : 0 },
                   .payload_type = how & 64 ? 96 : 255,
                   .has_rtp_offset = how >> 7 };
  snprintf(
    s.format.encoding, sizeof s.format.encoding, "%s", encodings[how & 3]);
  return s;
}

/* A record: how it comes, two bytes of length, the datagram. Time goes back,
   too. */
static const uint8_t *
watch_one(struct verify_watch *w,
          const uint8_t *at,
          const uint8_t *end,
          vsc_ns *now)
{
  static const vsc_ns steps[] = { 0,        1000,      125000,    1000000,
                                  20000000, 300000000, -30000000, DAY_NS };
  const uint8_t how = at[0];
  const size_t wished = be16(at + 1) & 2047;
  const size_t there = (size_t)(end - at) - 3;
  const uint32_t length = (uint32_t)(wished < there ? wished : there);
  uint8_t bytes[2048];
  memcpy(bytes, at + 3, length);
  *now += steps[how & 7];
  const struct verify_packet p = { .bytes = bytes,
                                   .length = length,
                                   .media_ns = *now,
                                   .source = 1 + (how >> 3 & 1),
                                   .dscp = how >> 4 & 1 ? 46 : 0,
                                   .ttl = how >> 5 };
  verify_watch_packet(w, &p);
  return at + 3 + length;
}

static void
judge(struct verify_watch *w, uint64_t given)
{
  static const struct proof_clock clock = { .error = -1 };
  struct proof_check checks[PROOF_CHECKS];
  const struct proof_check *worst;
  struct proof_figures x;
  const struct proof_facts *const f = verify_watch_facts(w);
  insist(f->packets + f->malformed + f->duplicate <= given);
  insist(f->packets + f->malformed + f->duplicate + f->foreign >= given);
  insist(f->window_count <= PROOF_WINDOWS_MAX);
  insist((f->window_count > 0) == (f->packets > 0));
  proof_figures(f, &x);
  insist(isfinite(x.lead_mean) && isfinite(x.spacing) && isfinite(x.drift_ppm));
  insist(x.lead_min <= x.lead_max && x.spread_worst >= x.spread_middle);
  const uint32_t count = proof_judge(f, &clock, checks, &worst);
  insist(count > 0 && count <= PROOF_CHECKS);
  insist(worst >= checks && worst < checks + count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct verify_watch w;
  const vsc_stream said = describe(size ? data[0] : 0);
  uint64_t given = 0;
  vsc_ns now = BEGIN;
  verify_watch_init(&w, &said);
  for (const uint8_t *at = data + 1; size > 3 && data + size - at >= 3;) {
    at = watch_one(&w, at, data + size, &now);
    given++;
  }
  judge(&w, given);
  return 0;
}
