/* cli.c - one line from argv to exit code, and what every command prints with.
   SPDX-License-Identifier: MIT */
#include "cli.h"
#include "engine/paths.h"
#include "hal/label.h"
#include "parse.h"
#include "table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 2048

int
cli_main(int argc, const char *const *argv, FILE *out, FILE *err)
{
  struct parsed parsed;
  const vsc_status done = parse_line(argc, argv, &parsed);
  struct cli *const cli = &parsed.cli;
  cli->out = out;
  cli->err = err;
  int code;
  if (done < 0) {
    code = cli_usage(cli, "%s", parsed.why);
  } else if (parsed.wants_version) {
    code = command_version.run(cli);
  } else if (!parsed.wants_help) {
    code = (cli->verb ? cli->verb : cli->command)->run(cli);
  } else if (cli->command) {
    help_command(cli->command, cli->verb, out);
    code = CLI_OK;
  } else {
    help_all(out);
    code = CLI_OK;
  }
  if ((fflush(out) || ferror(out)) && code == CLI_OK) {
    code = cli_fail(cli, CLI_FAILED, "cannot write: %s", strerror(errno));
  }
  parse_finish(&parsed);
  return code;
}

const char *
cli_option_at(const struct cli *cli, const char *name, unsigned i)
{
  for (unsigned j = 0; j < cli->given_count; j++) {
    if (strcmp(cli->given[j].option->name, name) == 0 && i-- == 0) {
      return cli->given[j].value;
    }
  }
  return NULL;
}

const char *
cli_option(const struct cli *cli, const char *name)
{
  return cli_option_at(cli, name, 0);
}

bool
cli_option_number(const struct cli *cli,
                  const char *name,
                  int64_t min,
                  int64_t max,
                  int64_t *out)
{
  const char *const text = cli_option(cli, name);
  if (!text) {
    return true;
  }
  char *end;
  errno = 0;
  const long long n = strtoll(text, &end, 10);
  const bool is_number = text[0] >= '+' && text[0] <= '9' && *end == '\0';
  if (!is_number || errno || n < min || n > max) {
    cli_usage(cli,
              "\"--%s %s\" is not a whole number in %lld..%lld",
              name,
              text,
              (long long)min,
              (long long)max);
    return false;
  }
  *out = n;
  return true;
}

char *
cli_clean(const char *text, char *out, size_t bytes)
{
  size_t used = 0;
  for (const unsigned char *s = (const unsigned char *)text; *s;) {
    const size_t shown = label_character(s);
    const size_t need = shown ? shown : 4;
    if (used + need >= bytes) {
      break;
    }
    if (shown) {
      memcpy(out + used, s, shown);
      s += shown;
    } else {
      static const char digits[] = "0123456789abcdef";
      out[used] = '\\';
      out[used + 1] = 'x';
      out[used + 2] = digits[*s >> 4];
      out[used + 3] = digits[*s & 15];
      s++;
    }
    used += need;
  }
  if (bytes > 0) {
    out[used] = '\0';
  }
  return out;
}

static void
say(const struct cli *cli, const char *prefix, const char *fmt, va_list args)
{
  char text[LINE_BYTES];
  char clean[LINE_BYTES * 4];
  vsnprintf(text, sizeof text, fmt, args);
  fprintf(cli->err, "%s%s\n", prefix, cli_clean(text, clean, sizeof clean));
}

static void
complain(const struct cli *cli, const char *fmt, va_list args)
{
  char prefix[64];
  snprintf(prefix,
           sizeof prefix,
           "aes67%s%s: ",
           cli->command ? " " : "",
           cli->command ? cli->command->name : "");
  say(cli, prefix, fmt, args);
}

int
cli_fail(const struct cli *cli, enum cli_exit code, const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  complain(cli, fmt, args);
  va_end(args);
  return code;
}

int
cli_usage(const struct cli *cli, const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  complain(cli, fmt, args);
  va_end(args);
  help_usage(cli->command, cli->verb, cli->err);
  return CLI_USAGE;
}

void
cli_say(const struct cli *cli, const char *fmt, ...)
{
  if (!cli->quiet) {
    va_list args;
    va_start(args, fmt);
    say(cli, "", fmt, args);
    va_end(args);
  }
}

void
cli_paths(struct paths *out)
{
  paths_init(out, NULL, VSC_PREFIX_MODULES, VSC_PREFIX_PROFILES);
}
