/* shims_aarch64.c - see shims.h. Apple has variadic arguments on the stack,
   eight bytes each, however many registers are left, and a va_list is a pointer
   to them: what a va_list of Linux calls its stack, with no register in use.
   SPDX-License-Identifier: MIT */
#include "shims.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

_Thread_local char shim_tlv_bytes[4096] __attribute__((aligned(16)));

int
shim_format(char *out, size_t bytes, const char *format, const void *stack);
int
shim_format(char *out, size_t bytes, const char *format, const void *stack)
{
  const struct {
    const void *stack, *general_top, *vector_top;
    int general_offset, vector_offset;
  } list = { .stack = stack };
  va_list args;
  _Static_assert(sizeof args == sizeof list, "va_list of the AAPCS64");
  memcpy(&args, &list, sizeof list);
  return vsnprintf(out, bytes, format, args);
}

__asm__(".text\n"
        ".globl shim_snprintf, shim_vsnprintf, shim_tlv\n"
        "shim_snprintf:\n"
        "  mov x3, sp\n"
        "shim_vsnprintf:\n"
        "  b shim_format\n"
        "shim_tlv:\n"
        "  ldr x16, [x0, #16]\n"
        "  mrs x17, tpidr_el0\n"
        "  add x17, x17, #:tprel_hi12:shim_tlv_bytes, lsl #12\n"
        "  add x17, x17, #:tprel_lo12_nc:shim_tlv_bytes\n"
        "  add x0, x17, x16\n"
        "  ret\n");
