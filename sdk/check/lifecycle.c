/* lifecycle.c - what every module has: words about itself, options, init and
   fini, and no memory of its own outside of an instance.
   SPDX-License-Identifier: MIT */
#include "elf.h"
#include "trial.h"

#include "engine/option.h"

#include <stdlib.h>
#include <string.h>

#define ALLOCS_TRIED 32 /* first this many allocations fail in turn */
#define FILE_BYTES_MAX (64 << 20)

static void
words(struct trial *t)
{
  const vsc_module *const m = t->module;
  const char *const kind = loader_kind(m->kind);
  const char *const name = loaded_name(t->loaded);
  const char *const missing = !m->version[0]   ? "version"
                              : !m->vendor[0]  ? "vendor"
                              : !m->license[0] ? "license"
                              : !m->summary[0] ? "summary"
                                               : NULL;
  if (missing) {
    report_fail(&t->report, "it does not say its .%s", missing);
  }
  if (strncmp(name, kind, strlen(kind)) != 0) {
    report_warn(&t->report,
                "\"%s\" is a %s: a name like \"%s-%s\" tells",
                name,
                kind,
                kind,
                name);
  }
  report_note(
    &t->report, "\"%s\" %s, %s, %s", name, m->version, m->license, m->summary);
}

/* Values just outside of a row's bounds must not be taken. */
static void
try_outside(struct trial *t, const vsc_option *row, void *instance)
{
  char text[2][64], why[256];
  switch ((enum vsc_option_type)row->type) {
    case VSC_OPT_INT:
      snprintf(text[0], sizeof text[0], "%.0f", row->min - 1);
      snprintf(text[1], sizeof text[1], "%.0f", row->max + 1);
      break;
    case VSC_OPT_REAL:
      snprintf(text[0], sizeof text[0], "%.17g", row->min - 1);
      snprintf(text[1], sizeof text[1], "%.17g", row->max + 1);
      break;
    case VSC_OPT_DURATION:
      snprintf(text[0], sizeof text[0], "%.0fns", row->min - 1);
      snprintf(text[1], sizeof text[1], "%.0fns", row->max + 1);
      break;
    case VSC_OPT_BOOL:
    case VSC_OPT_STRING:
    case VSC_OPT_ENUM:
      return;
  }
  for (int i = 0; i < 2 && row->min < row->max; i++) {
    if (option_set(row, text[i], instance, why, sizeof why) >= 0) {
      report_fail(
        &t->report, "\"%s\" takes %s, outside its bounds", row->key, text[i]);
    }
  }
}

/* The loader has checked that the table is sound. */
static void
options(struct trial *t)
{
  const vsc_option *const rows = t->module->options;
  unsigned count = 0;
  void *const instance = calloc(1, (size_t)t->module->instance_size + 1);
  for (; rows && instance && rows[count].key; count++) {
    const vsc_option *const row = &rows[count];
    if (!row->help || !row->help[0]) {
      report_fail(&t->report, "\"%s\" has no .help", row->key);
    } else if (row->help[strlen(row->help) - 1] == '.') {
      report_warn(&t->report, "\"%s\": .help ends with a full stop", row->key);
    }
    try_outside(t, row, instance);
  }
  free(instance);
  report_note(&t->report,
              count == 1 ? "%u key"
              : count    ? "%u keys"
                         : "none",
              count);
}

static void
init_fini(struct trial *t)
{
  for (int round = 0; round < 2; round++) {
    struct subject s = { 0 };
    if (!subject_start(&s, t)) {
      return;
    }
    fakehost_advance(&s.host, 1000000000);
    subject_finish(&s);
  }
  report_note(&t->report, "twice");
}

static void
bounds(struct trial *t)
{
  for (int end = TRIAL_LOWEST; end <= TRIAL_HIGHEST && t->module->options;
       end++) {
    struct subject s = { 0 };
    if (!subject_prepare(&s, t, (enum trial_options)end)) {
      return;
    }
    if (subject_init(&s) < 0 && !t->required && !fakehost_said(&s.host)) {
      report_fail(&t->report,
                  "init() refuses options at their %s bounds without a word",
                  end == TRIAL_LOWEST ? "lower" : "upper");
    }
    subject_finish(&s);
  }
}

/* fini() is called once after an init() that fails, too. */
static void
no_memory(struct trial *t)
{
  uint32_t given = 0;
  for (; given < ALLOCS_TRIED; given++) {
    struct subject s = { 0 };
    if (!subject_prepare(&s, t, TRIAL_DEFAULTS)) {
      return;
    }
    s.host.allocs_given = given;
    const vsc_status status = subject_init(&s);
    const bool is_enough = s.host.allocs <= given;
    if (!is_enough && status >= 0) {
      report_warn(&t->report,
                  "init() goes on without memory that it asked for");
    }
    subject_finish(&s);
    if (is_enough) {
      break;
    }
  }
  report_note(&t->report,
              given == 0   ? "init() takes none"
              : given == 1 ? "%u allocation"
                           : "%u allocations",
              given);
}

static void
own_data(struct trial *t)
{
  FILE *const file = fopen(loaded_path(t->loaded), "rb");
  unsigned char *const bytes = malloc(FILE_BYTES_MAX);
  char names[200] = "";
  if (file && bytes) {
    const size_t length = fread(bytes, 1, FILE_BYTES_MAX, file);
    const int64_t found = elf_own_data(bytes, length, names, sizeof names);
    if (found > 0) {
      report_warn(&t->report,
                  "%lld bytes of variables that all instances share: %s",
                  (long long)found,
                  names);
    } else if (found < 0) {
      report_note(&t->report, "not looked at: no symbols for it");
    }
  }
  free(bytes);
  if (file) {
    fclose(file);
  }
}

const struct trial_check trial_any[] = {
  { .name = "words", .run = words },
  { .name = "options", .run = options },
  { .name = "init and fini", .run = init_fini },
  { .name = "options at their bounds", .run = bounds },
  { .name = "init without memory", .run = no_memory },
  { .name = "shared variables", .run = own_data },
  { .name = NULL },
};
