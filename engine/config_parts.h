/* config_parts.h - what the files of the configuration share and nobody else
   sees.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_CONFIG_PARTS_H
#define VSC_ENGINE_CONFIG_PARTS_H

#include "config_table.h"

/** Report what is wrong with KEY of S, once, where its value was written: in S,
    or in [stream] when S has it from there, or else at S's header. KEY may be
    NULL. */
void
config_complain(struct config *c,
                struct profile_section *s,
                const char *key,
                const char *fmt,
                ...) VSC_PRINTF(4, 5);
/** Something that S must say is missing. Silent where lines could not be read:
    it may stand there. */
void
config_complain_missing(struct config *c,
                        struct profile_section *s,
                        const char *fmt,
                        ...) VSC_PRINTF(3, 4);
/** Report sections that cannot be. */
void
config_check_roles(struct config *c);

/** config_module.c: is MODULE there, and of KIND? False after reporting at KEY
    of S. One that is there but cannot be loaded is: that is no mistake of a
    profile. */
bool
config_check_module(struct config *c,
                    const struct config_source *src,
                    struct profile_section *s,
                    const char *key,
                    const char *module,
                    int kind);
/** Report the keys of S that neither its rows nor MODULE (may be NULL) knows,
    wrong values for MODULE and keys that it needs. */
void
config_check_keys(struct config *c,
                  const struct config_source *src,
                  struct profile_section *s,
                  const char *module,
                  int kind);

/** config_stream.c: fill OUT (zeroed) from S; not 0 after complaining. */
int
config_stream_set(struct config *c,
                  const struct config_source *src,
                  struct profile_section *s,
                  const struct stream_options *o,
                  struct config_stream *out);
/** config_streams.c: is IP a destination of D? */
bool
stream_goes_to(const vsc_stream *d, vsc_ip ip);
/** What is wrong with S, the [stream] section, whoever uses it. */
void
config_stream_check(struct config *c,
                    const struct config_source *src,
                    struct profile_section *s,
                    const struct stream_options *o);

/** config_streams.c: every [send] and [receive]. */
void
config_streams_load(struct config *c, const struct config_source *src);
/** The sides exchanged, those dropped that are disabled or wrong, conflicts of
    the others reported. */
void
config_streams_join(struct config *c);
/** Mark the device inputs that S feeds in OWNER. Another stream that feeds one
    of them already, or NULL; INPUT: that one. */
const struct config_stream *
config_claim(const struct config_stream *s,
             const struct config_stream *owner[VSC_CHANNELS_MAX],
             uint16_t *input);

#endif
