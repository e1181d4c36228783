/* verify_sock.h - listening to a group beside the engine, with the kernel's
   time of arrival and what the IP header said. SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_VERIFY_SOCK_H
#define VSC_CLI_VERIFY_SOCK_H

#include "verify_watch.h"

struct verify_sock;

/** Join STREAM's group on interface number INDEX. VSC_ERR_* with one sentence
   in WHY. */
vsc_status
verify_sock_open(const vsc_stream *stream,
                 int index,
                 struct verify_sock **out,
                 char *why,
                 size_t why_bytes);
/** NULL is fine. */
void
verify_sock_close(struct verify_sock *s);
/** The next packet that has come, or false: none. Its media_ns is host time as
   of CLOCK_MONOTONIC_RAW; its bytes are S's until the next call. */
bool
verify_sock_read(struct verify_sock *s, struct verify_packet *out);
/** Packets that came faster than they were read. */
uint32_t
verify_sock_dropped(const struct verify_sock *s);
#endif
