/* ctl.c - the ALSA mixer "aes67": what a device is doing, to be read, with an
   event when it changes. Nothing is attached, nothing can be set.

   Shared memory wakes nobody: while somebody has subscribed, a timer makes the
   descriptor readable four times a second, and only a change is an event.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "conf.h"

#include <vsc/client.h>
#include <vsc/host.h>

#include <alsa/asoundlib.h>
#include <alsa/control_external.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define LOOK_NS 250000000L

enum element_key { CLOCK, ENGINE, RATE, CLIENTS, LATE, ELEMENTS };

/* Displays show what is in the mixer; what only programs read is the card's. */
static const struct element {
  const char *name;
  snd_ctl_elem_iface_t iface;
  snd_ctl_elem_type_t type;
  long max; /* of an integer */
} elements[ELEMENTS] = {
  [CLOCK] = { .name = "Clock State",
              .iface = SND_CTL_ELEM_IFACE_MIXER,
              .type = SND_CTL_ELEM_TYPE_ENUMERATED },
  [ENGINE] = { .name = "Engine Running",
               .iface = SND_CTL_ELEM_IFACE_CARD,
               .type = SND_CTL_ELEM_TYPE_BOOLEAN },
  [RATE] = { .name = "Sample Rate",
             .iface = SND_CTL_ELEM_IFACE_CARD,
             .type = SND_CTL_ELEM_TYPE_INTEGER,
             .max = 384000 },
  [CLIENTS] = { .name = "Applications",
                .iface = SND_CTL_ELEM_IFACE_CARD,
                .type = SND_CTL_ELEM_TYPE_INTEGER,
                .max = 64 },
  [LATE] = { .name = "Late Frames",
             .iface = SND_CTL_ELEM_IFACE_CARD,
             .type = SND_CTL_ELEM_TYPE_INTEGER64 },
};

/* The words of `aes67 status`, in the order of enum vsc_clock_state. */
static const char *const clocks[] = { "stopped", "free",     "locking",
                                      "locked",  "holdover", "master" };
#define CLOCKS (sizeof clocks / sizeof *clocks)

struct ctl {
  snd_ctl_ext_t ext;
  char instance[64];
  int64_t values[ELEMENTS]; /* as last seen */
  unsigned changed; /* a bit an element: the event is still to be read */
};

static void
look(struct ctl *c)
{
  vsc_client_state s = { .size = sizeof s };
  /* Gone altogether is stopped, too. */
  (void)vsc_client_inspect(c->instance, NULL, &s);
  const int64_t values[ELEMENTS] = {
    [CLOCK] = s.is_running ? (int64_t)s.clock_state + 1 : 0,
    [ENGINE] = s.is_running != 0,
    [RATE] = s.rate,
    [CLIENTS] = s.clients,
    [LATE] = (int64_t)(s.late_frames & INT64_MAX),
  };
  for (unsigned i = 0; i < ELEMENTS; i++) {
    c->changed |= (unsigned)(values[i] != c->values[i]) << i;
    c->values[i] = values[i];
  }
}

/* Has the timer gone off? Then it is time to look. */
static void
look_on_time(struct ctl *c)
{
  uint64_t times;
  if (read(c->ext.poll_fd, &times, sizeof times) > 0) {
    look(c);
  }
}

/* --- elements */

static int
ctl_elem_count(snd_ctl_ext_t *ext)
{
  (void)ext;
  return ELEMENTS;
}

static int
ctl_elem_list(snd_ctl_ext_t *ext, unsigned offset, snd_ctl_elem_id_t *id)
{
  (void)ext;
  if (offset >= ELEMENTS) {
    return -EINVAL;
  }
  snd_ctl_elem_id_set_interface(id, elements[offset].iface);
  snd_ctl_elem_id_set_name(id, elements[offset].name);
  return 0;
}

static snd_ctl_ext_key_t
ctl_find_elem(snd_ctl_ext_t *ext, const snd_ctl_elem_id_t *id)
{
  (void)ext;
  const unsigned number = snd_ctl_elem_id_get_numid(id);
  if (number > 0 && number <= ELEMENTS) {
    return number - 1;
  }
  for (unsigned i = 0; i < ELEMENTS; i++) {
    if (snd_ctl_elem_id_get_interface(id) == elements[i].iface &&
        snd_ctl_elem_id_get_index(id) == 0 &&
        strcmp(snd_ctl_elem_id_get_name(id), elements[i].name) == 0) {
      return i;
    }
  }
  return SND_CTL_EXT_KEY_NOT_FOUND;
}

static int
ctl_get_attribute(snd_ctl_ext_t *ext,
                  snd_ctl_ext_key_t key,
                  int *type,
                  unsigned *access,
                  unsigned *count)
{
  (void)ext;
  *type = (int)elements[key].type;
  *access = SND_CTL_EXT_ACCESS_READ | SND_CTL_EXT_ACCESS_VOLATILE;
  *count = 1;
  return 0;
}

static int
ctl_get_integer_info(snd_ctl_ext_t *ext,
                     snd_ctl_ext_key_t key,
                     long *min,
                     long *max,
                     long *step)
{
  (void)ext;
  *min = 0;
  *max = elements[key].max;
  *step = 1;
  return 0;
}

static int
ctl_get_integer64_info(snd_ctl_ext_t *ext,
                       snd_ctl_ext_key_t key,
                       int64_t *min,
                       int64_t *max,
                       int64_t *step)
{
  (void)ext;
  (void)key;
  *min = 0;
  *max = INT64_MAX;
  *step = 1;
  return 0;
}

