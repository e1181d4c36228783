/* pcm.c - the ALSA PCM "aes67": an ioplug on the device, its pointer on the
   device's clock. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "areas.h"
#include "conf.h"
#include "line.h"

#include "hal/platform.h"
#include <vsc/position.h>

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <inttypes.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define PERIOD_MIN 16u
#define BUFFER_BYTES_MAX (64u << 20)
#define INSTANCE_BYTES 64

struct pcm {
  snd_pcm_ioplug_t io;
  /* constant after open */
  char instance[INSTANCE_BYTES];
  uint32_t first;
  /* from hw_params to hw_free */
  struct line *line;
  uint8_t *block; /* interleaved, as the device's client takes it */
  uint32_t sample;
  size_t frame_bytes;
  /* from sw_params */
  snd_pcm_uframes_t avail_min, stop_threshold, boundary;
  /* since start */
  vsc_pos base;
  struct pcm *next; /* in running */
};

#define BLOCK 1024u

/* The lines of this process that run: the second direction of a duplex
   application starts where the first did, if that was not long ago
   (newest_base). Under the process's lock. */
static struct pcm *running;

static void
leave_running(struct pcm *p)
{
  platform_lock_take(platform_lock_shared());
  for (struct pcm **at = &running; *at; at = &(*at)->next) {
    if (*at == p) {
      *at = p->next;
      break;
    }
  }
  platform_lock_give(platform_lock_shared());
}

static bool
is_free(const struct pcm *p)
{
  return p->stop_threshold >= p->boundary;
}

/* --- formats */

static int
sample_of(snd_pcm_format_t format, uint32_t *out)
{
  switch ((int)format) {
    case SND_PCM_FORMAT_S16:
      *out = VSC_SAMPLE_S16;
      return 0;
    case SND_PCM_FORMAT_S24_3LE:
      *out = VSC_SAMPLE_S24;
      return 0;
    case SND_PCM_FORMAT_S24: /* shifted on the way */
    case SND_PCM_FORMAT_S32:
      *out = VSC_SAMPLE_S32;
      return 0;
    case SND_PCM_FORMAT_FLOAT:
      *out = VSC_SAMPLE_F32;
      return 0;
    default:
      return -EINVAL;
  }
}

/* --- the timer behind poll() */

/* The application would be told: now, at an instant, or not at all. */
static void
arm(struct pcm *p, snd_pcm_uframes_t appl)
{
  struct itimerspec when = { 0 };
  vsc_ns wait = 1;
  if (p->io.state == SND_PCM_STATE_RUNNING ||
      p->io.state == SND_PCM_STATE_DRAINING) {
    const snd_pcm_uframes_t ahead =
      p->io.stream == SND_PCM_STREAM_PLAYBACK ? p->io.buffer_size : 0;
    const snd_pcm_uframes_t due = appl + p->avail_min;
    wait = due > ahead ? line_wait_ns(p->line, due - ahead) : 0;
    wait = wait > 0 ? wait : 1;
  } else if (p->io.state == SND_PCM_STATE_PREPARED) {
    wait = p->io.stream == SND_PCM_STREAM_PLAYBACK &&
               appl + p->avail_min <= p->io.buffer_size
             ? 1
             : 0;
  }
  when.it_value.tv_sec = (time_t)(wait / VSC_SECOND);
  when.it_value.tv_nsec = (long)(wait % VSC_SECOND);
  timerfd_settime(p->io.poll_fd, 0, &when, NULL);
}

static snd_pcm_uframes_t
avail(const struct pcm *p, uint64_t position)
{
  const snd_pcm_uframes_t appl = p->io.appl_ptr;
  if (p->io.stream == SND_PCM_STREAM_PLAYBACK) {
    const int64_t n = (int64_t)(position + p->io.buffer_size - appl);
    return n > 0 ? (snd_pcm_uframes_t)n : 0;
  }
  return position > appl ? position - appl : 0;
}

