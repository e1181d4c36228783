/* rt_coreaudio.c - coreaudiod's threads at once, in real time: two clients
   hear, one plays, a third asks for every property, while the engine is killed
   and started again. What is heard is exact or silent; the IO calls make no
   system call, allocate nothing and take no lock. At last one plays while the
   last client stops: nothing more is expected of it.
   SPDX-License-Identifier: MIT */
#include "engine_rig.h"
#include "guard/rtguard.h"

#include "hal/platform.h"
#include "tests/coreaudio/minicf.h"
#include "tests/coreaudio/simulated_host.h"

#include <inttypes.h>
#include <mach/mach_time.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)
#define CHANNELS 8u
#define LINK_FRAMES 960 /* 20 ms at 48 kHz: the profile's link_offset */
#define FRAMES_MAX 2048u
#define LEAD 1024 /* frames that are played ahead */

void *
vsc_plugin_create(CFAllocatorRef allocator, CFUUIDRef type);

/* An IO thread that looks at the time stands still there, in the middle of its
   call. It makes no system call. */
static _Thread_local bool stands_still;
static _Atomic bool is_standing, may_go_on;

/* The machine: a tick is a nanosecond. */
uint64_t
mach_absolute_time(void)
{
  while (stands_still) {
    atomic_store(&is_standing, true);
    stands_still = !atomic_load(&may_go_on);
  }
  return (uint64_t)platform_now();
}

int
mach_timebase_info(mach_timebase_info_data_t *info)
{
  *info = (mach_timebase_info_data_t){ 1, 1 };
  return 0;
}

static UInt64
ticks(void)
{
  return mach_absolute_time();
}

static const char profile[] =
  "[device]\ninputs = 8\noutputs = 8\n"
  "[clock]\nmodule = clock-system\n[stream]\nlink_offset = 20ms\n"
  "[send a]\nchannels = 1-8\naddress = 239.255.73.9\nttl = 1\n"
  "[receive a]\nchannels = 1-8\naddress = 239.255.73.9\n";

static _Atomic int is_stopping;

/* One client's IO thread. */
struct io {
  AudioServerPlugInDriverRef driver;
  UInt32 client;
  int plays;
  double next;
  uint64_t cycles, wrong;
  UInt64 seed;
  _Atomic uint64_t exact;
  float block[FRAMES_MAX * CHANNELS];
};

static float
signal(double sample, uint32_t c)
{
  const uint32_t x = ((uint32_t)(int64_t)sample * 131u + c * 7919u) & 0x3fffffu;
  return (float)(x | 1u) / 8388608.0f;
}

static OSStatus
operate(struct io *io, UInt32 operation, UInt32 frames)
{
  const AudioServerPlugInIOCycleInfo cycle = {
    .mInputTime = { .mSampleTime = io->next },
    .mOutputTime = { .mSampleTime = io->next },
  };
  return (*io->driver)
    ->DoIOOperation(io->driver,
                    2,
                    io->plays ? 4 : 3,
                    io->client,
                    operation,
                    frames,
                    &cycle,
                    io->block,
                    NULL);
}

static void
compare(struct io *io, UInt32 frames)
{
  uint64_t exact = 0;
  for (UInt32 f = 0; f < frames; f++) {
    uint32_t same = 0;
    for (uint32_t c = 0; c < CHANNELS; c++) {
      const float x = io->block[f * CHANNELS + c];
      const float wanted = signal(io->next + f - LINK_FRAMES, c);
      same += x == wanted;
      io->wrong += x != wanted && x != 0.0f;
    }
    exact += same == CHANNELS;
  }
  atomic_fetch_add_explicit(&io->exact, exact, memory_order_relaxed);
}

