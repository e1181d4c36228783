/* device_lock.h - one engine for an instance: a lock that ends with the
   process. SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_DEVICE_LOCK_H
#define VSC_ENGINE_DEVICE_LOCK_H

#include <vsc/base.h>

/** Take RUNTIME_DIR/INSTANCE.lock. VSC_ERR_REFUSED: another engine has it, WHY
    names its pid. OUT is a file descriptor for device_unlock. [main-thread] */
vsc_status
device_lock(const char *runtime_dir,
            const char *instance,
            int *out,
            char *why,
            size_t why_bytes);
/** -1 is fine. The file stays: removing it would let a second engine lock a
    file that a third one no longer finds. [main-thread] */
void
device_unlock(int lock);

#endif
