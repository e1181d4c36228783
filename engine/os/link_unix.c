/* link_unix.c - notices when the interface goes and comes back. The system's
   messages only say that there is something to look at; what is true is asked
   for afresh, so that lost and merged messages do no harm.
   SPDX-License-Identifier: MIT */
#include "engine/log.h"
#include "system.h"

#include <errno.h>
#include <string.h>

static void
tell(struct os_unix *self, int is_up)
{
  self->is_up = is_up;
  if (self->os.on_link) {
    self->os.on_link(self->os.on_link_arg, is_up);
  }
}

/* Where it is now; has its number or its address changed? */
static int
take(struct os_unix *self, const struct os_interface *now)
{
  if (now->index == os_index(self) && now->address == os_address(self)) {
    return 0;
  }
  atomic_store_explicit(&self->index, now->index, memory_order_relaxed);
  atomic_store_explicit(&self->address, now->address, memory_order_relaxed);
  return 1;
}

void
link_service(struct os *os)
{
  struct os_unix *const self = (struct os_unix *)os;
  const enum link_news news =
    self->route_fd < 0 ? LINK_NOTHING : link_read(self);
  if (news == LINK_NOTHING) {
    return;
  }
  struct os_interface now;
  int is_running;
  const int is_there =
    interface_look(self->name, self->wish, &now, &is_running);
  const int is_usable = is_there && now.address;
  const int is_up = is_usable && is_running;
  const int is_changed = take(self, &now);
  if (self->is_up && (!is_up || is_changed || news == LINK_OUTAGE)) {
    log_write(self->log,
              VSC_LOG_WARN,
              self->name,
              !is_there      ? "the interface is gone"
              : !now.address ? "the interface has no IPv4 address"
              : !is_running  ? "the link is down"
                             : "the link was interrupted");
    tell(self, 0);
  }
  if (is_changed && !is_usable) {
    net_silence(self);
  } else if (is_changed || (is_up && !self->is_up)) {
    net_revive(self, is_changed);
  }
  if (is_up && !self->is_up) {
    log_write(self->log, VSC_LOG_INFO, self->name, "the link is up");
    tell(self, 1);
  }
}

void
link_init(struct os_unix *self)
{
  self->route_fd = link_open();
  if (self->route_fd < 0) {
    log_write(self->log,
              VSC_LOG_WARN,
              self->name,
              "cannot watch the link (%s): after it was interrupted, streams "
              "come back only with a restart",
              strerror(errno));
  }
  /* After the subscription, so that nothing falls in between. */
  struct os_interface now;
  int is_running;
  const int is_there =
    interface_look(self->name, self->wish, &now, &is_running);
  take(self, &now);
  self->is_up = is_there && now.address && is_running;
}
