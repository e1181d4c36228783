/* check.c - the process that stays alive: starts the one that tries the module,
   listens to it, prints what it found, and knows where it died.
   SPDX-License-Identifier: MIT */
#include "check.h"

#include "report.h"
#include "trial.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SILENCE_MS 20000 /* of one check; the longest takes about a second */
#define CHECK_BYTES 80
#define LINE_BYTES (REPORT_BYTES + 64)

struct listener {
  FILE *out;
  json_t *checks;          /* NULL: print lines */
  char check[CHECK_BYTES]; /* that is tried now */
  unsigned tried, failed, warned;
  bool is_whole; /* REPORT_END came */
};

/* A file's name need not be UTF-8, JSON must. */
static json_t *
words(const char *text)
{
  json_t *const string = json_string(text);
  return string ? string : json_string("(not UTF-8)");
}

static void
finding(struct listener *l, enum report_letter letter, const char *text)
{
  const char *const word = letter == REPORT_OK     ? "ok"
                           : letter == REPORT_WARN ? "warn"
                                                   : "FAIL";
  l->failed += letter == REPORT_FAIL;
  l->warned += letter == REPORT_WARN;
  if (l->checks) {
    json_t *const row = json_object();
    json_object_set_new(row, "check", json_string(l->check));
    json_object_set_new(row, "result", json_string(word));
    json_object_set_new(row, "text", words(text));
    json_array_append_new(l->checks, row);
    return;
  }
  fprintf(l->out, "%-5s %s%s%s\n", word, l->check, text[0] ? ": " : "", text);
}

static void
hear_line(struct listener *l, const char *line)
{
  switch ((enum report_letter)line[0]) {
    case REPORT_BEGIN:
      snprintf(l->check, sizeof l->check, "%.*s", CHECK_BYTES - 1, line + 1);
      l->tried++;
      break;
    case REPORT_OK:
    case REPORT_WARN:
    case REPORT_FAIL:
      finding(l, (enum report_letter)line[0], line + 1);
      break;
    case REPORT_END:
      l->is_whole = true;
      break;
  }
}

/* Until the child closes its end; false when it was silent for too long. */
static bool
hear(struct listener *l, int fd)
{
  char line[LINE_BYTES];
  size_t length = 0;
  for (;;) {
    struct pollfd p = { .fd = fd, .events = POLLIN };
    const int ready = poll(&p, 1, SILENCE_MS);
    if (ready < 0 && errno == EINTR) {
      continue;
    }
    if (ready <= 0) {
      return false;
    }
    char chunk[512];
    const ssize_t n = read(fd, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n <= 0) {
      return true;
    }
    for (ssize_t i = 0; i < n; i++) {
      if (chunk[i] != '\n') {
        line[length] = chunk[i];
        length += length + 1 < sizeof line;
        continue;
      }
      line[length] = '\0';
      length = 0;
      hear_line(l, line);
    }
  }
}

/* What a module prints must not mix with what we print. */
static void
try_module(const char *path, int fd)
{
  FILE *const to = fdopen(fd, "w");
  if (!to || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    _exit(1);
  }
  trial_run(path, to);
  fclose(to);
  _exit(0);
}

static const char *
signal_name(int number)
{
  return number == SIGSEGV   ? "SIGSEGV"
         : number == SIGBUS  ? "SIGBUS"
         : number == SIGABRT ? "SIGABRT"
         : number == SIGFPE  ? "SIGFPE"
         : number == SIGILL  ? "SIGILL"
                             : "a signal";
}

/* How the child ended, where that is a finding of its own. */
static void
hear_end(struct listener *l, pid_t child, bool is_silent)
{
  char text[120];
  int status = 0;
  if (is_silent) {
    kill(child, SIGKILL);
  }
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (is_silent) {
    snprintf(text,
             sizeof text,
             "did not return within %d s; what follows was not tried",
             SILENCE_MS / 1000);
  } else if (WIFSIGNALED(status)) {
    snprintf(text,
             sizeof text,
             "crashed with signal %d (%s); what follows was not tried",
             WTERMSIG(status),
             signal_name(WTERMSIG(status)));
  } else if (!l->is_whole || WEXITSTATUS(status) != 0) {
    snprintf(text,
             sizeof text,
             "ended the process with status %d; what follows was not tried",
             WEXITSTATUS(status));
  } else {
    return;
  }
  finding(l, REPORT_FAIL, text);
}

/* A path relative to where we are, as the loader wants it. */
static bool
make_absolute(const char *path, char *out, size_t bytes)
{
  char here[PATH_MAX] = "";
  if (path[0] != '/' && !getcwd(here, sizeof here)) {
    return false;
  }
  const int length =
    snprintf(out, bytes, "%s%s%s", here, path[0] == '/' ? "" : "/", path);
  return length > 0 && (size_t)length < bytes;
}

static void
print_end(struct listener *l, const char *path)
{
  if (!l->checks) {
    fprintf(l->out,
            "%s: %u checks, %u failed, %u warned\n",
            path,
            l->tried,
            l->failed,
            l->warned);
    return;
  }
  json_t *const all = json_object();
  json_object_set_new(all, "schema", json_string("vsc.check/1"));
  json_object_set_new(all, "path", words(path));
  json_object_set_new(all, "ok", json_boolean(l->failed == 0));
  json_object_set_new(all, "checks", l->checks);
  json_dumpf(all, l->out, JSON_INDENT(2));
  fputc('\n', l->out);
  json_decref(all);
}

int
vsc_check_module(const char *path, FILE *out, int as_json)
{
  struct listener l = { .out = out };
  char absolute[PATH_MAX];
  int fds[2];
  if (as_json) {
    l.checks = json_array();
  }
  snprintf(l.check, sizeof l.check, "load");
  fflush(NULL); /* or the child would print it again */
  if (!make_absolute(path, absolute, sizeof absolute)) {
    finding(&l, REPORT_FAIL, "its path is too long");
    print_end(&l, path);
    return 1;
  }
  const int has_pipe = pipe(fds) == 0;
  const pid_t child = has_pipe ? fork() : -1;
  if (child == 0) {
    close(fds[0]);
    try_module(absolute, fds[1]);
  }
  if (has_pipe) {
    close(fds[1]);
  }
  if (child > 0) {
    const bool was_heard = hear(&l, fds[0]);
    hear_end(&l, child, !was_heard);
  } else {
    finding(&l, REPORT_FAIL, "cannot start a process to try it in");
  }
  if (has_pipe) {
    close(fds[0]);
  }
  print_end(&l, path);
  return l.failed > 0;
}
