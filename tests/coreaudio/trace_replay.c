/* trace_replay.c - the calls of a trace, given again in their order.
   SPDX-License-Identifier: MIT */
#include "trace_replay.h"
#include "trace_read.h"

#include <CoreFoundation/CoreFoundation.h>
#include <stdio.h>
#include <string.h>

#define ROOM 65536 /* bytes of an answer, a qualifier, what is set */
#define FRAMES_MAX 4096
#define CHANNELS_MAX 128
#define RESTS 100 /* until the driver asks for a change as it did */

/* Answers that are others by their nature. */
static const struct {
  enum trace_call call;
  UInt32 selector;  /* 0: of any */
  unsigned answers; /* bits: the first is 1 */
} natural[] = {
  /* how many hold the object */
  { TRACE_ADD_REF, 0, 1 },
  { TRACE_RELEASE, 0, 1 },
  /* time has gone on */
  { TRACE_STAMP, 0, 2 | 4 | 8 },
  /* whose clock the engine follows, and what it calls its channels */
  { TRACE_GET, kAudioDevicePropertyClockDomain, 4 },
  { TRACE_GET, kAudioObjectPropertyElementName, 4 },
};

/* A call: FIELD is what was asked; its answers go to OUT. */
struct call {
  struct host *host;
  AudioServerPlugInDriverRef driver;
  const struct trace_field *field;
  struct trace_field *out;
  char text[TRACE_BYTES];
};

static UInt32
u32(const struct call *c, unsigned i)
{
  return (UInt32)c->field[i].number;
}

static AudioObjectPropertyAddress
address(const struct call *c)
{
  return (AudioObjectPropertyAddress){ u32(c, 1), u32(c, 2), u32(c, 3) };
}

/* Memory that is aligned for whatever a driver puts there. */
static UInt64 answer_room[ROOM / sizeof(UInt64)];
static UInt64 given_room[2][ROOM / sizeof(UInt64)];

/* The bytes of FIELD, behind which there are zeros; NULL: none were. */
static const void *
given(const struct trace_field *field, UInt32 bytes, UInt64 *room)
{
  memset(room, 0, ROOM);
  memcpy(room, field->bytes, (size_t)field->number);
  return bytes ? room : NULL;
}

/* Fields 5 and 6; *TEXT, where it is one, is the caller's to release. */
static const void *
qualifier(const struct call *c, CFStringRef *text)
{
  *text = NULL;
  if (!trace_is_asked_with_text(u32(c, 1)) || u32(c, 5) != sizeof *text) {
    return given(&c->field[6], u32(c, 5), given_room[0]);
  }
  *text = CFStringCreateWithCString(
    kCFAllocatorDefault, c->field[6].bytes, kCFStringEncodingUTF8);
  return text;
}

/* --- one function a call */

static void
give_query(struct call *c)
{
  CFUUIDBytes id = { 0 };
  void *out = NULL;
  memcpy(&id,
         c->field[0].bytes,
         c->field[0].number < (int64_t)sizeof id ? (size_t)c->field[0].number
                                                 : sizeof id);
  c->out[0].number = (*c->driver)->QueryInterface(c->driver, id, &out);
}

static void
give_add_ref(struct call *c)
{
  c->out[0].number = (*c->driver)->AddRef(c->driver);
}

static void
give_release(struct call *c)
{
  c->out[0].number = (*c->driver)->Release(c->driver);
}

static void
give_create(struct call *c)
{
  AudioObjectID id = 0;
  c->out[0].number = (*c->driver)->CreateDevice(c->driver, NULL, NULL, &id);
}

static void
give_destroy(struct call *c)
{
  c->out[0].number = (*c->driver)->DestroyDevice(c->driver, u32(c, 0));
}

static AudioServerPlugInClientInfo
client_info(const struct call *c)
{
  return (AudioServerPlugInClientInfo){ .mClientID = u32(c, 1),
                                        .mProcessID = (pid_t)u32(c, 2),
                                        .mIsNativeEndian = u32(c, 3) != 0 };
}

static void
give_add(struct call *c)
{
  const AudioServerPlugInClientInfo info = client_info(c);
  c->out[0].number = (*c->driver)->AddDeviceClient(c->driver, u32(c, 0), &info);
}

static void
give_remove(struct call *c)
{
  const AudioServerPlugInClientInfo info = client_info(c);
  c->out[0].number =
    (*c->driver)->RemoveDeviceClient(c->driver, u32(c, 0), &info);
}

static void
give_perform(struct call *c)
{
  c->host->has_pending = false;
  c->out[0].number =
    (*c->driver)
      ->PerformDeviceConfigurationChange(
        c->driver, u32(c, 0), (UInt64)c->field[1].number, NULL);
}

static void
give_abort(struct call *c)
{
  c->host->has_pending = false;
  c->out[0].number =
    (*c->driver)
      ->AbortDeviceConfigurationChange(
        c->driver, u32(c, 0), (UInt64)c->field[1].number, NULL);
}

