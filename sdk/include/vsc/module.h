/* module.h - the one symbol a module exports, and its life cycle:

     load -> [options filled] -> init -> open.. -> run.. -> close.. -> fini

   Thread words used in every header:
     [main-thread]   the engine's loop; may allocate, may log, must not linger
     [audio-thread]  the one real-time thread; VSC_RT functions only
     [thread-safe]   any thread, also at once; wait-free
   Joined with states: & active (between open and close), & !active.
   SPDX-License-Identifier: MIT */
#ifndef VSC_MODULE_H
#define VSC_MODULE_H

#include <vsc/base.h>
#include <vsc/host.h>
#include <vsc/option.h>
#include <vsc/stream.h>

VSC_BEGIN_DECLS

enum vsc_kind {
  VSC_KIND_CODEC = 1,
  VSC_KIND_TRANSPORT = 2,
  VSC_KIND_DISCOVERY = 3,
  VSC_KIND_CLOCK = 4,
  VSC_KIND_RESAMPLER = 5,
};

/** A module's name is the stem of its file: codec-l24.so is "codec-l24". */
typedef struct vsc_module {
  uint32_t size;          /**< sizeof(vsc_module) */
  uint32_t abi_major,     /**< of the SDK it was built with */
    abi_minor;            /**< the same; VSC_MODULE_HEAD fills them in */
  int32_t kind;           /**< enum vsc_kind; says which ops struct follows */
  const char *version,    /**< for people: "1.0" */
    *vendor,              /**< who made it */
    *license,             /**< its SPDX name */
    *summary;             /**< one line, lower case, no full stop */
  uint32_t instance_size; /**< the host allocates it, zeroed and prefaulted */
  const vsc_option *options; /**< NULL: no keys */
  const void *ops;           /**< vsc_codec_ops, vsc_transport_ops, ... */

  /** Options are in place; take memory, check them, log why not. After an
      error fini() is still called, once. [main-thread & !active] */
  vsc_status (*init)(void *self, const vsc_host *host);
  void (*fini)(void *self);    /**< [main-thread & !active]; may be NULL */
  void (*on_main)(void *self); /**< answer to request_main; may be NULL */
} vsc_module;

#define VSC_MODULE_SYMBOL "vsc_module_entry"
/** The first members of every vsc_module_entry. */
#define VSC_MODULE_HEAD                                                        \
  .size = sizeof(vsc_module), .abi_major = VSC_ABI_MAJOR,                      \
  .abi_minor = VSC_ABI_MINOR

extern VSC_EXPORT const vsc_module vsc_module_entry;

VSC_END_DECLS
#endif
