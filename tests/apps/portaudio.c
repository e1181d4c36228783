/* portaudio.c - a PortAudio application: one duplex stream whose callback
   copies what it hears to what it plays, word for word; says which latency
   PortAudio told it. SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700
#include <portaudio.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct copier {
  size_t frame_bytes;
  double rate;
  /* audio thread, read by main after stop */
  unsigned long callbacks, flags;
  double latency,
    least; /* frames from input to output; the longest, the least */
};

static volatile sig_atomic_t must_stop;

static void
on_signal(int number)
{
  (void)number;
  must_stop = 1;
}

static int
process(const void *in,
        void *out,
        unsigned long frames,
        const PaStreamCallbackTimeInfo *time,
        PaStreamCallbackFlags flags,
        void *user)
{
  struct copier *const c = user;
  /* The two are asked one after the other, and time goes on in between: the
     longest is what it is. */
  const double latency =
    (time->outputBufferDacTime - time->inputBufferAdcTime) * c->rate;
  c->latency = latency > c->latency ? latency : c->latency;
  c->least = c->callbacks == 0 || latency < c->least ? latency : c->least;
  c->callbacks++;
  c->flags += (flags & ~(PaStreamCallbackFlags)paPrimingOutput) != 0;
  if (in) {
    memcpy(out, in, frames * c->frame_bytes);
  } else {
    memset(out, 0, frames * c->frame_bytes);
  }
  return paContinue;
}

static PaDeviceIndex
find(const char *name)
{
  for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
    if (strcmp(Pa_GetDeviceInfo(i)->name, name) == 0) {
      return i;
    }
  }
  fprintf(stderr, "portaudio: there is no device \"%s\"\n", name);
  return paNoDevice;
}

static int
failed(PaError error)
{
  if (error != paNoError) {
    fprintf(stderr, "portaudio: %s\n", Pa_GetErrorText(error));
  }
  return error != paNoError;
}

static int
run(struct copier *c, PaDeviceIndex device, int channels, unsigned long frames)
{
  PaStream *stream = NULL;
  const PaStreamParameters wish = {
    .device = device,
    .channelCount = channels,
    .sampleFormat = paInt32,
    .suggestedLatency = 3.0 * (double)frames / c->rate,
  };
  if (failed(Pa_OpenStream(&stream,
                           &wish,
                           &wish,
                           c->rate,
                           frames,
                           paClipOff | paDitherOff,
                           process,
                           c)) ||
      failed(Pa_StartStream(stream))) {
    return 1;
  }
  fprintf(stderr, "started\n");
  while (!must_stop && Pa_IsStreamActive(stream) == 1) {
    Pa_Sleep(50);
  }
  const int is_active = Pa_IsStreamActive(stream) == 1;
  const PaStreamInfo *const info = Pa_GetStreamInfo(stream);
  const double buffers = (info->inputLatency + info->outputLatency) * c->rate;
  const int status =
    failed(Pa_StopStream(stream)) || failed(Pa_CloseStream(stream));
  printf("{\"callbacks\": %lu, \"flags\": %lu, \"latency\": %.0f, \"least\": "
         "%.0f, \"buffers\": %.0f}\n",
         c->callbacks,
         c->flags,
         round(c->latency),
         round(c->least),
         buffers);
  return status || !is_active;
}

int
main(int argc, char **argv)
{
  if (argc != 4) {
    fprintf(stderr, "usage: portaudio DEVICE CHANNELS FRAMES\n");
    return 2;
  }
  const int channels = atoi(argv[2]);
  const struct sigaction action = { .sa_handler = on_signal };
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  if (failed(Pa_Initialize())) {
    return 1;
  }
  struct copier c = { .frame_bytes = (size_t)channels * sizeof(int),
                      .rate = 48000 };
  const PaDeviceIndex device = find(argv[1]);
  const int code = device == paNoDevice ||
                   run(&c, device, channels, (unsigned long)atoi(argv[3]));
  Pa_Terminate();
  return code;
}
