/* frame_linux.h - UDP datagrams to groups as frames of Ethernet, for what goes
   past the kernel's UDP. Pure: numbers in, bytes out.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_FRAME_LINUX_H
#define VSC_ENGINE_FRAME_LINUX_H

#include <vsc/net.h>

#define FRAME_ETHERNET 14
#define FRAME_HEADER (FRAME_ETHERNET + 20 + 8) /* and IPv4, UDP; bytes */

/** Who sends; the same for all datagrams of a socket. */
struct frame_sender {
  uint8_t mac[6];
  uint8_t dscp, ttl;
  vsc_ip address;
  uint16_t port;
};

/** Write D, which goes to a group and is no longer than 65507 bytes, to OUT,
    which holds FRAME_HEADER + D->length bytes: so many are written. */
uint32_t
frame_write(const struct frame_sender *from,
            const vsc_datagram *d,
            uint8_t *out) VSC_RT;

#endif
