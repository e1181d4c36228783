/* device.h - the bridge's side of the device: what there is, what its channels
   are called, and the two attachments that the graph's cycles use: one hears,
   one plays, so that an output that somebody else has takes no input away.
   SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_PIPEWIRE_DEVICE_H
#define VSC_HAL_PIPEWIRE_DEVICE_H

#include "hal/client_state.h"
#include "pace.h"

#define DEVICE_NAME_BYTES LABEL_BYTES

/** What a device of an instance is, engine or not. */
struct device_facts {
  vsc_client_info info;
  vsc_clock_view view; /* rate 0: no engine has told one */
  char inputs[VSC_CHANNELS_MAX][DEVICE_NAME_BYTES];
  char outputs[VSC_CHANNELS_MAX][DEVICE_NAME_BYTES];
};

/** Look, without attaching; names are unique. VSC_ERR_NOT_FOUND: no engine has
    run; vsc_client_error() says so. [main-thread] */
vsc_status
device_look(const char *instance,
            const char *runtime_dir,
            struct device_facts *out);
/** Are rate, channels, latencies and memory the same? */
bool
device_is_same(const vsc_client_info *a, const vsc_client_info *b);

/** Attach one direction, whole, in floats; VSC_ERR_AGAIN or VSC_ERR_NOT_FOUND
    while the engine is away. Waits a few ms at most. [main-thread] */
vsc_status
device_attach(const char *instance,
              const char *runtime_dir,
              const vsc_client_info *info,
              bool is_input,
              vsc_client **out);

#endif
