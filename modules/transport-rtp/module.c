/* module.c - transport-rtp: RTP over UDP, multicast and unicast, as AES67 and
   ST 2110-30 use it. The entry; receive.c and send.c do the work.
   SPDX-License-Identifier: MIT */
#include <vsc/transport.h>

#include "modules/transport-rtp/membership.h"
#include "modules/transport-rtp/receive.h"
#include "modules/transport-rtp/send.h"
#include "modules/shared/ours.h"

struct transport_rtp {
  const vsc_host *host;
  int64_t receive_buffer, send_buffer; /* options; bytes */
  int32_t is_direct;                   /* option xdp */
  vsc_counter *unexpected, *send_failed;
  struct membership_table memberships;
  struct send_table send;
};

/* Followed by the memory of both halves. */
struct plan {
  struct receive_plan receive;
  struct send_plan send;
};

/* Places within a plan begin at a cache line. */
static size_t
align(size_t bytes)
{
  return (bytes + 63) / 64 * 64;
}

static vsc_status
init(void *self, const vsc_host *host)
{
  struct transport_rtp *const rtp = self;
  rtp->host = host;
  rtp->unexpected = host->counter(host, "unexpected");
  rtp->send_failed = host->counter(host, "send_failed");
  rtp->send.host = host;
  rtp->send.buffer_bytes = (uint32_t)rtp->send_buffer;
  rtp->send.is_direct = rtp->is_direct;
  return membership_init(
    &rtp->memberships, host, (uint32_t)rtp->receive_buffer);
}

static vsc_status
rx_open(void *self, void *rx, const vsc_stream *stream, const vsc_rx_port *port)
{
  struct transport_rtp *const rtp = self;
  return receive_open(&rtp->memberships, rx, stream, port);
}

static void
rx_close(void *self, void *rx)
{
  struct transport_rtp *const rtp = self;
  receive_close(&rtp->memberships, rx);
}

static vsc_status
tx_open(void *self, void *tx, const vsc_stream *stream, const vsc_tx_port *port)
{
  struct transport_rtp *const rtp = self;
  return send_open(&rtp->send, tx, stream, port);
}

static void
tx_close(void *self, void *tx)
{
  struct transport_rtp *const rtp = self;
  send_close(&rtp->send, tx);
}

static size_t
plan_size(void *self, const vsc_transport_streams *s)
{
  (void)self;
  return align(sizeof(struct plan)) + align(receive_plan_size(s->rx_count)) +
         align(send_plan_size(s->tx, s->tx_count));
}

static vsc_status
make_plan(void *self, void *memory, const vsc_transport_streams *s)
{
  struct transport_rtp *const rtp = self;
  struct plan *const plan = memory;
  if (s->rx_count > RECEIVERS_MAX) {
    rtp->host->log(rtp->host,
                   VSC_LOG_ERROR,
                   "%u receivers are more than %d; run a second instance",
                   s->rx_count,
                   RECEIVERS_MAX);
    return VSC_ERR_UNSUPPORTED;
  }
  uint8_t *const behind = (uint8_t *)memory + align(sizeof *plan);
  receive_plan_init(&plan->receive,
                    &rtp->memberships,
                    rtp->unexpected,
                    s->rx,
                    s->rx_count,
                    behind);
  send_plan_init(&plan->send,
                 &rtp->send,
                 rtp->send_failed,
                 s->tx,
                 s->tx_count,
                 behind + align(receive_plan_size(s->rx_count)));
  return VSC_OK;
}

/* Positions come from each packet's own arrival time, not from NOW. */
static void
rx_run(void *self, void *memory, vsc_ns now) VSC_RT
{
  struct plan *const plan = memory;
  (void)self;
  (void)now;
  receive_run(&plan->receive);
}

/* FIRST needs nothing here: a sender that restarts after a step of the clock
   keeps SSRC and sequence, and the timestamp tells the rest. */
static vsc_status
tx_packet(void *self, void *memory, void *tx, vsc_pos pos, uint32_t flags)
  VSC_RT
{
  struct plan *const plan = memory;
  (void)self;
  (void)flags;
  return send_packet(&plan->send, tx, pos);
}

static void
tx_flush(void *self, void *memory) VSC_RT
{
  struct plan *const plan = memory;
  (void)self;
  send_flush(&plan->send);
}

static const vsc_option options[] = {
  VSC_OPTION(struct transport_rtp,
             receive_buffer,
             "receive_buffer",
             VSC_OPT_INT,
             "2097152",
             4096,
             268435456,
             "kernel buffer of each receive socket, bytes"),
  VSC_OPTION(struct transport_rtp,
             send_buffer,
             "send_buffer",
             VSC_OPT_INT,
             "1048576",
             4096,
             268435456,
             "kernel buffer of each send socket, bytes"),
  VSC_OPTION(struct transport_rtp,
             is_direct,
             "xdp",
             VSC_OPT_BOOL,
             "no",
             0,
             0,
             "yes: what goes to groups passes by the kernel's UDP (AF_XDP), "
             "where that is possible and permitted"),
  VSC_OPTIONS_END,
};

static const vsc_transport_ops ops = {
  .size = sizeof ops,
  .rx_size = sizeof(struct rx),
  .tx_size = sizeof(struct tx),
  .rx_open = rx_open,
  .rx_close = rx_close,
  .tx_open = tx_open,
  .tx_close = tx_close,
  .plan_size = plan_size,
  .plan = make_plan,
  .rx_run = rx_run,
  .tx_packet = tx_packet,
  .tx_flush = tx_flush,
};

VSC_EXPORT const vsc_module vsc_module_entry = {
  OUR_MODULE,
  .kind = VSC_KIND_TRANSPORT,
  .summary = "RTP over UDP, multicast and unicast",
  .instance_size = sizeof(struct transport_rtp),
  .options = options,
  .ops = &ops,
  .init = init,
};
