/* CoreFoundation.h - the part of CoreFoundation that the plug-in and its
   simulated host use, declared anew from its documentation for builds without
   an SDK. What is Create or Copy belongs to the caller.
   SPDX-License-Identifier: MIT */
#ifndef VSC_APPLE_CORE_FOUNDATION_H
#define VSC_APPLE_CORE_FOUNDATION_H

#include <stddef.h>
#include <stdint.h>

typedef unsigned char Boolean;
typedef uint8_t UInt8;
typedef int16_t SInt16;
typedef uint16_t UInt16;
typedef int32_t SInt32;
typedef uint32_t UInt32;
typedef int64_t SInt64;
typedef uint64_t UInt64;
typedef float Float32;
typedef double Float64;
typedef SInt32 OSStatus;

typedef unsigned long CFTypeID;
typedef signed long CFIndex;
typedef unsigned long CFHashCode;
typedef UInt32 CFStringEncoding;

typedef const void *CFTypeRef;
typedef CFTypeRef CFPropertyListRef;
typedef const struct __CFAllocator *CFAllocatorRef;
typedef const struct __CFString *CFStringRef;
typedef const struct __CFUUID *CFUUIDRef;
typedef const struct __CFDictionary *CFDictionaryRef;

#define kCFAllocatorDefault ((CFAllocatorRef)0)
#define kCFStringEncodingUTF8 ((CFStringEncoding)0x08000100)

typedef struct {
  UInt8 byte0, byte1, byte2, byte3, byte4, byte5, byte6, byte7;
  UInt8 byte8, byte9, byte10, byte11, byte12, byte13, byte14, byte15;
} CFUUIDBytes;

CFTypeRef
CFRetain(CFTypeRef cf);
void
CFRelease(CFTypeRef cf);
Boolean
CFEqual(CFTypeRef a, CFTypeRef b);
CFTypeID
CFGetTypeID(CFTypeRef cf);

CFTypeID
CFStringGetTypeID(void);
/** NULL when TEXT is not of that encoding. */
CFStringRef
CFStringCreateWithCString(CFAllocatorRef allocator,
                          const char *text,
                          CFStringEncoding encoding);
Boolean
CFStringGetCString(CFStringRef string,
                   char *buffer,
                   CFIndex bytes,
                   CFStringEncoding encoding);

CFUUIDRef
CFUUIDCreateFromUUIDBytes(CFAllocatorRef allocator, CFUUIDBytes bytes);
CFUUIDBytes
CFUUIDGetUUIDBytes(CFUUIDRef uuid);

/* CFPlugInCOM.h */
typedef SInt32 HRESULT;
typedef UInt32 ULONG;
typedef void *LPVOID;
typedef CFUUIDBytes REFIID;
#define S_OK ((HRESULT)0)
#define E_NOINTERFACE ((HRESULT)0x80000004u)

_Static_assert(sizeof(CFUUIDBytes) == 16, "CFUUIDBytes");
_Static_assert(sizeof(CFIndex) == 8 && sizeof(void *) == 8, "64 bits");

#endif
