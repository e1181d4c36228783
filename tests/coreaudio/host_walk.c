/* host_walk.c - every property of every object in every scope and element, held
   against the list of what a device has to have. The list is written from the
   interface's documentation, not from the driver's table.
   SPDX-License-Identifier: MIT */
#include "host_walk.h"
#include "minicf.h"

#include <stdio.h>
#include <string.h>

#define ANSWER_MAX 8192
#define GUARD_BYTES 32
#define CANARY 0xa5

#define ONE(text, objects, scopes, bytes)                                      \
  {                                                                            \
    text, objects, scopes, bytes, 's', false, false, 0                         \
  }
#define VALUE(text, objects, scopes, value)                                    \
  {                                                                            \
    text, objects, scopes, 4, 's', false, true, value                          \
  }
#define TEXT(text, objects, scopes)                                            \
  {                                                                            \
    text, objects, scopes, 8, 't', false, false, 0                             \
  }
#define LIST(text, objects, scopes, bytes)                                     \
  {                                                                            \
    text, objects, scopes, bytes, 'l', false, false, 0                         \
  }
#define SETTABLE(text, objects, scopes, bytes)                                 \
  {                                                                            \
    text, objects, scopes, bytes, 's', true, false, 0                          \
  }

/** A row of the list: SELECTOR of objects of "pds" (plug-in, device, streams)
    in scopes of "giop" (global, input, output, play-through). KIND: 's' one
    item, 'l' a list, 't' text, 'c' text of a channel, 'b' bytes. */
struct row {
  char selector[5];
  const char *objects, *scopes;
  UInt32 bytes;
  char kind;
  bool is_settable, has_value;
  UInt32 value;
};

static const struct row rows[] = {
  VALUE("bcls", "pds", "giop", kAudioObjectClassID),
  ONE("clas", "pds", "giop", 4),
  ONE("stdv", "pds", "giop", 4),
  LIST("ownd", "pds", "giop", 4),
  LIST("cust", "pds", "giop", 12),
  TEXT("lnam", "pds", "g"),
  TEXT("lmak", "pds", "g"),
  TEXT("piid", "p", "g"),
  LIST("dev#", "p", "g", 4),
  /* asked with a UID that nobody has */
  VALUE("uidd", "p", "g", 0),
  LIST("box#", "p", "g", 4),
  VALUE("uidb", "p", "g", 0),
  LIST("clk#", "p", "g", 4),
  VALUE("uidc", "p", "g", 0),
  TEXT("rsrc", "p", "g"),
  TEXT("lmod", "d", "g"),
  TEXT("snum", "d", "g"),
  TEXT("fwvn", "d", "g"),
  { "lchn", "d", "io", 8, 'c', false, false, 0 },
  { "lcnn", "d", "io", 8, 'c', false, false, 0 },
  TEXT("uid ", "d", "g"),
  TEXT("muid", "d", "g"),
  VALUE("tran", "d", "g", VSC_FOURCC('v', 'i', 'r', 't')),
  LIST("akin", "d", "g", 4),
  ONE("clkd", "d", "g", 4),
  VALUE("livn", "d", "g", 1),
  ONE("goin", "d", "g", 4),
  VALUE("dflt", "d", "io", 1),
  VALUE("sflt", "d", "io", 0),
  VALUE("ltnc", "d", "io", 0),
  ONE("saft", "d", "io", 4),
  LIST("stm#", "d", "gio", 4),
  LIST("ctrl", "d", "giop", 4),
  SETTABLE("nsrt", "d", "g", 8),
  LIST("nsr#", "d", "g", 16),
  ONE("dch2", "d", "io", 8),
  { "srnd", "d", "io", 0, 'b', false, false, 0 },
  VALUE("ring", "d", "g", 16384),
  VALUE("clok", "d", "g", VSC_FOURCC('r', 'a', 'w', 'w')),
  VALUE("cstb", "d", "g", 1),
  VALUE("hidn", "d", "g", 0),
  SETTABLE("sact", "s", "g", 4),
  ONE("sdir", "s", "g", 4),
  VALUE("term", "s", "g", VSC_FOURCC('l', 'i', 'n', 'e')),
  VALUE("schn", "s", "g", 1),
  VALUE("ltnc", "s", "g", 0),
  SETTABLE("sfmt", "s", "g", 40),
  SETTABLE("pft ", "s", "g", 40),
  LIST("sfma", "s", "g", 56),
  LIST("pfta", "s", "g", 56),
  /* What no object of ours has. */
  ONE("iden", "", "", 0),
  ONE("icon", "", "", 0),
  ONE("capp", "", "", 0),
  ONE("vlme", "", "", 0),
  ONE("fsiz", "", "", 0),
  ONE("zzzz", "", "", 0),
};
#define ROWS (sizeof rows / sizeof *rows)

