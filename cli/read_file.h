/* read_file.h - a whole file, or standard input, that is not too long.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_READ_FILE_H
#define VSC_CLI_READ_FILE_H

#include "cli.h"

/** Where a name of something else would do too: does NAME mean a description
    in a file ("-", "./a", "stage.sdp", or "a/b" where that is there)? */
bool
read_file_is_named(const char *name);
/** PATH or "-"; at most MAX bytes, a NUL behind them; malloc'd, the caller
    frees. CLI_OK, or the exit code after a message. */
int
read_file(const struct cli *cli,
          const char *path,
          size_t max,
          char **out,
          size_t *out_bytes);

#endif
