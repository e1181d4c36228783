/* guard_call_x86_64.c - one system call instruction of our own, and what a
   trapped one leaves in the registers. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "guard.h"

#include <linux/audit.h>
#include <ucontext.h>

__asm__(".text\n"
        ".globl guard_call, guard_call_after\n"
        ".hidden guard_call, guard_call_after\n"
        ".type guard_call, @function\n"
        "guard_call:\n"
        "  mov %rdi, %rax\n"
        "  mov %rsi, %rdi\n"
        "  mov %rdx, %rsi\n"
        "  mov %rcx, %rdx\n"
        "  mov %r8, %r10\n"
        "  mov %r9, %r8\n"
        "  mov 8(%rsp), %r9\n"
        "  syscall\n"
        "guard_call_after:\n"
        "  ret\n"
        ".size guard_call, . - guard_call\n");

const uint32_t guard_arch = AUDIT_ARCH_X86_64;

void
guard_context_arguments(void *context, long out[6])
{
  static const int places[6] = { REG_RDI, REG_RSI, REG_RDX,
                                 REG_R10, REG_R8,  REG_R9 };
  const ucontext_t *const c = context;
  for (int i = 0; i < 6; i++) {
    out[i] = (long)c->uc_mcontext.gregs[places[i]];
  }
}

void
guard_context_return(void *context, long result)
{
  ucontext_t *const c = context;
  c->uc_mcontext.gregs[REG_RAX] = result;
}
