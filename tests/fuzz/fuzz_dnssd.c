/* fuzz_dnssd.c - any name of a session, as it is told in DNS-SD and asked for
   by RTSP: it fits, and comes back as it was. SPDX-License-Identifier: MIT */
#include "modules/discovery-mdns/dnssd_label.h"
#include "modules/shared/rtsp_url.h"

#include "insist.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_return(const char *label)
{
  char path[3 * DNSSD_LABEL_BYTES], back[DNSSD_LABEL_BYTES];
  insist(rtsp_escape(label, path, sizeof path) >= 0);
  const struct slice all = { path, path + strlen(path) };
  insist(rtsp_unescape(all, back, sizeof back) && !strcmp(label, back));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char label[DNSSD_LABEL_BYTES], clean[DNSSD_LABEL_BYTES];
  const char *const text = (const char *)data;
  text_clean((struct slice){ text, text + size }, label, sizeof label);
  if (!label[0]) {
    return 0;
  }
  must_return(label);
  for (unsigned i = 0; i < 20; i++) {
    dnssd_label_next(label);
    insist(strlen(label) < sizeof label);
    must_return(label);
  }
  /* Cut between letters: still nothing that D-Bus refuses. */
  text_clean(
    (struct slice){ label, label + strlen(label) }, clean, sizeof clean);
  insist(!strcmp(label, clean));
  return 0;
}
