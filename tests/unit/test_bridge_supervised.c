/* test_bridge_supervised.c - a bridge's process, as the engine that started it
   relies on: it ends with its stdin, also when a card holds it.
   SPDX-License-Identifier: MIT */
#include "cli/bridge_run.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Until PID has ended by itself: the code. */
static int
code_of(pid_t pid)
{
  int status = 0;
  cr_assert_eq(waitpid(pid, &status, 0), pid);
  cr_assert(WIFEXITED(status), "killed by %d", WTERMSIG(status));
  return WEXITSTATUS(status);
}

Test(bridge_supervised, ends_with_its_engine_though_its_card_hangs)
{
  int life[2];
  cr_assert_eq(pipe(life), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(life[0], STDIN_FILENO);
    close(life[0]);
    close(life[1]);
    signal(SIGTERM, SIG_IGN); /* a card does not let go for it */
    if (bridge_supervised() < 0) {
      _exit(99);
    }
    for (;;) {
      pause();
    }
  }
  close(life[0]);
  close(life[1]); /* the engine has gone */
  cr_expect_eq(code_of(pid), CLI_FAILED);
}

Test(bridge_supervised, does_not_run_when_nobody_would_see_the_end)
{
#ifdef __SANITIZE_ADDRESS__
  cr_skip_test("the sanitizer needs the memory that is taken away");
#endif
  const pid_t pid = fork();
  if (pid == 0) {
    const char *const argv[] = { "aes67",        "bridge", "play",
                                 "--supervised", "a",      "--runtime-dir",
                                 "/nonexistent", NULL };
    /* None left for a thread's stack. */
    const struct rlimit none = { 0, 0 };
    setrlimit(RLIMIT_AS, &none);
    _exit(cli_main(7, argv, stdout, stderr));
  }
  cr_expect_eq(code_of(pid), CLI_FAILED);
}
