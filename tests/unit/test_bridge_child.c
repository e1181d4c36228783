/* test_bridge_child.c - what the engine makes of a bridge's process, whatever
   that is: here a shell script. SPDX-License-Identifier: MIT */
#include "engine/bridges.h"
#include "engine/log.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char program[64];
static vsc_ns now = 1;
static struct os os;
static struct engine e;
static struct config config;
static struct config_bridge wanted;

static vsc_ns
tell_now(const struct os *self)
{
  (void)self;
  return now;
}

/* An engine that is to have one bridge, which does what SCRIPT says. */
static void
begin(const char *script)
{
  strcpy(program, "/tmp/vsc-bridge-XXXXXX");
  const int fd = mkstemp(program);
  FILE *const file = fdopen(fd, "w");
  cr_assert_not_null(file);
  fprintf(file, "#!/bin/sh\n%s\n", script);
  fchmod(fd, 0700);
  fclose(file);
  os = (struct os){ .now = tell_now };
  wanted = (struct config_bridge){ .name = "room", .device = "d", .count = 2 };
  strcpy(wanted.resampler, "linear");
  config = (struct config){ .bridges = &wanted, .bridge_count = 1 };
  e = (struct engine){ .setup = { .log = log_create(VSC_LOG_ERROR),
                                  .os = &os,
                                  .instance = "i",
                                  .runtime_dir = "/tmp",
                                  .program = program } };
  bridges_reconcile(&e, &config);
  bridges_tick(&e);
  cr_assert(e.bridges->child.pid > 0);
}

static void
end(void)
{
  bridges_destroy(&e);
  cr_expect_null(e.bridges);
  log_destroy(e.setup.log);
  unlink(program);
}

/* A machine may be busy for half a minute. */
static void
tick_until_ended(const struct bridge_child *b)
{
  for (unsigned i = 0; i < 3000 && b->child.pid; i++) {
    bridges_tick(&e);
    child_nap();
  }
  cr_assert_eq(b->child.pid, 0);
}

Test(bridge_child, says_any_bytes)
{
  begin("printf 'no \\303card\\n' >&2; exit 1");
  tick_until_ended(e.bridges);
  json_t *const list = bridges_json(&e);
  cr_assert_eq(json_array_size(list), 1);
  cr_expect_str_eq(
    json_string_value(json_object_get(json_array_get(list, 0), "reason")),
    "no ?card");
  json_decref(list);
  end();
}

Test(bridge_child, is_told_by_its_last_words)
{
  begin("i=0; while [ $i -lt 400 ]; do echo 'ALSA lib says so, line' $i; "
        "i=$((i + 1)); done; echo 'the card is gone'; exit 1");
  tick_until_ended(e.bridges);
  cr_expect_str_eq(e.bridges->reason, "the card is gone");
  end();
}

Test(bridge_child, that_worked_before_has_failed_now)
{
  begin("echo '{\"frames\":7,\"silent_frames\":0,\"card_stops\":0,\"jumps\":0,"
        "\"latency_ns\":1,\"drift_ppm\":0.5,\"settled\":true}'; exit 1");
  tick_until_ended(e.bridges);
  cr_expect_eq(e.bridges->before.frames, 7);
  cr_expect_str_eq(bridge_word(e.bridges), "failed");
  cr_expect(bridges_have_failed(&e));
  end();
}

Test(bridge_child, waits_for_the_one_that_it_replaces)
{
  begin("trap '' TERM; read line");
  struct bridge_child *const old = e.bridges;
  wanted.latency = 1;
  bridges_reconcile(&e, &config);
  bridges_tick(&e);
  struct bridge_child *const new = e.bridges->next;
  cr_assert_not_null(new);
  cr_expect_eq(new->child.pid, 0);
  close(old->child.life);
  old->child.life = -1;
  for (unsigned i = 0; i < 3000 && !new->child.pid; i++) {
    bridges_tick(&e);
    child_nap();
  }
  cr_expect(new->child.pid > 0);
  cr_expect_eq(new->failures, 0);
  close(new->child.life);
  new->child.life = -1;
  end();
}