static int
ctl_get_enumerated_info(snd_ctl_ext_t *ext,
                        snd_ctl_ext_key_t key,
                        unsigned *items)
{
  (void)ext;
  (void)key;
  *items = CLOCKS;
  return 0;
}

static int
ctl_get_enumerated_name(snd_ctl_ext_t *ext,
                        snd_ctl_ext_key_t key,
                        unsigned item,
                        char *name,
                        size_t bytes)
{
  (void)ext;
  (void)key;
  if (item >= CLOCKS) {
    return -EINVAL;
  }
  snprintf(name, bytes, "%s", clocks[item]);
  return 0;
}

static int64_t
value(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key)
{
  struct ctl *const c = ext->private_data;
  look(c);
  return c->values[key];
}

static int
ctl_read_integer(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *out)
{
  *out = (long)value(ext, key);
  return 0;
}

static int
ctl_read_integer64(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int64_t *out)
{
  *out = value(ext, key);
  return 0;
}

static int
ctl_read_enumerated(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned *out)
{
  *out = (unsigned)value(ext, key);
  return 0;
}

/* --- events */

static void
ctl_subscribe_events(snd_ctl_ext_t *ext, int subscribe)
{
  struct ctl *const c = ext->private_data;
  const long period = subscribe ? LOOK_NS : 0;
  const struct itimerspec when = { .it_interval.tv_nsec = period,
                                   .it_value.tv_nsec = period };
  c->changed = 0;
  timerfd_settime(ext->poll_fd, 0, &when, NULL);
}

static int
ctl_poll_revents(snd_ctl_ext_t *ext,
                 struct pollfd *fds,
                 unsigned count,
                 unsigned short *revents)
{
  struct ctl *const c = ext->private_data;
  *revents = 0;
  if (count == 1 && (fds[0].revents & POLLIN)) {
    look_on_time(c);
    *revents = c->changed ? POLLIN : 0;
  }
  return 0;
}

static int
ctl_read_event(snd_ctl_ext_t *ext, snd_ctl_elem_id_t *id, unsigned *mask)
{
  struct ctl *const c = ext->private_data;
  look_on_time(c);
  for (unsigned i = 0; i < ELEMENTS; i++) {
    if (c->changed & 1u << i) {
      c->changed &= ~(1u << i);
      ctl_elem_list(ext, i, id);
      snd_ctl_elem_id_set_numid(id, i + 1);
      *mask = SND_CTL_EVENT_MASK_VALUE;
      return 1;
    }
  }
  return -EAGAIN;
}

/* --- opening */

static void
ctl_close(snd_ctl_ext_t *ext)
{
  close(ext->poll_fd);
  free(ext->private_data);
}

static const snd_ctl_ext_callback_t callbacks = {
  .close = ctl_close,
  .elem_count = ctl_elem_count,
  .elem_list = ctl_elem_list,
  .find_elem = ctl_find_elem,
  .get_attribute = ctl_get_attribute,
  .get_integer_info = ctl_get_integer_info,
  .get_integer64_info = ctl_get_integer64_info,
  .get_enumerated_info = ctl_get_enumerated_info,
  .get_enumerated_name = ctl_get_enumerated_name,
  .read_integer = ctl_read_integer,
  .read_integer64 = ctl_read_integer64,
  .read_enumerated = ctl_read_enumerated,
  .subscribe_events = ctl_subscribe_events,
  .read_event = ctl_read_event,
  .poll_revents = ctl_poll_revents,
};

static int
create(const char *instance, snd_ctl_t **out, const char *name, int mode)
{
  /* One may wait for an engine here, but not see what one may not. */
  vsc_client_state state = { .size = sizeof state };
  const vsc_status found = vsc_client_inspect(instance, NULL, &state);
  if (found != VSC_OK && found != VSC_ERR_NOT_FOUND) {
    SNDERR("%s", vsc_client_error());
    return conf_error(found);
  }
  struct ctl *const c = calloc(1, sizeof *c);
  if (!c) {
    return -ENOMEM;
  }
  snprintf(c->instance, sizeof c->instance, "%s", instance);
  look(c);
  c->changed = 0;
  c->ext = (snd_ctl_ext_t){ .version = SND_CTL_EXT_VERSION,
                            .card_idx = -1,
                            .id = "aes67",
                            .driver = "AES67",
                            .name = "AES67 Virtual Soundcard",
                            .mixername = "AES67 Virtual Soundcard",
                            .callback = &callbacks,
                            .private_data = c };
  snprintf(c->ext.longname,
           sizeof c->ext.longname,
           "AES67 Virtual Soundcard, instance %s",
           c->instance);
  c->ext.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  int status = c->ext.poll_fd < 0 ? -errno : 0;
  if (status == 0) {
    status = snd_ctl_ext_create(&c->ext, name, mode);
  }
  if (status < 0) {
    if (c->ext.poll_fd >= 0) {
      close(c->ext.poll_fd);
    }
    free(c);
    return status;
  }
  *out = c->ext.handle;
  return 0;
}

SND_CTL_PLUGIN_DEFINE_FUNC(aes67)
{
  struct conf c = { .instance = "default" };
  (void)root;
  const int status = conf_read(conf, "mixer", &c);
  return status < 0 ? status : create(c.instance, handlep, name, mode);
}
SND_CTL_PLUGIN_SYMBOL(aes67)
