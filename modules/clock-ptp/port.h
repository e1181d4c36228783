/* port.h - one PTP port of an ordinary clock (IEEE 1588-2008 9.2): messages and
   time in, messages and measurements out. It knows neither sockets nor timers.
   SPDX-License-Identifier: MIT */
#ifndef VSC_PTP_PORT_H
#define VSC_PTP_PORT_H

#include "modules/clock-ptp/bmca.h"
#include "modules/clock-ptp/estimator.h"
#include "modules/clock-ptp/media.h"

#define PORT_OUTPUTS 32
#define PORT_OBSERVATIONS 64
#define PORT_PEERS 64
#define PORT_CHANGES 4
/* Limits of what we answer, a second. */
#define PORT_ANSWERS_EACH 16
#define PORT_ANSWERS_ALL 1000
#define PORT_MANAGEMENT 10

enum port_role { PORT_AUTO, PORT_FOLLOWER, PORT_LEADER };
enum port_delay { PORT_DELAY_AUTO, PORT_DELAY_MULTICAST, PORT_DELAY_UNICAST };

/** portState, table 8. */
enum port_state {
  PORT_LISTENING = 4,
  PORT_MASTER = 6,
  PORT_PASSIVE = 7,
  PORT_UNCALIBRATED = 8,
  PORT_SLAVE = 9,
};

struct port_config {
  int role, delay_mode;
  uint8_t identity[8];
  uint8_t domain, priority1, priority2;
  int log_announce, log_sync, log_delay;
  unsigned announce_timeout; /* intervals */
  vsc_ns asymmetry;          /* the way here is longer than the mean by this */
  uint16_t event_port, general_port;
  vsc_ip address; /* ours */
};

struct port_packet {
  const uint8_t *bytes;
  uint32_t length;
  vsc_ip from;
  int is_event, is_exact; /* which socket; whether WHEN is the kernel's */
  vsc_ns when;
};

struct port_output {
  uint8_t bytes[PTP_BYTES_MAX];
  uint32_t length;
  vsc_ip to;
  uint16_t to_port;
  int is_event; /* to be stamped */
};

/* What diagnosis looks at: host times, 0: never. */
struct port_facts {
  vsc_ns announce, sync, response; /* last: in our domain; of the master */
  vsc_ns other_domain, version_1, twin, neighbour, not_allowed;
  uint8_t other_domain_number;
  uint8_t not_allowed_clock[8], neighbour_clock[8];
  unsigned lonely_syncs;        /* in a row, without their Follow_Up */
  unsigned unanswered;          /* Delay_Req in a row */
  vsc_ns changes[PORT_CHANGES]; /* of master, the newest first */
  uint64_t taken, malformed, refused, unstamped, unsent;
};

struct port {
  struct port_config config; /* constant */
  const struct media *media;
  int state;
  int may_lead;
  uint64_t random;
  struct bmca bmca;
  struct ptp_dataset own;
  /* whom we follow */
  int has_parent;
  struct ptp_identity parent;
  vsc_ip parent_address;
  struct ptp_dataset parent_set;
  int8_t parent_log_sync;
  unsigned parent_serial; /* another parent, another number */
  vsc_ns announce_deadline;
  /* follower */
  struct {
    int is_waiting;
    uint16_t sequence;
    vsc_ns at; /* 0: no exact stamp */
    int64_t correction;
    vsc_ns spoke;   /* the master's newest message of another kind */
    unsigned taken; /* in a row */
  } sync;
  struct {
    int is_waiting;
    uint16_t sequence;
    int64_t time;
  } follow_up;
  struct {
    int is_waiting, is_unicast, has_answer;
    uint16_t sequence;
    vsc_ns queued, left; /* 0: not known yet */
    int64_t answer;      /* t4 - correction */
    vsc_ns due;          /* the next one */
    int log_interval;
    int wants_unicast;
  } request;
  /* leader */
  vsc_ns announce_due, sync_due, stamp_queued;
  uint16_t announce_sequence, sync_sequence;
  int stamp_wanted;
  struct {
    vsc_ip address;
    double tokens;
    vsc_ns at;
  } peers[PORT_PEERS], all, management;
  struct port_facts facts;
  int64_t offset_ns, delay_ns; /* for currentDS; from the ladder */
  /* results */
  struct port_output outputs[PORT_OUTPUTS];
  unsigned output_head, output_count;
  struct observation observations[PORT_OBSERVATIONS];
  unsigned observation_count;
};

/** MEDIA is what is published as a master; it outlives the port. */
void
port_init(struct port *p,
          const struct port_config *config,
          const struct media *media,
          vsc_ns now,
          uint64_t seed);
void
port_receive(struct port *p, const struct port_packet *packet, vsc_ns now);
/** The event message that was taken last left at WHEN. */
void
port_sent(struct port *p, vsc_ns when);
/** Do what is due; port_next says when again. */
void
port_tick(struct port *p, vsc_ns now);
vsc_ns
port_next(const struct port *p);
/** May we be master, as far as the ladder goes? */
void
port_set_lead(struct port *p, int may_lead, vsc_ns now);
/** The estimator trusts its map, or no longer. */
void
port_set_calibrated(struct port *p, int is_calibrated);
/** The next message to send; 0: none. */
int
port_take(struct port *p, struct port_output *out);
/** A word for a state: "SLAVE". */
const char *
port_state_text(int state);

/* Between the rooms of the port. */

/** Random, uniform in 0..1. */
double
port_random(struct port *p);
void
port_queue(struct port *p,
           const struct ptp_message *m,
           vsc_ip to,
           int is_event);
/** A message of ours, to be filled further. */
struct ptp_message
port_message(const struct port *p, int type);
/** port_follow.c */
void
follow_begin(struct port *p, vsc_ns now);
void
follow_receive(struct port *p,
               const struct ptp_message *m,
               const struct port_packet *packet);
void
follow_sent(struct port *p, vsc_ns when);
void
follow_tick(struct port *p, vsc_ns now);
/** port_lead.c */
void
lead_begin(struct port *p, vsc_ns now);
void
lead_receive(struct port *p,
             const struct ptp_message *m,
             const struct port_packet *packet);
void
lead_sent(struct port *p, vsc_ns when);
void
lead_tick(struct port *p, vsc_ns now);
/** One token of a bucket that gets RATE a second and holds as many. */
int
lead_may_answer(double *tokens, vsc_ns *at, double rate, vsc_ns now);
/** management.c: answer it, if it is a question. */
void
management_receive(struct port *p, const struct ptp_message *m, vsc_ns now);

#endif
