/* minicf.c - as much of CoreFoundation as a driver and its host need, counted:
   what is released once too often ends the program.
   SPDX-License-Identifier: MIT */
#include "minicf.h"

#include <CoreFoundation/CoreFoundation.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { OBJECT_STRING = 7, OBJECT_UUID = 20 };
#define ALIVE UINT64_C(0x6d696e6963660a0a)

struct object {
  uint64_t magic;
  _Atomic long references;
  CFTypeID type;
  size_t bytes; /* of a string without its NUL */
  char content[];
};

static _Atomic long living;

long
minicf_living(void)
{
  return atomic_load(&living);
}

static struct object *
make(CFTypeID type, const void *content, size_t bytes)
{
  struct object *const o = calloc(1, sizeof *o + bytes + 1);
  if (!o) {
    abort();
  }
  o->magic = ALIVE;
  atomic_store(&o->references, 1);
  o->type = type;
  o->bytes = bytes;
  memcpy(o->content, content, bytes);
  atomic_fetch_add(&living, 1);
  return o;
}

/* What is no object, or none any more, is a mistake of the caller's. */
static struct object *
alive(CFTypeRef cf)
{
  struct object *const o = (struct object *)(uintptr_t)cf;
  if (!o || o->magic != ALIVE || atomic_load(&o->references) < 1) {
    abort();
  }
  return o;
}

CFTypeRef
CFRetain(CFTypeRef cf)
{
  atomic_fetch_add(&alive(cf)->references, 1);
  return cf;
}

void
CFRelease(CFTypeRef cf)
{
  struct object *const o = alive(cf);
  if (atomic_fetch_sub(&o->references, 1) == 1) {
    o->magic = 0;
    atomic_fetch_sub(&living, 1);
    free(o);
  }
}

Boolean
CFEqual(CFTypeRef a, CFTypeRef b)
{
  const struct object *const x = alive(a);
  const struct object *const y = alive(b);
  return x->type == y->type && x->bytes == y->bytes &&
         memcmp(x->content, y->content, x->bytes) == 0;
}

CFTypeID
CFGetTypeID(CFTypeRef cf)
{
  return alive(cf)->type;
}

CFTypeID
CFStringGetTypeID(void)
{
  return OBJECT_STRING;
}

CFStringRef
CFStringCreateWithCString(CFAllocatorRef allocator,
                          const char *text,
                          CFStringEncoding encoding)
{
  (void)allocator;
  return encoding == kCFStringEncodingUTF8
           ? (CFStringRef)(void *)make(OBJECT_STRING, text, strlen(text))
           : NULL;
}

Boolean
CFStringGetCString(CFStringRef string,
                   char *buffer,
                   CFIndex bytes,
                   CFStringEncoding encoding)
{
  const struct object *const o = alive(string);
  if (encoding != kCFStringEncodingUTF8 || o->type != OBJECT_STRING ||
      bytes <= (CFIndex)o->bytes) {
    return 0;
  }
  memcpy(buffer, o->content, o->bytes + 1);
  return 1;
}

CFUUIDRef
CFUUIDCreateFromUUIDBytes(CFAllocatorRef allocator, CFUUIDBytes bytes)
{
  (void)allocator;
  return (CFUUIDRef)(void *)make(OBJECT_UUID, &bytes, sizeof bytes);
}

CFUUIDBytes
CFUUIDGetUUIDBytes(CFUUIDRef uuid)
{
  CFUUIDBytes bytes;
  memcpy(&bytes, alive(uuid)->content, sizeof bytes);
  return bytes;
}