static int
pcm_poll_revents(snd_pcm_ioplug_t *io,
                 struct pollfd *fds,
                 unsigned count,
                 unsigned short *revents)
{
  struct pcm *const p = io->private_data;
  const unsigned short ready =
    io->stream == SND_PCM_STREAM_PLAYBACK ? POLLOUT : POLLIN;
  *revents = 0;
  if (count != 1 || !(fds[0].revents & POLLIN)) {
    return 0;
  }
  if (io->state == SND_PCM_STATE_XRUN) {
    *revents = ready | POLLERR; /* and the descriptor stays readable */
    return 0;
  }
  if (io->state == SND_PCM_STATE_RUNNING) {
    const snd_pcm_uframes_t n = avail(p, line_position(p->line));
    if (n < p->avail_min && n < p->stop_threshold) {
      uint64_t times;
      if (read(io->poll_fd, &times, sizeof times) > 0) {
        arm(p, io->appl_ptr);
      }
      return 0;
    }
  }
  *revents = ready;
  return 0;
}

/* --- running */

/* Where the other direction was started: within a period, as a playback's first
   frames go if it has to catch up; a capture has its buffer to catch up with, a
   period apart, for machines that stall between two starts. */
static vsc_pos
newest_base(const struct pcm *p)
{
  const snd_pcm_uframes_t period = p->io.period_size;
  const snd_pcm_uframes_t most = p->io.stream == SND_PCM_STREAM_PLAYBACK
                                   ? period
                                   : p->io.buffer_size - period;
  vsc_pos base = LINE_NOW;
  const vsc_pos now = line_device_pos(p->line);
  for (const struct pcm *o = running; o; o = o->next) {
    if (strcmp(o->instance, p->instance) == 0 &&
        now - o->base < (vsc_pos)most && o->base > base) {
      base = o->base;
    }
  }
  return base;
}

static int
pcm_start(snd_pcm_ioplug_t *io)
{
  struct pcm *const p = io->private_data;
  if (io->stream == SND_PCM_STREAM_PLAYBACK && io->appl_ptr == 0 &&
      !is_free(p)) {
    return -EPIPE; /* as the kernel: nothing to play */
  }
  platform_lock_take(platform_lock_shared());
  p->base = line_start(p->line, newest_base(p));
  p->next = running;
  running = p;
  platform_lock_give(platform_lock_shared());
  io->state = SND_PCM_STATE_RUNNING;
  arm(p, io->appl_ptr);
  return 0;
}

static int
pcm_stop(snd_pcm_ioplug_t *io)
{
  struct pcm *const p = io->private_data;
  leave_running(p);
  line_stop(p->line);
  arm(p, io->appl_ptr);
  return 0;
}

static int
pcm_pause(snd_pcm_ioplug_t *io, int enable)
{
  struct pcm *const p = io->private_data;
  if (enable) {
    pcm_stop(io);
  } else {
    line_continue(p->line);
    io->state = SND_PCM_STATE_RUNNING;
    arm(p, io->appl_ptr);
  }
  return 0;
}

static snd_pcm_sframes_t
pcm_pointer(snd_pcm_ioplug_t *io)
{
  struct pcm *const p = io->private_data;
  const uint64_t position = line_position(p->line);
  if (io->state == SND_PCM_STATE_RUNNING && !is_free(p) &&
      avail(p, position) >= p->stop_threshold) {
    return -EPIPE;
  }
  return (snd_pcm_sframes_t)(position % p->boundary);
}

static int
pcm_delay(snd_pcm_ioplug_t *io, snd_pcm_sframes_t *out)
{
  struct pcm *const p = io->private_data;
  const int64_t position = (int64_t)line_elapsed(p->line);
  const int64_t appl = (int64_t)io->appl_ptr;
  *out = (snd_pcm_sframes_t)(io->stream == SND_PCM_STREAM_PLAYBACK
                               ? appl - position
                               : position - appl) +
         (snd_pcm_sframes_t)line_latency(p->line);
  return 0;
}

