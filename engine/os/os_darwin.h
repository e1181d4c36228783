/* os_darwin.h - macOS's time, and its messages about interfaces.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_OS_DARWIN_H
#define VSC_ENGINE_OS_DARWIN_H

#include "system.h"

/** A time of mach_absolute_time() in ns. */
vsc_ns
mach_ns(uint64_t ticks) VSC_RT;

/** How a message about an interface or its address begins, and its numbers;
    link_darwin.c compares them with Apple's. */
struct message {
  uint16_t bytes;
  uint8_t version, type;
  uint32_t set;  /* which addresses follow */
  int32_t flags; /* of the interface, in MESSAGE_IFINFO */
  uint16_t index;
};
#define MESSAGE_VERSION 5
#define MESSAGE_NEWADDR 0xc
#define MESSAGE_DELADDR 0xd
#define MESSAGE_IFINFO 0xe
#define MESSAGE_IFA 0x20     /* in the set: the address itself */
#define MESSAGE_ADDRESSES 20 /* where they begin, of NEWADDR and DELADDR */
#define MESSAGE_RUNNING 0x40
#define MESSAGE_INET6 30

/** What GOT bytes say of interface number INDEX; they may be anything. */
enum link_news
message_read(const unsigned char *bytes, size_t got, int index);

#endif
