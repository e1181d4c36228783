/* card_none.c - a build that knows no sound cards. SPDX-License-Identifier: MIT
 */
#include "card.h"

#include <stdio.h>

vsc_status
card_open(const struct card_config *config,
          struct card **out,
          char *why,
          size_t why_bytes)
{
  *out = NULL;
  snprintf(why,
           why_bytes,
           "sound card \"%s\": this build knows none, it lacks alsa-lib",
           config->name);
  return VSC_ERR_UNSUPPORTED;
}

void
card_close(struct card *card)
{
  (void)card;
}

void
card_describe(const struct card *card, struct card_info *out)
{
  (void)card;
  *out = (struct card_info){ 0 };
}

vsc_status
card_begin(struct card *card)
{
  (void)card;
  return VSC_ERR_SYSTEM;
}

vsc_status
card_go(struct card *card)
{
  (void)card;
  return VSC_ERR_SYSTEM;
}

vsc_status
card_wait(struct card *card, int timeout_ms)
{
  (void)card;
  (void)timeout_ms;
  return VSC_ERR_SYSTEM;
}

vsc_status
card_position(struct card *card, vsc_ns *t, double *frames, uint32_t *room)
{
  (void)card;
  (void)t;
  (void)frames;
  (void)room;
  return VSC_ERR_SYSTEM;
}

vsc_status
card_write(struct card *card, const float *from, uint32_t frames)
{
  (void)card;
  (void)from;
  (void)frames;
  return VSC_ERR_SYSTEM;
}

vsc_status
card_read(struct card *card, float *to, uint32_t frames)
{
  (void)card;
  (void)to;
  (void)frames;
  return VSC_ERR_SYSTEM;
}
