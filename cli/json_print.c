/* json_print.c - JSON from the engine: as it is, or into text that is safe on a
   terminal.
   SPDX-License-Identifier: MIT */
#include "json_print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Escaped to ASCII, so that no text can speak to the terminal. */
static int
dump(const struct cli *cli, json_t *j, size_t flags)
{
  const bool is_written =
    json_dumpf(
      j, cli->out, flags | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9)) == 0;
  json_decref(j);
  fputc('\n', cli->out);
  fflush(cli->out);
  return is_written ? CLI_OK : cli_fail(cli, CLI_FAILED, "cannot write JSON");
}

int
json_print(const struct cli *cli, json_t *j)
{
  return dump(cli, j, JSON_INDENT(2));
}

int
json_print_line(const struct cli *cli, json_t *j)
{
  return dump(cli, j, JSON_COMPACT);
}

static json_t *
clean_text(const char *text)
{
  const size_t bytes = 4 * strlen(text) + 1;
  char *const out = malloc(bytes);
  json_t *const j = out ? json_string(cli_clean(text, out, bytes)) : NULL;
  free(out);
  return j;
}

/* Recursion is bounded by the parser's own depth limit. */
json_t *
json_clean(const json_t *j)
{
  if (json_is_string(j)) {
    return clean_text(json_string_value(j));
  }
  if (json_is_array(j)) {
    json_t *const out = json_array();
    for (size_t i = 0; i < json_array_size(j); i++) {
      json_array_append_new(out, json_clean(json_array_get(j, i)));
    }
    return out;
  }
  if (json_is_object(j)) {
    json_t *const out = json_object();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)j, key, value)
    {
      json_t *const name = clean_text(key);
      json_object_set_new(
        out, name ? json_string_value(name) : "", json_clean(value));
      json_decref(name);
    }
    return out;
  }
  return json_copy((json_t *)(uintptr_t)j);
}

const char *
json_text(const json_t *object, const char *key)
{
  const char *const text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

int64_t
json_whole(const json_t *object, const char *key)
{
  return json_integer_value(json_object_get(object, key));
}

const json_t *
json_find(const json_t *list, const char *key, const char *text)
{
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *const object = json_array_get(list, i);
    if (strcmp(json_text(object, key), text) == 0) {
      return object;
    }
  }
  return NULL;
}
