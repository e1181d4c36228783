/* rtp_source.c - the same address may restart at once (another SSRC, sequence
   far back); another address must wait until the old one has fallen silent.
   SPDX-License-Identifier: MIT */
#include "modules/transport-rtp/rtp_source.h"

static int
is_alive(const struct rtp_source *source, vsc_ns when) VSC_RT
{
  return source->is_known && when - source->heard < RTP_SOURCE_ALIVE_NS;
}

static struct rtp_verdict
take_over(struct rtp_source *source, const struct rtp_arrival *arrival) VSC_RT
{
  const uint8_t is_restart = source->is_known;
  source->address = arrival->address;
  source->ssrc = arrival->ssrc;
  source->newest = arrival->sequence;
  source->is_known = 1;
  return (struct rtp_verdict){ .flags = VSC_PACKET_FIRST,
                               .is_restart = is_restart };
}

static struct rtp_verdict
follow(struct rtp_source *source, uint16_t sequence) VSC_RT
{
  const uint16_t ahead = (uint16_t)(sequence - source->newest);
  const uint16_t behind = (uint16_t)(source->newest - sequence);
  if (ahead != 0 && ahead < 0x8000) {
    source->newest = sequence;
    return (struct rtp_verdict){ .flags = ahead == 1 ? VSC_PACKET_FOLLOWS : 0 };
  }
  return (struct rtp_verdict){ .flags = VSC_PACKET_REORDERED,
                               .is_older = behind != 0 };
}

struct rtp_verdict
rtp_source_judge(struct rtp_source *source,
                 const struct rtp_arrival *arrival) VSC_RT
{
  const int is_same = source->is_known && arrival->address == source->address;
  if ((source->filter && arrival->address != source->filter) ||
      (!is_same && is_alive(source, arrival->when))) {
    return (struct rtp_verdict){ .is_foreign = 1 };
  }
  const uint16_t behind = (uint16_t)(source->newest - arrival->sequence);
  const int is_back = behind > RTP_MISORDER_MAX && behind <= 0x8000;
  const struct rtp_verdict verdict =
    !is_same || arrival->ssrc != source->ssrc || is_back
      ? take_over(source, arrival)
      : follow(source, arrival->sequence);
  /* Time stamps of two sockets may cross: the newest counts. */
  if (arrival->when > source->heard || verdict.flags & VSC_PACKET_FIRST) {
    source->heard = arrival->when;
  }
  return verdict;
}
