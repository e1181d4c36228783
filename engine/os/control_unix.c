/* control_unix.c - what the kernel says beside a datagram, one message after
   the other; the library's CMSG_NXTHDR may be a function.
   SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "os_unix.h"

#include <string.h>

int
control_next(const struct msghdr *m,
             size_t *at,
             struct control_message *out) VSC_RT
{
  const unsigned char *const from =
    m->msg_control ? (const unsigned char *)m->msg_control + *at : NULL;
  const size_t left = m->msg_controllen - *at;
  struct cmsghdr c;
  if (left < CMSG_LEN(0)) {
    return 0;
  }
  memcpy(&c, from, sizeof c);
  if (c.cmsg_len < CMSG_LEN(0) || c.cmsg_len > left) {
    return 0;
  }
  *out = (struct control_message){ .level = c.cmsg_level,
                                   .type = c.cmsg_type,
                                   .data = from + CMSG_LEN(0),
                                   .bytes = c.cmsg_len - CMSG_LEN(0) };
  const size_t step = CMSG_SPACE(out->bytes);
  *at += step < left ? step : left;
  return 1;
}
