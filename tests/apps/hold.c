/* hold.c - an ALSA application with both directions open: says "opened", then
   runs for a second, says "stopped", and stays.
   SPDX-License-Identifier: MIT */
#include <alsa/asoundlib.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CHANNELS 2u
#define RATE 48000u
#define FRAMES 4800u

static int32_t block[FRAMES * CHANNELS];

static int
open_one(snd_pcm_t **out, const char *name, snd_pcm_stream_t stream)
{
  const int status = snd_pcm_open(out, name, stream, 0);
  return status < 0 ? status
                    : snd_pcm_set_params(*out,
                                         SND_PCM_FORMAT_S32,
                                         SND_PCM_ACCESS_RW_INTERLEAVED,
                                         CHANNELS,
                                         RATE,
                                         0,
                                         500000);
}

static int
run_for_a_second(snd_pcm_t *play, snd_pcm_t *record)
{
  for (unsigned done = 0; done < RATE; done += FRAMES) {
    snd_pcm_sframes_t n = snd_pcm_writei(play, block, FRAMES);
    if (n < 0 && (n = snd_pcm_recover(play, (int)n, 1)) < 0) {
      return (int)n;
    }
    n = snd_pcm_readi(record, block, FRAMES);
    if (n < 0 && (n = snd_pcm_recover(record, (int)n, 1)) < 0) {
      return (int)n;
    }
  }
  const int status = snd_pcm_drop(play);
  return status < 0 ? status : snd_pcm_drop(record);
}

/* Until a line comes in. */
static void
stay(const char *what)
{
  printf("%s\n", what);
  fflush(stdout);
  (void)getchar();
}

int
main(int argc, char **argv)
{
  snd_pcm_t *play;
  snd_pcm_t *record;
  if (argc != 2) {
    fprintf(stderr, "usage: hold DEVICE\n");
    return 2;
  }
  int status = open_one(&play, argv[1], SND_PCM_STREAM_PLAYBACK);
  if (status >= 0) {
    status = open_one(&record, argv[1], SND_PCM_STREAM_CAPTURE);
  }
  if (status >= 0) {
    stay("opened");
    status = run_for_a_second(play, record);
  }
  if (status < 0) {
    fprintf(stderr, "hold: %s\n", snd_strerror(status));
    return 1;
  }
  stay("stopped");
  snd_pcm_close(play);
  snd_pcm_close(record);
  return 0;
}
