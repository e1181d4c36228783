/* pace.c - the arithmetic of cycles and positions.
   SPDX-License-Identifier: MIT */
#include "pace.h"

#include <stdio.h>
#include <string.h>

/* The engine zeroes ahead in steps, and may be a wake-up behind. */
#define MARGIN 256

static uint32_t
over(int64_t n) VSC_RT
{
  return n > 0 ? (uint32_t)n : 0;
}

struct pace_limits
pace_limits(const vsc_client_info *info, uint32_t quantum) VSC_RT
{
  const int64_t half = (int64_t)info->ring / 2 - MARGIN;
  const int64_t n = quantum;
  const uint32_t room = over(half - info->output_latency - n);
  const uint32_t patience = over(half - info->input_latency - n);
  return (struct pace_limits){
    .patience = patience,
    .grace = patience < quantum / 2 ? patience : quantum / 2,
    .lead = room < quantum ? room : quantum,
  };
}

uint32_t
pace_quantum_most(const vsc_client_info *info)
{
  uint32_t most = PACE_QUANTUM_MAX;
  while (most > PACE_QUANTUM_MIN && pace_limits(info, most).lead < most) {
    most /= 2;
  }
  return most;
}

static vsc_pos
grid_at(vsc_pos pos, vsc_pos n) VSC_RT
{
  const vsc_pos rest = pos % n;
  return pos - (rest < 0 ? rest + n : rest);
}

bool
pace_turn(struct pace *p,
          vsc_pos now,
          uint32_t quantum,
          uint32_t patience) VSC_RT
{
  const vsc_pos n = (vsc_pos)quantum;
  const vsc_pos due = p->at + n;
  /* It may come a little later than was thought; when it is more than a cycle,
     the clock was set back. */
  if (p->has_begun && due > now && due - now <= n) {
    return false;
  }
  const bool is_kept =
    p->has_begun && due <= now && now - due <= (vsc_pos)patience;
  const vsc_pos at = is_kept ? due : grid_at(now, n);
  if (p->has_begun && !p->has_jumped && at > due) {
    p->left_out += (uint64_t)(at - due + n - 1) / quantum;
    p->frames_out += (uint64_t)(at - due);
  }
  if (at - n + p->shift < p->end) {
    p->shift = p->end - (at - n);
  }
  p->told = at - n + p->shift;
  p->end = at + p->shift;
  p->has_jumped = false;
  p->at = at;
  p->has_begun = true;
  return true;
}

static bool
is_taken(const char *names, size_t row, uint32_t i)
{
  for (uint32_t j = 0; j < i; j++) {
    if (strcmp(names + j * row, names + i * row) == 0) {
      return true;
    }
  }
  return false;
}

/* NAME, ending in the number of its port. */
static void
put_number(char *name, size_t row, uint32_t number)
{
  char tail[16];
  const size_t n = (size_t)snprintf(tail, sizeof tail, " (%u)", number);
  size_t keep = strlen(name);
  if (keep + n >= row) {
    keep = row - 1 - n;
    /* A whole character. */
    while (keep > 0 && ((unsigned char)name[keep] & 0xc0u) == 0x80u) {
      keep--;
    }
  }
  memcpy(name + keep, tail, n + 1);
}

void
pace_names(char *names, size_t row, uint32_t count, const char *prefix)
{
  for (uint32_t i = 0; i < count; i++) {
    char *const name = names + i * row;
    name[row - 1] = '\0';
    if (name[0] == '\0') {
      snprintf(name, row, "%s_%u", prefix, i + 1);
    }
    /* Again, if somebody is called so, too. */
    for (int times = 0; times < 3 && is_taken(names, row, i); times++) {
      put_number(name, row, i + 1);
    }
  }
}
