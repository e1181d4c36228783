/* copy.c - a JACK client with as many inputs as outputs, connected to the
   system's: it plays what it hears, word for word; says which latency JACK told
   it, and how often JACK was late.
   SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700
#include <jack/jack.h>

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHANNELS_MAX 64

struct copier {
  /* constant after open */
  jack_client_t *client;
  int channels;
  jack_port_t *in[CHANNELS_MAX], *out[CHANNELS_MAX];
  /* any thread */
  _Atomic unsigned xruns;
  _Atomic bool is_over;
};

static volatile sig_atomic_t must_stop;

static void
on_signal(int number)
{
  (void)number;
  must_stop = 1;
}

/* A server that was started with -v makes its clients talkative. */
static void
say(const char *words)
{
  fprintf(stderr, "%s\n", words);
}

static int
process(jack_nframes_t frames, void *user)
{
  const struct copier *const c = user;
  for (int n = 0; n < c->channels; n++) {
    memcpy(jack_port_get_buffer(c->out[n], frames),
           jack_port_get_buffer(c->in[n], frames),
           frames * sizeof(jack_default_audio_sample_t));
  }
  return 0;
}

static int
on_xrun(void *user)
{
  struct copier *const c = user;
  atomic_fetch_add_explicit(&c->xruns, 1, memory_order_relaxed);
  return 0;
}

static void
on_shutdown(void *user)
{
  struct copier *const c = user;
  atomic_store_explicit(&c->is_over, true, memory_order_relaxed);
}

static bool
open_ports(struct copier *c)
{
  char name[32];
  for (int n = 0; n < c->channels; n++) {
    snprintf(name, sizeof name, "in_%d", n + 1);
    c->in[n] = jack_port_register(
      c->client, name, JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
    snprintf(name, sizeof name, "out_%d", n + 1);
    c->out[n] = jack_port_register(
      c->client, name, JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
    if (!c->in[n] || !c->out[n]) {
      return false;
    }
  }
  return true;
}

static bool
connect_ports(struct copier *c)
{
  char system[32];
  for (int n = 0; n < c->channels; n++) {
    snprintf(system, sizeof system, "system:capture_%d", n + 1);
    const int heard = jack_connect(c->client, system, jack_port_name(c->in[n]));
    snprintf(system, sizeof system, "system:playback_%d", n + 1);
    if (heard != 0 ||
        jack_connect(c->client, jack_port_name(c->out[n]), system) != 0) {
      return false;
    }
  }
  return true;
}

static uint32_t
latency(jack_port_t *port, jack_latency_callback_mode_t mode)
{
  jack_latency_range_t range = { 0 };
  jack_port_get_latency_range(port, mode, &range);
  return range.max;
}

static int
run(struct copier *c)
{
  jack_set_process_callback(c->client, process, c);
  jack_set_xrun_callback(c->client, on_xrun, c);
  jack_on_shutdown(c->client, on_shutdown, c);
  if (!open_ports(c) || jack_activate(c->client) != 0 || !connect_ports(c)) {
    fprintf(stderr, "copy: there are not %d ports\n", c->channels);
    return 1;
  }
  fprintf(stderr, "started\n");
  const struct timespec pause = { .tv_nsec = 50000000 };
  while (!must_stop &&
         !atomic_load_explicit(&c->is_over, memory_order_relaxed)) {
    nanosleep(&pause, NULL);
  }
  const bool is_over = atomic_load_explicit(&c->is_over, memory_order_relaxed);
  printf("{\"latency\": %u, \"xruns\": %u}\n",
         is_over ? 0
                 : latency(c->in[0], JackCaptureLatency) +
                     latency(c->out[0], JackPlaybackLatency),
         atomic_load_explicit(&c->xruns, memory_order_relaxed));
  return is_over;
}

int
main(int argc, char **argv)
{
  static struct copier c;
  if (argc != 2) {
    fprintf(stderr, "usage: copy CHANNELS\n");
    return 2;
  }
  c.channels = atoi(argv[1]);
  if (c.channels < 1 || c.channels > CHANNELS_MAX) {
    return 2;
  }
  const struct sigaction action = { .sa_handler = on_signal };
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  jack_set_info_function(say);
  jack_set_error_function(say);
  c.client = jack_client_open("copy", JackNoStartServer, NULL);
  if (!c.client) {
    fprintf(stderr, "copy: no JACK server runs\n");
    return 1;
  }
  const int code = run(&c);
  jack_client_close(c.client);
  return code;
}
