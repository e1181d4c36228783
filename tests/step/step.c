/* step.c - ptrace on x86-64 Linux: single steps, and a breakpoint where
   stepping would take too long. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "step.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define BREAKPOINT 0xccu

/* Where this program's own instructions are; the linker knows. */
extern char __executable_start, etext;

static _Noreturn void
die(const char *what)
{
  perror(what);
  exit(1);
}

static long
trace(int request, pid_t pid, uint64_t address, void *data)
{
  errno = 0;
  const long r = ptrace(request, pid, (void *)(uintptr_t)address, data);
  if (errno) {
    die("ptrace");
  }
  return r;
}

static struct user_regs_struct
registers(const struct step *s)
{
  struct user_regs_struct r;
  trace(PTRACE_GETREGS, s->pid, 0, &r);
  return r;
}

static bool
is_ours(uint64_t place)
{
  return place >= (uint64_t)(uintptr_t)&__executable_start &&
         place < (uint64_t)(uintptr_t)&etext;
}

/* One processor: the two never run at once, and a switch costs a third of what
   a message to another processor does. */
static void
share_processor(void)
{
  cpu_set_t set;
  const int cpu = sched_getcpu();
  CPU_ZERO(&set);
  CPU_SET(cpu < 0 ? 0 : cpu, &set);
  sched_setaffinity(0, sizeof set, &set);
}

/* Until it stops with SIGTRAP; false when it has ended. */
static bool
wait_for_trap(const struct step *s, int *status)
{
  for (;;) {
    if (waitpid(s->pid, status, 0) != s->pid) {
      die("waitpid");
    }
    if (!WIFSTOPPED(*status)) {
      return false;
    }
    const int signal = WSTOPSIG(*status);
    if (signal == SIGTRAP) {
      return true;
    }
    if (signal == SIGUSR1) {
      s->serve(s->arg);
      trace(PTRACE_CONT, s->pid, 0, NULL);
    } else {
      trace(PTRACE_CONT, s->pid, 0, (void *)(intptr_t)signal);
    }
  }
}

static bool
single_step(const struct step *s)
{
  int status;
  trace(PTRACE_SINGLESTEP, s->pid, 0, NULL);
  if (waitpid(s->pid, &status, 0) != s->pid) {
    die("waitpid");
  }
  while (WIFSTOPPED(status) && WSTOPSIG(status) != SIGTRAP) {
    const int signal = WSTOPSIG(status);
    if (signal == SIGUSR1) {
      s->serve(s->arg);
    }
    trace(PTRACE_SINGLESTEP,
          s->pid,
          0,
          (void *)(intptr_t)(signal == SIGUSR1 ? 0 : signal));
    if (waitpid(s->pid, &status, 0) != s->pid) {
      die("waitpid");
    }
  }
  return WIFSTOPPED(status);
}

/* At full speed until PLACE is next, with the stack at STACK or above. */
static bool
run_to(const struct step *s, uint64_t place, uint64_t stack)
{
  const long word = trace(PTRACE_PEEKTEXT, s->pid, place, NULL);
  const unsigned long marked = ((unsigned long)word & ~0xfful) | BREAKPOINT;
  for (;;) {
    int status;
    trace(PTRACE_POKETEXT, s->pid, place, (void *)marked);
    trace(PTRACE_CONT, s->pid, 0, NULL);
    if (!wait_for_trap(s, &status)) {
      return false;
    }
    struct user_regs_struct r = registers(s);
    if (r.rip != place + 1) {
      die("a stop that is no breakpoint of ours");
    }
    r.rip = place;
    trace(PTRACE_SETREGS, s->pid, 0, &r);
    trace(PTRACE_POKETEXT, s->pid, place, (void *)(uintptr_t)word);
    if (r.rsp >= stack) {
      return true;
    }
    if (!single_step(s)) {
      return false;
    }
  }
}

bool
step_is_possible(void)
{
  const pid_t child = fork();
  if (child == 0) {
    _exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? 1 : 0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  if (status != 0) {
    fprintf(stderr, "skipped: this system lets nobody trace its children\n");
  }
  return status == 0;
}

void
step_start(struct step *s, int (*main)(void *arg), void *arg)
{
  share_processor();
  s->pid = fork();
  if (s->pid == 0) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGTRAP);
    _exit(main(arg));
  }
  int status;
  if (s->pid < 0 || waitpid(s->pid, &status, 0) != s->pid ||
      !WIFSTOPPED(status)) {
    die("no child to trace");
  }
  trace(PTRACE_SETOPTIONS, s->pid, 0, (void *)(intptr_t)PTRACE_O_EXITKILL);
  s->count = 0;
}

void
step_ask(void)
{
  raise(SIGUSR1);
}

enum step_state
step_to_ask(struct step *s)
{
  int status;
  trace(PTRACE_CONT, s->pid, 0, NULL);
  if (waitpid(s->pid, &status, 0) != s->pid) {
    die("waitpid");
  }
  if (WIFSTOPPED(status) && WSTOPSIG(status) != SIGUSR1) {
    die("a stop that nobody asked for");
  }
  return WIFSTOPPED(status) ? STEP_IN : STEP_EXITED;
}

enum step_state
step_to_call(struct step *s, step_function *function, unsigned times)
{
  for (unsigned i = 0; i < times; i++) {
    if ((i > 0 && !single_step(s)) ||
        !run_to(s, (uint64_t)(uintptr_t)function, 0)) {
      return STEP_EXITED;
    }
  }
  const struct user_regs_struct r = registers(s);
  s->stack = r.rsp;
  return STEP_IN;
}

enum step_state
step_next(struct step *s)
{
  if (!single_step(s)) {
    return STEP_EXITED;
  }
  struct user_regs_struct r = registers(s);
  s->has_called = !is_ours(r.rip);
  if (s->has_called) {
    /* A call has just gone out: through to where it returns. */
    const uint64_t back = (uint64_t)trace(PTRACE_PEEKDATA, s->pid, r.rsp, NULL);
    if (is_ours(back)) {
      if (!run_to(s, back, r.rsp + 8)) {
        return STEP_EXITED;
      }
      r = registers(s);
    }
  }
  s->count++;
  return r.rsp > s->stack ? STEP_OUT : STEP_IN;
}

int
step_finish(struct step *s)
{
  int status;
  trace(PTRACE_CONT, s->pid, 0, NULL);
  if (wait_for_trap(s, &status)) {
    die("a stop that nobody asked for");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void
step_kill(struct step *s)
{
  int status;
  kill(s->pid, SIGKILL);
  while (waitpid(s->pid, &status, 0) == s->pid && WIFSTOPPED(status)) {
  }
}
