/* bridges.c - see bridges.h. SPDX-License-Identifier: MIT */
#include "bridges.h"

#include "control_text.h"
#include "hal/label.h"
#include "log.h"
#include "option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
/* A process that says nothing is one whose card hangs. */
#define SILENCE (15 * SECOND)
/* What ran so long has not failed again when it ends. */
#define LASTING (60 * SECOND)
#define PAUSE_MAX 30
/* After that it is killed: it closes itself 2 s after it was asked to. */
#define NAPS 300
#define WORDS_MAX 24
#define READ_BYTES 2048
/* Of what one leaves behind that has ended: what a pipe holds. */
#define LAST_READS 32

/* What a process says. */

bool
bridge_report_read(const char *line, size_t bytes, struct bridge_report *out)
{
  struct bridge_report r = { 0 };
  json_error_t error;
  json_t *const j = json_loadb(line, bytes, JSON_REJECT_DUPLICATES, &error);
  const json_t *const ppm = json_object_get(j, "drift_ppm");
  const json_t *const latency = json_object_get(j, "latency_ns");
  r.latency_ns = json_integer_value(latency);
  r.ppm = json_number_value(ppm);
  r.is_settled = json_is_true(json_object_get(j, "settled"));
  const bool is_report = control_count(j, "frames", &r.frames) &&
                         control_count(j, "silent_frames", &r.silent_frames) &&
                         control_count(j, "card_stops", &r.stops) &&
                         control_count(j, "jumps", &r.jumps) &&
                         json_is_integer(latency) && json_is_number(ppm);
  json_decref(j);
  if (is_report) {
    *out = r;
  }
  return is_report;
}

/* A whole line: a report, or words, of which the last are why it ended. */
static void
hear(struct engine *e, struct bridge_child *b)
{
  static const char self[] = "aes67 bridge: ";
  struct bridge_report report;
  if (b->is_too_long || b->used == 0) {
    return;
  }
  if (bridge_report_read(b->line, b->used, &report)) {
    b->report = report;
    b->has_report = true;
    b->heard_at = e->setup.os->now(e->setup.os);
    b->reason[0] = '\0';
    return;
  }
  b->line[b->used] = '\0';
  const size_t skip =
    strncmp(b->line, self, sizeof self - 1) == 0 ? sizeof self - 1 : 0;
  label_clean(b->line + skip, b->reason, sizeof b->reason); /* any bytes */
}

static void
take(struct engine *e, struct bridge_child *b, const char *bytes, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    if (bytes[i] == '\n') {
      hear(e, b);
      b->used = 0;
      b->is_too_long = false;
    } else if (b->used < sizeof b->line - 1) {
      b->line[b->used++] = bytes[i];
    } else {
      b->is_too_long = true;
    }
  }
}

/* What there is, at most READ_BYTES: a process that pours out words waits.
   False: there was nothing. */
static bool
listen_to(struct engine *e, struct bridge_child *b)
{
  char bytes[READ_BYTES];
  const ssize_t n = read(b->child.words, bytes, sizeof bytes);
  if (n > 0) {
    take(e, b, bytes, (size_t)n);
  }
  return n > 0;
}

/* A process. */

vsc_ns
bridge_pause(unsigned failures)
{
  const unsigned doubled = failures > 0 ? failures - 1 : 0;
  return (doubled < 5 ? INT64_C(1) << doubled : PAUSE_MAX) * SECOND;
}

static void
add_counts(struct bridge_report *to, const struct bridge_report *r)
{
  to->frames += r->frames;
  to->silent_frames += r->silent_frames;
  to->stops += r->stops;
  to->jumps += r->jumps;
}

static const char *
channels_of(const struct config_bridge *c, char out[16])
{
  snprintf(out, 16, "%u-%u", c->first + 1, c->first + c->count);
  return out;
}

static vsc_status
run(struct engine *e, struct bridge_child *b)
{
  const struct config_bridge *const c = &b->config;
  char channels[16];
  char latency[32];
  snprintf(latency, sizeof latency, "%lldns", (long long)c->latency);
  const char *const argv[WORDS_MAX] = {
    e->setup.program,
    "bridge",
    c->is_capture ? "capture" : "play",
    "--supervised",
    "--instance",
    e->setup.instance,
    "--runtime-dir",
    e->setup.runtime_dir,
    "--channels",
    channels_of(c, channels),
    "--latency",
    latency,
    "--resampler",
    c->resampler,
    "--",
    c->device,
    NULL,
  };
  return child_start(argv, &b->child);
}

static void
wait_for_next(struct bridge_child *b, vsc_ns now)
{
  b->failures = now - b->started_at >= LASTING ? 1 : b->failures + 1;
  b->retry_at = now + bridge_pause(b->failures);
}

static void
start(struct engine *e, struct bridge_child *b, vsc_ns now)
{
  b->restarts += b->failures > 0;
  b->started_at = b->heard_at = now;
  b->is_too_long = false;
  b->used = 0;
  if (run(e, b) < 0) {
    snprintf(b->reason, sizeof b->reason, "no process can be started");
    wait_for_next(b, now);
  }
}

static void
note_end(struct engine *e, struct bridge_child *b, int code, vsc_ns now)
{
  char how[32] = "killed";
  if (code >= 0) {
    snprintf(how, sizeof how, "exit %d", code);
  }
  for (unsigned i = 0; i < LAST_READS && listen_to(e, b); i++) {
  }
  child_close(&b->child);
  add_counts(&b->before, &b->report);
  b->report = (struct bridge_report){ .ppm = b->report.ppm,
                                      .latency_ns = b->report.latency_ns };
  b->has_report = false;
  if (b->is_leaving) {
    return;
  }
  wait_for_next(b, now);
  if (!b->reason[0]) {
    snprintf(b->reason, sizeof b->reason, "its process ended: %s", how);
  }
  log_write(e->setup.log,
            VSC_LOG_WARN,
            b->config.name,
            "the bridge has ended (%s), again in %d s: %s",
            how,
            (int)((b->retry_at - now) / SECOND),
            b->reason);
}

