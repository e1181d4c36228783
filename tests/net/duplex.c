/* duplex.c - an application with one callback: plays words that say which frame
   and channel they are, and judges what it hears OFFSET frames later; says how
   its callbacks came, how far input and output are apart, and how long each
   silence was.
   SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700
#include <vsc/client.h>
#include <vsc/position.h>

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHANNELS_MAX 128
#define STREAM 8 /* channels: may be lost one by one */
#define OUTAGES_MAX 4096
/* A silence is one when it is longer than a stall of the machine often is. */
#define OUTAGE_NS INT64_C(40000000)

struct duplex {
  /* constant after open */
  uint32_t channels, frames;
  vsc_pos offset;
  /* audio thread, read by main after stop */
  uint64_t callbacks, exact, silent, wrong, gaps, gap_frames, late_frames, away;
  uint64_t absent_frames; /* heard, but the client said they were not there */
  uint64_t silent_of[CHANNELS_MAX / STREAM];
  uint64_t
    distances; /* how often input and output were another distance apart */
  vsc_pos distance, first_wrong;
  vsc_ns worst_late_ns, last_exact_ns;
  vsc_ns called_ns, longest_ns; /* from one callback to the next */
  uint32_t generation;
  uint32_t outages;
  vsc_ns outage[OUTAGES_MAX];
  /* any thread */
  _Atomic uint64_t heard; /* exact frames so far */
  _Atomic uint32_t errors;
};

static volatile sig_atomic_t must_stop;

static void
on_signal(int number)
{
  (void)number;
  must_stop = 1;
}

/* 24 bits, left-justified; never 0: silence is no part of it. */
static int32_t
word(vsc_pos pos, uint32_t channel)
{
  uint32_t x = (uint32_t)pos * 0x9E3779B1u ^ (uint32_t)(pos >> 32) ^
               (channel + 1) * 0x85EBCA77u;
  x = (x ^ x >> 16) * 0x85EBCA6Bu;
  x ^= x >> 13;
  return (int32_t)((x | 0x100u) & 0xFFFFFF00u);
}

/* 0: silence, 1: the frame that belongs here, -1: anything else. */
static int
judge_frame(struct duplex *d, const int32_t *in, vsc_pos pos)
{
  uint32_t silent = 0;
  uint32_t exact = 0;
  uint32_t silent_of[CHANNELS_MAX / STREAM] = { 0 };
  for (uint32_t c = 0; c < d->channels; c++) {
    silent += in[c] == 0;
    silent_of[c / STREAM] |= in[c] == 0;
    exact += in[c] == word(pos, c);
  }
  for (uint32_t i = 0;
       silent > 0 && d->exact > 0 && i <= (d->channels - 1) / STREAM;
       i++) {
    d->silent_of[i] += silent_of[i];
  }
  return exact == d->channels ? 1 : exact + silent == d->channels ? 0 : -1;
}

static void
judge(struct duplex *d, const int32_t *in, const vsc_client_time *time)
{
  for (uint32_t f = 0; f < d->frames; f++) {
    const vsc_pos pos = time->in_pos + (vsc_pos)f - d->offset;
    const int verdict = judge_frame(d, in + (size_t)f * d->channels, pos);
    if (verdict < 0) {
      d->first_wrong = d->wrong == 0 ? pos : d->first_wrong;
      d->wrong++;
    } else if (verdict == 0) {
      d->silent += d->exact > 0;
    } else {
      const vsc_ns gap = time->host_ns - d->last_exact_ns;
      if (d->exact > 0 && gap > OUTAGE_NS && d->outages < OUTAGES_MAX) {
        d->outage[d->outages++] = gap;
      }
      d->last_exact_ns = time->host_ns;
      d->exact++;
    }
  }
}

static void
process(void *user,
        const void *in,
        void *out,
        uint32_t frames,
        const vsc_client_time *time)
{
  struct duplex *const d = user;
  const vsc_pos distance = time->out_pos - time->in_pos;
  int32_t *const to = out;
  d->distances += d->callbacks > 0 && distance != d->distance;
  d->distance = distance;
  d->callbacks++;
  d->gaps += time->gap_frames != 0;
  d->gap_frames +=
    (uint64_t)(time->gap_frames > 0 ? time->gap_frames : -time->gap_frames);
  d->late_frames += time->late_frames;
  d->absent_frames += time->silent_frames;
  if (d->callbacks > 1 && time->host_ns - d->called_ns > d->longest_ns) {
    d->longest_ns = time->host_ns - d->called_ns;
  }
  d->called_ns = time->host_ns;
  d->away += time->is_running == 0;
  /* The callback's instant: its input's end and S_in are behind it. */
  const vsc_ns late = time->host_ns - time->capture_ns;
  d->worst_late_ns = late > d->worst_late_ns ? late : d->worst_late_ns;
  for (uint32_t f = 0; f < frames; f++) {
    for (uint32_t c = 0; c < d->channels; c++) {
      to[(size_t)f * d->channels + c] = word(time->out_pos + (vsc_pos)f, c);
    }
  }
  judge(d, in, time);
  atomic_store_explicit(&d->heard, d->exact, memory_order_relaxed);
}

static void
on_error(void *user, vsc_status status, const char *text)
{
  struct duplex *const d = user;
  atomic_fetch_add_explicit(&d->errors, 1, memory_order_relaxed);
  fprintf(stderr, "error %d: %s\n", status, text);
}

/* How a bare timer of the callbacks' period came. */
struct reference {
  uint64_t turns, late_turns; /* late: more than 2 ms, as world.sh says */
  uint64_t missed_frames;     /* of turns that came too late to be taken */
  vsc_ns worst;
};

