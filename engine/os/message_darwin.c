/* message_darwin.c - reads a message of macOS's routing socket. It needs none
   of Apple's headers, so that other systems can test it.
   SPDX-License-Identifier: MIT */
#include "os_darwin.h"

#include <string.h>

/* The family of the address that the message is about. Addresses follow its
   head in the order of their bits in SET, each at a multiple of 4 bytes:
   length, family. 0: there is none. */
static unsigned
family_of(const unsigned char *bytes, size_t left, uint32_t set)
{
  for (uint32_t bit = 1; bit <= MESSAGE_IFA && left >= 2; bit <<= 1) {
    if (bit == MESSAGE_IFA) {
      return set & bit ? bytes[1] : 0;
    }
    if (set & bit) {
      const size_t step = bytes[0] ? (bytes[0] + 3u) & ~3u : 4;
      if (step > left) {
        break;
      }
      bytes += step;
      left -= step;
    }
  }
  return 0;
}

enum link_news
message_read(const unsigned char *bytes, size_t got, int index)
{
  struct message m;
  if (got < sizeof m) {
    return LINK_NOTHING;
  }
  memcpy(&m, bytes, sizeof m);
  if (m.type != MESSAGE_IFINFO && m.type != MESSAGE_NEWADDR &&
      m.type != MESSAGE_DELADDR) {
    return LINK_NOTHING;
  }
  if (m.index != index || m.version != MESSAGE_VERSION) {
    return LINK_LOOK;
  }
  if (m.type == MESSAGE_IFINFO) {
    return m.flags & MESSAGE_RUNNING ? LINK_LOOK : LINK_OUTAGE;
  }
  const size_t whole = m.bytes < got ? m.bytes : got;
  const unsigned family =
    whole < MESSAGE_ADDRESSES
      ? 0
      : family_of(bytes + MESSAGE_ADDRESSES, whole - MESSAGE_ADDRESSES, m.set);
  /* Addresses of IPv6 come and go every day, and are nothing to us. */
  return m.type == MESSAGE_DELADDR && family != MESSAGE_INET6 ? LINK_OUTAGE
                                                              : LINK_LOOK;
}
