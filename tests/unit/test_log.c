/* test_log.c - what comes out of the log is what went in, made harmless.
   SPDX-License-Identifier: MIT */
#include "engine/log.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct heard {
  unsigned count;
  int level;
  char last[2048];
};

static void
hear(void *arg, int level, const char *line)
{
  struct heard *const h = arg;
  h->count++;
  h->level = level;
  snprintf(h->last, sizeof h->last, "%s", line);
}

static struct log *
start(struct heard *h, int level)
{
  *h = (struct heard){ 0 };
  struct log *const log = log_create(level);
  log_set_sink(log, hear, h);
  return log;
}

/* TEXT as a line of "x" comes out as WANT. */
static void
expect(const char *text, const char *want)
{
  struct heard h;
  struct log *const log = start(&h, VSC_LOG_DEBUG);
  log_write(log, VSC_LOG_INFO, "x", "%s", text);
  log_drain(log);
  cr_assert_str_eq(h.last, want);
  log_destroy(log);
}

Test(log, names_the_speaker)
{
  expect("3 packets", "x: 3 packets");
}

Test(log, keeps_levels)
{
  struct heard h;
  struct log *const log = start(&h, VSC_LOG_WARN);
  log_write(log, VSC_LOG_INFO, "x", "not kept");
  cr_assert_eq(log_drain(log), 0);
  log_write(log, VSC_LOG_WARN, "x", "kept");
  cr_assert_eq(log_drain(log), 1);
  cr_assert_eq(h.level, VSC_LOG_WARN);
  log_set_level(log, VSC_LOG_DEBUG);
  log_write(log, VSC_LOG_DEBUG, "x", "kept now");
  cr_assert_eq(log_drain(log), 1);
  log_destroy(log);
}

Test(log, escapes_control_characters)
{
  expect("a\x1b[31mb\nc\x7f", "x: a\\x1b[31mb\\x0ac\\x7f");
}

Test(log, escapes_c1_controls)
{
  expect("\xc2\x9b", "x: \\xc2\\x9b");
}

Test(log, passes_utf8)
{
  expect("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\xa7 \xc2\xa0",
         "x: \xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\xa7 \xc2\xa0");
}

Test(log, escapes_what_is_not_utf8)
{
  expect("\xff", "x: \\xff");
  expect("\xc0\xaf", "x: \\xc0\\xaf");                   /* overlong */
  expect("\xe0\x80\xaf", "x: \\xe0\\x80\\xaf");          /* overlong */
  expect("\xf0\x8f\xbf\xbf", "x: \\xf0\\x8f\\xbf\\xbf"); /* overlong */
  expect("\xed\xa0\x80", "x: \\xed\\xa0\\x80");          /* surrogate */
  expect("\xf4\x90\x80\x80", "x: \\xf4\\x90\\x80\\x80"); /* too large */
  expect("\xe2\x82", "x: \\xe2\\x82");                   /* cut off */
}

Test(log, cuts_a_long_line_and_says_so)
{
  struct heard h;
  struct log *const log = start(&h, VSC_LOG_DEBUG);
  log_write(log, VSC_LOG_INFO, "", "%0300d", 1);
  log_drain(log);
  cr_assert_eq(strlen(h.last), 243);
  cr_assert_str_eq(h.last + 240, "...");
  log_destroy(log);
}

Test(log, a_hostile_line_of_full_length_fits)
{
  char text[241];
  memset(text, 0xff, 240);
  text[240] = 0;
  struct heard h;
  struct log *const log = start(&h, VSC_LOG_DEBUG);
  log_write(log, VSC_LOG_INFO, text, "%s", text);
  log_drain(log);
  cr_assert_eq(strlen(h.last), 4 * 55 + 2 + 4 * 240);
  log_destroy(log);
}

Test(log, counts_what_it_drops_and_tells_once)
{
  struct heard h;
  struct log *const log = start(&h, VSC_LOG_DEBUG);
  for (unsigned i = 0; i < 1024 + 7; i++) {
    log_write(log, VSC_LOG_INFO, "x", "%u", i);
  }
  cr_assert_eq(log_dropped(log), 7);
  cr_assert_eq(log_drain(log), 1024 + 1);
  cr_assert_str_eq(h.last,
                   "log: 7 lines were dropped because they came too fast");
  cr_assert_eq(log_drain(log), 0);
  log_destroy(log);
}

Test(log, goes_round_the_ring)
{
  struct heard h;
  struct log *const log = start(&h, VSC_LOG_DEBUG);
  for (unsigned i = 0; i < 5000; i++) {
    char want[32];
    snprintf(want, sizeof want, "x: %u", i);
    log_write(log, VSC_LOG_INFO, "x", "%u", i);
    cr_assert(log_pending(log));
    cr_assert_eq(log_drain(log), 1);
    cr_assert_str_eq(h.last, want);
  }
  cr_assert_not(log_pending(log));
  log_destroy(log);
}

static void
echo(void *arg, int level, const char *line)
{
  log_write(arg, level, "echo", "%s", line);
}

Test(log, a_sink_that_writes_does_not_hold_the_drain)
{
  struct log *const log = log_create(VSC_LOG_DEBUG);
  log_set_sink(log, echo, log);
  log_write(log, VSC_LOG_INFO, "x", "hello");
  cr_assert_eq(log_drain(log), 1);
  cr_assert_eq(log_drain(log), 1);
  struct heard h;
  log_set_sink(log, hear, &h);
  log_destroy(log);
}

Test(log, no_log_is_fine)
{
  log_write(NULL, VSC_LOG_ERROR, "x", "nobody listens");
  log_destroy(NULL);
}

#define WRITERS 4
#define LINES 20000

struct writer {
  struct log *log;
  unsigned number;
};

static void *
write_lines(void *arg)
{
  const struct writer *const w = arg;
  for (unsigned i = 0; i < LINES; i++) {
    log_write(w->log, VSC_LOG_INFO, "w", "%u %u", w->number, i);
  }
  return NULL;
}

struct order {
  int64_t last[WRITERS];
  unsigned count, wrong;
};

static void
check_order(void *arg, int level, const char *line)
{
  struct order *const o = arg;
  unsigned number, i;
  (void)level;
  if (sscanf(line, "w: %u %u", &number, &i) != 2) {
    o->wrong += strncmp(line, "log: ", 5) != 0;
    return;
  }
  o->count++;
  o->wrong += number >= WRITERS || (int64_t)i <= o->last[number];
  if (number < WRITERS) {
    o->last[number] = i;
  }
}

Test(log, many_writers_lose_only_what_is_counted)
{
  struct order o = { .last = { -1, -1, -1, -1 } };
  struct log *const log = log_create(VSC_LOG_DEBUG);
  log_set_sink(log, check_order, &o);
  struct writer writers[WRITERS];
  pthread_t threads[WRITERS];
  for (unsigned i = 0; i < WRITERS; i++) {
    writers[i] = (struct writer){ .log = log, .number = i };
    pthread_create(&threads[i], NULL, write_lines, &writers[i]);
  }
  while (o.count + log_dropped(log) < WRITERS * LINES) {
    log_drain(log);
  }
  for (unsigned i = 0; i < WRITERS; i++) {
    pthread_join(threads[i], NULL);
  }
  cr_assert_eq(o.wrong, 0);
  cr_assert_eq(o.count + log_dropped(log), WRITERS * LINES);
  log_destroy(log);
}
