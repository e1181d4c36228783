/* rtsp_link.c - bytes of a connection into messages, as they come.
   SPDX-License-Identifier: MIT */
#include "rtsp_link.h"

#include "modules/shared/sdp.h"
#include "tcp_sock.h"

/* A head of ours is a line and some headers. */
#define OUT_BYTES (SDP_PRINT_BYTES + 1024)

void
rtsp_link_init(struct rtsp_link *l, char *bytes, uint32_t capacity)
{
  l->bytes = bytes;
  l->capacity = capacity;
  l->fd = -1;
  l->watch = NULL;
}

void
rtsp_link_close(struct rtsp_link *l)
{
  if (l->watch) {
    l->host->unwatch(l->host, l->watch);
  }
  l->watch = NULL;
  tcp_close(l->fd);
  l->fd = -1;
}

static void
end(struct rtsp_link *l, const char *why)
{
  rtsp_link_close(l);
  l->events->ended(l->arg, why);
}

/* All messages that are there; false: the link has been closed. */
static bool
hand_out(struct rtsp_link *l, bool has_ended)
{
  struct rtsp_message m;
  vsc_status status = VSC_OK;
  while (l->fd >= 0) {
    status = rtsp_next(&l->reader, has_ended, &m);
    if (status < 0) {
      break;
    }
    l->events->message(l->arg, &m);
  }
  if (l->fd >= 0 && status == VSC_ERR_MALFORMED) {
    end(l, "sends what is no message, or a longer one than can be taken");
  }
  return l->fd >= 0;
}

/* Once a turn: others want theirs. */
static void
on_bytes(void *arg, uint32_t events)
{
  struct rtsp_link *const l = arg;
  const char *why = "";
  size_t room;
  char *const at = rtsp_room(&l->reader, &room);
  const int32_t n = tcp_read(l->fd, at, room, &why);
  (void)events;
  if (n == VSC_ERR_AGAIN) {
    return;
  }
  rtsp_filled(&l->reader, n > 0 ? (size_t)n : 0);
  if (hand_out(l, n <= 0) && n <= 0) {
    end(l, n < 0 ? why : "has closed the connection");
  }
}

static vsc_status
start(struct rtsp_link *l,
      int fd,
      uint32_t events,
      void (*cb)(void *arg, uint32_t events))
{
  l->fd = fd;
  l->watch = l->host->watch(l->host, fd, events, cb, l);
  if (!l->watch) {
    rtsp_link_close(l);
    return VSC_ERR_NOMEM;
  }
  rtsp_reader_init(&l->reader, l->bytes, l->capacity);
  return VSC_OK;
}

vsc_status
rtsp_link_take(struct rtsp_link *l, int fd)
{
  return start(l, fd, VSC_FD_READ, on_bytes);
}

static void
on_decided(void *arg, uint32_t events)
{
  struct rtsp_link *const l = arg;
  const char *why = "";
  (void)events;
  if (!tcp_is_connected(l->fd, &why)) {
    end(l, why);
    return;
  }
  l->host->unwatch(l->host, l->watch);
  if (start(l, l->fd, VSC_FD_READ, on_bytes) < 0) {
    end(l, "no memory");
    return;
  }
  l->events->opened(l->arg);
}

vsc_status
rtsp_link_begin(struct rtsp_link *l, vsc_ip to, uint16_t port, const char **why)
{
  const vsc_ip own = l->host->net->address(l->host->net);
  const int fd = own ? tcp_connect(own, to, port, why) : -1;
  if (fd < 0) {
    *why = own ? *why : "there is no network: name an interface";
    return VSC_ERR_SYSTEM;
  }
  *why = "no memory";
  return start(l, fd, VSC_FD_WRITE, on_decided);
}

bool
rtsp_link_write(const struct rtsp_link *l, const struct rtsp_words *words)
{
  char out[OUT_BYTES];
  const vsc_status n = rtsp_write(words, out, sizeof out);
  return n > 0 && tcp_write(l->fd, out, (size_t)n);
}
