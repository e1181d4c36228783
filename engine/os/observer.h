/* observer.h - listening to a group beside the engine, with the kernel's
   time of arrival and what the IP header said. SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_OS_OBSERVER_H
#define VSC_ENGINE_OS_OBSERVER_H

#include <stdbool.h>
#include <vsc/stream.h>

struct observer;

/** One datagram. */
struct observed {
  const uint8_t *bytes; /* the observer's, until the next one */
  uint32_t length;
  vsc_ns when; /* its arrival; host time */
  vsc_ip source;
  uint8_t dscp, ttl;
};

/** Join STREAM's group on interface number INDEX. VSC_ERR_* with one sentence
   in WHY. */
vsc_status
observer_open(const vsc_stream *stream,
              int index,
              struct observer **out,
              char *why,
              size_t why_bytes);
/** NULL is fine. */
void
observer_close(struct observer *s);
/** The next that has come, or false: none. */
bool
observer_read(struct observer *s, struct observed *out);
/** Packets that came faster than they were read. */
uint32_t
observer_dropped(const struct observer *s);

#endif
