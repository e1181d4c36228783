/* check.h - the conformance kit behind `aes67 module check`: what is wrong with
   a module, in plain words.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CHECK_H
#define VSC_CHECK_H

#include <vsc/base.h>

#include <stdio.h>

VSC_BEGIN_DECLS

/** Load the file at PATH as the engine does and try it, in a process of its
   own: a module that crashes or hangs is a finding. A line each on OUT, "ok",
   "warn" or "FAIL", the last one counts them; or AS_JSON one object,
   "vsc.check/1". 0: nothing failed, 1: something did, or it could not be tried.
   Call it from a process with one thread. */
int
vsc_check_module(const char *path, FILE *out, int as_json);

VSC_END_DECLS
#endif
