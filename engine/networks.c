/* networks.c - finds the interfaces of an engine and watches their links.
   SPDX-License-Identifier: MIT */
#include "networks.h"

#include "log.h"

vsc_status
networks_check(const struct config *config, char *why, size_t why_bytes)
{
  const char *const names[] = { config->engine.interface,
                                config->engine.interface_secondary };
  vsc_status status = VSC_OK;
  for (unsigned i = 0; i < 2 && status >= 0; i++) {
    struct os_interface found;
    status = names[i][0] ? os_find_interface(names[i], &found, why, why_bytes)
                         : VSC_OK;
  }
  return status;
}

vsc_status
networks_secondary(const struct config *config,
                   struct log *log,
                   struct os **out)
{
  const char *const name = config->engine.interface_secondary;
  struct os_interface found = { .index = 0 };
  char why[600];
  *out = NULL;
  if (!name[0]) {
    return VSC_OK;
  }
  if (os_find_interface(name, &found, why, sizeof why) < 0) {
    log_write(log, VSC_LOG_ERROR, "network", "%s; no second leg is heard", why);
    found = (struct os_interface){ .index = 0 };
  }
  return os_create(&found, log, out);
}

static void
on_readable(void *arg, uint32_t events)
{
  struct os *const os = arg;
  (void)events;
  os->service(os);
}

vsc_watch *
networks_watch(struct loop *loop, struct os *os)
{
  const int fd = os->link_fd(os);
  return fd < 0 ? NULL : loop_watch(loop, fd, VSC_FD_READ, on_readable, os);
}
