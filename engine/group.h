/* group.h - the system group whose members may use the device of an engine.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_GROUP_H
#define VSC_ENGINE_GROUP_H

#include <vsc/base.h>

/** The number of group NAME. VSC_ERR_NOT_FOUND: there is none; VSC_ERR_REFUSED:
    we are not in it, so we may not give it anything; WHY: one sentence.
    [main-thread] */
vsc_status
group_find(const char *name, uint32_t *out, char *why, size_t why_bytes);

#endif
