/* engine.h - the one context: what runs in an engine, passed down to whoever
   works on it. Made of rooms: engine.c (life), streams.c (what is open),
   guest.c (what applications bring), loopbacks.c (what is joined inside),
   bridges.c (the processes that meet sound cards), sessions.c (what is found),
   publish.c (what others find), hearing.c (what is silent, and why), proving.c
   (whether it is as described), status.c, requests.c and requests_streams.c
   (what is told). SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_ENGINE_H
#define VSC_ENGINE_ENGINE_H

#include "audio.h"
#include "config.h"
#include "control.h"
#include "device.h"
#include "hearing.h"
#include "instance.h"
#include "proving.h"
#include "rtthread.h"
#include "sender_clock.h"
#include <stdbool.h>
#include <vsc/clock.h>
#include <vsc/discovery.h>

/** A transport module in use; index is its place in every graph. */
struct transport {
  char module[48];
  struct instance *instance;
  const vsc_transport_ops *ops;
  struct transport *next;
};

enum stream_state {
  STREAM_WAITING, /* for its session, its packets, or an application */
  STREAM_PLAYING,
  STREAM_DEGRADED, /* plays, but frames were lost within the last second */
  STREAM_SILENT,   /* packets have stopped, or none of them can be played */
  STREAM_CONFLICT, /* runs, but somebody else uses its address */
  STREAM_REFUSED,  /* cannot be opened; reason says why */
};

/** Kept while the stream is configured. */
struct stream_counts {
  struct rx_counts rx;
  struct tx_counts tx;
  struct sender_report sender; /* of one that is followed */
  _Atomic uint64_t realigned;  /* of the door */
};

/** Whether somebody else sends to a stream's address: conflicts.c. */
struct stream_conflict {
  unsigned seconds; /* running, so far */
  vsc_ns said_at;   /* host time from which it may be said again; 0: not yet */
  char text[120];   /* one sentence while it is so, or empty */
};

/** One [send] or [receive] at work. Main thread, but for the route. */
struct stream {
  char name[VSC_NAME_BYTES];
  char title[VSC_NAME_BYTES];    /* what its session calls itself, or empty */
  struct stream_config config;   /* as configured */
  struct stream_config resolved; /* with what its session says */
  struct route_map map;
  bool is_open;
  bool has_moved;   /* its session says something else now: open it again */
  vsc_ns follow_at; /* host time from which it is followed again */
  char reason[480]; /* why not, or empty */
  vsc_ns retry_at;  /* host time; 0: not by itself */
  struct arena arena;
  struct instance *codec;
  struct instance *resampler; /* of the door */
  struct door *door;          /* NULL: at the device's rate */
  struct transport *transport;
  void *io;   /* the transport's struct */
  void *copy; /* and that of the second leg (ST 2022-7), or NULL */
  struct transport *copy_transport;
  struct route_rx *rx; /* one of them, while open */
  struct route_tx *tx;
  struct stream_counts *counts; /* owned; NULL in one that waits to close */
  struct stream_conflict conflict;
  struct hearing hearing; /* of a receiver */
  struct proving proving;
  struct guest *guest; /* owned; NULL but for senders that are in no profile */
  uint64_t close_at;   /* graph serial after which it may be closed */
  struct stream *next;
};

/** A session that discovery found. */
struct session {
  vsc_stream stream;
  unsigned finder; /* whose it is, of the engine's discoveries */
  bool is_shadow;  /* another one has found it before, and still has */
  vsc_ns found_at; /* or changed */
  struct session *next;
};

/** What a discovery module is given: who it is. */
struct finder {
  struct engine *engine;
  unsigned index;
  vsc_discovery_sink sink;
};

/** A sender of ours as it was announced. */
struct published {
  char name[VSC_NAME_BYTES]; /* of the stream */
  vsc_stream stream;
  bool is_seen; /* in the look at hand */
  struct published *next;
};

/** What an engine is made from; everything outlives it. */
struct engine_setup {
  struct log *log;
  struct loop *loop;
  struct os *os;
  struct loader *loader;
  const struct os_interface *interface; /* NULL: none */
  struct os *secondary; /* of the second leg's interface; NULL: the same */
  const char *instance, *runtime_dir;
  bool is_driven; /* no audio thread: the caller runs audio_wake */
  const char *version;
  const char *program; /* this one's path, for bridges; NULL: they do not run */
  /* An application wishes another rate: as in device_config. The engine is to
     be destroyed and made again, not from here. */
  device_rate *change_rate; /* may be NULL */
  void *change_rate_arg;
};

