/* message.h - PTP messages as bytes and as numbers (IEEE 1588-2008, clause 13
   and annex D). Everything that a datagram can lie about is checked here.
   SPDX-License-Identifier: MIT */
#ifndef VSC_PTP_MESSAGE_H
#define VSC_PTP_MESSAGE_H

#include <vsc/base.h>

#define PTP_EVENT_PORT 319
#define PTP_GENERAL_PORT 320
#define PTP_GROUP 0xE0000181u /* 224.0.1.129 */
#define PTP_HEADER_BYTES 34
#define PTP_BYTES_MAX 256 /* longest that we write */
/* Seconds beyond this have no ns in 62 bits: the year 2116. */
#define PTP_SECONDS_MAX INT64_C(4611686017)
/* No network delays that much; what claims it is an attack or an accident. */
#define PTP_CORRECTION_MAX_NS 100000000

enum ptp_type {
  PTP_SYNC = 0x0,
  PTP_DELAY_REQ = 0x1,
  PTP_PDELAY_REQ = 0x2,
  PTP_PDELAY_RESP = 0x3,
  PTP_FOLLOW_UP = 0x8,
  PTP_DELAY_RESP = 0x9,
  PTP_PDELAY_RESP_FOLLOW_UP = 0xA,
  PTP_ANNOUNCE = 0xB,
  PTP_SIGNALING = 0xC,
  PTP_MANAGEMENT = 0xD,
};

/** flagField, first octet high. */
enum ptp_flag {
  PTP_ALTERNATE_MASTER = 0x0100,
  PTP_TWO_STEP = 0x0200,
  PTP_UNICAST = 0x0400,
  PTP_LEAP_61 = 0x0001,
  PTP_LEAP_59 = 0x0002,
  PTP_UTC_VALID = 0x0004,
  PTP_TIMESCALE = 0x0008,
  PTP_TIME_TRACEABLE = 0x0010,
  PTP_FREQUENCY_TRACEABLE = 0x0020,
};

/** Why a datagram was not taken. */
enum ptp_verdict {
  PTP_TAKEN = 0,
  PTP_SHORT,     /* ends before its type's last field */
  PTP_VERSION_1, /* older equipment shares the ports */
  PTP_VERSION_OTHER,
  PTP_OTHER_SDO, /* 802.1AS, or something else that is not for us */
  PTP_TYPE_OTHER,
  PTP_LENGTH, /* says it is longer than it is, or its TLVs do */
  PTP_VALUE,  /* a field that cannot be: nanoseconds, correction, seconds */
};

struct ptp_identity {
  uint8_t clock[8];
  uint16_t port;
};

/** What BMCA compares, as a grandmaster announces it (9.3.4). */
struct ptp_dataset {
  uint8_t priority1, priority2;
  uint8_t clock_class, accuracy;
  uint16_t variance;
  uint8_t grandmaster[8];
  uint16_t steps_removed;
  uint8_t time_source;
  int16_t utc_offset;
  uint16_t time_flags; /* the second octet of the flags */
};

struct ptp_management {
  struct ptp_identity target;
  uint8_t starting_hops, hops, action;
  uint16_t tlv_type, id;
  const uint8_t *data; /* in the datagram, or the caller's */
  uint16_t length;
};

struct ptp_message {
  uint8_t type, domain;
  uint16_t flags;
  int64_t correction_ns;
  struct ptp_identity source;
  uint16_t sequence;
  int8_t log_interval;
  int64_t time_ns; /* origin, precise origin or receive time stamp */
  struct ptp_identity requester;    /* Delay_Resp */
  struct ptp_dataset announce;      /* Announce */
  struct ptp_management management; /* Management */
};

/** OUT is complete only when the verdict is PTP_TAKEN. */
enum ptp_verdict
ptp_message_parse(const uint8_t *bytes,
                  uint32_t length,
                  struct ptp_message *out);
/** Its bytes, in OUT; 0 when the type is not one that we send or the data does
    not fit. The correction is whole ns. */
uint32_t
ptp_message_write(const struct ptp_message *m, uint8_t out[PTP_BYTES_MAX]);
int
ptp_identity_equal(const struct ptp_identity *a, const struct ptp_identity *b);

#endif
