/* message.c - reads and writes PTP messages. A message that is taken has every
   field that its type has, within bounds that arithmetic can trust.
   SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/message.h"

#include "modules/shared/bytes.h"

#include <string.h>

#define SECOND INT64_C(1000000000)
#define MANAGEMENT_TLV 0x0001
#define MANAGEMENT_BYTES 48 /* without a TLV */

/* Bytes of each type, without TLVs (13.5 to 13.13). 0: none. */
static const uint8_t least[16] = {
  [PTP_SYNC] = 44,
  [PTP_DELAY_REQ] = 44,
  [PTP_PDELAY_REQ] = 54,
  [PTP_PDELAY_RESP] = 54,
  [PTP_FOLLOW_UP] = 44,
  [PTP_DELAY_RESP] = 54,
  [PTP_PDELAY_RESP_FOLLOW_UP] = 54,
  [PTP_ANNOUNCE] = 64,
  [PTP_SIGNALING] = 44,
  [PTP_MANAGEMENT] = MANAGEMENT_BYTES,
};

static void
read_identity(const uint8_t *p, struct ptp_identity *out)
{
  memcpy(out->clock, p, sizeof out->clock);
  out->port = be16(p + 8);
}

static void
write_identity(uint8_t *p, const struct ptp_identity *id)
{
  memcpy(p, id->clock, sizeof id->clock);
  put_be16(p + 8, id->port);
}

/* 48 bits of seconds, 32 of nanoseconds (5.3.3). */
static int
read_time(const uint8_t *p, int64_t *out)
{
  const int64_t seconds = (int64_t)be16(p) << 32 | be32(p + 2);
  const uint32_t ns = be32(p + 6);
  if (ns >= SECOND || seconds > PTP_SECONDS_MAX) {
    return 0;
  }
  *out = seconds * SECOND + ns;
  return 1;
}

static void
write_time(uint8_t *p, int64_t ns)
{
  /* Nothing was before the epoch. */
  const int64_t t = ns > 0 ? ns : 0;
  put_be16(p, (uint32_t)(t / SECOND >> 32));
  put_be32(p + 2, (uint32_t)(t / SECOND));
  put_be32(p + 6, (uint32_t)(t % SECOND));
}

static void
read_announce(const uint8_t *p, struct ptp_message *m)
{
  m->announce = (struct ptp_dataset){
    .utc_offset = (int16_t)be16(p + 44),
    .priority1 = p[47],
    .clock_class = p[48],
    .accuracy = p[49],
    .variance = be16(p + 50),
    .priority2 = p[52],
    .steps_removed = be16(p + 61),
    .time_source = p[63],
    .time_flags = m->flags & 0xFF,
  };
  memcpy(m->announce.grandmaster, p + 53, 8);
}

/* The TLVs behind the fields fill the rest exactly (14.1). */
static int
are_tlvs_whole(const uint8_t *p, uint32_t length)
{
  while (length >= 4) {
    const uint32_t bytes = 4u + be16(p + 2);
    if (bytes > length) {
      return 0;
    }
    p += bytes;
    length -= bytes;
  }
  return length == 0;
}

static enum ptp_verdict
read_management(const uint8_t *p, uint32_t length, struct ptp_message *m)
{
  struct ptp_management *const g = &m->management;
  read_identity(p + 34, &g->target);
  g->starting_hops = p[44];
  g->hops = p[45];
  g->action = p[46] & 15;
  if (length < MANAGEMENT_BYTES + 6 || be16(p + 50) < 2) {
    return PTP_SHORT;
  }
  g->tlv_type = be16(p + 48);
  g->length = (uint16_t)(be16(p + 50) - 2); /* without the id */
  g->id = be16(p + 52);
  g->data = p + 54;
  return PTP_TAKEN;
}

/* The fields behind the header; their bytes are there. */
static enum ptp_verdict
read_body(const uint8_t *p, uint32_t length, struct ptp_message *m)
{
  switch (m->type) {
    case PTP_ANNOUNCE:
      read_announce(p, m);
      return PTP_TAKEN; /* its time stamp is only an estimate (9.5.3) */
    case PTP_MANAGEMENT:
      return read_management(p, length, m);
    case PTP_DELAY_RESP:
      read_identity(p + 44, &m->requester);
      break;
    case PTP_SYNC:
    case PTP_DELAY_REQ:
    case PTP_FOLLOW_UP:
      break;
    default:
      return PTP_TAKEN; /* only that it was one is of interest */
  }
  return read_time(p + 34, &m->time_ns) ? PTP_TAKEN : PTP_VALUE;
}

