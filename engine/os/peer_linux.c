/* peer_linux.c - who is at the other end of a Unix socket.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "engine/control_sock.h"

#include <sys/socket.h>

/* More groups than this, or a kernel before 4.13, and the primary one alone
   counts. */
#define GROUPS 256

bool
control_sock_peer_ok(int fd, uid_t uid, gid_t gid)
{
  struct ucred peer;
  socklen_t bytes = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) ||
      bytes != sizeof peer) {
    return false;
  }
  if (peer.uid == uid || peer.uid == 0 || peer.gid == gid) {
    return true;
  }
  gid_t groups[GROUPS];
  bytes = sizeof groups;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &bytes)) {
    return false;
  }
  for (size_t i = 0; i < bytes / sizeof groups[0]; i++) {
    if (groups[i] == gid) {
      return true;
    }
  }
  return false;
}
