/* pcm_generic.c - the one path of every other processor.
   SPDX-License-Identifier: MIT */
#include "modules/shared/pcm_path.h"

const struct pcm_path *const *
pcm_paths(void)
{
  static const struct pcm_path *const paths[] = { &pcm_plain, NULL };
  return paths;
}