/* Until a signal, or SECONDS. */
static struct reference
wait_beside(const struct duplex *d, uint32_t rate, double seconds)
{
  struct timespec next;
  struct timespec now;
  struct reference r = { 0 };
  const int64_t period = (int64_t)d->frames * VSC_SECOND / rate;
  clock_gettime(CLOCK_MONOTONIC, &next);
  const int64_t end = next.tv_sec * VSC_SECOND + next.tv_nsec +
                      (int64_t)(seconds * (double)VSC_SECOND);
  for (int64_t due = next.tv_sec * VSC_SECOND + next.tv_nsec;
       !must_stop && due < end;
       due += period) {
    next = (struct timespec){ .tv_sec = due / VSC_SECOND,
                              .tv_nsec = due % VSC_SECOND };
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    clock_gettime(CLOCK_MONOTONIC, &now);
    const vsc_ns late = now.tv_sec * VSC_SECOND + now.tv_nsec - due;
    r.turns++;
    r.late_turns += late > 2000000;
    r.worst = late > r.worst ? late : r.worst;
    /* As a callback: one that was missed is not made up for. */
    r.missed_frames += (uint64_t)(late / period) * d->frames;
    due += late / period * period;
  }
  return r;
}

static void
report(const struct duplex *d, const struct reference *r)
{
  printf("{\"callbacks\": %llu, \"exact\": %llu, \"silent\": %llu, \"wrong\": "
         "%llu, \"first_wrong\": %lld, \"gaps\": %llu, \"gap_frames\": %llu, "
         "\"late_frames\": %llu, \"absent_frames\": %llu, \"away\": %llu, "
         "\"distance\": %lld, \"distances\": %llu, \"errors\": %u, "
         "\"worst_age_ns\": %lld, \"longest_ns\": %lld, \"reference\": "
         "{\"late_ns\": %lld, \"late_share\": %g, \"missed_frames\": %llu}, "
         "\"silent_of\": [",
         (unsigned long long)d->callbacks,
         (unsigned long long)d->exact,
         (unsigned long long)d->silent,
         (unsigned long long)d->wrong,
         (long long)d->first_wrong,
         (unsigned long long)d->gaps,
         (unsigned long long)d->gap_frames,
         (unsigned long long)d->late_frames,
         (unsigned long long)d->absent_frames,
         (unsigned long long)d->away,
         (long long)d->distance,
         (unsigned long long)d->distances,
         atomic_load_explicit(&d->errors, memory_order_relaxed),
         (long long)d->worst_late_ns,
         (long long)d->longest_ns,
         (long long)r->worst,
         r->turns > 0 ? (double)r->late_turns / (double)r->turns : 1.0,
         (unsigned long long)r->missed_frames);
  for (uint32_t i = 0; i <= (d->channels - 1) / STREAM; i++) {
    printf("%s%llu", i ? ", " : "", (unsigned long long)d->silent_of[i]);
  }
  printf("], \"outages_ms\": [");
  for (uint32_t i = 0; i < d->outages; i++) {
    printf("%s%lld", i ? ", " : "", (long long)(d->outage[i] / 1000000));
  }
  printf("]}\n");
}

static int
run(struct duplex *d, const vsc_client_config *config, double seconds)
{
  static const vsc_client_info no_info = { .size = sizeof no_info };
  vsc_client *client = NULL;
  if (vsc_client_open(config, &client) != VSC_OK) {
    fprintf(stderr, "duplex: %s\n", vsc_client_error());
    return 1;
  }
  vsc_client_info info = no_info;
  vsc_client_describe(client, &info);
  d->frames = info.buffer;
  const vsc_client_callbacks callbacks = {
    .size = sizeof callbacks, .process = process, .error = on_error, .user = d
  };
  if (vsc_client_start(client, &callbacks) != VSC_OK) {
    fprintf(stderr, "duplex: %s\n", vsc_client_error());
    vsc_client_close(client);
    return 1;
  }
  fprintf(stderr, "started\n");
  const struct reference reference = wait_beside(d, info.rate, seconds);
  vsc_client_stop(client);
  vsc_client_close(client);
  const vsc_pos said =
    (vsc_pos)info.input_latency + info.buffer + info.output_latency;
  if (d->callbacks > 0 && d->distance != said) {
    fprintf(stderr,
            "duplex: %lld frames apart, reported %lld\n",
            (long long)d->distance,
            (long long)said);
    d->distances++;
  }
  report(d, &reference);
  return 0;
}

int
main(int argc, char **argv)
{
  static struct duplex d;
  if (argc != 7) {
    fprintf(stderr,
            "usage: duplex INSTANCE FIRST_CHANNEL CHANNELS FRAMES OFFSET "
            "SECONDS\n");
    return 2;
  }
  const uint32_t first = (uint32_t)atoi(argv[2]) - 1;
  d.channels = (uint32_t)atoi(argv[3]);
  d.offset = atoll(argv[5]);
  if (d.channels < 1 || d.channels > CHANNELS_MAX) {
    return 2;
  }
  const struct sigaction action = { .sa_handler = on_signal };
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  const vsc_client_config config = { .size = sizeof config,
                                     .instance = argv[1],
                                     .app = "duplex",
                                     .first_input = first,
                                     .inputs = d.channels,
                                     .first_output = first,
                                     .outputs = d.channels,
                                     .sample = VSC_SAMPLE_S32,
                                     .frames = (uint32_t)atoi(argv[4]),
                                     .timeout_ns = 10 * (vsc_ns)VSC_SECOND };
  return run(&d, &config, atof(argv[6]));
}
