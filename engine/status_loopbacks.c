/* status_loopbacks.c - what the engine tells of its loopbacks.
   SPDX-License-Identifier: MIT */
#include "loopbacks.h"

#include "control_text.h"
#include "status_stream.h"

#include <math.h>
#include <string.h>

/* What is reported for silence: below the last bit of 24. */
#define SILENCE_DBFS (-144.0)

static json_t *
levels_json(const struct engine *e, const struct loopback *l)
{
  json_t *const list = json_array();
  for (uint32_t k = 0; k < l->config.channels; k++) {
    const uint32_t bits =
      atomic_load_explicit(&l->state.levels[k], memory_order_relaxed);
    float level;
    memcpy(&level, &bits, sizeof level);
    const double dbfs = 20.0 * log10((double)level);
    const bool is_silent = !e->is_running || !(dbfs > SILENCE_DBFS);
    /* To a tenth, and 0 without a sign. */
    const double shown = round(dbfs * 10.0) / 10.0 + 0.0;
    json_array_append_new(list, json_real(is_silent ? SILENCE_DBFS : shown));
  }
  return list;
}

json_t *
loopbacks_json(const struct engine *e)
{
  json_t *const list = json_array();
  for (const struct loopback *l = e->loopbacks; l; l = l->next) {
    json_array_append_new(
      list,
      json_pack("{s:s, s:s, s:o, s:s, s:s, s:I, s:s, s:s, s:I, s:I, s:I, s:I, "
                "s:o}",
                "name",
                l->config.name,
                "state",
                status_word(loopback_state(e, l)),
                "reason",
                control_text(loopback_reason(e, l)),
                "from",
                l->config.from_text,
                "to",
                l->config.to_text,
                "delay_frames",
                (json_int_t)l->config.delay,
                "exclude",
                l->config.exclude,
                "warning",
                l->warning,
                "frames",
                (json_int_t)status_get(&l->state.frames),
                "late_frames",
                (json_int_t)status_get(&l->state.late_frames),
                "nan",
                (json_int_t)status_get(&l->state.nan),
                "excluded",
                (json_int_t)status_get(&l->state.excluded),
                "levels",
                levels_json(e, l)));
  }
  return list;
}
