/* card_alsa.c - a sound card by alsa-lib. SPDX-License-Identifier: MIT */
#include "card.h"

#include "hal/platform.h"

#include <alsa/asoundlib.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Of a card's buffer, and those that are filled: so many but one may a thread
   be late. */
#define PERIODS 8
#define FILL 3

struct card {
  snd_pcm_t *pcm;
  snd_pcm_status_t *status;
  bool is_capture;
  bool has_stamps; /* the card says when it was where */
  struct card_info info;
  uint64_t moved; /* frames since card_begin() */
};

static vsc_status
by_error(int error)
{
  switch (-error) {
    case EPIPE:
    case ESTRPIPE:
      return VSC_ERR_LATE;
    case EAGAIN:
      return VSC_ERR_AGAIN;
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return VSC_ERR_NOT_FOUND;
    case EBUSY:
    case EACCES:
      return VSC_ERR_REFUSED;
    case ENOMEM:
      return VSC_ERR_NOMEM;
    default:
      return VSC_ERR_SYSTEM;
  }
}

static int
set_hardware(struct card *c,
             const struct card_config *config,
             const char **what)
{
  snd_pcm_hw_params_t *hw;
  snd_pcm_hw_params_alloca(&hw);
  unsigned rate = config->rate;
  snd_pcm_uframes_t period = config->period;
  snd_pcm_uframes_t buffer = (snd_pcm_uframes_t)config->period * PERIODS;
  int error = snd_pcm_hw_params_any(c->pcm, hw);
  *what = "it cannot be configured";
  if (error >= 0) {
    /* What resamples by itself hides its clock. */
    error = snd_pcm_hw_params_set_rate_resample(c->pcm, hw, 0);
  }
  if (error >= 0) {
    *what = "it takes no interleaved frames";
    error =
      snd_pcm_hw_params_set_access(c->pcm, hw, SND_PCM_ACCESS_RW_INTERLEAVED);
  }
  if (error >= 0) {
    *what = "it takes no floats; \"plughw:\" and \"default\" do";
    error = snd_pcm_hw_params_set_format(c->pcm, hw, SND_PCM_FORMAT_FLOAT);
  }
  if (error >= 0) {
    *what = "it has not as many channels";
    error = snd_pcm_hw_params_set_channels(c->pcm, hw, config->channels);
  }
  if (error >= 0) {
    *what = "it has no rate that serves";
    error = snd_pcm_hw_params_set_rate_near(c->pcm, hw, &rate, NULL);
  }
  if (error >= 0) {
    *what = "it has no buffer that serves";
    snd_pcm_hw_params_set_period_size_near(c->pcm, hw, &period, NULL);
    snd_pcm_hw_params_set_buffer_size_near(c->pcm, hw, &buffer);
    error = snd_pcm_hw_params(c->pcm, hw);
  }
  if (error >= 0) {
    snd_pcm_hw_params_get_period_size(hw, &period, NULL);
    snd_pcm_hw_params_get_buffer_size(hw, &buffer);
    c->info = (struct card_info){ .rate = rate,
                                  .period = (uint32_t)period,
                                  .buffer = (uint32_t)buffer,
                                  .fill = (uint32_t)(FILL * period) };
    if (c->info.fill > c->info.buffer) {
      c->info.fill = c->info.buffer;
    }
  }
  return error;
}

static int
set_software(struct card *c)
{
  snd_pcm_sw_params_t *sw;
  snd_pcm_sw_params_alloca(&sw);
  snd_pcm_uframes_t boundary = 0;
  int error = snd_pcm_sw_params_current(c->pcm, sw);
  if (error < 0) {
    return error;
  }
  snd_pcm_sw_params_get_boundary(sw, &boundary);
  const uint32_t beyond = c->is_capture ? 0 : c->info.buffer - c->info.fill;
  snd_pcm_sw_params_set_avail_min(c->pcm, sw, beyond + c->info.period);
  snd_pcm_sw_params_set_start_threshold(c->pcm, sw, boundary);
  c->has_stamps =
    snd_pcm_sw_params_set_tstamp_mode(c->pcm, sw, SND_PCM_TSTAMP_ENABLE) >= 0 &&
    snd_pcm_sw_params_set_tstamp_type(
      c->pcm, sw, SND_PCM_TSTAMP_TYPE_MONOTONIC_RAW) >= 0;
  error = snd_pcm_sw_params(c->pcm, sw);
  if (error < 0 && c->has_stamps) {
    c->has_stamps = false;
    snd_pcm_sw_params_set_tstamp_mode(c->pcm, sw, SND_PCM_TSTAMP_NONE);
    error = snd_pcm_sw_params(c->pcm, sw);
  }
  return error;
}