static snd_pcm_sframes_t
pcm_transfer(snd_pcm_ioplug_t *io,
             const snd_pcm_channel_area_t *areas,
             snd_pcm_uframes_t offset,
             snd_pcm_uframes_t size)
{
  struct pcm *const p = io->private_data;
  struct areas theirs = { .area = areas,
                          .channels = io->channels,
                          .bytes = p->frame_bytes / io->channels,
                          .is_s24 = io->format == SND_PCM_FORMAT_S24 };
  for (snd_pcm_uframes_t done = 0; done < size;) {
    const uint32_t n =
      size - done < BLOCK ? (uint32_t)(size - done) : (uint32_t)BLOCK;
    theirs.from = offset + done;
    theirs.frames = n;
    uint8_t *const direct = areas_interleaved(&theirs);
    uint8_t *const block = direct ? direct : p->block;
    if (io->stream == SND_PCM_STREAM_PLAYBACK) {
      if (!direct) {
        areas_get(&theirs, block);
      }
      line_write(p->line, io->appl_ptr + done, block, n, is_free(p));
    } else {
      line_read(p->line, io->appl_ptr + done, block, n);
      if (!direct) {
        areas_put(&theirs, block);
      }
    }
    done += n;
  }
  arm(p, io->appl_ptr + size);
  return (snd_pcm_sframes_t)size;
}

static int
pcm_drain(snd_pcm_ioplug_t *io)
{
  struct pcm *const p = io->private_data;
  if (io->stream != SND_PCM_STREAM_PLAYBACK || io->appl_ptr == 0) {
    return 0;
  }
  if (io->state == SND_PCM_STATE_PREPARED) {
    const int status = pcm_start(io);
    if (status < 0) {
      return status;
    }
  }
  /* Until the last frame is nobody's to change any more, and sent. */
  const uint64_t end = io->appl_ptr + line_latency(p->line);
  for (;;) {
    const vsc_ns wait = line_wait_ns(p->line, end);
    if (wait == 0) {
      return 0;
    }
    platform_sleep(wait);
  }
}

/* --- parameters */

static int
pcm_prepare(snd_pcm_ioplug_t *io)
{
  struct pcm *const p = io->private_data;
  leave_running(p);
  line_reset(p->line);
  io->appl_ptr = io->hw_ptr = 0;
  arm(p, 0);
  return 0;
}

static int
pcm_hw_free(snd_pcm_ioplug_t *io)
{
  struct pcm *const p = io->private_data;
  leave_running(p);
  line_close(p->line);
  free(p->block);
  p->line = NULL;
  p->block = NULL;
  return 0;
}

static int
pcm_hw_params(snd_pcm_ioplug_t *io, snd_pcm_hw_params_t *params)
{
  struct pcm *const p = io->private_data;
  (void)params;
  pcm_hw_free(io);
  if (sample_of(io->format, &p->sample) < 0) {
    return -EINVAL;
  }
  p->frame_bytes =
    (size_t)snd_pcm_format_physical_width(io->format) / 8 * io->channels;
  p->block = malloc(BLOCK * p->frame_bytes);
  const struct line_config config = {
    .instance = p->instance,
    .is_playback = io->stream == SND_PCM_STREAM_PLAYBACK,
    .first = p->first,
    .channels = io->channels,
    .sample = p->sample,
    .buffer = (uint32_t)io->buffer_size,
  };
  const vsc_status status =
    p->block ? line_open(&config, &p->line) : VSC_ERR_NOMEM;
  if (status == VSC_OK) {
    return 0;
  }
  SNDERR("%s", vsc_client_error());
  pcm_hw_free(io);
  return status == VSC_ERR_REFUSED     ? -EBUSY
         : status == VSC_ERR_NOMEM     ? -ENOMEM
         : status == VSC_ERR_NOT_FOUND ? -ENODEV
                                       : -EIO;
}

static int
pcm_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *params)
{
  struct pcm *const p = io->private_data;
  snd_pcm_sw_params_get_avail_min(params, &p->avail_min);
  snd_pcm_sw_params_get_stop_threshold(params, &p->stop_threshold);
  snd_pcm_sw_params_get_boundary(params, &p->boundary);
  return 0;
}

static int
pcm_close(snd_pcm_ioplug_t *io)
{
  struct pcm *const p = io->private_data;
  pcm_hw_free(io);
  close(io->poll_fd);
  free(p);
  return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
  .start = pcm_start,
  .stop = pcm_stop,
  .pointer = pcm_pointer,
  .transfer = pcm_transfer,
  .close = pcm_close,
  .hw_params = pcm_hw_params,
  .hw_free = pcm_hw_free,
  .sw_params = pcm_sw_params,
  .prepare = pcm_prepare,
  .drain = pcm_drain,
  .pause = pcm_pause,
  .poll_revents = pcm_poll_revents,
  .delay = pcm_delay,
};

