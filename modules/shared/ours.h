/* ours.h - what every module of this package says of itself.
   SPDX-License-Identifier: MIT */
#ifndef VSC_OURS_H
#define VSC_OURS_H

#include <vsc/module.h>

/** The first members of its vsc_module_entry; VSC_VERSION is the package's. */
#define OUR_MODULE                                                             \
  VSC_MODULE_HEAD, .version = VSC_VERSION,                                     \
                   .vendor = "AES67 Virtual Soundcard", .license = "MIT"

#endif
