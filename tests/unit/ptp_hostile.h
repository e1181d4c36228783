/* ptp_hostile.h - datagrams that a PTP port must not mind, by name, in the name
   and from the address of its true master where that is possible. For unit
   tests and for the storm on a real network. SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_PTP_HOSTILE_H
#define VSC_TESTS_PTP_HOSTILE_H

#include "modules/shared/bytes.h"

#include <stdint.h>
#include <string.h>

#define HOSTILE_BYTES 1400
#define HOSTILE_MASTERS 1000
#define HOSTILE_EMPTY (-1)

enum hostile_source { FROM_MASTER, FROM_STRANGER, FROM_VICTIM };

/* One of a type (Sync where none is said), with one field that is wrong. */
struct hostile_kind {
  const char *name;
  int type;
  int length; /* of the datagram; 0: as it should be */
  struct {
    unsigned at, width; /* bytes */
    uint64_t value;
  } wrong;
  int later; /* its sequence number, after the one that is waited for */
  enum hostile_source source;
  int is_random; /* 1: a bit is flipped; 2: nothing but noise */
};

static const struct hostile_kind hostile_kinds[] = {
  { .name = "shorter than a header", .length = 20 },
  { .name = "a byte short", .length = 43 },
  { .name = "longer than it is", .wrong = { 2, 2, 400 } },
  { .name = "shorter than its header", .wrong = { 2, 2, 10 } },
  { .name = "version 1", .wrong = { 1, 1, 1 } },
  { .name = "version 3", .wrong = { 1, 1, 3 } },
  { .name = "another domain", .wrong = { 4, 1, 9 } },
  { .name = "another SDO", .wrong = { 0, 1, 0x10 } },
  { .name = "too many nanoseconds", .wrong = { 40, 4, UINT32_MAX } },
  { .name = "too many seconds", .wrong = { 34, 4, UINT32_MAX } },
  { .name = "Sync, longest correction",
    .wrong = { 8, 8, INT64_MAX },
    .later = 1 },
  { .name = "Sync, least correction",
    .wrong = { 8, 8, 1ULL << 63 },
    .later = 1 },
  { .name = "Follow_Up, longest correction",
    .type = 8,
    .wrong = { 8, 8, INT64_MAX } },
  { .name = "Follow_Up, least correction",
    .type = 8,
    .wrong = { 8, 8, 1ULL << 63 } },
  { .name = "Delay_Resp, longest correction",
    .type = 9,
    .wrong = { 8, 8, INT64_MAX } },
  { .name = "Delay_Resp, least correction",
    .type = 9,
    .wrong = { 8, 8, 1ULL << 63 } },
  { .name = "a Sync that is late", .wrong = { 6, 1, 2 }, .later = -1 },
  { .name = "a Sync of a stranger", .source = FROM_STRANGER },
  { .name = "a Follow_Up of no Sync", .type = 8, .later = 100 },
  { .name = "an answer for another",
    .type = 9,
    .wrong = { 44, 8, UINT64_MAX } },
  { .name = "an answer to nothing", .type = 9, .later = 0x7777 },
  { .name = "far away",
    .type = 11,
    .wrong = { 61, 2, 255 },
    .source = FROM_STRANGER },
  { .name = "an alternate master",
    .type = 11,
    .wrong = { 6, 1, 1 },
    .source = FROM_STRANGER },
  { .name = "a TLV that overruns",
    .type = 11,
    .length = 70,
    .wrong = { 64, 4, 0x0003EA60 } },
  { .name = "a TLV of no known type",
    .type = 11,
    .length = 72,
    .wrong = { 64, 4, 0x3FFF0004 } },
  { .name = "a reserved type", .wrong = { 0, 1, 5 } },
  { .name = "an absurd interval",
    .type = 9,
    .wrong = { 33, 1, 0x80 },
    .later = 1 },
  { .name = "in the victim's name", .type = 11, .source = FROM_VICTIM },
  { .name = "empty, event port", .length = HOSTILE_EMPTY },
  { .name = "empty, general port", .type = 8, .length = HOSTILE_EMPTY },
  { .name = "noise", .length = HOSTILE_BYTES, .is_random = 2 },
  { .name = "a question that overruns",
    .type = 13,
    .wrong = { 48, 4, 0x0001EA60 } },
  { .name = "unicast negotiation", .type = 12, .wrong = { 44, 4, 0x00040006 } },
  { .name = "a flipped bit",
    .later = 1,
    .source = FROM_STRANGER,
    .is_random = 1 },
  /* Nothing but their time is wrong: once an interval they are outliers, more
     often than the true ones they are the master. */
  { .name = "a Sync of another hour", .later = 1 },
  { .name = "a Follow_Up of another hour", .type = 8, .later = 1 },
  { .name = "an answer of another hour", .type = 9 },
};
#define HOSTILE_ALL (sizeof hostile_kinds / sizeof hostile_kinds[0])
#define HOSTILE_KINDS (HOSTILE_ALL - 3) /* at any rate */