static void
give_has(struct call *c)
{
  const AudioObjectPropertyAddress a = address(c);
  c->out[0].number =
    (*c->driver)->HasProperty(c->driver, u32(c, 0), (pid_t)u32(c, 4), &a);
}

static void
give_settable(struct call *c)
{
  const AudioObjectPropertyAddress a = address(c);
  Boolean is_settable = 0;
  c->out[0].number =
    (*c->driver)
      ->IsPropertySettable(
        c->driver, u32(c, 0), (pid_t)u32(c, 4), &a, &is_settable);
  c->out[1].number = is_settable;
}

static void
give_size(struct call *c)
{
  const AudioObjectPropertyAddress a = address(c);
  CFStringRef text;
  UInt32 bytes = 0;
  const void *const with = qualifier(c, &text);
  c->out[0].number =
    (*c->driver)
      ->GetPropertyDataSize(
        c->driver, u32(c, 0), (pid_t)u32(c, 4), &a, u32(c, 5), with, &bytes);
  c->out[1].number = bytes;
  if (text) {
    CFRelease(text);
  }
}

static void
give_get(struct call *c)
{
  const AudioObjectPropertyAddress a = address(c);
  const bool is_text = trace_is_text(a.mSelector);
  CFStringRef text;
  UInt32 bytes = 0;
  const void *const with = qualifier(c, &text);
  const OSStatus status = (*c->driver)
                            ->GetPropertyData(c->driver,
                                              u32(c, 0),
                                              (pid_t)u32(c, 4),
                                              &a,
                                              u32(c, 5),
                                              with,
                                              u32(c, 7),
                                              &bytes,
                                              answer_room);
  c->out[0].number = status;
  c->out[1].number = bytes;
  c->out[2] = trace_keep(is_text, bytes, answer_room, c->text);
  if (is_text && bytes) {
    CFStringRef answer;
    memcpy(&answer, answer_room, sizeof answer);
    CFRelease(answer);
  }
  if (text) {
    CFRelease(text);
  }
}

static void
give_set(struct call *c)
{
  const AudioObjectPropertyAddress a = address(c);
  c->out[0].number =
    (*c->driver)
      ->SetPropertyData(c->driver,
                        u32(c, 0),
                        (pid_t)u32(c, 4),
                        &a,
                        u32(c, 5),
                        given(&c->field[6], u32(c, 5), given_room[0]),
                        u32(c, 7),
                        given(&c->field[8], u32(c, 7), given_room[1]));
}

static void
give_start(struct call *c)
{
  c->out[0].number = (*c->driver)->StartIO(c->driver, u32(c, 0), u32(c, 1));
}

static void
give_stop(struct call *c)
{
  c->out[0].number = (*c->driver)->StopIO(c->driver, u32(c, 0), u32(c, 1));
}

static void
give_will(struct call *c)
{
  Boolean will = 0, in_place = 0;
  c->out[0].number =
    (*c->driver)
      ->WillDoIOOperation(
        c->driver, u32(c, 0), u32(c, 1), u32(c, 2), &will, &in_place);
  c->out[1].number = will;
  c->out[2].number = in_place;
}

static void
give_stamp(struct call *c)
{
  Float64 sample = 0;
  UInt64 host_time = 0, seed = 0;
  c->out[0].number =
    (*c->driver)
      ->GetZeroTimeStamp(
        c->driver, u32(c, 0), u32(c, 1), &sample, &host_time, &seed);
  c->out[1].number = (int64_t)sample;
  c->out[2].number = (int64_t)host_time;
  c->out[3].number = (int64_t)seed;
}

static void
give_begin(struct call *c)
{
  const AudioServerPlugInIOCycleInfo cycle = { .mIOCycleCounter = 1 };
  c->out[0].number =
    (*c->driver)
      ->BeginIOOperation(
        c->driver, u32(c, 0), u32(c, 1), u32(c, 2), u32(c, 3), &cycle);
}

static void
give_end(struct call *c)
{
  const AudioServerPlugInIOCycleInfo cycle = { .mIOCycleCounter = 1 };
  c->out[0].number =
    (*c->driver)
      ->EndIOOperation(
        c->driver, u32(c, 0), u32(c, 1), u32(c, 2), u32(c, 3), &cycle);
}

/* Silence: a trace has no audio. */
static void
give_do(struct call *c)
{
  static float block[FRAMES_MAX * CHANNELS_MAX];
  const AudioTimeStamp time = { .mSampleTime = (Float64)c->field[5].number };
  const AudioServerPlugInIOCycleInfo cycle = { .mInputTime = time,
                                               .mOutputTime = time };
  memset(block, 0, sizeof *block * CHANNELS_MAX * u32(c, 4));
  c->out[0].number = (*c->driver)
                       ->DoIOOperation(c->driver,
                                       u32(c, 0),
                                       u32(c, 1),
                                       u32(c, 2),
                                       u32(c, 3),
                                       u32(c, 4),
                                       &cycle,
                                       block,
                                       NULL);
}

