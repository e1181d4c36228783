/* trial.c - loading, and making an instance the way the engine does.
   SPDX-License-Identifier: MIT */
#include "trial.h"

#include "engine/option.h"

#include <string.h>

uint32_t
trial_random(uint32_t *state)
{
  /* xorshift32, Marsaglia 2003 */
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

/* A value for a row at one end of what it allows; false: keep the default. */
static bool
end_value(const vsc_option *row, bool is_highest, char *text, size_t bytes)
{
  const double end = is_highest ? row->max : row->min;
  switch ((enum vsc_option_type)row->type) {
    case VSC_OPT_BOOL:
      snprintf(text, bytes, "%s", is_highest ? "yes" : "no");
      return true;
    case VSC_OPT_INT:
      snprintf(text, bytes, "%.0f", end);
      return row->min < row->max;
    case VSC_OPT_REAL:
      snprintf(text, bytes, "%.17g", end);
      return row->min < row->max;
    case VSC_OPT_DURATION:
      duration_format((vsc_ns)end, text, bytes);
      return row->min < row->max;
    case VSC_OPT_STRING:
      return false;
    case VSC_OPT_ENUM: {
      const char *const *word = row->words;
      while (is_highest && word[1]) {
        word++;
      }
      snprintf(text, bytes, "%s", *word);
      return true;
    }
  }
  return false;
}

static bool
fill_options(struct subject *s, enum trial_options options)
{
  const vsc_option *const rows = s->trial->module->options;
  if (!rows) {
    return true;
  }
  option_defaults(rows, s->self);
  for (const vsc_option *row = rows; row->key; row++) {
    char text[64], why[256];
    const bool is_required = !row->fallback;
    const bool is_end = options != TRIAL_DEFAULTS || is_required;
    if (is_required) {
      s->trial->required = row->key;
    }
    if (!is_end) {
      continue;
    }
    if (end_value(row, options == TRIAL_HIGHEST, text, sizeof text)) {
      if (option_set(row, text, s->self, why, sizeof why) < 0) {
        report_fail(&s->trial->report,
                    "\"%s\" does not take its own bound %s: %s",
                    row->key,
                    text,
                    why);
        return false;
      }
    } else if (is_required && row->type == VSC_OPT_STRING) {
      /* The module keeps the pointer: a literal outlives it. */
      option_set(row, "/nonexistent", s->self, why, sizeof why);
    }
  }
  return true;
}

bool
subject_prepare(struct subject *s, struct trial *t, enum trial_options options)
{
  *s = (struct subject){ .trial = t };
  const uint32_t bytes = t->module->instance_size;
  s->memory = guard_create(bytes ? bytes : 1, 0);
  if (!s->memory || !fakehost_init(&s->host)) {
    report_fail(&t->report, "no memory to try it");
    guard_destroy(s->memory);
    s->memory = NULL;
    return false;
  }
  s->self = s->memory->memory;
  s->host.module = t->module;
  s->host.self = s->self;
  if (!fill_options(s, options)) {
    subject_finish(s);
    return false;
  }
  return true;
}

vsc_status
subject_init(struct subject *s)
{
  const vsc_module *const module = s->trial->module;
  s->has_init = true;
  s->status = module->init ? module->init(s->self, &s->host.host) : VSC_OK;
  return s->status;
}

bool
subject_start(struct subject *s, struct trial *t)
{
  if (!subject_prepare(s, t, TRIAL_DEFAULTS)) {
    return false;
  }
  if (subject_init(s) < 0) {
    if (t->required) {
      report_note(
        &t->report, "not tried: it needs a real value for \"%s\"", t->required);
    } else {
      t->is_dead = true;
      report_fail(&t->report,
                  "init() says %d with the default options: %s",
                  (int)s->status,
                  subject_said(s));
    }
    subject_finish(s);
    return false;
  }
  return true;
}

void
subject_finish(struct subject *s)
{
  if (!s->memory) {
    return;
  }
  struct report *const report = &s->trial->report;
  if (s->has_init && s->trial->module->fini) {
    s->trial->module->fini(s->self);
  }
  const char *const misuse = fakehost_misuse(&s->host);
  const char *const left = fakehost_left(&s->host);
  if (!guard_is_intact(s->memory)) {
    report_fail(report, "writes outside of its instance_size");
  } else if (misuse) {
    report_fail(report, "%s", misuse);
  } else if (left) {
    report_fail(report, "after fini() %s", left);
  }
  fakehost_finish(&s->host);
  guard_destroy(s->memory);
  *s = (struct subject){ .trial = s->trial };
}

const char *
subject_said(struct subject *s)
{
  const char *const said = fakehost_said(&s->host);
  return said ? said : "without a word";
}

static void
run_table(struct trial *t, const struct trial_check *checks)
{
  for (const struct trial_check *check = checks; check->name; check++) {
    report_begin(&t->report, check->name);
    check->run(t);
    report_end(&t->report);
  }
}

static const struct trial_check *
checks_of(int kind)
{
  switch ((enum vsc_kind)kind) {
    case VSC_KIND_CODEC:
      return trial_codec;
    case VSC_KIND_TRANSPORT:
      return trial_transport;
    case VSC_KIND_DISCOVERY:
      return trial_discovery;
    case VSC_KIND_CLOCK:
      return trial_clock;
    case VSC_KIND_RESAMPLER:
      return trial_resampler;
  }
  return NULL; /* the loader refuses other kinds */
}

void
trial_run(const char *path, FILE *to)
{
  struct trial t = { .report = { .to = to } };
  struct loader *loader = NULL;
  char why[LOADER_WHY_BYTES];
  report_begin(&t.report, "load");
  if (loader_create(NULL, &loader) < 0) {
    report_fail(&t.report, "the loader does not start");
  } else if (loader_load(loader, path, 0, &t.loaded, why, sizeof why) < 0) {
    report_fail(&t.report, "%s", why);
  } else {
    t.module = loaded_module(t.loaded);
    report_note(&t.report,
                "a %s for ABI %u.%u",
                loader_kind(t.module->kind),
                (unsigned)t.module->abi_major,
                (unsigned)t.module->abi_minor);
  }
  report_end(&t.report);
  if (t.module) {
    run_table(&t, trial_any);
    if (!t.is_dead) {
      run_table(&t, checks_of(t.module->kind));
    }
    report_begin(&t.report, "unload");
    loader_unload(loader, t.loaded);
    report_end(&t.report);
  }
  loader_destroy(loader);
  report_finish(&t.report);
}
