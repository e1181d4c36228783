/* peer_darwin.c - who is at the other end of a Unix socket.
   SPDX-License-Identifier: MIT */
#include "engine/control_sock.h"

#include <sys/socket.h>
#include <sys/ucred.h>
#include <sys/un.h>

bool
control_sock_peer_ok(int fd, uid_t uid, gid_t gid)
{
  struct xucred peer = { .cr_version = 0 };
  socklen_t bytes = sizeof peer;
  if (getsockopt(fd, SOL_LOCAL, LOCAL_PEERCRED, &peer, &bytes) ||
      bytes != sizeof peer || peer.cr_version != XUCRED_VERSION) {
    return false;
  }
  if (peer.cr_uid == uid || peer.cr_uid == 0) {
    return true;
  }
  /* The primary group is the first. */
  for (short i = 0; i < peer.cr_ngroups && i < 16; i++) {
    if (peer.cr_groups[i] == gid) {
      return true;
    }
  }
  return false;
}
