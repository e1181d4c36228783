/* oslog.h - what we use of os/log.h. Its macro has the compiler pack the
   arguments, and puts the format where the system's tools look for it.
   SPDX-License-Identifier: MIT */
#ifndef DARWIN_OSLOG_H
#define DARWIN_OSLOG_H

#include <stddef.h>
#include <stdint.h>

typedef struct os_log_s *os_log_t;
typedef uint8_t os_log_type_t;
#define OS_LOG_TYPE_DEFAULT 0x00
#define OS_LOG_TYPE_INFO 0x01
#define OS_LOG_TYPE_DEBUG 0x02
#define OS_LOG_TYPE_ERROR 0x10

extern struct mach_header __dso_handle;

os_log_t
os_log_create(const char *subsystem, const char *category);
void
_os_log_impl(void *image,
             os_log_t log,
             os_log_type_t type,
             const char *format,
             uint8_t *arguments,
             uint32_t bytes);

#define os_log_with_type(log, type, format, ...)                               \
  do {                                                                         \
    static const char text[]                                                   \
      __attribute__((section("__TEXT,__oslogstring,cstring_literals"))) =      \
        format;                                                                \
    uint8_t packed[__builtin_os_log_format_buffer_size(format, __VA_ARGS__)];  \
    _os_log_impl(&__dso_handle,                                                \
                 log,                                                          \
                 type,                                                         \
                 text,                                                         \
                 __builtin_os_log_format(packed, format, __VA_ARGS__),         \
                 (uint32_t)sizeof packed);                                     \
  } while (0)

#endif
