/* net.h - what we use of Darwin's sockets, interfaces and routing messages.
   SPDX-License-Identifier: MIT */
#ifndef DARWIN_NET_H
#define DARWIN_NET_H

#include "process.h"

/* sys/socket.h, sys/uio.h, sys/un.h, sys/ucred.h */
typedef uint32_t socklen_t;
struct iovec {
  void *iov_base;
  size_t iov_len;
};
struct sockaddr {
  uint8_t sa_len, sa_family;
  char sa_data[14];
};
struct sockaddr_storage {
  uint8_t ss_len, ss_family;
  char __pad[6];
  int64_t __align;
  char __rest[112];
};
struct sockaddr_un {
  uint8_t sun_len, sun_family;
  char sun_path[104];
};
struct msghdr {
  void *msg_name;
  socklen_t msg_namelen;
  struct iovec *msg_iov;
  int msg_iovlen;
  void *msg_control;
  socklen_t msg_controllen;
  int msg_flags;
};
struct cmsghdr {
  socklen_t cmsg_len;
  int cmsg_level, cmsg_type;
};
struct xucred {
  uint32_t cr_version;
  uid_t cr_uid;
  short cr_ngroups;
  gid_t cr_groups[16];
};
#define XUCRED_VERSION 0
#define SOL_LOCAL 0
#define LOCAL_PEERCRED 1
/* Control messages are aligned to 4 bytes. */
#define CMSG_ALIGN_(n) (((size_t)(n) + 3) & ~(size_t)3)
#define CMSG_LEN(n) (CMSG_ALIGN_(sizeof(struct cmsghdr)) + (n))
#define CMSG_SPACE(n) (CMSG_ALIGN_(sizeof(struct cmsghdr)) + CMSG_ALIGN_(n))
#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_ROUTE 17
#define AF_LINK 18
#define AF_INET6 30
#define PF_ROUTE AF_ROUTE
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOL_SOCKET 0xffff
#define SO_REUSEADDR 0x4
#define SO_REUSEPORT 0x200
#define SO_TIMESTAMP_MONOTONIC 0x800
#define SO_SNDBUF 0x1001
#define SO_RCVBUF 0x1002
#define SO_TYPE 0x1008
#define SO_NOSIGPIPE 0x1022
#define SO_NET_SERVICE_TYPE 0x1116
#define NET_SERVICE_TYPE_BE 0
#define NET_SERVICE_TYPE_VO 4
#define NET_SERVICE_TYPE_AV 6
#define SCM_TIMESTAMP_MONOTONIC 4
#define MSG_TRUNC 0x10
#define MSG_DONTWAIT 0x80
#define MSG_NOSIGNAL 0x80000
int
accept(int fd, struct sockaddr *from, socklen_t *bytes);
int
bind(int fd, const struct sockaddr *to, socklen_t bytes);
int
connect(int fd, const struct sockaddr *to, socklen_t bytes);
int
getsockname(int fd, struct sockaddr *out, socklen_t *bytes);
int
getsockopt(int fd, int level, int name, void *out, socklen_t *bytes);
int
listen(int fd, int backlog);
ssize_t
recv(int fd, void *out, size_t bytes, int flags);
ssize_t
recvmsg(int fd, struct msghdr *m, int flags);
ssize_t
send(int fd, const void *from, size_t bytes, int flags);
ssize_t
sendmsg(int fd, const struct msghdr *m, int flags);
int
setsockopt(int fd, int level, int name, const void *value, socklen_t bytes);
int
socket(int family, int type, int protocol);

/* poll.h */
struct pollfd {
  int fd;
  short events, revents;
};
#define POLLIN 0x1
#define POLLOUT 0x4
#define POLLERR 0x8
#define POLLHUP 0x10
#define POLLNVAL 0x20
int
poll(struct pollfd *polls, unsigned count, int timeout_ms);

#endif
