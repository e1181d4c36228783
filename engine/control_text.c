/* control_text.c - the control protocol without its socket: a line to a
   request, a request to a reply.
   SPDX-License-Identifier: MIT */
#include "control_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

json_t *
control_fail(struct control_error *error, int exit, const char *fmt, ...)
{
  error->exit = exit;
  va_list args;
  va_start(args, fmt);
  vsnprintf(error->text, sizeof error->text, fmt, args);
  va_end(args);
  return NULL;
}

/* The parser recurses: the depth is bounded before it sees the line. */
static bool
is_shallow(const char *line, size_t bytes)
{
  unsigned depth = 0;
  bool is_in_string = false;
  for (size_t i = 0; i < bytes; i++) {
    const char c = line[i];
    if (is_in_string) {
      if (c == '\\') {
        i++;
      }
      is_in_string = c != '"';
    } else if (c == '"') {
      is_in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > CONTROL_DEPTH_MAX) {
        return false;
      }
    } else if ((c == ']' || c == '}') && depth > 0) {
      depth--;
    }
  }
  return true;
}

json_t *
control_parse(const char *line, size_t bytes, struct control_error *error)
{
  if (!is_shallow(line, bytes)) {
    return control_fail(
      error, 2, "the request is nested deeper than %d", CONTROL_DEPTH_MAX);
  }
  json_error_t why;
  json_t *const request = json_loadb(line, bytes, JSON_REJECT_DUPLICATES, &why);
  if (!request) {
    return control_fail(
      error, 2, "the request is not JSON, at byte %d", why.position);
  }
  if (!json_is_string(json_object_get(request, "op"))) {
    json_decref(request);
    return control_fail(
      error, 2, "the request is no object with a text \"op\"");
  }
  return request;
}

const struct control_op *
control_find(const struct control_op *ops,
             const char *name,
             struct control_error *error)
{
  for (; ops->name; ops++) {
    if (strcmp(ops->name, name) == 0) {
      return ops;
    }
  }
  control_fail(
    error, 2, "unknown op \"%s\"; {\"op\": \"help\"} lists them", name);
  return NULL;
}

static json_t *
with_id(json_t *reply, const json_t *request)
{
  json_t *const id = json_object_get(request, "id");
  if (json_is_string(id) || json_is_integer(id)) {
    json_object_set(reply, "id", id);
  }
  return reply;
}

json_t *
control_text(const char *text)
{
  size_t length = strlen(text);
  json_t *out;
  do {
    out = json_stringn(text, length);
  } while (!out && length-- > 0);
  return out;
}

bool
control_whole(const json_t *j, const char *key, int64_t *out)
{
  const json_t *const value = json_object_get(j, key);
  *out = json_integer_value(value);
  return json_is_integer(value);
}

bool
control_count(const json_t *j, const char *key, uint64_t *out)
{
  int64_t n;
  const bool is_count = control_whole(j, key, &n) && n >= 0;
  *out = is_count ? (uint64_t)n : 0;
  return is_count;
}

json_t *
control_refusal(const struct control_error *error, const json_t *request)
{
  json_t *const reply = json_object();
  json_object_set_new(reply, "ok", json_false());
  json_object_set_new(
    reply, "error", control_text(error->text[0] ? error->text : "it failed"));
  json_object_set_new(
    reply, "exit", json_integer(error->exit > 0 ? error->exit : 1));
  return with_id(reply, request);
}

json_t *
control_success(json_t *data, const json_t *request)
{
  json_t *const reply = json_object();
  json_object_set_new(reply, "ok", json_true());
  json_object_update(reply, data);
  json_decref(data);
  return with_id(reply, request);
}

json_t *
control_perform(const struct control_op *op,
                void *context,
                const json_t *request)
{
  struct control_error error = { .exit = 1 };
  json_t *const data = op->handler(context, request, &error);
  return data ? control_success(data, request)
              : control_refusal(&error, request);
}

static json_t *
help(const struct control_op *ops, const json_t *request)
{
  static const char *const own[][2] = {
    { "help", "what may be asked" },
    { "subscribe",
      "\"what\": an op, \"interval_ms\": its reply again and again" },
    { "unsubscribe", "end the subscription" },
  };
  json_t *const list = json_array();
  for (; ops->name; ops++) {
    json_array_append_new(list,
                          json_pack("{s:s, s:s, s:b}",
                                    "name",
                                    ops->name,
                                    "help",
                                    ops->help ? ops->help : "",
                                    "is_query",
                                    (int)ops->is_query));
  }
  for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
    json_array_append_new(list,
                          json_pack("{s:s, s:s, s:b}",
                                    "name",
                                    own[i][0],
                                    "help",
                                    own[i][1],
                                    "is_query",
                                    0));
  }
  return control_success(json_pack("{s:o}", "ops", list), request);
}

json_t *
control_dispatch(const struct control_op *ops,
                 void *context,
                 const json_t *request)
{
  const char *const name = json_string_value(json_object_get(request, "op"));
  if (strcmp(name, "help") == 0) {
    return help(ops, request);
  }
  struct control_error error = { .exit = 1 };
  const struct control_op *const op = control_find(ops, name, &error);
  return op ? control_perform(op, context, request)
            : control_refusal(&error, request);
}

json_t *
control_answer(const struct control_op *ops,
               void *context,
               const char *line,
               size_t bytes)
{
  struct control_error error = { .exit = 1 };
  json_t *const request = control_parse(line, bytes, &error);
  json_t *const reply = request ? control_dispatch(ops, context, request)
                                : control_refusal(&error, NULL);
  json_decref(request);
  return reply;
}
