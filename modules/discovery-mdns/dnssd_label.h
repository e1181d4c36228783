/* dnssd_label.h - what a service is called when its name is taken.
   SPDX-License-Identifier: MIT */
#ifndef VSC_MDNS_DNSSD_LABEL_H
#define VSC_MDNS_DNSSD_LABEL_H

#include <vsc/base.h>

#define DNSSD_LABEL_BYTES 64 /* 63 of a label (RFC 1035, 2.3.4) and a NUL */

/** "Stage" is then "Stage #2", that "Stage #3" (RFC 6762, 9); cut in front of
    the number where it gets too long, never within a letter of UTF-8. */
void
dnssd_label_next(char label[DNSSD_LABEL_BYTES]);

#endif
