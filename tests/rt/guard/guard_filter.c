/* guard_filter.c - the kernel's part: a filter for one thread, and what happens
   when it traps.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST 64 /* instructions of a filter */

/* The thread's way out of a handler, and its end. */
static const struct guard_planned always[] = {
  { .call = SYS_rt_sigreturn },
  { .call = SYS_exit },
  { .call = SYS_exit_group },
  { 0 },
};

static const struct guard_planned clock_reads[] = {
  { .call = SYS_clock_gettime },
  { 0 },
};
static const struct guard_planned nothing[] = { { 0 } };

/* Where the vDSO cannot read the clock itself, reading it is a system call, and
   no fault of ours. */
static const struct guard_planned *
clock_of_machine(void)
{
  static const char *const fast[] = {
    "tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter"
  };
  char name[64] = "";
  const int fd = open("/sys/devices/system/clocksource/clocksource0/"
                      "current_clocksource",
                      O_RDONLY | O_CLOEXEC);
  const ssize_t n = fd < 0 ? 0 : read(fd, name, sizeof name - 1);
  if (fd >= 0) {
    close(fd);
  }
  name[n > 0 ? n : 0] = '\0';
  name[strcspn(name, "\n")] = '\0';
  for (unsigned i = 0; i < sizeof fast / sizeof *fast; i++) {
    if (strcmp(name, fast[i]) == 0) {
      return nothing;
    }
  }
  fprintf(stderr, "rtguard: reading clock \"%s\" is a system call\n", name);
  return clock_reads;
}

struct filter {
  struct sock_filter code[MOST];
  unsigned short length;
};

static void
put(struct filter *f, struct sock_filter s)
{
  if (f->length == MOST) {
    guard_fail("has too many planned system calls");
  }
  f->code[f->length++] = s;
}

static void
load(struct filter *f, size_t offset)
{
  put(f,
      (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void
allow(struct filter *f)
{
  put(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

/* Go on when the word loaded is VALUE, else skip SKIP instructions. */
static void
when(struct filter *f, uint32_t value, unsigned char skip)
{
  put(f,
      (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip));
}

static void
plan(struct filter *f, const struct guard_planned *p)
{
  for (; p->call; p++) {
    load(f, offsetof(struct seccomp_data, nr));
    when(f, (uint32_t)p->call, p->has_first ? 3 : 1);
    if (p->has_first) {
      load(f, offsetof(struct seccomp_data, args[0])); /* the low half */
      when(f, p->first, 1);
    }
    allow(f);
  }
}

/* A thread that is not guarded now keeps its filter, so its calls are made for
   it. */
static void
on_trap(int number, siginfo_t *info, void *context)
{
  (void)number;
  const int error = errno;
  long a[6];
  guard_context_arguments(context, a);
  if (rtguard_is_on()) {
    guard_fail("system call %d(%ld, %#lx, %ld), see <sys/syscall.h>",
               info->si_syscall,
               a[0],
               a[1],
               a[2]);
  }
  guard_context_return(
    context, guard_call(info->si_syscall, a[0], a[1], a[2], a[3], a[4], a[5]));
  errno = error;
}

static void
catch_traps(void)
{
  struct sigaction action = { .sa_sigaction = on_trap,
                              .sa_flags = SA_SIGINFO | SA_NODEFER };
  sigemptyset(&action.sa_mask);
  sigaction(SIGSYS, &action, NULL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGSYS);
  sigprocmask(SIG_UNBLOCK, &set, NULL); /* of this thread */
}

void
guard_filter(const struct guard_role *role)
{
  struct filter f = { .length = 0 };
  const uint64_t ours = (uint64_t)(uintptr_t)guard_call_after;
  load(&f, offsetof(struct seccomp_data, instruction_pointer));
  when(&f, (uint32_t)ours, 3);
  load(&f, offsetof(struct seccomp_data, instruction_pointer) + 4);
  when(&f, (uint32_t)(ours >> 32), 1);
  allow(&f);
  load(&f, offsetof(struct seccomp_data, arch));
  when(&f, guard_arch, 1);
  put(&f, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 1));
  put(&f,
      (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  plan(&f, always);
  plan(&f, clock_of_machine());
  plan(&f, role->planned);
  put(&f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP));
  catch_traps();
  const struct sock_fprog program = { .len = f.length, .filter = f.code };
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)) {
    fprintf(stderr, "rtguard: skipped: no seccomp: %s\n", strerror(errno));
    _exit(77);
  }
}
