/* room.c - see room.h. SPDX-License-Identifier: MIT */
#include "room.h"

#include "control_text.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Writing. */

static json_t *
receivers_json(const struct room *r, unsigned count)
{
  json_t *const list = json_array();
  for (unsigned i = 0; i < count; i++) {
    const struct room_receiver *const x = &r->receivers[i];
    json_array_append_new(list,
                          json_pack("{s:s, s:s, s:I, s:I, s:I}",
                                    "name",
                                    x->name,
                                    "state",
                                    x->state,
                                    "lost",
                                    (json_int_t)x->lost,
                                    "late",
                                    (json_int_t)x->late,
                                    "margin_ns",
                                    (json_int_t)x->margin_ns));
  }
  return list;
}

static json_t *
bridges_json(const struct room *r)
{
  json_t *const list = json_array();
  for (unsigned i = 0; i < r->bridge_count; i++) {
    const struct room_bridge *const x = &r->bridges[i];
    json_array_append_new(list,
                          json_pack("{s:s, s:s, s:f, s:I}",
                                    "name",
                                    x->name,
                                    "state",
                                    x->state,
                                    "ppm",
                                    x->ppm,
                                    "silent_frames",
                                    (json_int_t)x->silent_frames));
  }
  return list;
}

/* Its bytes, which may be more than there is room for. */
static size_t
write_some(const struct room *r, unsigned receivers, char out[ROOM_BYTES])
{
  json_t *const j =
    json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:o, s:I}",
              "schema",
              ROOM_SCHEMA,
              "name",
              r->name,
              "instance",
              r->instance,
              "state",
              r->state,
              "clock",
              r->clock,
              "offset_ns",
              (json_int_t)r->offset_ns,
              "receivers",
              receivers_json(r, receivers),
              "bridges",
              bridges_json(r),
              "more",
              (json_int_t)(r->more + r->receiver_count - receivers));
  const size_t bytes =
    j ? json_dumpb(j, out, ROOM_BYTES, JSON_COMPACT | JSON_REAL_PRECISION(6))
      : 0;
  json_decref(j);
  return bytes;
}

size_t
room_write(const struct room *room, char out[ROOM_BYTES])
{
  unsigned receivers = room->receiver_count;
  size_t bytes = write_some(room, receivers, out);
  while (bytes > ROOM_BYTES && receivers > 0) {
    bytes = write_some(room, --receivers, out);
  }
  return bytes <= ROOM_BYTES ? bytes : 0;
}

/* Reading. */

static bool
read_text(const json_t *j, const char *key, char *out, size_t bytes)
{
  const json_t *const value = json_object_get(j, key);
  const size_t length = json_string_length(value);
  if (!json_is_string(value) || length >= bytes) {
    return false;
  }
  memcpy(out, json_string_value(value), length + 1);
  return true;
}

static bool
read_receiver(const json_t *j, struct room_receiver *out)
{
  return read_text(j, "name", out->name, sizeof out->name) &&
         read_text(j, "state", out->state, sizeof out->state) &&
         control_count(j, "lost", &out->lost) &&
         control_count(j, "late", &out->late) &&
         control_whole(j, "margin_ns", &out->margin_ns);
}

static bool
read_bridge(const json_t *j, struct room_bridge *out)
{
  const json_t *const ppm = json_object_get(j, "ppm");
  out->ppm = json_number_value(ppm);
  return json_is_number(ppm) &&
         read_text(j, "name", out->name, sizeof out->name) &&
         read_text(j, "state", out->state, sizeof out->state) &&
         control_count(j, "silent_frames", &out->silent_frames);
}

static bool
read_lists(const json_t *j, struct room *out)
{
  const json_t *const receivers = json_object_get(j, "receivers");
  const json_t *const bridges = json_object_get(j, "bridges");
  const size_t receiver_count = json_array_size(receivers);
  const size_t bridge_count = json_array_size(bridges);
  bool is_good = json_is_array(receivers) && json_is_array(bridges) &&
                 receiver_count <= ROOM_RECEIVERS &&
                 bridge_count <= ROOM_BRIDGES;
  for (size_t i = 0; is_good && i < receiver_count; i++) {
    is_good = read_receiver(json_array_get(receivers, i), &out->receivers[i]);
  }
  for (size_t i = 0; is_good && i < bridge_count; i++) {
    is_good = read_bridge(json_array_get(bridges, i), &out->bridges[i]);
  }
  out->receiver_count = (unsigned)receiver_count;
  out->bridge_count = (unsigned)bridge_count;
  return is_good;
}

bool
room_read(const void *bytes, size_t length, struct room *out)
{
  struct room r;
  char schema[sizeof ROOM_SCHEMA];
  json_error_t error;
  memset(&r, 0, sizeof r);
  json_t *const j =
    length <= ROOM_BYTES
      ? json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &error)
      : NULL;
  const bool is_room =
    read_text(j, "schema", schema, sizeof schema) &&
    strcmp(schema, ROOM_SCHEMA) == 0 &&
    read_text(j, "name", r.name, sizeof r.name) &&
    read_text(j, "instance", r.instance, sizeof r.instance) &&
    read_text(j, "state", r.state, sizeof r.state) &&
    read_text(j, "clock", r.clock, sizeof r.clock) &&
    control_whole(j, "offset_ns", &r.offset_ns) &&
    control_count(j, "more", &r.more) && read_lists(j, &r);
  json_decref(j);
  if (is_room) {
    *out = r;
  }
  return is_room;
}
