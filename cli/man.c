/* man.c - what the table says, as a manual page.
   SPDX-License-Identifier: MIT */
#include "table.h"

/* Text that roff takes literally. */
static void
roff(const char *text, FILE *out)
{
  bool is_line_start = true;
  for (; *text; text++) {
    if (is_line_start && (*text == '.' || *text == '\'')) {
      fputs("\\&", out);
    }
    if (*text == '\\') {
      fputs("\\e", out);
    } else if (*text == '-') {
      fputs("\\-", out);
    } else {
      fputc(*text, out);
    }
    is_line_start = *text == '\n';
  }
}

static void
print_options(const struct command_option *options, FILE *out)
{
  for (; options && options->name; options++) {
    fputs(".TP\n\\fB\\-\\-", out);
    roff(options->name, out);
    fputs("\\fR", out);
    if (options->argument) {
      fputs(" \\fI", out);
      roff(options->argument, out);
      fputs("\\fR", out);
    }
    fputc('\n', out);
    roff(options->help, out);
    fputc('\n', out);
  }
}

static void
print_row(const struct command *command, const struct command *verb, FILE *out)
{
  const struct command *const row = verb ? verb : command;
  fputs(".SS \"aes67 ", out);
  roff(command->name, out);
  if (verb) {
    fputc(' ', out);
    roff(verb->name, out);
  }
  if (row->arguments) {
    fputc(' ', out);
    roff(row->arguments, out);
  }
  fputs("\"\n", out);
  roff(row->summary, out);
  fputs(".\n", out);
  if (row->details) {
    fputs(".PP\n", out);
    roff(row->details, out);
    fputc('\n', out);
  }
  print_options(row->options, out);
}

void
man_page(FILE *out)
{
  fprintf(out,
          ".TH AES67 1 \"\" \"aes67 %s\" \"AES67 Virtual Soundcard\"\n"
          ".SH NAME\naes67 \\- the network as a sound device\n"
          ".SH SYNOPSIS\n\\fBaes67\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]...\n"
          ".SH DESCRIPTION\n"
          "\\fBaes67 run\\fR is an engine that presents AES67 streams as a "
          "sound device; the other commands talk to it.\n"
          "Every \\fBaes67\\fR \\fINAME\\fR is also installed as "
          "\\fBaes67\\-\\fR\\fINAME\\fR.\n"
          ".SH COMMANDS\n",
          VSC_VERSION);
  for (const struct command *const *c = commands; *c; c++) {
    print_row(*c, NULL, out);
    for (const struct command *v = (*c)->verbs; v && v->name; v++) {
      print_row(*c, v, out);
    }
  }
  fputs(".SH OPTIONS\nAnywhere on the line, with every command; \\fB\\-\\-\\fR "
        "ends options.\n",
        out);
  print_options(global_options, out);
  fputs(".SH ENVIRONMENT\n"
        ".TP\n\\fBAES67_INSTANCE\\fR\nas \\fB\\-\\-instance\\fR\n"
        ".TP\n\\fBAES67_RUNTIME_DIR\\fR\nas \\fB\\-\\-runtime\\-dir\\fR\n"
        ".SH EXIT STATUS\n"
        "0 ok, 1 failed, 2 usage or profile error, 3 degraded, 4 no engine "
        "runs, 5 not found.\n",
        out);
}
