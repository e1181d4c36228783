/* rtsp_client.h - sessions of others, asked for by URL and asked for again: a
   connection to each host, kept where it speaks RTSP. All [main-thread].
   SPDX-License-Identifier: MIT */
#ifndef VSC_MDNS_RTSP_CLIENT_H
#define VSC_MDNS_RTSP_CLIENT_H

#include "dnssd.h"
#include "modules/shared/rtsp_url.h"
#include "modules/shared/sdp.h"
#include "rtsp_link.h"

#include <vsc/discovery.h>

#define RTSP_HOSTS 64
#define RTSP_HOSTS_FOLLOWED 16  /* of them not for what DNS-SD finds */
#define RTSP_WANTED_FOLLOWED 64 /* sessions that DNS-SD has not found */
#define RTSP_WANTED (DNSSD_FOUND + RTSP_WANTED_FOLLOWED)
#define RTSP_LEGS 4 /* streams of one description; more are ignored */
#define RTSP_MESSAGE_BYTES 16384

struct rtsp_client;
struct rtsp_wanted;

/** Who is asked: a host, a port, and a way to speak. */
struct rtsp_host {
  struct rtsp_client *client;
  struct rtsp_link link;
  vsc_ip ip; /* 0: a free place */
  uint16_t port;
  bool is_http;
  bool is_open, has_warned;
  struct rtsp_wanted *asked; /* whose answer is awaited, or NULL */
  uint32_t cseq;
  vsc_ns deadline; /* of a connection or an answer */
  vsc_ns retry_at, backoff, opened_at;
  char bytes[RTSP_MESSAGE_BYTES];
};

/** A session that somebody wants to know. */
struct rtsp_wanted {
  char name[RTSP_URL_BYTES]; /* in DNS-SD, or its URL; empty: a free row */
  bool is_followed;       /* its id is its URL, for it was asked for by that */
  bool is_kept;           /* in the list at hand */
  struct rtsp_url url;    /* path 0: none that can be asked */
  struct rtsp_host *host; /* NULL: there is no place now */
  vsc_ns due;             /* to be asked for again */
  vsc_ns told_at;         /* a change, without being asked */
  uint32_t count;         /* of ids that were found */
  char ids[RTSP_LEGS][VSC_NAME_BYTES * 2];
  char origin[VSC_NAME_BYTES * 2]; /* as its o= line says */
  char trouble[200];               /* why it is not found, or empty */
};

struct rtsp_client {
  /* constant after init */
  const vsc_host *host;
  vsc_discovery_sink sink;
  vsc_counter *answers, *malformed;
  /* main thread */
  bool has_warned; /* of too many sessions */
  unsigned said;   /* about hosts that fail, since said_at */
  vsc_ns said_at;
  struct sdp_result result;
  struct rtsp_host hosts[RTSP_HOSTS];
  struct rtsp_wanted rows[RTSP_WANTED];
};

/** C is zeroed. */
void
rtsp_client_init(struct rtsp_client *c, const vsc_host *host);
void
rtsp_client_start(struct rtsp_client *c, const vsc_discovery_sink *sink);
/** Nothing is lost by it, and all is forgotten. */
void
rtsp_client_stop(struct rtsp_client *c);
/** Connect, ask, give up: once a second while it is busy, else now and then. It
    requests on_main() when it becomes busy. */
void
rtsp_client_tick(struct rtsp_client *c);
bool
rtsp_client_is_busy(const struct rtsp_client *c);

/** The session NAME of DNS-SD is at URL, perhaps no longer at another. */
void
rtsp_client_add(struct rtsp_client *c, const char *name, const char *url);
void
rtsp_client_drop(struct rtsp_client *c, const char *name);
/** As vsc_discovery_ops.follow and trouble. */
void
rtsp_client_follow(struct rtsp_client *c,
                   const char *const *urls,
                   uint32_t count);
const char *
rtsp_client_trouble(const struct rtsp_client *c, const char *url);

#endif
