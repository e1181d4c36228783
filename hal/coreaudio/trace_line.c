/* trace_line.c - what a trace has of each call, and how a line of it is
   written. SPDX-License-Identifier: MIT */
#include "trace_line.h"

#include <stdio.h>
#include <string.h>

/* Object, selector, scope, element, process. */
#define ADDRESS "uccuu"
/* How many bytes, and the first of them. */
#define QUALIFIER "ub"

const struct trace_row trace_rows[TRACE_CALLS] = {
  [TRACE_FACTORY] = { "factory", "=n" },
  [TRACE_QUERY] = { "query", "b=n" },
  [TRACE_ADD_REF] = { "add-ref", "=n" },
  [TRACE_RELEASE] = { "release", "=n" },
  [TRACE_INITIALIZE] = { "initialize", "=n" },
  [TRACE_CREATE] = { "create", "=n" },
  [TRACE_DESTROY] = { "destroy", "u=n" },
  /* device, client, process, is its order of bytes ours */
  [TRACE_ADD] = { "add", "uuuu=n" },
  [TRACE_REMOVE] = { "remove", "uuuu=n" },
  /* device, action */
  [TRACE_PERFORM] = { "perform", "un=n" },
  [TRACE_ABORT] = { "abort", "un=n" },
  [TRACE_HAS] = { "has", ADDRESS "=n" },
  [TRACE_SETTABLE] = { "settable", ADDRESS "=nn" },
  [TRACE_SIZE] = { "size", ADDRESS QUALIFIER "=nu" },
  /* room = status, bytes, the first of them */
  [TRACE_GET] = { "get", ADDRESS QUALIFIER "u=nub" },
  [TRACE_SET] = { "set", ADDRESS QUALIFIER "ub=n" },
  /* device, client */
  [TRACE_START] = { "start", "uu=n" },
  [TRACE_STOP] = { "stop", "uu=n" },
  /* device, client, operation = status, will, in place */
  [TRACE_WILL] = { "will", "uuc=nnn" },
  /* device, client = status, sample time, host time, seed */
  [TRACE_STAMP] = { "stamp", "uu=nnnn" },
  /* device, client, operation, frames */
  [TRACE_BEGIN] = { "begin", "uucu=n" },
  /* device, stream, client, operation, frames, sample time */
  [TRACE_DO] = { "do", "uuucun=n" },
  [TRACE_END] = { "end", "uucu=n" },
  /* stamp, begin, do, end, and how many failed */
  [TRACE_COUNT] = { "count", "nnnnn" },
  /* device, action */
  [TRACE_REQUEST] = { "request", "un" },
  /* object, how many, the first one's selector, scope, element */
  [TRACE_CHANGED] = { "changed", "uuccu" },
};

static int
write_bytes(const unsigned char *bytes, size_t count, char *out, size_t room)
{
  int n = 0;
  for (size_t i = 0; i < count; i++) {
    const unsigned char c = bytes[i];
    const bool is_plain =
      c > ' ' && c < 0x7f && c != '%' && c != '-' && c != '=';
    n += snprintf(out + n, room - (size_t)n, is_plain ? "%c" : "%%%02x", c);
  }
  return count ? n : snprintf(out, room, "-");
}

static int
write_field(char letter, const struct trace_field *f, char *out, size_t room)
{
  const UInt32 code = (UInt32)f->number;
  const unsigned char characters[] = { (unsigned char)(code >> 24),
                                       (unsigned char)(code >> 16),
                                       (unsigned char)(code >> 8),
                                       (unsigned char)code };
  switch (letter) {
    case 'b':
      return write_bytes(f->bytes, (size_t)f->number, out, room);
    case 'c':
      return write_bytes(characters, sizeof characters, out, room);
    default:
      return snprintf(out, room, "%lld", (long long)f->number);
  }
}

/* The longest line, of two fields of bytes, has room. */
void
trace_write(enum trace_call call,
            const struct trace_field *fields,
            unsigned long number,
            char out[TRACE_LINE_BYTES])
{
  const struct trace_row *const row = &trace_rows[call];
  int n =
    snprintf(out, TRACE_LINE_BYTES, TRACE_TAG " %lu %s", number, row->name);
  for (const char *letter = row->fields; *letter; letter++) {
    out[n++] = ' ';
    if (*letter == '=') {
      out[n++] = '=';
    } else {
      n +=
        write_field(*letter, fields++, out + n, TRACE_LINE_BYTES - (size_t)n);
    }
  }
  out[n] = '\0';
}

struct trace_field
trace_keep(bool is_text, UInt32 bytes, const void *data, char text[TRACE_BYTES])
{
  CFStringRef string = NULL;
  if (!data) {
    return (struct trace_field){ 0 };
  }
  if (!is_text) {
    return (struct trace_field){ bytes < TRACE_BYTES ? bytes : TRACE_BYTES,
                                 data };
  }
  if (bytes == sizeof string) {
    memcpy(&string, data, sizeof string);
  }
  const bool is_kept =
    string && CFGetTypeID(string) == CFStringGetTypeID() &&
    CFStringGetCString(string, text, TRACE_BYTES, kCFStringEncodingUTF8);
  return (struct trace_field){ is_kept ? (int64_t)strlen(text) : 0, text };
}

bool
trace_is_text(UInt32 selector)
{
  switch (selector) {
    case kAudioObjectPropertyName:
    case kAudioObjectPropertyManufacturer:
    case kAudioObjectPropertyModelName:
    case kAudioObjectPropertySerialNumber:
    case kAudioObjectPropertyFirmwareVersion:
    case kAudioObjectPropertyElementName:
    case kAudioObjectPropertyElementNumberName:
    case kAudioPlugInPropertyBundleID:
    case kAudioPlugInPropertyResourceBundle:
    case kAudioDevicePropertyDeviceUID:
    case kAudioDevicePropertyModelUID:
      return true;
    default:
      return false;
  }
}

bool
trace_is_asked_with_text(UInt32 selector)
{
  return selector == kAudioPlugInPropertyTranslateUIDToDevice ||
         selector == kAudioPlugInPropertyTranslateUIDToBox ||
         selector == kAudioPlugInPropertyTranslateUIDToClockDevice;
}
