/* guard_call_aarch64.c - one system call instruction of our own, and what a
   trapped one leaves in the registers.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "guard.h"

#include <linux/audit.h>
#include <ucontext.h>

__asm__(".text\n"
        ".globl guard_call, guard_call_after\n"
        ".hidden guard_call, guard_call_after\n"
        ".type guard_call, %function\n"
        "guard_call:\n"
        "  mov x8, x0\n"
        "  mov x0, x1\n"
        "  mov x1, x2\n"
        "  mov x2, x3\n"
        "  mov x3, x4\n"
        "  mov x4, x5\n"
        "  mov x5, x6\n"
        "  svc #0\n"
        "guard_call_after:\n"
        "  ret\n"
        ".size guard_call, . - guard_call\n");

const uint32_t guard_arch = AUDIT_ARCH_AARCH64;

void
guard_context_arguments(void *context, long out[6])
{
  const ucontext_t *const c = context;
  for (int i = 0; i < 6; i++) {
    out[i] = (long)c->uc_mcontext.regs[i];
  }
}

void
guard_context_return(void *context, long result)
{
  ucontext_t *const c = context;
  c->uc_mcontext.regs[0] = (unsigned long long)result;
}