static const struct {
  UInt32 scope;
  char letter;
} scopes[] = {
  { kAudioObjectPropertyScopeGlobal, 'g' },
  { kAudioObjectPropertyScopeInput, 'i' },
  { kAudioObjectPropertyScopeOutput, 'o' },
  { kAudioObjectPropertyScopePlayThrough, 'p' },
  { VSC_FOURCC('w', 'i', 'l', 'd'), '?' },
};
#define SCOPES (sizeof scopes / sizeof *scopes)

/* One question. */
struct ask {
  struct host *h;
  AudioObjectID object;
  AudioObjectPropertyAddress address;
  const struct row *row; /* of what is listed; NULL: it must not be there */
};

static void
expect(const struct ask *a, bool is_true, const char *rule)
{
  char text[160];
  const UInt32 s = a->address.mSelector;
  snprintf(text,
           sizeof text,
           "%s: '%c%c%c%c' of object %u, scope %08x, element %u",
           rule,
           (char)(s >> 24),
           (char)(s >> 16),
           (char)(s >> 8),
           (char)s,
           (unsigned)a->object,
           (unsigned)a->address.mScope,
           (unsigned)a->address.mElement);
  host_expect(a->h, is_true, text);
}

char
host_letter(const struct host *h, AudioObjectID object)
{
  for (; h && object > 1; h = h->next) {
    if (object == h->device) {
      return 'd';
    }
    if (object == h->input || object == h->output) {
      return 's';
    }
  }
  return object == 1 ? 'p' : '?';
}

static UInt32
channels_of(const struct host *h, UInt32 scope)
{
  return scope == kAudioObjectPropertyScopeInput    ? h->inputs
         : scope == kAudioObjectPropertyScopeOutput ? h->outputs
                                                    : 0;
}

/* The row that lists it, or NULL. */
static const struct row *
listed(const struct host *h,
       AudioObjectID object,
       UInt32 selector,
       unsigned scope,
       UInt32 element)
{
  for (unsigned i = 0; i < ROWS; i++) {
    const struct row *const r = &rows[i];
    const bool is_element =
      r->kind == 'c'
        ? element >= 1 && element <= channels_of(h, scopes[scope].scope)
        : element == 0;
    const char letter = host_letter(h, object);
    const bool is_scope = letter == 'p'
                            ? scopes[scope].letter == 'g'
                            : strchr(r->scopes, scopes[scope].letter) != NULL;
    if (FOUR(r->selector) == selector && strchr(r->objects, letter) &&
        is_scope && is_element) {
      return r;
    }
  }
  return NULL;
}

/* GetPropertyData into BYTES, between canaries; what it wrote. */
static OSStatus
get(const struct ask *a, UInt32 bytes, UInt8 *out, UInt32 *written)
{
  struct host *const h = a->h;
  static UInt8 memory[ANSWER_MAX + 2 * GUARD_BYTES];
  const CFStringRef nobody =
    CFStringCreateWithCString(NULL, "nobody", kCFStringEncodingUTF8);
  const UInt32 s = a->address.mSelector;
  const bool is_asked_with =
    s == FOUR("uidd") || s == FOUR("uidb") || s == FOUR("uidc");
  memset(memory, CANARY, sizeof memory);
  *written = 0xffffffff;
  const OSStatus status = (*h->driver)
                            ->GetPropertyData(h->driver,
                                              a->object,
                                              0,
                                              &a->address,
                                              is_asked_with ? sizeof nobody : 0,
                                              is_asked_with ? &nobody : NULL,
                                              bytes,
                                              written,
                                              memory + GUARD_BYTES);
  CFRelease(nobody);
  expect(a, *written <= bytes, "the size that was written");
  bool is_whole = true;
  for (UInt32 i = 0; i < GUARD_BYTES; i++) {
    is_whole &= memory[i] == CANARY;
  }
  for (size_t i = GUARD_BYTES + (size_t)*written; i < sizeof memory; i++) {
    is_whole &= memory[i] == CANARY;
  }
  expect(a, is_whole, "bytes beyond what was written");
  memcpy(out, memory + GUARD_BYTES, bytes);
  return status;
}

/* What is text is the caller's. */
static void
take_text(const struct ask *a, const UInt8 *answer)
{
  CFStringRef string;
  char text[64] = "";
  memcpy(&string, answer, sizeof string);
  expect(a, string != NULL, "text that is NULL");
  if (string) {
    expect(
      a,
      CFGetTypeID(string) == CFStringGetTypeID() &&
        CFStringGetCString(string, text, sizeof text, kCFStringEncodingUTF8),
      "text that is none");
    CFRelease(string);
  }
}

