/* pcm.c - the ALSA PCM "aes67": an ioplug on the device, its pointer on the
   device's clock. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "line.h"

#include <vsc/position.h>

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <inttypes.h>
#include <pthread.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define PERIOD_MIN 16u
#define BUFFER_BYTES_MAX (64u << 20)
#define INSTANCE_BYTES 64

/* ioplug has no room for errors of a host but numbers; the sentence goes where
   alsa-lib's own go. */
#define COMPLAIN(...) SNDERR(__VA_ARGS__)

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
   (newest_base).
 */
static pthread_mutex_t running_lock = PTHREAD_MUTEX_INITIALIZER;
static struct pcm *running;

static void
leave_running(struct pcm *p)
{
  pthread_mutex_lock(&running_lock);
  for (struct pcm **at = &running; *at; at = &(*at)->next) {
    if (*at == p) {
      *at = p->next;
      break;
    }
  }
  pthread_mutex_unlock(&running_lock);
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

static uint8_t *
area_at(const snd_pcm_channel_area_t *area, snd_pcm_uframes_t frame)
{
  return (uint8_t *)area->addr + (area->first + frame * area->step) / 8;
}

static void
copy_sample(uint8_t *to, const uint8_t *from, size_t bytes)
{
  memcpy(to, from, bytes);
}

/* S24: 24 bits in the low bytes of 32; the device has them in the high ones. */
static void
shift_up(uint8_t *to, const uint8_t *from, size_t bytes)
{
  uint32_t word;
  memcpy(&word, from, bytes);
  word <<= 8;
  memcpy(to, &word, bytes);
}

static void
shift_down(uint8_t *to, const uint8_t *from, size_t bytes)
{
  int32_t word;
  memcpy(&word, from, bytes);
  /* Rounded toward minus infinity by every compiler there is; 8 bits are 0. */
  word /= 256;
  memcpy(to, &word, bytes);
}

/* Between the application's areas and an interleaved block. */
static void
shuffle(const struct pcm *p,
        const snd_pcm_channel_area_t *areas,
        snd_pcm_uframes_t offset,
        uint32_t frames,
        bool is_in)
{
  const size_t bytes = p->frame_bytes / p->io.channels;
  const bool is_s24 = p->io.format == SND_PCM_FORMAT_S24;
  void (*const copy)(uint8_t *, const uint8_t *, size_t) = !is_s24 ? copy_sample
                                                           : is_in ? shift_down
                                                                   : shift_up;
  for (unsigned c = 0; c < p->io.channels; c++) {
    uint8_t *block = p->block + c * bytes;
    for (uint32_t f = 0; f < frames; f++, block += p->frame_bytes) {
      uint8_t *const theirs = area_at(&areas[c], offset + f);
      copy(is_in ? theirs : block, is_in ? block : theirs, bytes);
    }
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
  pthread_mutex_lock(&running_lock);
  p->base = line_start(p->line, newest_base(p));
  p->next = running;
  running = p;
  pthread_mutex_unlock(&running_lock);
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
  for (snd_pcm_uframes_t done = 0; done < size;) {
    const uint32_t n =
      size - done < BLOCK ? (uint32_t)(size - done) : (uint32_t)BLOCK;
    if (io->stream == SND_PCM_STREAM_PLAYBACK) {
      shuffle(p, areas, offset + done, n, false);
      line_write(p->line, io->appl_ptr + done, p->block, n, is_free(p));
    } else {
      line_read(p->line, io->appl_ptr + done, p->block, n);
      shuffle(p, areas, offset + done, n, true);
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
    const struct timespec pause = { .tv_sec = (time_t)(wait / VSC_SECOND),
                                    .tv_nsec = (long)(wait % VSC_SECOND) };
    nanosleep(&pause, NULL);
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
  COMPLAIN("%s", vsc_client_error());
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
    COMPLAIN("%s", vsc_client_error());
    return found == VSC_ERR_NOT_FOUND ? -ENODEV
           : found == VSC_ERR_REFUSED ? -EACCES
                                      : -EIO;
  }
  const uint32_t channels =
    stream == SND_PCM_STREAM_PLAYBACK ? info.outputs : info.inputs;
  if (first < 1 || first > (long)channels) {
    COMPLAIN(
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
  snd_config_iterator_t i;
  snd_config_iterator_t next;
  const char *instance = "default";
  long first = 1;
  (void)root;
  snd_config_for_each(i, next, conf)
  {
    snd_config_t *const n = snd_config_iterator_entry(i);
    const char *id;
    if (snd_config_get_id(n, &id) < 0 || strcmp(id, "comment") == 0 ||
        strcmp(id, "type") == 0 || strcmp(id, "hint") == 0) {
      continue;
    }
    if (strcmp(id, "instance") == 0 &&
        snd_config_get_string(n, &instance) >= 0) {
      continue;
    }
    if (strcmp(id, "first_channel") == 0 &&
        snd_config_get_integer(n, &first) >= 0) {
      continue;
    }
    COMPLAIN("\"%s\" is not a key of an aes67 PCM, or has the wrong type: "
             "instance, first_channel",
             id);
    return -EINVAL;
  }
  return create(instance, first, pcmp, name, stream, mode);
}
SND_PCM_PLUGIN_SYMBOL(aes67)
