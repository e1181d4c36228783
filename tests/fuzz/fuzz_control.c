/* fuzz_control.c - any bytes as lines on the control socket: every line gets a
   reply that is ok or says why not.
   SPDX-License-Identifier: MIT */
#include "engine/control.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *
echo(void *context, const json_t *request, struct control_error *error)
{
  (void)context;
  (void)error;
  return json_pack("{s:O}", "request", request);
}

static json_t *
refuse(void *context, const json_t *request, struct control_error *error)
{
  (void)context;
  const char *const why = json_string_value(json_object_get(request, "why"));
  return control_fail(error, 5, "no \"%s\"", why ? why : "");
}

static const struct control_op ops[] = {
  { .name = "echo", .handler = echo, .help = "echo", .is_query = true },
  { .name = "refuse", .handler = refuse },
  { .name = NULL },
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *line = (const char *)data;
  size_t left = size;
  while (left > 0) {
    const char *const end = memchr(line, '\n', left);
    const size_t bytes = end ? (size_t)(end - line) : left;
    /* The reader of the socket takes no longer line. */
    json_t *const reply = control_answer(
      ops, NULL, line, bytes < CONTROL_LINE_MAX ? bytes : CONTROL_LINE_MAX);
    const json_t *const ok = json_object_get(reply, "ok");
    char *const text = json_dumps(reply, JSON_COMPACT);
    if (!json_is_boolean(ok) || !text ||
        (json_is_false(ok) &&
         !json_is_string(json_object_get(reply, "error")))) {
      abort();
    }
    free(text);
    json_decref(reply);
    line += bytes + (end != NULL);
    left -= bytes + (end != NULL);
  }
  return 0;
}
