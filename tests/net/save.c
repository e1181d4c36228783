/* save.c - saves a text as the engine does. usage: save PATH BYTES
   Exit 0: saved; 3: not, and says why. SPDX-License-Identifier: MIT */
#include "engine/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
main(int argc, char **argv)
{
  static char text[1000000];
  char why[600];
  const size_t bytes = argc == 3 ? (size_t)atoi(argv[2]) : 0;
  if (bytes == 0 || bytes >= sizeof text) {
    return 2;
  }
  memset(text, 'n', bytes);
  text[bytes - 1] = '\n';
  if (profile_save_text(argv[1], text, why, sizeof why) < 0) {
    fprintf(stderr, "%s\n", why);
    return 3;
  }
  return 0;
}
