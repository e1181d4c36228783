/* config.h - a profile with its meaning: typed options, streams, geometry. All
   mistakes are found here, before anything runs.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_CONFIG_H
#define VSC_ENGINE_CONFIG_H

#include "graph.h"
#include "hal/region.h"
#include "loader.h"
#include "profile.h"

#define CONFIG_DISCOVERIES 8
/** Where a value came from that somebody asked a running engine for. */
#define CONFIG_REQUEST "request"

struct engine_options {
  const char *name;
  const char *profile, *replaces;
  const char *interface, *interface_secondary;
  const char *stats_address;
  int32_t side;      /* 0: a, 1: b */
  int32_t log_level; /* enum vsc_log_level */
};

struct device_options {
  int64_t rate, inputs, outputs, buffer, ring, headroom, lanes;
  int32_t share;     /* 0: own, 1: mix */
  const char *group; /* empty: none */
};

/** One [send] or [receive]; without pointers, so that two compare by bytes. */
struct stream_config {
  vsc_stream desc; /* desc.address 0: to be told by session or sdp */
  int32_t is_send;
  int32_t is_always;        /* when = always */
  int32_t is_auto_offset;   /* rtp_offset = auto */
  int32_t takes_sdp_offset; /* receivers: rtp_offset not given */
  uint32_t link_offset;     /* frames */
  int32_t takes_over;       /* inputs of receivers that do not */
  int32_t follows;          /* receivers: follow = stream */
  int32_t ignores_refclk;   /* whatever clock its session names is ours */
  vsc_ns link_offset_ns;
  char channels[64];  /* as written: "1-8" */
  char transport[48]; /* module: "transport-rtp" */
  char codec[48];     /* module: "codec-l24" */
  char resampler[48]; /* module: "resampler-linear", or empty */
  char session[VSC_NAME_BYTES * 2];
  char sdp[256]; /* path */
};

struct config_stream {
  struct stream_config config;
  struct route_map map;
  struct profile_section *section;
  int is_enabled; /* all are, once the configuration is loaded */
  int is_wrong;   /* none is, then */
};

/** One [loopback]; without pointers, so that two compare by bytes. */
struct loopback_config {
  char name[VSC_NAME_BYTES];
  int32_t is_reflection; /* inputs to outputs; else outputs to inputs */
  uint32_t channels;
  uint32_t delay;                                        /* frames */
  uint16_t from[VSC_CHANNELS_MAX], to[VSC_CHANNELS_MAX]; /* device channels */
  char from_text[64], to_text[64];                       /* "out 1-8" */
  char exclude[256];                                     /* as written */
};

struct config_loopback {
  struct loopback_config config;
  struct profile_section *section;
};

struct config {
  struct profile *profile; /* owns the strings below */
  char profile_name[VSC_NAME_BYTES];
  struct engine_options engine;
  struct device_options device;
  struct region_geometry geometry;
  bool has_group;
  uint32_t group; /* its number */
  const char *clock_module;
  const char *clock_follow; /* a receiver's name, or empty */
  struct {
    const char *name, *module;
    struct profile_section *section;
  } discoveries[CONFIG_DISCOVERIES];
  unsigned discovery_count;
  struct config_stream *streams;
  unsigned stream_count;
  struct config_loopback *loopbacks; /* one that feeds another is before it */
  struct config_bridge *bridges;     /* config_bridge.h */
  unsigned loopback_count, bridge_count;
  /* while it is loaded */
  bool has_bad_text; /* lines could not be read: keys may be missing */
  bool has_geometry; /* false: of a wrong device nothing follows */
};

struct config_source {
  const char *profile;        /* name or path; NULL: only what is below */
  const char *const *folders; /* of profiles, NULL-ended */
  const char *state_path;     /* what messages call the saved state */
  const char *state_text;     /* the saved state itself; NULL: none */
  const char *const *sets;    /* "section.key=value", NULL-ended, or NULL */
  struct loader *loader;      /* NULL: modules' keys are not checked */
  profile_error *error;       /* every mistake, a line each */
  profile_error *notice;      /* accepted, but worth a word; may be NULL */
  void *arg;
};

/** VSC_ERR_MALFORMED after reporting what is wrong. [main-thread] */
vsc_status
config_load(const struct config_source *source, struct config **out);
void
config_destroy(struct config *c);

/** A sender beside those of BASE that is in no profile: keys as of [send NAME]
    over BASE's [stream], device channels 1..CHANNELS of a device of its own,
    always open. VSC_ERR_MALFORMED after reporting what is wrong. */
struct config_extra {
  const char *name;
  uint32_t channels;
  struct loader *loader; /* NULL: modules are not checked */
  const char *address, *port, *packet_time, *encoding; /* NULL: not given */
};
vsc_status
config_extra_send(const struct config *base,
                  const struct config_extra *extra,
                  profile_error *error,
                  void *arg,
                  struct config_stream *out);
/** Is it 44100 or 48000 times 1, 2, 4 or 8? */
int
config_is_rate(int64_t rate);

/** Does "exclude" name the application APP? */
bool
config_excludes(const struct loopback_config *c, const char *app);

/** The sections of ROLE as text, to compare two configurations. malloc'd. */
char *
config_role_text(const struct config *c, const char *role);

/** An INI text with every key of every section, its default and its help:
    profiles/default.ini. malloc'd. */
char *
config_default_text(void);
/** The option table of a section's role, or NULL: "engine", "device", "clock",
    "discovery", "stream", "send", "receive", ... */
const vsc_option *
config_rows(const char *role);

#endif
