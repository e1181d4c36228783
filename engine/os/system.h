/* system.h - what Linux and macOS each have their own of, below the rooms that
   they share (os_unix.h). SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_OS_SYSTEM_H
#define VSC_ENGINE_OS_SYSTEM_H

#include "observer.h"
#include "os_unix.h"

/** The wall clock: TAI where the system has it, else UTC; ns. */
int64_t
wall_now(void);
/** TAI - UTC in seconds; 0: not known. */
int32_t
wall_utc_offset(void);

/** A UDP socket that does not block and is no child's. -1: errno. */
int
net_socket(void);
/** What FD names is now behind the number PLACE, too. -1: errno. */
int
net_place(int fd, int place);
/** A row of what setsockopt() is to be asked. */
struct net_option {
  int level, name;
  const void *value;
  socklen_t bytes;
  const char *what;
};
#define NET_ROW(level, name, value)                                            \
  {                                                                            \
    level, name, &(value), sizeof(value), #name                                \
  }
#define NET_ROWS(rows) (rows), sizeof(rows) / sizeof(rows)[0]
/** The first that the system refuses, or NULL. */
const char *
net_set(int fd, const struct net_option *rows, size_t count);

/** What a socket of this CONFIG is to be like, but for its buffer. NULL, or
   what the system refuses: errno. */
const char *
net_set_up(int fd, const struct os_unix *os, const vsc_socket_config *config);
/** Before bind(): other programs may have the port, too, and what they joined
    is not heard as far as the system can tell. As setsockopt(). */
int
net_share(int fd);
struct sockaddr_in
net_at(vsc_ip ip, uint16_t port) VSC_RT;
/** What to do where a port is refused, in one sentence; 0: nobody knows. */
int
net_permission(char *out, size_t bytes);
/** A duplicate of the UDP socket that the service manager bound to PORT for us,
    or -1. [main-thread] */
int
activation_socket(uint16_t port);

/** os.hardware: clocks and rings of the interface itself. VSC_ERR_NOMEM. */
vsc_status
hardware_init(struct os_unix *os);
void
hardware_finish(struct os_unix *os);
/** Before a socket is opened. What hinders is logged. [main-thread] */
void
hardware_open(struct os_unix *os, const vsc_socket_config *config);
/** After a socket has left the list. [main-thread] */
void
hardware_close(struct os_unix *os);
/** The interface is another, or was away. [main-thread] */
void
hardware_renew(struct os_unix *os);
/** What it adds. [main-thread] */
void
hardware_about(const struct os_unix *os, vsc_net_about *out);

/** Memory for both directions: payloads and traffic. VSC_ERR_NOMEM.
    [main-thread] */
vsc_status
batch_init(vsc_socket *s);
/** Are vsc_net.receive, vsc_net.send and vsc_net.sent. */
int32_t
batch_receive(const vsc_net *net,
              vsc_socket *s,
              vsc_datagram *out,
              uint32_t max) VSC_RT;
int32_t
batch_send(const vsc_net *net,
           vsc_socket *s,
           const vsc_datagram *batch,
           uint32_t count) VSC_RT;
int32_t
batch_sent(const vsc_net *net, vsc_socket *s, vsc_ns *out, uint32_t max);

/** What the system's messages about interfaces say: nothing of interest, look,
    or that ours was down or lost an address meanwhile. */
enum link_news { LINK_NOTHING, LINK_LOOK, LINK_OUTAGE };
/** Where they are read: non-blocking. -1: errno. */
int
link_open(void);
/** Read all there is. [main-thread] */
enum link_news
link_read(struct os_unix *os);
/** 1 or 0: the interface is a member of GROUP or not; -1: the system does not
    say. [main-thread] */
int
link_is_joined(const struct os_unix *os, vsc_ip group);

/** An observer's socket gets stamps, TOS, TTL. As setsockopt(). */
int
observer_set_up(int fd);
/** Host time less what the kernel's stamps count. */
vsc_ns
observer_offset(void);
/** What this says: the stamp in OUT->when without that offset. */
void
observer_take(const struct control_message *c,
              struct observed *out,
              uint32_t *dropped);

#endif
