/* discovery.h - who is out there, and telling them who we are.
   SPDX-License-Identifier: MIT */
#ifndef VSC_DISCOVERY_H
#define VSC_DISCOVERY_H

#include <vsc/module.h>

VSC_BEGIN_DECLS

/** Where a discovery module's findings go; the host copies. [main-thread] */
typedef struct vsc_discovery_sink {
  uint32_t size; /**< sizeof(vsc_discovery_sink) */
  void *arg;     /**< for found and lost */
  void (*found)(void *arg, const vsc_stream *stream); /**< new or changed */
  void (*lost)(void *arg, const char *id); /**< a stream's id, as found */
} vsc_discovery_sink;

/** What a discovery module can do. All [main-thread]. */
typedef struct vsc_discovery_ops {
  uint32_t size; /**< sizeof(vsc_discovery_ops) */
  /** Begin; SINK is valid until stop() returns. */
  vsc_status (*start)(void *self, const vsc_discovery_sink *sink);
  void (*stop)(void *self); /**< nothing is found or lost after it */
  /** Announce one of our streams, or its change; NULL: cannot announce. */
  vsc_status (*announce)(void *self, const vsc_stream *stream);
  void (*withdraw)(void *self, const char *id); /**< may be NULL */

  /* Since ABI 0.4 */

  /** Find what these URLs describe, each with its URL as id, and nothing else
      that follow() asked for before. NULL: takes no URLs. */
  void (*follow)(void *self, const char *const *urls, uint32_t count);
  /** Why what URL describes is not found: one sentence, valid until the next
      call; empty: it is found; NULL: not followed. NULL where follow is. */
  const char *(*trouble)(void *self, const char *url);
} vsc_discovery_ops;

VSC_END_DECLS
#endif