/* alsa-lib tells the terminal what card_open() says in a sentence. */
static void
say_nothing(const char *file,
            int line,
            const char *function,
            int error,
            const char *format,
            ...)
{
  (void)file;
  (void)line;
  (void)function;
  (void)error;
  (void)format;
}

vsc_status
card_open(const struct card_config *config,
          struct card **out,
          char *why,
          size_t why_bytes)
{
  struct card *const c = calloc(1, sizeof *c);
  if (!c || snd_pcm_status_malloc(&c->status) < 0) {
    free(c);
    snprintf(why, why_bytes, "no memory");
    return VSC_ERR_NOMEM;
  }
  snd_lib_error_set_handler(say_nothing);
  c->is_capture = config->is_capture;
  const char *what = "it cannot be opened";
  int error = snd_pcm_open(&c->pcm,
                           config->name,
                           config->is_capture ? SND_PCM_STREAM_CAPTURE
                                              : SND_PCM_STREAM_PLAYBACK,
                           SND_PCM_NONBLOCK);
  vsc_status status = by_error(error);
  if (error >= 0) {
    error = set_hardware(c, config, &what);
    status = VSC_ERR_UNSUPPORTED;
  }
  if (error >= 0) {
    error = set_software(c);
    status = by_error(error);
  }
  if (error < 0) {
    snprintf(why,
             why_bytes,
             "sound card \"%s\": %s: %s",
             config->name,
             what,
             snd_strerror(error));
    card_close(c);
    return status;
  }
  *out = c;
  return VSC_OK;
}

void
card_close(struct card *card)
{
  if (!card) {
    return;
  }
  if (card->pcm) {
    snd_pcm_close(card->pcm);
  }
  snd_pcm_status_free(card->status);
  free(card);
}

void
card_describe(const struct card *card, struct card_info *out)
{
  *out = card->info;
}

vsc_status
card_begin(struct card *card)
{
  card->moved = 0;
  snd_pcm_drop(card->pcm);
  int error = snd_pcm_prepare(card->pcm);
  if (error >= 0 && card->is_capture) {
    error = snd_pcm_start(card->pcm);
  }
  return error < 0 ? by_error(error) : VSC_OK;
}

vsc_status
card_go(struct card *card)
{
  const int error = snd_pcm_start(card->pcm);
  return error < 0 ? by_error(error) : VSC_OK;
}

vsc_status
card_wait(struct card *card, int timeout_ms)
{
  const int ready = snd_pcm_wait(card->pcm, timeout_ms);
  return ready < 0 ? by_error(ready) : ready ? VSC_OK : VSC_ERR_AGAIN;
}

vsc_status
card_position(struct card *card, vsc_ns *t, double *frames, uint32_t *room)
{
  const vsc_ns before = platform_now();
  const int error = snd_pcm_status(card->pcm, card->status);
  const vsc_ns after = platform_now();
  if (error < 0) {
    return by_error(error);
  }
  const snd_pcm_state_t state = snd_pcm_status_get_state(card->status);
  if (state != SND_PCM_STATE_RUNNING && state != SND_PCM_STATE_PREPARED) {
    return state == SND_PCM_STATE_DISCONNECTED ? VSC_ERR_SYSTEM : VSC_ERR_LATE;
  }
  const snd_pcm_sframes_t delay = snd_pcm_status_get_delay(card->status);
  snd_htimestamp_t stamp = { 0 };
  snd_pcm_status_get_htstamp(card->status, &stamp);
  const vsc_ns said = (vsc_ns)stamp.tv_sec * 1000000000 + (vsc_ns)stamp.tv_nsec;
  /* What forwards to another card may leave it out, or use another clock. */
  const bool is_sane =
    card->has_stamps && said <= after && said > before - 1000000000;
  *t = is_sane ? said : before + (after - before) / 2;
  *frames = card->is_capture ? (double)card->moved + (double)delay
                             : (double)card->moved - (double)delay;
  *room = (uint32_t)snd_pcm_status_get_avail(card->status);
  return VSC_OK;
}

vsc_status
card_write(struct card *card, const float *from, uint32_t frames)
{
  const snd_pcm_sframes_t n = snd_pcm_writei(card->pcm, from, frames);
  if (n > 0) {
    card->moved += (uint64_t)n;
  }
  return n < 0                   ? by_error((int)n)
         : (uint32_t)n == frames ? VSC_OK
                                 : VSC_ERR_LATE;
}

vsc_status
card_read(struct card *card, float *to, uint32_t frames)
{
  const snd_pcm_sframes_t n = snd_pcm_readi(card->pcm, to, frames);
  if (n > 0) {
    card->moved += (uint64_t)n;
  }
  return n < 0                   ? by_error((int)n)
         : (uint32_t)n == frames ? VSC_OK
                                 : VSC_ERR_LATE;
}
