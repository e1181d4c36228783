/* os_unix.c - time, sleep and the back-end as a whole.
   SPDX-License-Identifier: MIT */
#include "hal/platform.h"
#include "system.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static vsc_ns
os_now(const struct os *os) VSC_RT
{
  (void)os;
  return platform_now();
}

static vsc_status
os_system_clock(const struct os *os,
                vsc_ns *host,
                int64_t *tai_ns,
                int32_t *utc_offset)
{
  (void)os;
  /* The tightest of a few brackets: an interrupt hits some, seldom all. */
  vsc_ns best = INT64_MAX;
  for (int i = 0; i < 8; i++) {
    const vsc_ns before = platform_now();
    const int64_t wall = wall_now();
    const vsc_ns width = platform_now() - before;
    if (width < best) {
      best = width;
      *host = before + width / 2;
      *tai_ns = wall;
    }
  }
  *utc_offset = wall_utc_offset();
  return VSC_OK;
}

static void
os_sleep_until(const struct os *os, vsc_ns t) VSC_RT
{
  (void)os;
  platform_sleep_until(t);
}

static int
os_link_fd(const struct os *os)
{
  return ((const struct os_unix *)os)->route_fd;
}

static void
os_reception(const struct os *os, vsc_ip group, struct os_reception *out)
{
  const struct os_unix *const self = (const struct os_unix *)os;
  memcpy(out->name, self->name, sizeof out->name);
  /* Without a watch nobody knows. */
  out->is_up = self->is_up || self->route_fd < 0;
  out->is_joined =
    VSC_IP_IS_MULTICAST(group) ? link_is_joined(self, group) : -1;
}

static int
os_listen_at(const struct os *os, vsc_ip group, uint16_t port)
{
  const struct net_group g = { .group = group,
                               .index = os_index((const struct os_unix *)os) };
  const int fd = net_listen(&g, port);
  if (fd >= 0) {
    /* The least that the kernel keeps: one datagram is enough. */
    const int least = 0;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
  }
  return fd;
}

static int
os_has_heard(const struct os *os, int ear)
{
  char byte;
  (void)os;
  const ssize_t n = recv(ear, &byte, sizeof byte, MSG_DONTWAIT);
  close(ear);
  return n >= 0;
}

static void
os_free(struct os *os)
{
  struct os_unix *const self = (struct os_unix *)os;
  if (self->route_fd >= 0) {
    close(self->route_fd);
  }
  hardware_finish(self);
  free(self);
}

vsc_status
os_create(const struct os_interface *interface,
          struct log *log,
          struct os **out)
{
  struct os_unix *const self = calloc(1, sizeof *self);
  if (!self || hardware_init(self) < 0) {
    free(self);
    return VSC_ERR_NOMEM;
  }
  self->os = (struct os){ .now = os_now,
                          .system_clock = os_system_clock,
                          .sleep_until = os_sleep_until,
                          .reception = os_reception,
                          .listen_at = os_listen_at,
                          .has_heard = os_has_heard,
                          .link_fd = os_link_fd,
                          .service = link_service,
                          .destroy = os_free };
  self->log = log;
  memcpy(self->name, interface->name, sizeof self->name);
  self->name[sizeof self->name - 1] = 0;
  atomic_init(&self->index, interface->index);
  atomic_init(&self->address, interface->address);
  self->wish = interface->address;
  self->route_fd = -1;
  net_init(self);
  if (self->name[0]) {
    link_init(self);
  }
  *out = &self->os;
  return VSC_OK;
}