/* All there is up to a moment before now, or to LEAD after it. */
static void
turn(struct io *io)
{
  Float64 sample;
  UInt64 at;
  UInt64 seed;
  (*io->driver)->GetZeroTimeStamp(io->driver, 2, 1, &sample, &at, &seed);
  const double now = floor(sample + ((double)ticks() - (double)at) * 48e-6);
  const double end = io->plays ? now + LEAD : now - 100;
  if (end - io->next > FRAMES_MAX || io->next > end) {
    io->next = end - 256; /* late: nobody makes up for it */
  }
  const UInt32 frames = (UInt32)(end - io->next);
  if (io->plays) {
    for (UInt32 i = 0; i < frames * CHANNELS; i++) {
      io->block[i] = signal(io->next + i / CHANNELS, i % CHANNELS);
    }
    operate(io, kAudioServerPlugInIOOperationWriteMix, frames);
  } else {
    operate(io, kAudioServerPlugInIOOperationReadInput, frames);
    compare(io, frames);
  }
  io->next = end;
  io->seed = seed;
  io->cycles++;
}

static void *
run_io(void *arg)
{
  struct io *const io = arg;
  /* Its pages are there when it is late and moves more than in its first turn.
   */
  memset(io->block, 0, sizeof io->block);
  turn(io);
  while (!atomic_load(&is_stopping)) {
    rtguard_enter("pull");
    turn(io);
    rtguard_leave();
    platform_sleep(MS);
  }
  return NULL;
}

/* coreaudiod's own thread, with what it has learnt so far. */
static void *
run_questions(void *arg)
{
  struct host *const h = arg;
  while (!atomic_load(&is_stopping)) {
    host_walk(h);
    host_start(h, 7);
    platform_sleep(20 * MS);
    host_stop(h, 7);
  }
  return NULL;
}

static bool
is_heard(struct rig *rig, struct io *ios)
{
  const uint64_t before[] = { atomic_load(&ios[0].exact),
                              atomic_load(&ios[1].exact) };
  const vsc_ns began = rig_now(rig);
  while (rig_now(rig) - began < 20 * SECOND) {
    rig_run(rig, 20 * MS);
    if (atomic_load(&ios[0].exact) > before[0] + 4800 &&
        atomic_load(&ios[1].exact) > before[1] + 4800) {
      return true;
    }
  }
  return false;
}

/* Another of coreaudiod's threads: what the driver calls is one's alone. */
static struct host
beside(const struct host *h)
{
  return (struct host){ .ticks = ticks,
                        .ticks_per_second = h->ticks_per_second,
                        .slope_ppm = h->slope_ppm,
                        .driver = h->driver,
                        .device = 2 };
}

/* Has the device its engine's shape? On a busy machine that takes a while. */
static bool
has_met(struct rig *rig, struct host *h)
{
  const AudioObjectPropertyAddress format = { kAudioStreamPropertyVirtualFormat,
                                              kAudioObjectPropertyScopeGlobal,
                                              0 };
  AudioStreamBasicDescription is = { 0 };
  for (int i = 0; i < 200 && is.mChannelsPerFrame != CHANNELS; i++) {
    rig_run(rig, 100 * MS);
    host_get(h, 3, &format, &is, sizeof is);
  }
  return is.mChannelsPerFrame == CHANNELS;
}

