/* phc_linux.c - which stamps an interface has, whether they may be had, and
   three ways to read its clock beside ours. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "phc_linux.h"
#include "engine/paths.h"
#include "net_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/ptp_clock.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define EVERY INT64_C(200000000) /* ns from look to look, */
#define EVERY_EARLY 50000000     /* while there is no line yet */
#define OLDEST INT64_C(2000000000)
#define TRIES 3   /* readings of one look */
#define SAMPLES 8 /* brackets of one reading */
#define LOST 100  /* looks, departures: ten seconds, by PTP's messages */
#define LOST_NS INT64_C(10000000000) /* arrivals may be anybody's flood */
/* Both comparisons of the wall clock with ours, around a reading. */
#define REAL_MOVES 1000
/* A clock may have any epoch; the differences of two times are to fit, too. */
#define SECONDS_MAX INT64_C(7258118400) /* the year 2200 */

/* What the stamps are to be: of everything that leaves, and at least of what
   comes as a PTP event over UDP. */
static const int filters[] = { HWTSTAMP_FILTER_PTP_V2_L4_EVENT,
                               HWTSTAMP_FILTER_PTP_V2_EVENT,
                               HWTSTAMP_FILTER_ALL };
#define FILTERS 3

/* --- the kernel */

/* Only sockets with VSC_SOCKET_STAMPS get here, on the main thread. */
int
ioctl(int fd, unsigned long request, ...) VSC_RT;

