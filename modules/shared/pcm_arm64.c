/* pcm_arm64.c - the paths of every 64-bit ARM: NEON is part of it.
   SPDX-License-Identifier: MIT */
#include "modules/shared/pcm_path.h"

const struct pcm_path *const *
pcm_paths(void)
{
  static const struct pcm_path *const paths[] = { &pcm_neon, &pcm_plain, NULL };
  return paths;
}
