/* base.h - words every other header uses: versions, status codes, attributes.
   SPDX-License-Identifier: MIT */
#ifndef VSC_BASE_H
#define VSC_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define VSC_BEGIN_DECLS extern "C" {
#define VSC_END_DECLS }
#else
#define VSC_BEGIN_DECLS
#define VSC_END_DECLS
#endif

/** Makes a symbol visible outside a shared object; all others are hidden. */
#define VSC_EXPORT __attribute__((visibility("default")))
/** printf-like: argument F is the format, A the first argument checked. */
#define VSC_PRINTF(f, a) __attribute__((format(printf, f, a)))

/** Real-time promise: neither allocates, locks, nor blocks. The compiler checks
    it where it can (clang 20 and later, -Wfunction-effects); elsewhere it is a
    label. */
#if defined(__clang__) && __clang_major__ >= 20
#define VSC_RT __attribute__((nonblocking))
#else
#define VSC_RT
#endif

/** Any change that is not an append. */
#define VSC_ABI_MAJOR 0
/** An append at the end of a struct. */
#define VSC_ABI_MINOR 5

/** Does the struct that P points to have FIELD? P->size is what the side that
    built P wrote: sizeof the struct as that side knew it. */
#define VSC_HAS(p, type, field)                                                \
  ((p)->size >= offsetof(type, field) + sizeof((p)->field))

/** 0 or more: success. Below 0: one of VSC_ERR_*. */
typedef int32_t vsc_status;
enum {
  VSC_OK = 0,
  VSC_ERR_INVALID = -1,     /**< the caller broke the contract */
  VSC_ERR_NOMEM = -2,       /**< no memory left */
  VSC_ERR_SYSTEM = -3,      /**< errno was logged where it happened */
  VSC_ERR_UNSUPPORTED = -4, /**< a valid request that cannot be served */
  VSC_ERR_MALFORMED = -5,   /**< bad bytes from the wire or a file */
  VSC_ERR_AGAIN = -6,       /**< nothing to do now */
  VSC_ERR_LATE = -7,        /**< the moment has passed */
  VSC_ERR_REFUSED = -8,     /**< somebody else has it, or no permission */
  VSC_ERR_NOT_FOUND = -9,   /**< no such name */
};

/** Nanoseconds of the host's raw monotonic clock, or a duration. */
typedef int64_t vsc_ns;
/** A frame number on the media clock since the PTP epoch, 1970-01-01 TAI. */
typedef int64_t vsc_pos;

#endif