static void
look_after(struct engine *e, struct bridge_child *b, vsc_ns now)
{
  int code = 0;
  (void)listen_to(e, b);
  if (child_has_ended(&b->child, &code)) {
    note_end(e, b, code, now);
  } else if (now - b->heard_at > SILENCE) {
    char card[64];
    snprintf(b->reason,
             sizeof b->reason,
             "it said nothing for %d s: the card \"%s\" hangs",
             (int)(SILENCE / SECOND),
             text_shorten(b->config.device, card, sizeof card));
    b->heard_at = now;
    /* A process that waits for its card may not even be killed. */
    b->has_report = false;
    b->failures += b->failures == 0;
    child_stop(&b->child, true);
  }
}

/* Has one of before, that is to end, what B is to open? */
static bool
must_wait(const struct engine *e, const struct bridge_child *b)
{
  bool is_held = false;
  for (const struct bridge_child *o = e->bridges; o; o = o->next) {
    is_held |= o->is_leaving && o->child.pid > 0 &&
               o->config.is_capture == b->config.is_capture &&
               (strcmp(o->config.device, b->config.device) == 0 ||
                strcmp(o->config.name, b->config.name) == 0);
  }
  return is_held;
}

void
bridges_tick(struct engine *e)
{
  const vsc_ns now = e->setup.os->now(e->setup.os);
  struct bridge_child **link = &e->bridges;
  while (*link) {
    struct bridge_child *const b = *link;
    if (b->child.pid) {
      look_after(e, b, now);
    } else if (!b->is_leaving && now >= b->retry_at && !must_wait(e, b)) {
      start(e, b, now);
    }
    if (b->is_leaving && !b->child.pid) {
      *link = b->next;
      free(b);
    } else {
      link = &b->next;
    }
  }
}

static bool
is_wanted(const struct bridge_child *b, const struct config *config)
{
  for (unsigned i = 0; i < config->bridge_count; i++) {
    if (memcmp(&b->config, &config->bridges[i], sizeof b->config) == 0) {
      return true;
    }
  }
  return false;
}

static bool
is_there(const struct engine *e, const struct config_bridge *c)
{
  for (const struct bridge_child *b = e->bridges; b; b = b->next) {
    if (!b->is_leaving && memcmp(&b->config, c, sizeof *c) == 0) {
      return true;
    }
  }
  return false;
}

void
bridges_reconcile(struct engine *e, const struct config *config)
{
  struct bridge_child **tail = &e->bridges;
  for (; *tail; tail = &(*tail)->next) {
    if (!is_wanted(*tail, config)) {
      (*tail)->is_leaving = true;
      child_stop(&(*tail)->child, false);
    }
  }
  for (unsigned i = 0; e->setup.program && i < config->bridge_count; i++) {
    const struct config_bridge *const c = &config->bridges[i];
    struct bridge_child *const b = is_there(e, c) ? NULL : calloc(1, sizeof *b);
    if (b) {
      b->config = *c;
      b->child = (struct child){ .life = -1, .words = -1 };
      *tail = b;
      tail = &b->next;
    }
  }
}

void
bridges_destroy(struct engine *e)
{
  for (struct bridge_child *b = e->bridges; b; b = b->next) {
    b->is_leaving = true;
    child_stop(&b->child, false);
  }
  for (unsigned i = 0; e->bridges && i < NAPS; i++) {
    bridges_tick(e);
    if (e->bridges) {
      child_nap();
    }
  }
  while (e->bridges) {
    struct bridge_child *const b = e->bridges;
    e->bridges = b->next;
    child_stop(&b->child, true); /* init reaps it, when its card lets it go */
    child_close(&b->child);
    free(b);
  }
}

/* What others are told. */

const char *
bridge_word(const struct bridge_child *b)
{
  return !b->has_report || b->is_leaving ? (b->failures ? "failed" : "starting")
         : b->report.is_settled          ? "running"
                                         : "settling";
}

bool
bridges_have_failed(const struct engine *e)
{
  bool has_failed = false;
  for (const struct bridge_child *b = e->bridges; b; b = b->next) {
    has_failed |= b->failures > 0 && !b->is_leaving && !b->has_report;
  }
  return has_failed;
}

json_t *
bridges_json(const struct engine *e)
{
  json_t *const list = json_array();
  for (const struct bridge_child *b = e->bridges; b; b = b->next) {
    struct bridge_report all = b->before;
    char channels[16];
    add_counts(&all, &b->report);
    json_array_append_new(
      list,
      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:f, s:I, s:I, s:I, s:I, "
                "s:I, s:I}",
                "name",
                b->config.name,
                "card",
                b->config.device,
                "direction",
                b->config.is_capture ? "capture" : "play",
                "channels",
                channels_of(&b->config, channels),
                "state",
                bridge_word(b),
                "reason",
                b->reason,
                "pid",
                (int)b->child.pid,
                "ppm",
                b->report.ppm,
                "latency_ns",
                (json_int_t)b->report.latency_ns,
                "frames",
                (json_int_t)all.frames,
                "silent_frames",
                (json_int_t)all.silent_frames,
                "stops",
                (json_int_t)all.stops,
                "jumps",
                (json_int_t)all.jumps,
                "restarts",
                (json_int_t)b->restarts));
  }
  return list;
}