/* NULL: not coreaudiod's to give, or host_load() has given it. */
static void (*const gives[TRACE_CALLS])(struct call *c) = {
  [TRACE_QUERY] = give_query,       [TRACE_ADD_REF] = give_add_ref,
  [TRACE_RELEASE] = give_release,   [TRACE_CREATE] = give_create,
  [TRACE_DESTROY] = give_destroy,   [TRACE_ADD] = give_add,
  [TRACE_REMOVE] = give_remove,     [TRACE_PERFORM] = give_perform,
  [TRACE_ABORT] = give_abort,       [TRACE_HAS] = give_has,
  [TRACE_SETTABLE] = give_settable, [TRACE_SIZE] = give_size,
  [TRACE_GET] = give_get,           [TRACE_SET] = give_set,
  [TRACE_START] = give_start,       [TRACE_STOP] = give_stop,
  [TRACE_WILL] = give_will,         [TRACE_STAMP] = give_stamp,
  [TRACE_BEGIN] = give_begin,       [TRACE_DO] = give_do,
  [TRACE_END] = give_end,
};

/* --- */

/* What no memory of ours is large enough for. */
static const char *
is_too_large(const struct trace_read *t)
{
  const bool is_asked_with =
    t->call == TRACE_SIZE || t->call == TRACE_GET || t->call == TRACE_SET;
  const bool has_room = t->call == TRACE_GET || t->call == TRACE_SET;
  if ((is_asked_with && t->field[5].number > ROOM) ||
      (has_room && t->field[7].number > ROOM)) {
    return "more bytes than can be asked for again";
  }
  return t->call == TRACE_DO && t->field[4].number > FRAMES_MAX
           ? "more frames than can be asked for again"
           : NULL;
}

static bool
is_natural(const struct trace_read *t, unsigned answer)
{
  for (size_t i = 0; i < sizeof natural / sizeof *natural; i++) {
    if (natural[i].call == t->call && natural[i].answers >> answer & 1u &&
        (natural[i].selector == 0 ||
         natural[i].selector == (UInt32)t->field[1].number)) {
      return true;
    }
  }
  return false;
}

static bool
is_same(const struct trace_field *a, const struct trace_field *b)
{
  return a->number == b->number &&
         (!a->bytes || !b->bytes ||
          memcmp(a->bytes, b->bytes, (size_t)a->number) == 0);
}

static void
tell(const struct replay *r, const char *what, const char *line)
{
  if (!r->is_quiet) {
    printf(
      "line %lu: %s:%.*s\n", r->lines, what, (int)strcspn(line, "\r\n"), line);
  }
}

static void
give(struct replay *r, const struct trace_read *t, const char *line)
{
  struct trace_field now[TRACE_FIELDS];
  struct call c = { .host = r->host,
                    .driver = r->host->driver,
                    .field = t->field,
                    .out = now + t->asked };
  char text[TRACE_LINE_BYTES];
  bool is_other = false;
  memcpy(now, t->field, sizeof now);
  gives[t->call](&c);
  for (unsigned i = t->asked; i < t->fields; i++) {
    is_other |= !is_same(&now[i], &t->field[i]) && !is_natural(t, i - t->asked);
  }
  r->calls++;
  r->others += is_other;
  if (is_other) {
    trace_write(t->call, now, t->number, text);
    tell(r, "was", line);
    tell(r, "now", text + strlen(TRACE_TAG));
  }
}

/* The driver asks on its own thread, which may take a while. */
static void
wait_for_request(struct replay *r, const char *line)
{
  for (int i = 0; i < RESTS && !r->host->has_pending; i++) {
    r->rest(r->arg);
  }
  if (!r->host->has_pending) {
    r->others++;
    tell(r, "the driver does not ask for it", line);
  }
}

void
replay_line(struct replay *r, const char *line)
{
  static struct trace_read t;
  const char *const ours = trace_find(line);
  r->lines++;
  if (!ours) {
    return;
  }
  const char *wrong = trace_read(ours, &t);
  wrong = wrong ? wrong : is_too_large(&t);
  if (wrong) {
    r->bad++;
    tell(r, wrong, ours);
    return;
  }
  r->last = t.number > r->last ? t.number : r->last;
  r->read++;
  if (gives[t.call]) {
    give(r, &t, ours);
  } else if (t.call == TRACE_REQUEST) {
    wait_for_request(r, ours);
  }
}

bool
replay_log(struct replay *r, FILE *log)
{
  char line[2048];
  while (fgets(line, sizeof line, log)) {
    replay_line(r, line);
  }
  /* A log that begins later, or drops lines, is of some use. */
  printf("%lu calls, %lu other answers, %lu lines wrong, %lu missing; "
         "%u violations\n",
         r->calls,
         r->others,
         r->bad,
         r->last > r->read ? r->last - r->read : 0,
         (unsigned)r->host->violations);
  return r->calls > 0 && r->others == 0 && r->bad == 0 &&
         r->host->violations == 0;
}
