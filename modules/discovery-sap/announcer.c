/* announcer.c - our sessions, each with its next moment.
   SPDX-License-Identifier: MIT */
#include "announcer.h"

#include <string.h>

#define SECOND 1000000000
/* What all announcements of a group may take together (RFC 2974, 3.1). */
#define BITS_PER_SECOND 4000

struct announced *
announcer_find(struct announcer *a, const char *id)
{
  struct announced *found = NULL;
  for (unsigned i = 0; i < ANNOUNCER_SESSIONS && !found; i++) {
    if (strcmp(a->rows[i].stream.id, id) == 0) {
      found = &a->rows[i];
    }
  }
  return found;
}

struct announced *
announcer_put(struct announcer *a, const vsc_stream *stream, vsc_ns now)
{
  struct announced *row = announcer_find(a, stream->id);
  if (!row) {
    row = announcer_find(a, "");
  }
  const vsc_status n =
    row && stream->id[0] ? sdp_print(stream, 1, a->text, sizeof a->text) : -1;
  if (n < 0) {
    return NULL;
  }
  a->bytes = a->bytes - row->bytes + (uint32_t)n;
  row->stream = *stream;
  row->hash = sap_hash(a->text, (size_t)n);
  row->bytes = (uint32_t)n;
  row->due = now;
  return row;
}

struct announced *
announcer_due(struct announcer *a, vsc_ns now)
{
  for (unsigned i = 0; i < ANNOUNCER_SESSIONS; i++) {
    if (a->rows[i].stream.id[0] && a->rows[i].due <= now) {
      return &a->rows[i];
    }
  }
  return NULL;
}

/* From -1/3 to +1/3 of an interval, so that nobody stays in step. */
static vsc_ns
jitter(struct announcer *a, vsc_ns interval)
{
  a->seed = a->seed * UINT64_C(6364136223846793005) + 1;
  const vsc_ns third = interval / 3;
  return (vsc_ns)((a->seed >> 11) % (uint64_t)(2 * third + 1)) - third;
}

void
announcer_said(struct announcer *a,
               struct announced *row,
               uint64_t others,
               vsc_ns now)
{
  /* Below 2^31 bytes: 1280 sessions of at most 16 KiB. */
  const vsc_ns shared =
    (vsc_ns)(8 * (a->bytes + others) / BITS_PER_SECOND) * SECOND;
  const vsc_ns interval = shared > a->period ? shared : a->period;
  row->due = now + interval + jitter(a, interval);
}

void
announcer_drop(struct announcer *a, struct announced *row)
{
  a->bytes -= row->bytes;
  memset(row, 0, sizeof *row);
}

vsc_status
announcer_packet(struct announcer *a,
                 const struct announced *row,
                 bool is_deletion,
                 uint8_t out[ANNOUNCER_BYTES])
{
  const vsc_status n = sdp_print(&row->stream, 1, a->text, sizeof a->text);
  if (n < 0) {
    return n;
  }
  const struct sap_packet packet = { .is_deletion = is_deletion,
                                     .hash = row->hash,
                                     .origin = row->stream.origin,
                                     .text = a->text,
                                     .bytes = (size_t)n };
  return sap_write(&packet, out, ANNOUNCER_BYTES);
}

bool
announcer_knows(const struct announcer *a, const struct sap_packet *packet)
{
  for (unsigned i = 0; i < ANNOUNCER_SESSIONS; i++) {
    const struct announced *const row = &a->rows[i];
    if (row->stream.id[0] && row->hash == packet->hash &&
        row->stream.origin == packet->origin) {
      return true;
    }
  }
  return false;
}
