/* pcm_x86.c - which paths an x86 has, asked of the processor itself.
   SPDX-License-Identifier: MIT */
#include "modules/shared/pcm_path.h"

const struct pcm_path *const *
pcm_paths(void)
{
  static const struct pcm_path *const paths[] = {
    &pcm_avx2, &pcm_ssse3, &pcm_plain, NULL
  };
  /* Whether the system saves the wide registers is asked too. */
  return __builtin_cpu_supports("avx2")    ? paths
         : __builtin_cpu_supports("ssse3") ? paths + 1
                                           : paths + 2;
}
