/* names.c - calls each channel of the device after the stream that meets it:
   the one place where names are made, for applications and for status.
   SPDX-License-Identifier: MIT */
#include "names.h"

#include "loopbacks.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Unless it has a name. A long one keeps its number, and whole characters. */
static void
put(char label[LABEL_BYTES], const char *name, uint32_t number)
{
  char tail[12];
  const int n = snprintf(tail, sizeof tail, " %" PRIu32, number);
  if (!label[0]) {
    label_clean(name, label, LABEL_BYTES - (size_t)n);
    memcpy(label + strlen(label), tail, (size_t)n + 1);
  }
}

static void
put_stream(const struct stream *s, struct device_names *out)
{
  const struct stream_config *const c = s->is_open ? &s->resolved : &s->config;
  const char *const name = s->title[0]            ? s->title
                           : s->config.session[0] ? s->config.session
                                                  : s->name;
  const struct route_map *const m = &s->map;
  char(*const labels)[LABEL_BYTES] =
    s->config.is_send ? out->outputs : out->inputs;
  for (uint32_t i = 0; i < c->desc.format.channels; i++) {
    if (m->device[i] < VSC_CHANNELS_MAX) {
      put(labels[m->device[i]], name, i + 1);
    }
  }
  for (uint32_t i = 0; i < m->copies; i++) {
    if (labels[m->copy[i].from][0] && !labels[m->copy[i].to][0]) {
      memcpy(labels[m->copy[i].to], labels[m->copy[i].from], LABEL_BYTES);
    }
  }
}

void
names_collect(const struct engine *e, struct device_names *out)
{
  memset(out, 0, sizeof *out);
  for (const struct stream *s = e->streams; s; s = s->next) {
    if (!s->guest) {
      put_stream(s, out);
    }
  }
  for (const struct loopback *l = e->loopbacks; l; l = l->next) {
    for (uint32_t k = 0; l->is_active && k < l->config.channels; k++) {
      const uint32_t to = l->config.to[k];
      put(l->config.is_reflection ? out->outputs[to] : out->inputs[to],
          l->config.name,
          k + 1);
    }
  }
}

void
names_tell(struct engine *e)
{
  struct device_names names;
  names_collect(e, &names);
  device_name_channels(e->device, &names, e->setup.os->now(e->setup.os));
}
