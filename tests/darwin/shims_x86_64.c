/* shims_x86_64.c - see shims.h: arguments are where Linux has them.
   SPDX-License-Identifier: MIT */
#include "shims.h"

_Thread_local char shim_tlv_bytes[4096] __attribute__((aligned(16)));

__asm__(".text\n"
        ".globl shim_snprintf, shim_vsnprintf, shim_tlv\n"
        "shim_snprintf: jmp snprintf@PLT\n"
        "shim_vsnprintf: jmp vsnprintf@PLT\n"
        "shim_tlv:\n"
        "  movq %fs:0, %rax\n"
        "  leaq shim_tlv_bytes@tpoff(%rax), %rax\n"
        "  addq 16(%rdi), %rax\n"
        "  ret\n");
