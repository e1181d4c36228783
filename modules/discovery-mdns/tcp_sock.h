/* tcp_sock.h - TCP connections that never wait, from and to the interface's own
   address and no other. Descriptors are for vsc_host.watch; below 0 is none.
   SPDX-License-Identifier: MIT */
#ifndef VSC_MDNS_TCP_SOCK_H
#define VSC_MDNS_TCP_SOCK_H

#include <vsc/net.h>

#include <stdbool.h>

/** Begin to connect; VSC_FD_WRITE tells that it is decided. Below 0: WHY is
    what the system says. */
int
tcp_connect(vsc_ip from, vsc_ip to, uint16_t port, const char **why);
/** What became of tcp_connect(): true, or WHY. */
bool
tcp_is_connected(int fd, const char **why);
/** *PORT, or any that is free when that is taken; which one is then in it. */
int
tcp_listen(vsc_ip own, uint16_t *port, const char **why);
/** Who waits at LISTENER, and his address; VSC_ERR_AGAIN: nobody;
    VSC_ERR_SYSTEM: he cannot be taken now, and goes on waiting. */
int
tcp_accept(int listener, vsc_ip *from);
/** How many bytes came; 0: none will come any more; VSC_ERR_AGAIN: none now;
    VSC_ERR_SYSTEM: the connection is broken, and WHY. */
int32_t
tcp_read(int fd, char *bytes, size_t room, const char **why);
/** False: the system has no room for all of it, or the connection is broken.
    Give up on who does not read. */
bool
tcp_write(int fd, const char *bytes, size_t count);
/** Below 0 is fine. */
void
tcp_close(int fd);

#endif
