/* requests_streams.h - the control socket's answers about streams of the
   network. Each is a control_handler with the runner as its context.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_REQUESTS_STREAMS_H
#define VSC_ENGINE_REQUESTS_STREAMS_H

#include "control.h"

/** What was found, and what is announced. */
json_t *
requests_list(void *context, const json_t *request, struct control_error *e);
/** {"stream": "tx1", "dialect": "st2110"}: one of ours, or one that was found.
    The dialect may be left out. */
json_t *
requests_sdp(void *context, const json_t *request, struct control_error *e);
/** {"session": "NAME", "channels": "1-2"}, or {"sdp": "/a/file", "name": "x",
    "count": 2, ...}; without channels the first inputs that nobody hears. */
json_t *
requests_subscribe(void *context,
                   const json_t *request,
                   struct control_error *e);
/** {"name": "NAME"}: a session, a file, or a receiver made by subscribing. */
json_t *
requests_unsubscribe(void *context,
                     const json_t *request,
                     struct control_error *e);
/** {"name": "x", "channels": "1-2", "address": "239.69.9.9", "port": "5004"};
    the last two may be left out. */
json_t *
requests_publish(void *context, const json_t *request, struct control_error *e);
/** {"name": "x"} */
json_t *
requests_unpublish(void *context,
                   const json_t *request,
                   struct control_error *e);

#endif