/* --- opening */

static int
constrain(snd_pcm_ioplug_t *io, uint32_t rate, uint32_t channels)
{
  static const unsigned accesses[] = {
    SND_PCM_ACCESS_MMAP_INTERLEAVED,
    SND_PCM_ACCESS_MMAP_NONINTERLEAVED,
    SND_PCM_ACCESS_RW_INTERLEAVED,
    SND_PCM_ACCESS_RW_NONINTERLEAVED,
  };
  static const unsigned formats[] = { SND_PCM_FORMAT_S32,
                                      SND_PCM_FORMAT_FLOAT,
                                      SND_PCM_FORMAT_S24,
                                      SND_PCM_FORMAT_S24_3LE,
                                      SND_PCM_FORMAT_S16 };
  int status =
    snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 4, accesses);
  if (status >= 0) {
    status =
      snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 5, formats);
  }
  if (status >= 0) {
    status = snd_pcm_ioplug_set_param_minmax(
      io, SND_PCM_IOPLUG_HW_CHANNELS, 1, channels);
  }
  if (status >= 0) {
    status =
      snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, rate, rate);
  }
  if (status >= 0) {
    status = snd_pcm_ioplug_set_param_minmax(
      io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, PERIOD_MIN * 2, BUFFER_BYTES_MAX / 2);
  }
  if (status >= 0) {
    status = snd_pcm_ioplug_set_param_minmax(
      io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 2 * PERIOD_MIN * 2, BUFFER_BYTES_MAX);
  }
  return status >= 0 ? snd_pcm_ioplug_set_param_minmax(
                         io, SND_PCM_IOPLUG_HW_PERIODS, 2, 1024)
                     : status;
}

static int
create(const char *instance,
       long first,
       snd_pcm_t **out,
       const char *name,
       snd_pcm_stream_t stream,
       int mode)
{
  vsc_client_info info = { .size = sizeof info };
  const vsc_status found = vsc_client_query(instance, NULL, &info);
  if (found != VSC_OK) {
    SNDERR("%s", vsc_client_error());
    return conf_error(found);
  }
  const uint32_t channels =
    stream == SND_PCM_STREAM_PLAYBACK ? info.outputs : info.inputs;
  if (first < 1 || first > (long)channels) {
    SNDERR(
      "first_channel is %ld, the device has 1 to %" PRIu32, first, channels);
    return -EINVAL;
  }
  struct pcm *const p = calloc(1, sizeof *p);
  if (!p) {
    return -ENOMEM;
  }
  snprintf(p->instance, sizeof p->instance, "%s", instance);
  p->first = (uint32_t)first - 1;
  p->io.version = SND_PCM_IOPLUG_VERSION;
  p->io.name = "AES67 Virtual Soundcard";
  p->io.callback = &callbacks;
  p->io.private_data = p;
  p->io.flags = SND_PCM_IOPLUG_FLAG_LISTED | SND_PCM_IOPLUG_FLAG_MONOTONIC |
                SND_PCM_IOPLUG_FLAG_BOUNDARY_WA;
  p->io.poll_events = POLLIN;
  p->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (p->io.poll_fd < 0) {
    const int error = errno;
    free(p);
    return -error;
  }
  int status = snd_pcm_ioplug_create(&p->io, name, stream, mode);
  if (status < 0) {
    close(p->io.poll_fd);
    free(p);
    return status;
  }
  status = constrain(&p->io, info.rate, channels - p->first);
  if (status < 0) {
    snd_pcm_ioplug_delete(&p->io);
    return status;
  }
  *out = p->io.pcm;
  return 0;
}

SND_PCM_PLUGIN_DEFINE_FUNC(aes67)
{
  struct conf c = { .instance = "default", .first = 1, .has_first = true };
  (void)root;
  const int status = conf_read(conf, "PCM", &c);
  return status < 0 ? status
                    : create(c.instance, c.first, pcmp, name, stream, mode);
}
SND_PCM_PLUGIN_SYMBOL(aes67)
