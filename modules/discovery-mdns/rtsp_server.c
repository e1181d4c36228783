/* rtsp_server.c - answers of ours (RFC 2326, as RAVENNA uses it).
   SPDX-License-Identifier: MIT */
#include "rtsp_server.h"

#include "modules/shared/address.h"
#include "modules/shared/rtsp_url.h"
#include "modules/shared/sdp.h"
#include "tcp_sock.h"

#include <stdio.h>
#include <string.h>

#define SECOND (vsc_ns)1000000000
/* Longer than two of the 30 to 60 s after which clients say something. */
#define SILENCE (150 * SECOND)
#define TIMEOUT_S 60 /* RFC 2326, 12.37 */

static void
close_guest(struct rtsp_guest *g)
{
  rtsp_link_close(&g->link);
}

static void
on_ended(void *arg, const char *why)
{
  (void)arg; /* the link is closed: the guest's place is free */
  (void)why;
}

static void
say(struct rtsp_guest *g, const struct rtsp_words *words)
{
  if (!rtsp_link_write(&g->link, words)) {
    close_guest(g);
  }
}

static void
answer(struct rtsp_guest *g,
       const struct rtsp_message *m,
       unsigned status,
       const char *headers)
{
  const struct rtsp_words words = { .status = status,
                                    .has_cseq = m->has_cseq,
                                    .cseq = m->cseq,
                                    .headers = headers };
  say(g, &words);
}

static void
url_of(const struct rtsp_server *s,
       const vsc_stream *row,
       char out[RTSP_URL_BYTES])
{
  char name[3 * VSC_NAME_BYTES];
  const vsc_ip own = s->address;
  if (rtsp_escape(row->name, name, sizeof name) < 0) {
    name[0] = '\0'; /* cannot be: there is room for three times its bytes */
  }
  snprintf(out,
           RTSP_URL_BYTES,
           "rtsp://" IP_FORMAT ":%u/by-name/%s",
           IP_BYTES(own),
           s->port,
           name);
}

static const vsc_stream *
by_name(const struct rtsp_server *s, const char *name)
{
  for (unsigned i = 0; name && i < RTSP_SESSIONS; i++) {
    if (s->rows[i].id[0] && strcmp(s->rows[i].name, name) == 0) {
      return &s->rows[i];
    }
  }
  return NULL;
}

static const vsc_stream *
by_id(const struct rtsp_server *s, uint64_t number)
{
  for (unsigned i = 0; i < RTSP_SESSIONS; i++) {
    if (s->rows[i].id[0] && s->rows[i].session == number) {
      return &s->rows[i];
    }
  }
  return NULL;
}

/* Of a URI that ends in by-name/NAME or by-id/NUMBER. In DNS-SD its name may be
   another, for it was taken. */
static const vsc_stream *
row_of(const struct rtsp_server *s, struct slice uri)
{
  struct slice part = rtsp_last_part(uri);
  const struct slice kind = rtsp_last_part((struct slice){ uri.at, part.at });
  char name[VSC_NAME_BYTES];
  uint64_t number;
  if (slice_is(kind, "by-id")) {
    return slice_number(&part, UINT64_MAX, &number) && part.at == part.end
             ? by_id(s, number)
             : NULL;
  }
  if (!slice_is(kind, "by-name") || !rtsp_unescape(part, name, sizeof name)) {
    return NULL;
  }
  const vsc_stream *const row = by_name(s, s->own(s->arg, name));
  return row ? row : by_name(s, name);
}

static uint64_t *
word_of(struct rtsp_guest *g, const vsc_stream *row, uint64_t *bit)
{
  const size_t i = (size_t)(row - g->server->rows);
  *bit = UINT64_C(1) << (i % 64);
  return &g->has_asked[i / 64];
}

/* ROW as the body of an answer to M, or of a request of ours. */
static void
describe(struct rtsp_guest *g,
         const vsc_stream *row,
         const struct rtsp_message *m)
{
  char sdp[SDP_PRINT_BYTES], url[RTSP_URL_BYTES], base[RTSP_URL_BYTES + 32];
  url_of(g->server, row, url);
  snprintf(base, sizeof base, "Content-Base: %s\r\n", url);
  (void)sdp_print(row, 1, sdp, sizeof sdp); /* could be, or is no row */
  const struct rtsp_words words = { .method = m ? NULL : "ANNOUNCE",
                                    .uri = url,
                                    .status = 200,
                                    .has_cseq = !m || m->has_cseq,
                                    .cseq = m ? m->cseq : ++g->cseq,
                                    .headers = m ? base : NULL,
                                    .sdp = sdp };
  say(g, &words);
}

