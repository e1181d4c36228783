/* control_text.h - the control protocol without its socket: a line to a
   request, a request to a reply.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_CONTROL_TEXT_H
#define VSC_ENGINE_CONTROL_TEXT_H

#include "control.h"

/** A line (no newline) to a request: an object with a text "op", not deeper
    than CONTROL_DEPTH_MAX; the caller owns it. NULL with ERROR filled. */
json_t *
control_parse(const char *line, size_t bytes, struct control_error *error);
/** The row, or NULL with ERROR filled. */
const struct control_op *
control_find(const struct control_op *ops,
             const char *name,
             struct control_error *error);
/** Call the row's handler; the whole reply, ok or not. NULL: no memory. */
json_t *
control_perform(const struct control_op *op,
                void *context,
                const json_t *request);
/** JSON text is UTF-8: what is none (a path, a character cut in the middle)
   ends the text. */
json_t *
control_text(const char *text);
/** Numbers of somebody else's JSON; false: KEY is not there, or is none. */
bool
control_whole(const json_t *j, const char *key, int64_t *out);
/** The same, 0 or more. */
bool
control_count(const json_t *j, const char *key, uint64_t *out);
/** REQUEST may be NULL. */
json_t *
control_refusal(const struct control_error *error, const json_t *request);
/** {"ok": true, ...DATA}; takes DATA over. */
json_t *
control_success(json_t *data, const json_t *request);
/** Find the row and perform it; answers "help" itself. */
json_t *
control_dispatch(const struct control_op *ops,
                 void *context,
                 const json_t *request);

#endif