/* What an attacker knows. */
struct hostile {
  uint8_t master[8], victim[8];
  uint8_t priority1;      /* the master's */
  uint16_t sync, request; /* what the victim waits for */
  uint64_t seconds;       /* that are wrong */
  uint64_t random;
};

struct hostile_message {
  uint8_t bytes[HOSTILE_BYTES];
  uint32_t length;
  int is_event; /* its port */
};

static inline uint32_t
hostile_number(struct hostile *h, uint32_t below)
{
  h->random = h->random * UINT64_C(6364136223846793005) + 1442695040888963407;
  return (uint32_t)(h->random >> 33) % below;
}

/* Well made, of TYPE. */
static inline void
hostile_begin(const struct hostile *h,
              int type,
              const uint8_t source[8],
              struct hostile_message *m)
{
  static const uint8_t lengths[16] = {
    [0] = 44, [8] = 44, [9] = 54, [11] = 64, [12] = 54, [13] = 54
  };
  memset(m, 0, sizeof *m);
  m->length = lengths[type];
  m->is_event = type < 8;
  m->bytes[0] = (uint8_t)type;
  m->bytes[1] = 2;
  put_be16(m->bytes + 2, m->length);
  memcpy(m->bytes + 20, source, 8);
  put_be16(m->bytes + 28, 1);
  m->bytes[33] = type == 11 ? 0 : 0xFD;
  put_be32(m->bytes + 36, (uint32_t)h->seconds);
  if (type == 9) {
    memcpy(m->bytes + 44, h->victim, 8);
    put_be16(m->bytes + 52, 1);
  }
  if (type == 11) {
    m->bytes[47] = memcmp(source, h->master, 8) == 0 ? h->priority1 : 0;
    m->bytes[48] = 248;
    m->bytes[49] = 0xFE;
    put_be16(m->bytes + 50, 0xFFFF);
    m->bytes[52] = 128;
    memcpy(m->bytes + 53, source, 8);
  }
}

/* One of the table. */
static inline void
hostile_make(struct hostile *h, unsigned kind, struct hostile_message *m)
{
  const struct hostile_kind *const k = &hostile_kinds[kind % HOSTILE_ALL];
  uint8_t source[8];
  memcpy(source, k->source == FROM_VICTIM ? h->victim : h->master, 8);
  source[5] ^= k->source == FROM_STRANGER ? 0x55 : 0;
  hostile_begin(h, k->type, source, m);
  put_be16(m->bytes + 30,
           (uint32_t)((k->type == 9 ? h->request : h->sync) + k->later) &
             0xFFFF);
  if (k->length > (int)m->length) {
    put_be16(m->bytes + 2, (uint32_t)k->length);
  }
  if (k->length) {
    m->length = k->length == HOSTILE_EMPTY ? 0 : (uint32_t)k->length;
  }
  for (unsigned i = 0; i < k->wrong.width; i++) {
    m->bytes[k->wrong.at + i] =
      (uint8_t)(k->wrong.value >> 8 * (k->wrong.width - 1 - i));
  }
  if (k->is_random == 1) {
    m->bytes[hostile_number(h, 20)] ^= (uint8_t)(1 << hostile_number(h, 8));
  }
  for (unsigned i = 0; k->is_random == 2 && i < m->length; i++) {
    m->bytes[i] = (uint8_t)hostile_number(h, 256);
  }
}

/* Announce of one of a thousand clocks, with PRIORITY1. */
static inline void
hostile_master(struct hostile *h, uint8_t priority1, struct hostile_message *m)
{
  const uint8_t source[8] = { 6 };
  hostile_begin(h, 11, source, m);
  const uint32_t number = hostile_number(h, HOSTILE_MASTERS) + 1;
  put_be32(m->bytes + 24, number);
  put_be32(m->bytes + 57, number);
  m->bytes[47] = priority1;
}

#endif
