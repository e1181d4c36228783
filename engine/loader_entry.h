/* loader_entry.h - a module's descriptor, read without believing it: nothing
   past its sizes, nothing missing that its kind needs. Only the loader needs
   it.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_LOADER_ENTRY_H
#define VSC_ENGINE_LOADER_ENTRY_H

#include <vsc/clock.h>
#include <vsc/codec.h>
#include <vsc/discovery.h>
#include <vsc/resampler.h>
#include <vsc/transport.h>

/** Where a reason goes. */
struct loader_why {
  char *text;
  size_t bytes;
};

/** Writes the reason, without control characters; returns STATUS. */
vsc_status
loader_complain(const struct loader_why *why,
                vsc_status status,
                const char *fmt,
                ...) VSC_PRINTF(3, 4);

/** A copy: what the module is too old to have is zero. */
struct loader_entry {
  vsc_module module; /* .ops points to ops */
  union {
    vsc_codec_ops codec;
    vsc_transport_ops transport;
    vsc_discovery_ops discovery;
    vsc_clock_ops clock;
    vsc_resampler_ops resampler;
  } ops;
};

/** PATH is for the reason. VSC_ERR_UNSUPPORTED: another ABI or kind;
    VSC_ERR_MALFORMED: not a sound descriptor. */
vsc_status
loader_entry_read(struct loader_entry *out,
                  const char *path,
                  const vsc_module *module,
                  const struct loader_why *why);

#endif