static int
kernel_open(void *arg, const char *path)
{
  (void)arg;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

static void
kernel_close(void *arg, int fd)
{
  (void)arg;
  close(fd);
}

static int
kernel_ask(void *arg, const char *interface, unsigned long request, void *data)
{
  (void)arg;
  struct ifreq about = { .ifr_data = data };
  snprintf(about.ifr_name, sizeof about.ifr_name, "%s", interface);
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int error = fd < 0 || ioctl(fd, request, &about) ? -errno : 0;
  if (fd >= 0) {
    close(fd);
  }
  return error;
}

static int
kernel_read(void *arg, int fd, unsigned long request, void *data) VSC_RT
{
  (void)arg;
  return ioctl(fd, request, data); /* clang does not know what errno calls */
}

static int64_t
kernel_real_offset(void *arg) VSC_RT
{
  (void)arg;
  const struct comparison c = stamp_compare();
  return c.real - c.host;
}

const struct phc_system phc_kernel = { .open = kernel_open,
                                       .close = kernel_close,
                                       .ask = kernel_ask,
                                       .read = kernel_read,
                                       .real_offset = kernel_real_offset };

/* --- the interface */

static int
suits(int filter)
{
  for (int i = 0; i < FILTERS; i++) {
    if (filters[i] == filter) {
      return 1;
    }
  }
  return 0;
}

/* What to have stamped: as it is, where that is enough. -1: nothing suits. */
static int
filter_for(const struct ethtool_ts_info *info, int now)
{
  if (suits(now)) {
    return now;
  }
  for (int i = 0; i < FILTERS; i++) {
    if (info->rx_filters & (1U << filters[i])) {
      return filters[i];
    }
  }
  return -1;
}

static vsc_status
turn_on(const struct phc_system *system,
        const char *interface,
        const struct ethtool_ts_info *info,
        char *why,
        size_t why_bytes)
{
  struct hwtstamp_config config = { .rx_filter = HWTSTAMP_FILTER_NONE };
  /* Drivers that do not tell are asked to do it. */
  if (system->ask(system->arg, interface, SIOCGHWTSTAMP, &config) < 0) {
    config = (struct hwtstamp_config){ .rx_filter = HWTSTAMP_FILTER_NONE };
  }
  if (config.tx_type == HWTSTAMP_TX_ON && suits(config.rx_filter)) {
    return VSC_OK;
  }
  const int filter = filter_for(info, config.rx_filter);
  const int is_others =
    (config.tx_type != HWTSTAMP_TX_OFF && config.tx_type != HWTSTAMP_TX_ON) ||
    (config.rx_filter != HWTSTAMP_FILTER_NONE && !suits(config.rx_filter));
  if (filter < 0 || is_others) {
    snprintf(why,
             why_bytes,
             is_others ? "another program has the time stamps of %s for other "
                         "packets"
                       : "%s stamps no PTP over UDP",
             interface);
    return is_others ? VSC_ERR_REFUSED : VSC_ERR_UNSUPPORTED;
  }
  config.tx_type = HWTSTAMP_TX_ON;
  config.rx_filter = filter;
  const int error = system->ask(system->arg, interface, SIOCSHWTSTAMP, &config);
  if (error >= 0 && config.tx_type == HWTSTAMP_TX_ON &&
      suits(config.rx_filter)) {
    return VSC_OK;
  }
  char path[256];
  if (error == -EPERM && exe_path(path, sizeof path) >= 0) {
    snprintf(why,
             why_bytes,
             "no permission to turn on the time stamps of %s: sudo hwstamp_ctl "
             "-i %s -t 1 -r %d, or sudo setcap "
             "cap_net_admin,cap_net_bind_service+ep %s",
             interface,
             interface,
             filter,
             path);
  } else {
    snprintf(why,
             why_bytes,
             "cannot turn on the time stamps of %s: %s",
             interface,
             error < 0 ? strerror(-error) : "it stamps something else");
  }
  return VSC_ERR_REFUSED;
}

/* --- its clock */

static int64_t
nanoseconds(const struct ptp_clock_time *t) VSC_RT
{
  return t->sec < 0 || t->sec > SECONDS_MAX || t->nsec >= 1000000000
           ? -1
           : t->sec * 1000000000 + t->nsec;
}

static int
read_precise(struct phc *p, struct phc_reading *out) VSC_RT
{
  struct ptp_sys_offset_precise both = { .device = { 0 } };
  const int error =
    p->system->read(p->system->arg, p->fd, PTP_SYS_OFFSET_PRECISE, &both);
  *out = (struct phc_reading){ .phc = nanoseconds(&both.device),
                               .host = nanoseconds(&both.sys_monoraw) };
  return error;
}

/* The narrowest of some brackets, in host time or in the wall clock's. */
static int
read_brackets(struct phc *p, struct phc_reading *out) VSC_RT
{
  struct ptp_sys_offset_extended o = { .n_samples = SAMPLES };
  const int is_real = p->method == PHC_REAL;
  /* Since Linux 6.12 the first reserved word names the clock. */
  o.rsv[0] = is_real ? CLOCK_REALTIME : CLOCK_MONOTONIC_RAW;
  const struct phc_system *const s = p->system;
  const int64_t before = is_real ? s->real_offset(s->arg) : 0;
  const int error = s->read(s->arg, p->fd, PTP_SYS_OFFSET_EXTENDED, &o);
  if (error < 0) {
    return error;
  }
  *out = (struct phc_reading){ .phc = -1, .width = INT64_MAX };
  for (int i = 0; i < SAMPLES; i++) {
    const int64_t from = nanoseconds(&o.ts[i][0]);
    const int64_t width = nanoseconds(&o.ts[i][2]) - from;
    if (from >= 0 && width >= 0 && width < out->width) {
      *out = (struct phc_reading){ .phc = nanoseconds(&o.ts[i][1]),
                                   .host = from + width / 2,
                                   .width = width };
    }
  }
  if (is_real) {
    const int64_t moved = s->real_offset(s->arg) - before;
    if (moved > REAL_MOVES || moved < -REAL_MOVES) {
      return -EAGAIN; /* somebody set the wall clock */
    }
    out->host -= before + moved / 2;
  }
  return 0;
}

static int
read_clock(struct phc *p, struct phc_reading *out) VSC_RT
{
  const int error =
    p->method == PHC_PRECISE ? read_precise(p, out) : read_brackets(p, out);
  return error < 0 ? error : out->phc < 0 || out->host < 0 ? -ERANGE : 0;
}

static vsc_status
find_clock(struct phc *p,
           const char *interface,
           int index,
           char *why,
           size_t why_bytes)
{
  char path[32];
  snprintf(path, sizeof path, "/dev/ptp%d", index);
  p->fd = p->system->open(p->system->arg, path);
  if (p->fd < 0) {
    snprintf(why,
             why_bytes,
             "cannot read %s, the clock of %s: %s%s",
             path,
             interface,
             strerror(-p->fd),
             p->fd == -EACCES ? "; a rule for udev is in docs/ptp.md" : "");
    return VSC_ERR_REFUSED;
  }
  for (p->method = PHC_PRECISE; p->method <= PHC_REAL; p->method++) {
    struct phc_reading r;
    const int error = read_clock(p, &r);
    if (error >= 0) {
      phc_map_add(&p->map, &r);
      return VSC_OK;
    }
  }
  snprintf(why,
           why_bytes,
           "%s, the clock of %s, cannot be compared with the system's",
           path,
           interface);
  p->system->close(p->system->arg, p->fd);
  return VSC_ERR_UNSUPPORTED;
}

vsc_status
phc_begin(struct phc *p,
          const struct phc_system *system,
          const char *interface,
          char *why,
          size_t why_bytes)
{
  struct ethtool_ts_info info = { .cmd = ETHTOOL_GET_TS_INFO };
  const unsigned wanted = SOF_TIMESTAMPING_TX_HARDWARE |
                          SOF_TIMESTAMPING_RX_HARDWARE |
                          SOF_TIMESTAMPING_RAW_HARDWARE;
  *p = (struct phc){ .fd = -1 };
  if (system->ask(system->arg, interface, SIOCETHTOOL, &info) < 0 ||
      (info.so_timestamping & wanted) != wanted || info.phc_index < 0) {
    snprintf(why, why_bytes, "%s has no hardware time stamps", interface);
    return VSC_ERR_UNSUPPORTED;
  }
  vsc_status status = turn_on(system, interface, &info, why, why_bytes);
  if (status >= 0) {
    p->system = system;
    status = find_clock(p, interface, info.phc_index, why, why_bytes);
  }
  if (status < 0) {
    *p = (struct phc){ .fd = -1 };
  }
  return status;
}

void
phc_end(struct phc *p)
{
  if (p->system) {
    p->system->close(p->system->arg, p->fd);
  }
  *p = (struct phc){ .fd = -1 };
}

static void
look(struct phc *p, vsc_ns now) VSC_RT
{
  int is_read = 0, has_doubt = 1;
  p->looked = now;
  for (int i = 0; i < TRIES && has_doubt; i++) {
    struct phc_reading r;
    is_read = read_clock(p, &r) >= 0;
    has_doubt = is_read && phc_map_add(&p->map, &r);
  }
  p->lost = is_read && p->map.is_ready ? 0 : p->lost + 1;
}

/* An interface that stamps does so several times in ten seconds, whatever else
   comes to the port. */
void
phc_arrived(struct phc *p, int64_t stamp, vsc_ns now) VSC_RT
{
  if (p->bare == 0) {
    p->bare_since = now;
  }
  p->bare = stamp ? 0 : p->bare + 1;
  p->is_bare = p->bare >= LOST && now - p->bare_since > LOST_NS;
}

int
phc_host(struct phc *p, int64_t stamp, vsc_ns now, vsc_ns *out) VSC_RT
{
  if (now - p->looked >= (p->map.is_ready ? EVERY : EVERY_EARLY)) {
    look(p, now);
  }
  vsc_ns when;
  if (!phc_map_host(&p->map, stamp, &when) || when > now ||
      now - when > OLDEST) {
    return 0;
  }
  *out = when;
  return 1;
}

void
phc_sent(struct phc *p, uint32_t count) VSC_RT
{
  p->unsent += count;
}

int
phc_is_lost(const struct phc *p)
{
  return p->lost >= LOST || p->unsent >= LOST || p->is_bare;
}
