/* control_sock.h - the Unix socket below the control protocol, for both ends.
   The only socket calls outside os/ are in control_sock_unix.c.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_CONTROL_SOCK_H
#define VSC_ENGINE_CONTROL_SOCK_H

#include <stdbool.h>
#include <sys/types.h>
#include <vsc/base.h>

/** A listening, non-blocking descriptor at PATH, mode 0660. The socket of a
    dead engine is replaced. VSC_ERR_REFUSED: somebody answers there; WHY: one
    sentence. The caller has made sure that no other engine of this instance is
    starting just now. */
vsc_status
control_sock_listen(const char *path, int *out, char *why, size_t why_bytes);
/** A non-blocking descriptor. VSC_ERR_AGAIN: nobody waits; VSC_ERR_REFUSED: a
    peer that may not talk to us, gone already; VSC_ERR_SYSTEM: errno, worth
    another try later. GID: of the socket, whose members may. */
vsc_status
control_sock_accept(int listener, gid_t gid, int *out);
/** A non-blocking descriptor to the engine at PATH. VSC_ERR_NOT_FOUND: nobody
    listens; VSC_ERR_REFUSED: no permission; VSC_ERR_AGAIN: it is there and does
    not accept; VSC_ERR_SYSTEM: errno. */
vsc_status
control_sock_connect(const char *path, int *out);
/** As read() and write(), without SIGPIPE. */
ssize_t
control_sock_receive(int fd, void *bytes, size_t max);
ssize_t
control_sock_send(int fd, const void *bytes, size_t count);

/** Is the other end of FD the user UID, root, or a member of GID?
    (os/peer_*.c) */
bool
control_sock_peer_ok(int fd, uid_t uid, gid_t gid);

#endif
