/* management.c - the datasets for those who ask: GET, and nothing but GET (15).
   SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/port.h"

#include "modules/shared/bytes.h"

#include <string.h>

#define GET 0
#define SET 1
#define RESPONSE 2
#define COMMAND 3
#define TLV_MANAGEMENT 1
#define TLV_ERROR 2
#define NO_SUCH_ID 2
#define NOT_SETABLE 4
#define DATA_MAX 64

enum id {
  ID_NULL = 0x0000,
  ID_DEFAULT = 0x2000,
  ID_CURRENT = 0x2001,
  ID_PARENT = 0x2002,
  ID_TIME = 0x2003,
  ID_PORT = 0x2004,
  ID_PRIORITY1 = 0x2005,
  ID_PRIORITY2 = 0x2006,
  ID_DOMAIN = 0x2007,
  ID_SLAVE_ONLY = 0x2008,
};

static const struct ptp_dataset *
grandmaster(const struct port *p)
{
  return p->has_parent ? &p->parent_set : &p->own;
}

static uint16_t
put_default(const struct port *p, uint8_t *d)
{
  d[0] = (uint8_t)(1 | (p->config.role == PORT_FOLLOWER) << 1); /* two-step */
  put_be16(d + 2, 1);
  d[4] = p->own.priority1;
  d[5] = p->own.clock_class;
  d[6] = p->own.accuracy;
  put_be16(d + 7, p->own.variance);
  d[9] = p->own.priority2;
  memcpy(d + 10, p->config.identity, 8);
  d[18] = p->config.domain;
  return 20;
}

static uint16_t
put_current(const struct port *p, uint8_t *d)
{
  put_be16(d, p->has_parent ? p->parent_set.steps_removed + 1u : 0);
  put_be64(d + 2, (uint64_t)p->offset_ns << 16);
  put_be64(d + 10, (uint64_t)p->delay_ns << 16);
  return 18;
}

static uint16_t
put_parent(const struct port *p, uint8_t *d)
{
  const struct ptp_dataset *const g = grandmaster(p);
  memcpy(d, p->has_parent ? p->parent.clock : p->config.identity, 8);
  put_be16(d + 8, p->has_parent ? p->parent.port : 0);
  put_be16(d + 12, 0xFFFF);
  put_be32(d + 14, 0x7FFFFFFF);
  d[18] = g->priority1;
  d[19] = g->clock_class;
  d[20] = g->accuracy;
  put_be16(d + 21, g->variance);
  d[23] = g->priority2;
  memcpy(d + 24, g->grandmaster, 8);
  return 32;
}

static uint16_t
put_time(const struct port *p, uint8_t *d)
{
  const struct ptp_dataset *const g = grandmaster(p);
  put_be16(d, (uint16_t)g->utc_offset);
  d[2] = (uint8_t)g->time_flags;
  d[3] = g->time_source;
  return 4;
}

static uint16_t
put_port(const struct port *p, uint8_t *d)
{
  memcpy(d, p->config.identity, 8);
  put_be16(d + 8, 1);
  d[10] = (uint8_t)p->state;
  d[11] =
    (uint8_t)(p->has_parent ? p->request.log_interval : p->config.log_delay);
  d[20] = (uint8_t)p->config.log_announce;
  d[21] = (uint8_t)p->config.announce_timeout;
  d[22] = (uint8_t)p->config.log_sync;
  d[23] = 1; /* E2E */
  d[25] = 2; /* version */
  return 26;
}

static uint16_t
put_byte(unsigned value, uint8_t *d)
{
  d[0] = (uint8_t)value;
  return 2;
}

/* Bytes of data; 0xFFFF: there is no such thing. */
static uint16_t
put_data(const struct port *p, unsigned id, uint8_t *d)
{
  switch (id) {
    case ID_NULL:
      return 0;
    case ID_DEFAULT:
      return put_default(p, d);
    case ID_CURRENT:
      return put_current(p, d);
    case ID_PARENT:
      return put_parent(p, d);
    case ID_TIME:
      return put_time(p, d);
    case ID_PORT:
      return put_port(p, d);
    case ID_PRIORITY1:
      return put_byte(p->own.priority1, d);
    case ID_PRIORITY2:
      return put_byte(p->own.priority2, d);
    case ID_DOMAIN:
      return put_byte(p->config.domain, d);
    case ID_SLAVE_ONLY:
      return put_byte(p->config.role == PORT_FOLLOWER, d);
    default:
      return 0xFFFF;
  }
}

static int
is_target(const struct port *p, const struct ptp_identity *target)
{
  static const uint8_t all[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };
  return (memcmp(target->clock, all, 8) == 0 ||
          memcmp(target->clock, p->config.identity, 8) == 0) &&
         (target->port == 0xFFFF || target->port == 1);
}

void
management_receive(struct port *p, const struct ptp_message *m, vsc_ns now)
{
  const struct ptp_management *const q = &m->management;
  const int is_question =
    q->action == GET || q->action == SET || q->action == COMMAND;
  if (!is_question || q->tlv_type != TLV_MANAGEMENT ||
      !is_target(p, &q->target) ||
      !lead_may_answer(
        &p->management.tokens, &p->management.at, PORT_MANAGEMENT, now)) {
    return;
  }
  uint8_t data[DATA_MAX] = { 0 };
  struct ptp_message answer = port_message(p, PTP_MANAGEMENT);
  answer.sequence = m->sequence;
  answer.management = (struct ptp_management){
    .target = m->source,
    .starting_hops = (uint8_t)(q->starting_hops - q->hops),
    .hops = (uint8_t)(q->starting_hops - q->hops),
    .action = RESPONSE,
    .tlv_type = TLV_MANAGEMENT,
    .id = q->id,
    .data = data,
  };
  answer.management.length =
    q->action == GET ? put_data(p, q->id, data) : 0xFFFF;
  if (answer.management.length == 0xFFFF) {
    /* managementErrorStatus: the error, then the id (15.5.4). */
    answer.management.tlv_type = TLV_ERROR;
    answer.management.id = q->action == GET ? NO_SUCH_ID : NOT_SETABLE;
    put_be16(data, q->id);
    answer.management.length = 6;
  }
  port_queue(p, &answer, PTP_GROUP, 0);
}
