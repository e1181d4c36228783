/* fuzz_bridge.c - any line as what a bridge's process says.
   SPDX-License-Identifier: MIT */
#include "engine/bridges.h"

#include "insist.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
  struct bridge_report r = { .frames = 1 };
  if (!bridge_report_read((const char *)data, bytes, &r)) {
    insist(r.frames == 1);
  }
  return 0;
}
