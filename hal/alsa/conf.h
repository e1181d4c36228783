/* conf.h - what alsa-lib's configuration gives an aes67 device, and what it is
   told when that fails. SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_ALSA_CONF_H
#define VSC_HAL_ALSA_CONF_H

#include <stdbool.h>
#include <vsc/base.h>

#include <alsa/asoundlib.h>

struct conf {
  const char *instance; /* owned by alsa-lib while it opens the device */
  long first;           /* channel, from 1; where has_first */
  bool has_first;       /* may it be given? */
};

/** Fills in what NODE has; -EINVAL, and why in one sentence, for a key that is
    not one of ours or of the wrong type. WHAT: "PCM" or "mixer". */
int
conf_read(snd_config_t *node, const char *what, struct conf *out);
/** The errno, below 0, of a failure to find a device. */
int
conf_error(vsc_status status);

#endif
