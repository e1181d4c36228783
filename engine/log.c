/* log.c - a bounded ring with many writers and one reader. A slot's sequence
   number says whose turn it is (Vyukov's bounded queue), so writers never wait
   for each other, and a writer that is interrupted only delays the reader.
   SPDX-License-Identifier: MIT */
#include "log.h"

#include "hal/label.h"
#include "os/journal.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 1024u /* a power of two */
#define NAME_BYTES 56
#define TEXT_BYTES 244 /* host.h promises 240 */

struct slot {
  _Atomic uint64_t turn; /* n: free for line n; n + 1: line n is there */
  int level;
  char name[NAME_BYTES];
  char text[TEXT_BYTES];
};

struct log {
  struct slot slots[SLOTS];
  /* any thread */
  _Atomic uint64_t head; /* next line to be written */
  _Atomic uint64_t dropped;
  _Atomic int level;
  /* main thread */
  uint64_t tail; /* next line to be drained */
  uint64_t dropped_told;
  log_sink *sink;
  void *sink_arg;
};

/* glibc's and Apple's neither allocate nor lock for integers, %s and %c, which
   is all that host.h allows on the audio thread. */
static int
format(char *out, size_t bytes, const char *fmt, va_list args) VSC_RT
  VSC_PRINTF(3, 0);

#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wfunction-effects"
#endif
static int
format(char *out, size_t bytes, const char *fmt, va_list args) VSC_RT
{
  return vsnprintf(out, bytes, fmt, args);
}
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic pop
#endif

const char *
log_level_word(int level)
{
  static const char *const words[] = { "error", "warning", "info", "debug" };
  return words[level < VSC_LOG_ERROR   ? VSC_LOG_ERROR
               : level > VSC_LOG_DEBUG ? VSC_LOG_DEBUG
                                       : level];
}

static void
write_stderr(void *arg, int level, const char *line)
{
  (void)arg;
  fprintf(stderr, "aes67: %s: %s\n", log_level_word(level), line);
  os_journal(level, line);
}

struct log *
log_create(int level)
{
  struct log *const log = calloc(1, sizeof *log);
  if (!log) {
    return NULL;
  }
  for (uint32_t i = 0; i < SLOTS; i++) {
    /* Also the page faults: a line from the audio thread meets none. */
    atomic_init(&log->slots[i].turn, i);
    log->slots[i].text[0] = 0;
  }
  log_set_level(log, level);
  log->sink = write_stderr;
  return log;
}

void
log_destroy(struct log *log)
{
  if (log) {
    log_drain(log);
    free(log);
  }
}

void
log_set_sink(struct log *log, log_sink *sink, void *arg)
{
  log->sink = sink ? sink : write_stderr;
  log->sink_arg = arg;
}

void
log_set_level(struct log *log, int level)
{
  atomic_store_explicit(&log->level, level, memory_order_relaxed);
}

/* A slot for line *TURN, or NULL when the ring is full. */
static struct slot *
claim(struct log *log, uint64_t *turn) VSC_RT
{
  uint64_t n = atomic_load_explicit(&log->head, memory_order_relaxed);
  for (;;) {
    struct slot *const slot = &log->slots[n & (SLOTS - 1)];
    /* Pairs with the release in log_drain: the reader is done with it. */
    const uint64_t at = atomic_load_explicit(&slot->turn, memory_order_acquire);
    if (at == n) {
      if (atomic_compare_exchange_weak_explicit(&log->head,
                                                &n,
                                                n + 1,
                                                memory_order_relaxed,
                                                memory_order_relaxed)) {
        *turn = n;
        return slot;
      }
    } else if ((int64_t)(at - n) < 0) {
      return NULL; /* still holds the line of one round ago */
    } else {
      n = atomic_load_explicit(&log->head, memory_order_relaxed);
    }
  }
}

void
log_vwrite(struct log *log,
           int level,
           const char *name,
           const char *fmt,
           va_list args) VSC_RT
{
  if (!log || level > atomic_load_explicit(&log->level, memory_order_relaxed)) {
    return;
  }
  uint64_t turn;
  struct slot *const slot = claim(log, &turn);
  if (!slot) {
    atomic_fetch_add_explicit(&log->dropped, 1, memory_order_relaxed);
    return;
  }
  slot->level = level;
  size_t n = 0;
  for (; name && name[n] && n < NAME_BYTES - 1; n++) {
    slot->name[n] = name[n];
  }
  slot->name[n] = 0;
  slot->text[0] = 0;
  if (format(slot->text, TEXT_BYTES, fmt, args) >= TEXT_BYTES) {
    memcpy(slot->text + TEXT_BYTES - 4, "...", 4);
  }
  /* Pairs with the acquire in log_drain: the line is whole. */
  atomic_store_explicit(&slot->turn, turn + 1, memory_order_release);
}

void
log_write(struct log *log, int level, const char *name, const char *fmt, ...)
  VSC_RT
{
  va_list args;
  va_start(args, fmt);
  log_vwrite(log, level, name, fmt, args);
  va_end(args);
}

/* OUT has room for four bytes of each of TEXT's and the end. */
static char *
escape(char *out, const char *text)
{
  static const char hex[] = "0123456789abcdef";
  const unsigned char *s = (const unsigned char *)text;
  while (*s) {
    const size_t n = label_character(s);
    if (n) {
      memcpy(out, s, n);
      out += n;
      s += n;
    } else {
      *out++ = '\\';
      *out++ = 'x';
      *out++ = hex[*s >> 4];
      *out++ = hex[*s & 15];
      s++;
    }
  }
  *out = 0;
  return out;
}

static void
show(struct log *log, const struct slot *slot)
{
  char line[4 * (NAME_BYTES + TEXT_BYTES) + 3];
  char *end = escape(line, slot->name);
  if (end > line) {
    memcpy(end, ": ", 2);
    end += 2;
  }
  escape(end, slot->text);
  log->sink(log->sink_arg, slot->level, line);
}

static bool
is_ready(const struct log *log, uint64_t line)
{
  /* Pairs with the release in log_vwrite. */
  return atomic_load_explicit(&log->slots[line & (SLOTS - 1)].turn,
                              memory_order_acquire) == line + 1;
}

unsigned
log_drain(struct log *log)
{
  unsigned shown = 0;
  const uint64_t end = atomic_load_explicit(&log->head, memory_order_relaxed);
  while (log->tail != end && is_ready(log, log->tail)) {
    struct slot *const slot = &log->slots[log->tail & (SLOTS - 1)];
    show(log, slot);
    /* Pairs with the acquire in claim: free for the line a round later. */
    atomic_store_explicit(&slot->turn, log->tail + SLOTS, memory_order_release);
    log->tail++;
    shown++;
  }
  const uint64_t dropped = log_dropped(log);
  if (dropped != log->dropped_told) {
    char line[80];
    snprintf(line,
             sizeof line,
             "log: %llu lines were dropped because they came too fast",
             (unsigned long long)(dropped - log->dropped_told));
    log->dropped_told = dropped;
    log->sink(log->sink_arg, VSC_LOG_WARN, line);
    shown++;
  }
  return shown;
}

bool
log_pending(const struct log *log)
{
  return is_ready(log, log->tail) || log_dropped(log) != log->dropped_told;
}

uint64_t
log_dropped(const struct log *log)
{
  return atomic_load_explicit(&log->dropped, memory_order_relaxed);
}
