/* factory.c - the factory that a simulated coreaudiod calls, out of the shipped
   bundle, whose path is VSC_BUNDLE. SPDX-License-Identifier: MIT */
#include "macho.h"

#include <CoreFoundation/CoreFoundation.h>
#include <stdio.h>
#include <stdlib.h>

void *
vsc_plugin_create(CFAllocatorRef allocator, CFUUIDRef type);

void *
vsc_plugin_create(CFAllocatorRef allocator, CFUUIDRef type)
{
  static void *(*factory)(CFAllocatorRef, CFUUIDRef);
  if (!factory) {
    struct macho bundle;
    macho_load(getenv("VSC_BUNDLE"), shim_resolve, &bundle);
    factory = (void *(*)(CFAllocatorRef, CFUUIDRef))(uintptr_t)macho_symbol(
      &bundle, "_vsc_plugin_create");
    printf(
      "from the bundle: %zu bytes at %p\n", bundle.bytes, (void *)bundle.base);
  }
  return factory(allocator, type);
}