static void
on_options(struct rtsp_guest *g, const struct rtsp_message *m)
{
  answer(g,
         m,
         200,
         "Public: OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, "
         "GET_PARAMETER\r\n");
}

static void
on_describe(struct rtsp_guest *g, const struct rtsp_message *m)
{
  const vsc_stream *const row = row_of(g->server, m->uri);
  if (!row) {
    answer(g, m, 404, NULL);
    return;
  }
  uint64_t bit;
  *word_of(g, row, &bit) |= bit;
  describe(g, row, m);
}

static bool
has(struct slice text, const char *word)
{
  for (; text.at < text.end; text.at++) {
    struct slice rest = text;
    if (slice_skip(&rest, word)) {
      return true;
    }
  }
  return false;
}

/* The stream is sent to its group whether anybody plays it or not. */
static void
on_setup(struct rtsp_guest *g, const struct rtsp_message *m)
{
  const vsc_stream *const row = row_of(g->server, m->uri);
  char headers[256];
  if (!row) {
    answer(g, m, 404, NULL);
    return;
  }
  if (!VSC_IP_IS_MULTICAST(row->address) || !has(m->transport, "multicast")) {
    answer(g, m, 461, NULL);
    return;
  }
  snprintf(headers,
           sizeof headers,
           "Session: %08llX;timeout=%d\r\n"
           "Transport: RTP/AVP;multicast;destination=" IP_FORMAT ";"
           "port=%u-%u;ttl=%u\r\n",
           (unsigned long long)row->session,
           TIMEOUT_S,
           IP_BYTES(row->address),
           row->port,
           row->port + 1u,
           row->ttl);
  answer(g, m, 200, headers);
}

static void
on_yes(struct rtsp_guest *g, const struct rtsp_message *m)
{
  answer(g, m, 200, NULL);
}

static const struct {
  const char *method;
  void (*serve)(struct rtsp_guest *g, const struct rtsp_message *m);
} methods[] = {
  { "OPTIONS", on_options },   { "DESCRIBE", on_describe },
  { "SETUP", on_setup },       { "PLAY", on_yes },
  { "PAUSE", on_yes },         { "TEARDOWN", on_yes },
  { "GET_PARAMETER", on_yes },
};

static void
on_message(void *arg, const struct rtsp_message *m)
{
  struct rtsp_guest *const g = arg;
  const vsc_host *const host = g->server->host;
  g->heard = host->now(host);
  if (m->is_response) {
    return; /* to an ANNOUNCE of ours */
  }
  host->count(g->server->asked, 1);
  for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
    if (!m->is_http && slice_is(m->method, methods[i].method)) {
      methods[i].serve(g, m);
      return;
    }
  }
  answer(g, m, 501, NULL);
}

static const struct rtsp_link_events guest_events = { .message = on_message,
                                                      .ended = on_ended };

static unsigned
count_from(const struct rtsp_server *s, vsc_ip from)
{
  unsigned count = 0;
  for (unsigned i = 0; i < RTSP_GUESTS; i++) {
    count += s->guests[i].link.fd >= 0 && s->guests[i].from == from;
  }
  return count;
}

/* When all are taken, the one that has said nothing for longest gives up its
   place, of the addresses that have most: so a few of them keep nobody out. */
static struct rtsp_guest *
place_for(struct rtsp_server *s, vsc_ip from)
{
  struct rtsp_guest *place = NULL;
  unsigned most = 0;
  if (count_from(s, from) >= RTSP_GUESTS_OF_ONE) {
    return NULL;
  }
  for (unsigned i = 0; i < RTSP_GUESTS; i++) {
    struct rtsp_guest *const g = &s->guests[i];
    const unsigned count = count_from(s, g->from);
    if (g->link.fd < 0) {
      return g;
    }
    if (count > most || (count == most && g->heard < place->heard)) {
      most = count;
      place = g;
    }
  }
  close_guest(place);
  return place;
}

static void
pause_listening(struct rtsp_server *s)
{
  s->host->unwatch(s->host, s->watch);
  s->watch = NULL;
}

static void
on_guests(void *arg, uint32_t events)
{
  struct rtsp_server *const s = arg;
  (void)events;
  for (unsigned i = 0; i < RTSP_GUESTS; i++) {
    vsc_ip from = 0;
    const int fd = tcp_accept(s->fd, &from);
    if (fd == VSC_ERR_SYSTEM) {
      pause_listening(s); /* out of descriptors: not again at once */
    }
    if (fd < 0) {
      return;
    }
    struct rtsp_guest *const g = place_for(s, from);
    if (!g || rtsp_link_take(&g->link, fd) < 0) {
      s->host->count(s->refused, 1);
      if (!g) {
        tcp_close(fd);
      }
      continue;
    }
    g->from = from;
    g->heard = s->host->now(s->host);
    g->cseq = 0;
    memset(g->has_asked, 0, sizeof g->has_asked);
  }
}

