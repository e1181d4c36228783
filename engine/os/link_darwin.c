/* link_darwin.c - notices when the interface goes and comes back. Routing
   messages only say that there is something to look at; what is true is asked
   for afresh. SPDX-License-Identifier: MIT */
#include "os_darwin.h"

#include "engine/log.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <string.h>
#include <unistd.h>

/* Bounds one service; the rest makes the descriptor readable again. */
#define MESSAGES 64

/* Messages about an interface or its address begin so. */
struct start {
  uint16_t bytes;
  uint8_t version, type;
  int32_t what, flags; /* IFF_..., of RTM_IFINFO */
  uint16_t index;
};

/* What the messages say: nothing of interest, look, or that our interface was
   down or lost an address in between, and with it its groups. */
enum news { NEWS_NONE, NEWS_SOME, NEWS_OUTAGE };

static enum news
read_message(const unsigned char *bytes, size_t got, int index)
{
  struct start m;
  if (got < sizeof m) {
    return NEWS_NONE;
  }
  memcpy(&m, bytes, sizeof m);
  if (m.type != RTM_IFINFO && m.type != RTM_NEWADDR && m.type != RTM_DELADDR) {
    return NEWS_NONE;
  }
  const int is_outage =
    m.index == index && (m.type == RTM_DELADDR ||
                         (m.type == RTM_IFINFO && !(m.flags & IFF_RUNNING)));
  return is_outage ? NEWS_OUTAGE : NEWS_SOME;
}

static enum news
drain(const struct os_darwin *self)
{
  unsigned char bytes[2048];
  const int index = atomic_load_explicit(&self->index, memory_order_relaxed);
  enum news most = NEWS_NONE;
  for (int i = 0; i < MESSAGES; i++) {
    const ssize_t got = recv(self->route_fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got <= 0 && !(got < 0 && errno == ENOBUFS)) {
      break;
    }
    /* Too many to keep: assume the worst. */
    const enum news news =
      got < 0 ? NEWS_OUTAGE : read_message(bytes, (size_t)got, index);
    most = news > most ? news : most;
  }
  return most;
}

static void
tell(struct os_darwin *self, int is_up)
{
  self->is_up = is_up;
  if (self->os.on_link) {
    self->os.on_link(self->os.on_link_arg, is_up);
  }
}

/* Where it is now; has its number or its address changed? */
static int
take(struct os_darwin *self, const struct os_interface *now)
{
  const int is_same =
    now->index == atomic_load_explicit(&self->index, memory_order_relaxed) &&
    now->address == atomic_load_explicit(&self->address, memory_order_relaxed);
  atomic_store_explicit(&self->index, now->index, memory_order_relaxed);
  atomic_store_explicit(&self->address, now->address, memory_order_relaxed);
  return !is_same;
}

void
link_service(struct os *os)
{
  struct os_darwin *const self = (struct os_darwin *)os;
  const enum news news = self->route_fd < 0 ? NEWS_NONE : drain(self);
  if (news == NEWS_NONE) {
    return;
  }
  struct os_interface now;
  int is_running;
  const int is_there =
    interface_look(self->name, self->wish, &now, &is_running);
  const int is_usable = is_there && now.address;
  const int is_up = is_usable && is_running;
  const int is_changed = take(self, &now);
  if (self->is_up && (!is_up || is_changed || news == NEWS_OUTAGE)) {
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
link_init(struct os_darwin *self)
{
  self->route_fd = socket(PF_ROUTE, SOCK_RAW, AF_UNSPEC);
  if (self->route_fd < 0 || fcntl(self->route_fd, F_SETFD, FD_CLOEXEC) ||
      fcntl(self->route_fd, F_SETFL, O_NONBLOCK)) {
    log_write(self->log,
              VSC_LOG_WARN,
              self->name,
              "cannot watch the link (%s): after it was interrupted, streams "
              "come back only with a restart",
              strerror(errno));
    if (self->route_fd >= 0) {
      close(self->route_fd);
      self->route_fd = -1;
    }
  }
  /* After the subscription, so that nothing falls in between. */
  struct os_interface now;
  int is_running;
  const int is_there =
    interface_look(self->name, self->wish, &now, &is_running);
  take(self, &now);
  self->is_up = is_there && now.address && is_running;
}
