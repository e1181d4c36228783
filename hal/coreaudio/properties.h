/* properties.h - every property of every object, one table row each: what it
   is, where it is to be asked for, and who answers. The plug-in, the simulated
   host and the fuzz target read it.
   SPDX-License-Identifier: MIT */
#ifndef VSC_COREAUDIO_PROPERTIES_H
#define VSC_COREAUDIO_PROPERTIES_H

#include "devices.h"

/** Kinds of objects. */
enum {
  KIND_PLUG_IN = 1,
  KIND_DEVICE = 2,
  KIND_INPUT = 4,
  KIND_OUTPUT = 8,
  KIND_STREAM = KIND_INPUT | KIND_OUTPUT,
  KIND_ANY = 15,
};
/** Scopes in which a property is. */
enum {
  IN_GLOBAL = 1,
  IN_INPUT = 2,
  IN_OUTPUT = 4,
  IN_PLAY_THROUGH = 8,
  IN_ANY = 15,
};

enum property_type {
  TYPE_U32,
  TYPE_F64,
  TYPE_STRING, /* CFString, the caller's */
  TYPE_OBJECTS,
  TYPE_RANGES,
  TYPE_FORMAT,
  TYPE_FORMATS, /* ranged */
  TYPE_LAYOUT,
  TYPE_STEREO, /* UInt32[2] */
  TYPE_CUSTOM,
};

/** One question: what was asked, of what, and how the device looks. */
struct query {
  struct devices *devices;
  const struct property *property;
  struct device *device; /* whose object it is; NULL: the plug-in's own */
  UInt32 kind;           /* one of those above */
  AudioObjectPropertyScope scope;
  AudioObjectPropertyElement element;
  UInt32 qualifier_bytes;
  const void *qualifier;
  struct shape shape;
};

struct property {
  AudioObjectPropertySelector selector;
  UInt32 kinds, scopes;
  enum property_type type;
  bool is_of_channels;    /* elements are channels, 1..n; else 0 alone */
  UInt32 qualifier_bytes; /* that must come with it */
  UInt32 number;          /* the answer where nobody gives another */
  const char *text;
  /** Puts at most ROOM items at OUT; how many there are. */
  UInt32 (*get)(const struct query *q, void *out, UInt32 room);
  /** NULL: it cannot be set. DATA is one item. */
  OSStatus (*set)(const struct query *q, const void *data);
};

/** The table; ended by a row of no kind. */
const struct property *
properties(void);
/** Bytes of an item of TYPE; of TYPE_LAYOUT a byte. */
UInt32
property_item_bytes(enum property_type type);
/** Are there any number of items, of which a caller may ask for fewer? */
bool
property_is_list(enum property_type type);
/** Fill in Q for ADDRESS of OBJECT: kAudioHardwareNoError,
    kAudioHardwareBadObjectError or kAudioHardwareUnknownPropertyError. */
OSStatus
property_find(struct devices *devices,
              AudioObjectID object,
              const AudioObjectPropertyAddress *address,
              struct query *q);
/** Bytes of the whole answer. */
UInt32
property_bytes(const struct query *q);
/** At most BYTES of the answer; *OUT_BYTES is what was written. */
OSStatus
property_get(const struct query *q, UInt32 bytes, UInt32 *out_bytes, void *out);
OSStatus
property_set(const struct query *q, UInt32 bytes, const void *data);

#endif
