/* log.h - the log: any thread writes a line into a ring without waiting, the
   main thread drains it to stderr.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_LOG_H
#define VSC_ENGINE_LOG_H

#include <vsc/host.h>
#include <stdarg.h>
#include <stdbool.h>

struct log;

/** LEVEL: lines above it (enum vsc_log_level) are not kept. [main-thread] */
struct log *
log_create(int level);
/** Drains what is left. NULL is fine. [main-thread] */
void
log_destroy(struct log *log);

/** NAME is the thing that speaks: an instance, a stream, "profile". Copies;
    drops and counts when the ring is full, cuts after 240 bytes. LOG may be
    NULL. Lines from one place that repeat faster than 10/s are for the caller
    to avoid. [thread-safe] */
void
log_write(struct log *log, int level, const char *name, const char *fmt, ...)
  VSC_RT VSC_PRINTF(4, 5);
void
log_vwrite(struct log *log,
           int level,
           const char *name,
           const char *fmt,
           va_list args) VSC_RT VSC_PRINTF(4, 0);

/** One drained line, "NAME: text", control characters and what is not UTF-8 as
    \xNN, without newline. */
typedef void
log_sink(void *arg, int level, const char *line);
/** Where drained lines go; by default (NULL) "aes67: error: NAME: text" on
    stderr. [main-thread] */
void
log_set_sink(struct log *log, log_sink *sink, void *arg);
void
log_set_level(struct log *log, int level);
/** Hand what is in the ring to the sink, and how many lines were dropped since
    the last time; how many lines the sink got. The sink may write to the log:
   that waits for the next call. [main-thread] */
unsigned
log_drain(struct log *log);
/** Is there something to drain? [main-thread] */
bool
log_pending(const struct log *log);
/** Lines that were dropped because the ring was full. [thread-safe] */
uint64_t
log_dropped(const struct log *log);
/** "error", "warning", "info", "debug". */
const char *
log_level_word(int level);

#endif
