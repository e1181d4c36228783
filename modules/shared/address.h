/* address.h - an IPv4 address in text: a format and its four arguments.
   SPDX-License-Identifier: MIT */
#ifndef VSC_SHARED_ADDRESS_H
#define VSC_SHARED_ADDRESS_H

#define IP_FORMAT "%u.%u.%u.%u"
#define IP_BYTES(ip)                                                           \
  (unsigned)((ip) >> 24), (unsigned)((ip) >> 16 & 255),                        \
    (unsigned)((ip) >> 8 & 255), (unsigned)((ip)&255)

#endif
