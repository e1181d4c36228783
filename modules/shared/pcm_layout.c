/* pcm_layout.c - where the bytes of L24 and L16 lie, as byte shuffles.
   SPDX-License-Identifier: MIT */
#include "modules/shared/pcm.h"

#define Z 128 /* a byte that becomes 0 */

const struct pcm_layout pcm_l24 = {
  .encoding = "L24",
  .bytes = 3,
  .limit = 0x1p23f,
  .second = 8,
  .spread = { { Z, 2, 1, 0, Z, 5, 4, 3, Z, 8, 7, 6, Z, 11, 10, 9 },
              { Z, 6, 5, 4, Z, 9, 8, 7, Z, 12, 11, 10, Z, 15, 14, 13 } },
  .first = { 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, Z, Z, Z, Z },
  .gather = { { 8, 14, 13, 12, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z },
              { Z, Z, Z, Z, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12 } },
  .join = { 0, 1, 2, 4, 2, 4, 5, 6 },
};

/* Eight samples are 16 bytes: the second 16 are the first again. */
const struct pcm_layout pcm_l16 = {
  .encoding = "L16",
  .bytes = 2,
  .limit = 0x1p15f,
  .second = 0,
  .spread = { { Z, Z, 1, 0, Z, Z, 3, 2, Z, Z, 5, 4, Z, Z, 7, 6 },
              { Z, Z, 9, 8, Z, Z, 11, 10, Z, Z, 13, 12, Z, Z, 15, 14 } },
  .first = { 1, 0, 5, 4, 9, 8, 13, 12, Z, Z, Z, Z, Z, Z, Z, Z },
  .gather = { { 1, 0, 5, 4, 9, 8, 13, 12, Z, Z, Z, Z, Z, Z, Z, Z },
              { Z, Z, Z, Z, Z, Z, Z, Z, 1, 0, 5, 4, 9, 8, 13, 12 } },
  .join = { 0, 1, 4, 5, 0, 1, 4, 5 },
};
