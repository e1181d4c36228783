/* parse.h - a command line by the table: no output but the reason why not.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_PARSE_H
#define VSC_CLI_PARSE_H

#include "cli.h"

struct parsed {
  struct cli cli;
  bool wants_help, wants_version;
  char why[256]; /* one sentence when it failed */
};

/** Fills OUT->cli but for out and err. The caller frees with parse_finish, also
    after a failure (VSC_ERR_INVALID, VSC_ERR_NOMEM). Environment:
    AES67_INSTANCE, AES67_RUNTIME_DIR. */
vsc_status
parse_line(int argc, const char *const *argv, struct parsed *out);
void
parse_finish(struct parsed *parsed);

#endif