struct engine {
  struct engine_setup setup;
  struct services services;
  struct services secondary; /* the same, but for its os */
  struct config *config;     /* owned */
  struct device *device;
  struct region *region;
  struct audio audio;
  struct rtthread *thread;
  struct rtthread_report scheduling;
  bool is_running; /* the audio thread, or who drives it */
  struct instance *clock;
  const vsc_clock_ops *clock_ops;
  vsc_clock_view view;
  vsc_ns view_since;
  struct instance *discoveries[CONFIG_DISCOVERIES];
  struct finder finders[CONFIG_DISCOVERIES];
  struct session *sessions;
  struct published *published;
  uint8_t own_clock[8]; /* the MAC address that our own clock is called by */
  struct transport *transports;
  struct stream *streams;
  struct stream *closing;
  struct loopback *loopbacks; /* one that feeds another is before it */
  struct loopback *closing_loopbacks;
  struct bridge_child *bridges;
  vsc_socket *room_socket; /* room_sender.c; NULL: nothing is told */
  struct graph *graph;     /* published, or NULL */
  struct graph *retired;
  uint64_t serial;
  vsc_timer *tick;
  vsc_ns tick_period, second_at;
  vsc_ns started_at;
  struct {
    uint64_t steps_seen, missed_seen, steps_proven;
    uint8_t steps[60]; /* of the clock, by second */
    unsigned second;
    vsc_ns overslept; /* by the audio thread, in the last one */
    unsigned deaf;    /* receivers that nothing came to */
  } lately;
};

/** Takes CONFIG, also when it fails; WHY is one sentence. [main-thread] */
vsc_status
engine_create(const struct engine_setup *setup,
              struct config *config,
              struct engine **out,
              char *why,
              size_t why_bytes);
/** NULL is fine. [main-thread] */
void
engine_destroy(struct engine *e);
/** What every tick does: clients, streams, retired graphs. [main-thread] */
void
engine_tick(struct engine *e);
/** The link came or went, or its address changed. [main-thread] */
void
engine_link_changed(struct engine *e, bool is_up);
/** Take CONFIG over: streams that are the same go on without one wrong frame.
    VSC_ERR_UNSUPPORTED, and CONFIG is not taken: it differs in more than
    streams, so the engine has to be made again. [main-thread] */
vsc_status
engine_reconfigure(struct engine *e, struct config *config);
/** Could all streams of CONFIG run, as far as is known before they are opened:
    packets, and the rates of sessions? CONFIG stays the caller's; WHY names the
    stream. [main-thread] */
vsc_status
engine_check(struct engine *e,
             const struct config *config,
             char *why,
             size_t why_bytes);

/** streams.c: make what is open what should be: open, close, publish a graph,
    start and stop the audio thread. */
void
streams_arrange(struct engine *e);
/** The streams of CONFIG instead of those there are. */
void
streams_reconcile(struct engine *e, const struct config *config);
/** Take an open stream over and run it; false, and it is not taken. */
bool
streams_add(struct engine *e, struct stream *s);
/** Close and free it once the audio thread has passed. */
void
streams_remove(struct engine *e, struct stream *s);
/** Free what the audio thread has passed. */
void
streams_collect(struct engine *e);
void
streams_destroy(struct engine *e);
struct stream *
streams_find(const struct engine *e, const char *name);
enum stream_state
stream_state(const struct engine *e, const struct stream *s);
/** One sentence, or empty. */
const char *
stream_reason(const struct engine *e, const struct stream *s);

/** sessions.c */
void
sessions_start(struct engine *e);
void
sessions_stop(struct engine *e);
/** By name, or by id; by URL, which is the id of what was asked for by it. */
const struct session *
sessions_find(const struct engine *e, const char *name);
/** Have discovery look for the URLs that receivers name, and for no others. */
void
sessions_follow(struct engine *e);
/** Why what URL describes is not found: one sentence; empty when it is, or
    when URL is a name. */
const char *
sessions_trouble(const struct engine *e, const char *url);

/** publish.c: before discovery starts. */
void
publish_start(struct engine *e);
/** Announce senders that are new or described otherwise now,
   withdraw those that are gone. */
void
publish_senders(struct engine *e);
/** Before discovery ends. */
void
publish_end(struct engine *e);
/** How S is described to others. False when there is not enough to tell. */
bool
publish_describe(const struct engine *e,
                 const struct stream *s,
                 vsc_stream *out);
/** As announced, with its version; NULL when it is not. */
const vsc_stream *
publish_find(const struct engine *e, const char *name);

/** status.c: the objects of INTERFACE.md. */
json_t *
status_json(struct engine *e);
json_t *
stats_json(struct engine *e);
/** What the clock module says of itself now; texts are clean. */
void
status_clock_report(const struct engine *e, vsc_clock_report *out);
/** "running", "degraded". */
const char *
status_engine_word(const struct engine *e);
/** "waiting", ... */
const char *
status_word(enum stream_state state);
/** "free", ...: enum vsc_clock_state */
const char *
status_clock_word(uint32_t state);

#endif
