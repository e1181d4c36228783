/* config_rig.h - what a profile's text means, or what is wrong with it.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_CONFIG_RIG_H
#define VSC_TESTS_CONFIG_RIG_H

#include "engine/config.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/** The lines that config_load() has said. */
static char errors[8192];

static inline void
note(void *arg, const char *line)
{
  (void)arg;
  const size_t used = strlen(errors);
  snprintf(errors + used, sizeof errors - used, "%s\n", line);
}

/** What SOURCE has in its state_text, its path and its errors apart; NULL: see
    errors. */
static inline struct config *
load_source(struct config_source source)
{
  struct config *c = NULL;
  errors[0] = '\0';
  source.state_path = "p.ini";
  source.error = note;
  config_load(&source, &c);
  return c;
}

/** TEXT as a profile, without modules. */
static inline struct config *
load_text(const char *text)
{
  return load_source((struct config_source){ .state_text = text });
}

/** C is what became of TEXT. */
static inline void
expect_refused(const struct config *c, const char *text, const char *error)
{
  cr_assert_null(c, "taken: %s", text);
  cr_assert(strstr(errors, error), "\"%s\" is not in \"%s\"", error, errors);
}

static inline void
expect_error(const char *text, const char *error)
{
  expect_refused(load_text(text), text, error);
}

#endif