void
rtsp_server_init(struct rtsp_server *s, const vsc_host *host, uint16_t port)
{
  s->host = host;
  s->wish = port;
  s->fd = -1;
  s->asked = host->counter(host, "rtsp_requests");
  s->refused = host->counter(host, "rtsp_refused");
  for (unsigned i = 0; i < RTSP_GUESTS; i++) {
    struct rtsp_guest *const g = &s->guests[i];
    g->server = s;
    g->link.host = host;
    g->link.events = &guest_events;
    g->link.arg = g;
    rtsp_link_init(&g->link, g->bytes, sizeof g->bytes);
  }
}

void
rtsp_server_stop(struct rtsp_server *s)
{
  for (unsigned i = 0; i < RTSP_GUESTS; i++) {
    close_guest(&s->guests[i]);
  }
  pause_listening(s);
  tcp_close(s->fd);
  s->fd = -1;
  s->address = 0;
}

static void
listen_at(struct rtsp_server *s, vsc_ip own)
{
  const char *why = "no memory";
  s->port = s->wish;
  s->fd = tcp_listen(own, &s->port, &why);
  if (s->fd < 0) {
    if (!s->has_warned) {
      s->host->log(s->host,
                   VSC_LOG_WARN,
                   "no session of ours is described by RTSP: %s",
                   why);
    }
    s->has_warned = true;
    return;
  }
  s->has_warned = false;
  s->address = own;
  if (s->port != s->wish) {
    s->host->log(s->host,
                 VSC_LOG_INFO,
                 "TCP port %u is taken: RTSP is at %u",
                 s->wish,
                 s->port);
  }
}

bool
rtsp_server_tick(struct rtsp_server *s)
{
  const vsc_ns now = s->host->now(s->host);
  const vsc_ip own = s->host->net->address(s->host->net);
  const vsc_ip before = s->address;
  for (unsigned i = 0; i < RTSP_GUESTS; i++) {
    struct rtsp_guest *const g = &s->guests[i];
    if (g->link.fd >= 0 && now - g->heard > SILENCE) {
      close_guest(g);
    }
  }
  if (own != s->address) {
    rtsp_server_stop(s);
  }
  if (own && s->fd < 0) {
    listen_at(s, own);
  }
  if (s->fd >= 0 && !s->watch) {
    s->watch = s->host->watch(s->host, s->fd, VSC_FD_READ, on_guests, s);
  }
  return s->address && s->address != before;
}

const vsc_stream *
rtsp_server_find(const struct rtsp_server *s, const char *id)
{
  for (unsigned i = 0; i < RTSP_SESSIONS; i++) {
    if (strcmp(s->rows[i].id, id) == 0) {
      return &s->rows[i];
    }
  }
  return NULL;
}

static vsc_stream *
row_for(struct rtsp_server *s, const char *id)
{
  const vsc_stream *const row = rtsp_server_find(s, id);
  return row ? &s->rows[row - s->rows] : NULL;
}

vsc_status
rtsp_server_put(struct rtsp_server *s, const vsc_stream *stream)
{
  char sdp[SDP_PRINT_BYTES];
  if (!stream->id[0] || sdp_print(stream, 1, sdp, sizeof sdp) < 0) {
    return VSC_ERR_INVALID;
  }
  vsc_stream *const known = row_for(s, stream->id);
  vsc_stream *const row = known ? known : row_for(s, "");
  if (!row) {
    return VSC_ERR_NOMEM;
  }
  *row = *stream;
  for (unsigned i = 0; i < RTSP_GUESTS; i++) {
    struct rtsp_guest *const g = &s->guests[i];
    uint64_t bit;
    if (g->link.fd >= 0 && *word_of(g, row, &bit) & bit) {
      describe(g, row, NULL);
    }
  }
  return VSC_OK;
}

void
rtsp_server_drop(struct rtsp_server *s, const char *id)
{
  vsc_stream *const row = *id ? row_for(s, id) : NULL;
  if (!row) {
    return;
  }
  for (unsigned i = 0; i < RTSP_GUESTS; i++) {
    struct rtsp_guest *const g = &s->guests[i];
    uint64_t bit;
    if (g->link.fd >= 0 && *word_of(g, row, &bit) & bit) {
      close_guest(g);
    }
  }
  memset(row, 0, sizeof *row);
}