/* Too small a buffer: whole items of a list, else an error. */
static void
ask_for_less(const struct ask *a, UInt32 bytes)
{
  static UInt8 answer[ANSWER_MAX];
  UInt32 written;
  const OSStatus status = get(a, bytes - 1, answer, &written);
  if (a->row->kind == 'l') {
    expect(a,
           status == kAudioHardwareNoError && written == bytes - a->row->bytes,
           "a list in a buffer that is a byte too short");
  } else {
    expect(a,
           status == (OSStatus)kAudioHardwareBadPropertySizeError &&
             written == 0,
           "a buffer that is a byte too short");
  }
}

static void
check_there(const struct ask *a, UInt32 bytes)
{
  static UInt8 answer[ANSWER_MAX];
  const struct row *const r = a->row;
  UInt32 written;
  expect(a,
         r->kind == 'l'   ? bytes % r->bytes == 0
         : r->kind == 'b' ? bytes > 0
                          : bytes == r->bytes,
         "the size");
  if (bytes > ANSWER_MAX) {
    expect(a, false, "a size beyond all reason");
    return;
  }
  const OSStatus status = get(a, bytes, answer, &written);
  expect(a,
         status == kAudioHardwareNoError && written == bytes,
         "an answer of the size that was said");
  if (status == kAudioHardwareNoError && (r->kind == 't' || r->kind == 'c')) {
    take_text(a, answer);
  }
  UInt32 value;
  memcpy(&value, answer, sizeof value);
  expect(a, !r->has_value || value == r->value, "the value");
  if (bytes > 0) {
    ask_for_less(a, bytes);
  }
}

static void
check_not_there(const struct ask *a, OSStatus size_status, UInt32 bytes)
{
  static UInt8 answer[ANSWER_MAX];
  const OSStatus wanted = host_letter(a->h, a->object) == '?'
                            ? (OSStatus)kAudioHardwareBadObjectError
                            : (OSStatus)kAudioHardwareUnknownPropertyError;
  UInt32 written;
  expect(a, size_status == wanted && bytes == 0, "the size of nothing");
  expect(a,
         get(a, 64, answer, &written) == wanted && written == 0,
         "an answer to nothing");
  const UInt64 zero = 0;
  expect(a,
         (*a->h->driver)
             ->SetPropertyData(
               a->h->driver, a->object, 0, &a->address, 0, NULL, 8, &zero) ==
           wanted,
         "nothing is set");
}

static void
check(const struct ask *a)
{
  struct host *const h = a->h;
  const AudioServerPlugInDriverInterface *const i = *h->driver;
  UInt32 bytes = 0xffffffff;
  Boolean is_settable = 7;
  const bool has = i->HasProperty(h->driver, a->object, 0, &a->address);
  const OSStatus size_status = i->GetPropertyDataSize(
    h->driver, a->object, 0, &a->address, 0, NULL, &bytes);
  const OSStatus settable_status =
    i->IsPropertySettable(h->driver, a->object, 0, &a->address, &is_settable);
  expect(a, has == (a->row != NULL), "is it there");
  expect(a, has == (size_status == kAudioHardwareNoError), "has it a size");
  expect(a, settable_status == size_status, "can it be set");
  expect(a,
         is_settable == (a->row && a->row->is_settable),
         "what can be set is not what is listed");
  if (a->row && size_status == kAudioHardwareNoError) {
    check_there(a, bytes);
  } else if (!a->row) {
    check_not_there(a, size_status, bytes);
  }
}

/* Elements of two more than the channels: each of those that have properties of
   their own, of others the first and those around the last. */
static void
walk_object(struct host *h, AudioObjectID object)
{
  for (unsigned i = 0; i < ROWS; i++) {
    for (unsigned s = 0; s < SCOPES; s++) {
      const UInt32 n = channels_of(h, scopes[s].scope);
      for (UInt32 e = 0; e <= n + 2; e++) {
        const UInt32 selector = FOUR(rows[i].selector);
        const UInt32 element = e <= n + 1 ? e : 0xffffffff;
        const struct ask a = {
          .h = h,
          .object = object,
          .address = { selector, scopes[s].scope, element },
          .row = listed(h, object, selector, s, element),
        };
        if (e < 2 || e >= n || rows[i].kind == 'c') {
          check(&a);
        }
      }
    }
  }
}

void
host_walk(struct host *h)
{
  const long before = minicf_living();
  for (struct host *one = h; one; one = one->next) {
    host_look(one);
    /* Also a stream that is not there. */
    for (AudioObjectID part = 0; part < 3; part++) {
      walk_object(one, one->device + part);
    }
  }
  const AudioObjectID others[] = { 0, 1, 2 + 3 * HOST_DEVICES, 99, 0xffffffff };
  for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
    walk_object(h, others[i]);
  }
  host_agree(h);
  host_expect(h, minicf_living() == before, "text that nobody releases");
}
