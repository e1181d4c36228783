/* child_unix.c - see child.h. SPDX-License-Identifier: MIT */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAP_MS 10

extern char **environ;

static bool
make_pipe(int fds[2])
{
  if (pipe(fds)) {
    return false;
  }
  return fcntl(fds[0], F_SETFD, FD_CLOEXEC) == 0 &&
         fcntl(fds[1], F_SETFD, FD_CLOEXEC) == 0;
}

/* Signals as they are by default, which SIGPIPE is not with us. */
static bool
set_attributes(posix_spawnattr_t *a)
{
  sigset_t none;
  sigset_t usual;
  sigemptyset(&none);
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  sigaddset(&usual, SIGINT);
  sigaddset(&usual, SIGTERM);
  return posix_spawnattr_setflags(a,
                                  POSIX_SPAWN_SETPGROUP |
                                    POSIX_SPAWN_SETSIGDEF |
                                    POSIX_SPAWN_SETSIGMASK) == 0 &&
         posix_spawnattr_setpgroup(a, 0) == 0 &&
         posix_spawnattr_setsigdefault(a, &usual) == 0 &&
         posix_spawnattr_setsigmask(a, &none) == 0;
}

/* Its stdin is LIFE, its stdout and stderr WORDS. */
static bool
spawn(const char *const *argv, int life, int words, pid_t *pid)
{
  posix_spawn_file_actions_t files;
  posix_spawnattr_t a;
  if (posix_spawn_file_actions_init(&files)) {
    return false;
  }
  if (posix_spawnattr_init(&a)) {
    posix_spawn_file_actions_destroy(&files);
    return false;
  }
  const bool has_started =
    set_attributes(&a) &&
    posix_spawn_file_actions_adddup2(&files, life, 0) == 0 &&
    posix_spawn_file_actions_adddup2(&files, words, 1) == 0 &&
    posix_spawn_file_actions_adddup2(&files, words, 2) == 0 &&
    /* It takes the strings as constants (POSIX, exec, rationale). */
    posix_spawn(pid, argv[0], &files, &a, (char *const *)argv, environ) == 0;
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&a);
  return has_started;
}

vsc_status
child_start(const char *const *argv, struct child *out)
{
  int life[2] = { -1, -1 };
  int words[2] = { -1, -1 };
  *out = (struct child){ .life = -1, .words = -1 };
  bool has_started = make_pipe(life) && make_pipe(words) &&
                     fcntl(words[0], F_SETFL, O_NONBLOCK) == 0 &&
                     spawn(argv, life[0], words[1], &out->pid);
  if (life[0] >= 0) {
    close(life[0]);
  }
  if (words[1] >= 0) {
    close(words[1]);
  }
  out->life = life[1];
  out->words = words[0];
  if (!has_started) {
    child_close(out);
    return VSC_ERR_SYSTEM;
  }
  return VSC_OK;
}

bool
child_has_ended(struct child *child, int *exit_code)
{
  int how = 0;
  const pid_t got = waitpid(child->pid, &how, WNOHANG);
  if (got == 0 || (got < 0 && errno == EINTR)) {
    return false;
  }
  *exit_code = got > 0 && WIFEXITED(how) ? WEXITSTATUS(how) : -1;
  child->pid = 0;
  return true;
}

void
child_stop(struct child *child, bool at_once)
{
  if (child->pid > 0) {
    kill(child->pid, at_once ? SIGKILL : SIGTERM);
  }
}

void
child_close(struct child *child)
{
  if (child->life >= 0) {
    close(child->life);
  }
  if (child->words >= 0) {
    close(child->words);
  }
  *child = (struct child){ .life = -1, .words = -1 };
}

void
child_nap(void)
{
  poll(NULL, 0, NAP_MS);
}
