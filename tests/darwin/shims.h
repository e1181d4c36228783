/* shims.h - where the calling conventions of macOS are not those of Linux; a
   file for each processor.
   SPDX-License-Identifier: MIT */
#ifndef TESTS_DARWIN_SHIMS_H
#define TESTS_DARWIN_SHIMS_H

#include <pthread.h>
#include <stddef.h>
#include <time.h>

/** As macOS calls them: snprintf(out, bytes, format, ...) and vsnprintf. */
void
shim_snprintf(void);
void
shim_vsnprintf(void);
/** Is called with a thread-local variable's descriptor {this, key, offset},
    answers its address and changes next to no register. */
void
shim_tlv(void);
/** Those variables: zero at first, as ours are. */
extern _Thread_local char shim_tlv_bytes[4096];

/** A thread of the bundle's, and its sleep: of the machine that the program
    simulates, or the true ones. */
int
machine_thread(pthread_t *out,
               const pthread_attr_t *attr,
               void *(*run)(void *),
               void *arg);
int
machine_sleep(const struct timespec *duration, struct timespec *left);

#endif
