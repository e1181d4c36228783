/* fuzz_sap.c - any packets from anybody: each begins with its length, its
   sender and how long after the one before. The books of the cache are right
   after it, and in the end it is empty.
   SPDX-License-Identifier: MIT */
#include "modules/discovery-sap/cache.h"

#include "insist.h"

#include <string.h>

/* Longer than the cache keeps anybody: ten periods of an hour. */
#define FOR_EVER (vsc_ns)36001000000000

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
found(void *arg, const vsc_stream *stream)
{
  (void)arg;
  insist(stream->id[0] && memchr(stream->name, 0, sizeof stream->name));
}

static void
lost(void *arg, const char *id)
{
  (void)arg;
  insist(id[0]);
}

static void
check(const struct cache *c)
{
  uint32_t rows = 0;
  uint64_t bytes = 0;
  for (unsigned i = 0; i < CACHE_SESSIONS; i++) {
    const struct cached *const row = &c->rows[i];
    rows += row->source != 0;
    bytes += row->source ? row->bytes : 0;
    insist(row->streams <= SDP_STREAMS_MAX);
  }
  insist(rows == c->count && bytes == c->bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct cache cache; /* empty before and after */
  const vsc_discovery_sink sink = { .size = sizeof sink,
                                    .found = found,
                                    .lost = lost };
  cache_init(&cache, &sink);
  cache.filled = 0;
  vsc_ns now = 0;
  struct sap_packet packet;
  if (sap_read(data, size, &packet) >= 0) {
    insist(packet.text + packet.bytes <= (const char *)data + size);
    cache_take(&cache, &packet, 1, now);
  }
  while (size > 4) {
    size_t length = (size_t)data[0] << 2 | (data[1] & 3);
    const vsc_ip source = 1 + (data[1] >> 2 & 7);
    now += (vsc_ns)data[2] * data[3] * 100000000;
    data += 4;
    size -= 4;
    length = length < size ? length : size;
    if (sap_read(data, length, &packet) >= 0) {
      cache_take(&cache, &packet, source, now);
    }
    cache_expire(&cache, now);
    data += length;
    size -= length;
  }
  check(&cache);
  cache_expire(&cache, now + FOR_EVER);
  check(&cache);
  insist(cache.count == 0);
  return 0;
}