static bool
work(struct rig *rig, struct host *h)
{
  static struct io ios[3];
  static struct host asking;
  pthread_t threads[4];
  bool is_good = true;
  asking = beside(h);
  host_start(h, 1);
  for (unsigned i = 0; i < 3; i++) {
    ios[i].driver = h->driver;
    ios[i].client = i + 1;
    ios[i].plays = i == 2;
    is_good &= !pthread_create(&threads[i], NULL, run_io, &ios[i]);
  }
  is_good &= !pthread_create(&threads[3], NULL, run_questions, &asking);
  for (int i = 0; is_good && i < 3; i++) {
    is_good = is_heard(rig, ios);
    engine_destroy(rig->engine);
    rig->engine = NULL;
    platform_sleep(300 * MS);
    is_good &= rig_serve(rig, profile);
  }
  is_good = is_good && is_heard(rig, ios);
  atomic_store(&is_stopping, 1);
  for (unsigned i = 0; i < 4; i++) {
    pthread_join(threads[i], NULL);
  }
  for (unsigned i = 0; i < 3; i++) {
    printf("client %u: %" PRIu64 " cycles, %" PRIu64 " frames exact, %" PRIu64
           " samples wrong, seed %" PRIu64 "\n",
           i + 1,
           ios[i].cycles,
           atomic_load(&ios[i].exact),
           ios[i].wrong,
           (uint64_t)ios[i].seed);
    /* One for each engine. */
    is_good = is_good && ios[i].wrong == 0 && ios[i].seed >= 4;
  }
  host_stop(h, 1);
  printf("%llu rules held, %u broken\n",
         asking.calls,
         asking.violations + h->violations);
  return is_good && asking.violations + h->violations == 0;
}

static bool
is_playing(const struct rig *rig)
{
  for (unsigned i = 0; i < REGION_SLOTS; i++) {
    if (atomic_load(&rig->engine->region->tx->slots[i].activity) ==
        ACTIVITY_PLAYING) {
      return true;
    }
  }
  return false;
}

static void *
write_slowly(void *arg)
{
  struct io *const io = arg;
  stands_still = true;
  operate(io, kAudioServerPlugInIOOperationWriteMix, 64);
  return NULL;
}

static _Atomic bool has_stopped;

static void *
stop(void *arg)
{
  host_stop(arg, 1);
  atomic_store(&has_stopped, true);
  return NULL;
}

/* Up to N ms: IS_TRUE may never be. */
static void
wait_for(const _Atomic bool *is_true, int n)
{
  for (int i = 0; i < n && !atomic_load(is_true); i++) {
    platform_sleep(MS);
  }
}

/* The device rests after the last StopIO, whatever was on its way then. */
static bool
the_last_stops_amid(struct rig *rig, struct host *h)
{
  static struct io io;
  pthread_t threads[2];
  io = (struct io){ .driver = h->driver, .client = 2, .plays = 1 };
  host_start(h, 1);
  for (int i = 0; i < 4000 && !is_playing(rig); i++) {
    turn(&io);
    rig_run(rig, 5 * MS);
  }
  bool is_good =
    is_playing(rig) && !pthread_create(&threads[0], NULL, write_slowly, &io);
  wait_for(&is_standing, 20000);
  is_good = is_good && !pthread_create(&threads[1], NULL, stop, h);
  /* It may wait for the write to end; else this is when it goes wrong. */
  wait_for(&has_stopped, 100);
  atomic_store(&may_go_on, true);
  for (unsigned i = 0; is_good && i < 2; i++) {
    pthread_join(threads[i], NULL);
  }
  const bool is_at_rest = is_good && !is_playing(rig);
  turn(&io);
  is_good = is_at_rest && !is_playing(rig);
  printf("after the last stop the device %s\n",
         is_good ? "rests" : "is left playing");
  return is_good;
}

int
main(void)
{
  static const char *const folders[] = { VSC_MODULES, NULL };
  static struct host host = { .ticks = ticks,
                              .ticks_per_second = 1e9,
                              .slope_ppm = 1000 };
  struct rig rig;
  const int status = rig_start(&rig, folders, profile);
  if (status) {
    return status;
  }
  setenv("AES67_RUNTIME_DIR", rig.folder, 1);
  setenv("AES67_INSTANCE", "rt", 1);
  host_load(&host, vsc_plugin_create);
  struct host starting = beside(&host);
  const bool is_good = has_met(&rig, &starting) && work(&rig, &starting) &&
                       the_last_stops_amid(&rig, &starting) &&
                       host.violations == 0;
  rig_run(&rig, 300 * MS);
  rig_stop(&rig);
  return !is_good;
}