enum ptp_verdict
ptp_message_parse(const uint8_t *bytes,
                  uint32_t length,
                  struct ptp_message *out)
{
  if (length < 2) {
    return PTP_SHORT;
  }
  const unsigned version = bytes[1] & 15;
  if (version != 2) {
    return version == 1 ? PTP_VERSION_1 : PTP_VERSION_OTHER;
  }
  if (bytes[0] >> 4) {
    return PTP_OTHER_SDO;
  }
  const unsigned type = bytes[0] & 15;
  if (!least[type]) {
    return PTP_TYPE_OTHER;
  }
  if (length < least[type]) {
    return PTP_SHORT;
  }
  const uint32_t said = be16(bytes + 2);
  if (said < least[type] || said > length ||
      !are_tlvs_whole(bytes + least[type], said - least[type])) {
    return PTP_LENGTH;
  }
  const int64_t correction = (int64_t)be64(bytes + 8);
  *out = (struct ptp_message){
    .type = (uint8_t)type,
    .domain = bytes[4],
    .flags = be16(bytes + 6),
    /* 2^-16 ns, floor */
    .correction_ns =
      correction / 65536 - (correction < 0 && correction % 65536 != 0),
    .sequence = be16(bytes + 30),
    .log_interval = (int8_t)bytes[33],
  };
  read_identity(bytes + 20, &out->source);
  if (out->correction_ns > PTP_CORRECTION_MAX_NS ||
      out->correction_ns < -PTP_CORRECTION_MAX_NS) {
    return PTP_VALUE;
  }
  return read_body(bytes, said, out);
}

static uint32_t
write_announce(const struct ptp_dataset *a, uint8_t *p)
{
  put_be16(p + 44, (uint16_t)a->utc_offset);
  p[47] = a->priority1;
  p[48] = a->clock_class;
  p[49] = a->accuracy;
  put_be16(p + 50, a->variance);
  p[52] = a->priority2;
  memcpy(p + 53, a->grandmaster, 8);
  put_be16(p + 61, a->steps_removed);
  p[63] = a->time_source;
  return least[PTP_ANNOUNCE];
}

static uint32_t
write_management(const struct ptp_management *g, uint8_t *p)
{
  if (g->length > PTP_BYTES_MAX - MANAGEMENT_BYTES - 6) {
    return 0;
  }
  write_identity(p + 34, &g->target);
  p[44] = g->starting_hops;
  p[45] = g->hops;
  p[46] = g->action;
  put_be16(p + 48, g->tlv_type);
  put_be16(p + 50, g->length + 2u);
  put_be16(p + 52, g->id);
  if (g->length) {
    memcpy(p + 54, g->data, g->length);
  }
  return MANAGEMENT_BYTES + 6u + g->length;
}

/* controlField, for equipment of version 1 (table 23). */
static uint8_t
control_of(unsigned type)
{
  switch (type) {
    case PTP_SYNC:
      return 0;
    case PTP_DELAY_REQ:
      return 1;
    case PTP_FOLLOW_UP:
      return 2;
    case PTP_DELAY_RESP:
      return 3;
    case PTP_MANAGEMENT:
      return 4;
    default:
      return 5;
  }
}

static uint32_t
write_body(const struct ptp_message *m, uint8_t *p)
{
  switch (m->type) {
    case PTP_ANNOUNCE:
      write_time(p + 34, m->time_ns);
      return write_announce(&m->announce, p);
    case PTP_MANAGEMENT:
      return write_management(&m->management, p);
    case PTP_DELAY_RESP:
      write_identity(p + 44, &m->requester);
      break;
    case PTP_SYNC:
    case PTP_DELAY_REQ:
    case PTP_FOLLOW_UP:
      break;
    default:
      return 0;
  }
  write_time(p + 34, m->time_ns);
  return least[m->type];
}

uint32_t
ptp_message_write(const struct ptp_message *m, uint8_t out[PTP_BYTES_MAX])
{
  memset(out, 0, PTP_BYTES_MAX);
  out[0] = m->type & 15;
  out[1] = 2;
  out[4] = m->domain;
  put_be16(out + 6, m->flags);
  put_be64(out + 8, (uint64_t)m->correction_ns << 16);
  write_identity(out + 20, &m->source);
  put_be16(out + 30, m->sequence);
  out[32] = control_of(m->type);
  out[33] = (uint8_t)m->log_interval;
  const uint32_t length = write_body(m, out);
  put_be16(out + 2, length);
  return length;
}

int
ptp_identity_equal(const struct ptp_identity *a, const struct ptp_identity *b)
{
  return a->port == b->port && memcmp(a->clock, b->clock, sizeof a->clock) == 0;
}
