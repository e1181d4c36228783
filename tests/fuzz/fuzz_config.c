/* fuzz_config.c - any text as a profile with its meaning: refused with a
   reason, or nothing in it is beyond the device, fed twice, or in a circle.
   SPDX-License-Identifier: MIT */
#include "engine/config.h"
#include "insist.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
insist_loopbacks(const struct config *c)
{
  const struct region_geometry *const g = &c->geometry;
  /* Channels whose words are no longer fed from here on. */
  unsigned char is_read[2][VSC_CHANNELS_MAX] = { { 0 } };
  unsigned char is_fed[2][VSC_CHANNELS_MAX] = { { 0 } };
  for (unsigned i = 0; i < c->loopback_count; i++) {
    const struct loopback_config *const l = &c->loopbacks[i].config;
    const int from_input = l->is_reflection != 0;
    insist(l->channels > 0 && l->delay < g->ring / 2);
    insist(l->is_reflection || l->delay >= g->wake);
    for (uint32_t k = 0; k < l->channels; k++) {
      insist(l->from[k] < (from_input ? g->inputs : g->outputs));
      insist(l->to[k] < (from_input ? g->outputs : g->inputs));
      is_read[from_input][l->from[k]] = 1;
    }
    for (uint32_t k = 0; k < l->channels; k++) {
      insist(!is_read[!from_input][l->to[k]]);
      insist(!is_fed[!from_input][l->to[k]]++);
    }
    (void)config_excludes(l, "aes67 play");
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *const text = malloc(size + 1);
  if (!text) {
    return 0;
  }
  memcpy(text, data, size);
  text[size] = '\0';
  unsigned lines = 0;
  struct config *c = NULL;
  const struct config_source source = { .state_path = "fuzz.ini",
                                        .state_text = text,
                                        .error = count_line,
                                        .arg = &lines };
  const vsc_status status = config_load(&source, &c);
  insist((status >= 0) == (c != NULL) && (status >= 0) == (lines == 0));
  if (c) {
    insist_loopbacks(c);
  }
  config_destroy(c);
  free(text);
  return 0;
}
