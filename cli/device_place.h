/* device_place.h - files put into somebody's configuration, and taken away
   again: never one that we did not write.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_DEVICE_PLACE_H
#define VSC_CLI_DEVICE_PLACE_H

#include "cli.h"

#define PLACE_BYTES 1024

enum place_state {
  PLACE_FREE,  /* nothing is there */
  PLACE_OURS,  /* we wrote it */
  PLACE_TAKEN, /* anything else */
};
enum place_state
place_state(const char *path);

/** Write TEXT, behind lines that say who wrote it; makes the folders above.
    CLI_OK, with a line on out, or CLI_FAILED after a message: it is somebody
    else's, or it cannot be written. */
int
place_put(const struct cli *cli, const char *path, const char *text);
/** Remove it, the folders made for it and the links of systemctl enable. One
    that is not there, or not ours, stays. TAKEN grows by one when it is gone.
 */
int
place_take(const struct cli *cli, const char *path, unsigned *taken);

#endif
