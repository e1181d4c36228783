/* device.c - looks at the device and attaches to it.
   SPDX-License-Identifier: MIT */
#include "device.h"

#include <string.h>

#define ATTACH_NS INT64_C(50000000)

/* A printable line: what is in shared memory may be anything. */
static void
copy_names(char (*to)[DEVICE_NAME_BYTES],
           const char (*from)[REGION_LABEL_BYTES],
           uint32_t count)
{
  for (uint32_t i = 0; i < count; i++) {
    memcpy(to[i], from[i], DEVICE_NAME_BYTES);
    to[i][DEVICE_NAME_BYTES - 1] = '\0';
    for (char *p = to[i]; *p; p++) {
      if ((unsigned char)*p < ' ' || *p == 0x7f) {
        *p = '?';
      }
    }
  }
}

vsc_status
device_look(const char *instance,
            const char *runtime_dir,
            struct device_facts *out)
{
  struct region region;
  struct place place;
  place_init(&place, instance, runtime_dir);
  const vsc_status status = place_find(&place, &region);
  if (status != VSC_OK) {
    return status;
  }
  memset(out, 0, sizeof *out);
  out->info = client_info_of(&region, 0);
  copy_names(out->inputs,
             (const char(*)[REGION_LABEL_BYTES])region.rx->input_names,
             out->info.inputs);
  copy_names(out->outputs,
             (const char(*)[REGION_LABEL_BYTES])region.rx->output_names,
             out->info.outputs);
  region_close(&region, false);
  pace_names(out->inputs[0], sizeof *out->inputs, out->info.inputs, "capture");
  pace_names(
    out->outputs[0], sizeof *out->outputs, out->info.outputs, "playback");
  return VSC_OK;
}

bool
device_is_same(const vsc_client_info *a, const vsc_client_info *b)
{
  return a->rate == b->rate && a->inputs == b->inputs &&
         a->outputs == b->outputs && a->ring == b->ring &&
         a->input_latency == b->input_latency &&
         a->output_latency == b->output_latency;
}

vsc_status
device_attach(const char *instance,
              const char *runtime_dir,
              const vsc_client_info *info,
              bool is_input,
              vsc_client **out)
{
  const vsc_client_config config = {
    .size = sizeof config,
    .instance = instance,
    .runtime_dir = runtime_dir,
    .app = "PipeWire",
    .inputs = is_input ? info->inputs : 0,
    .outputs = is_input ? 0 : info->outputs,
    .sample = VSC_SAMPLE_F32,
    .rate = 0,
    .timeout_ns = ATTACH_NS,
  };
  vsc_status status = vsc_client_open(&config, out);
  if (status == VSC_OK) {
    vsc_client_info found = { .size = sizeof found };
    vsc_client_describe(*out, &found);
    if (!device_is_same(&found, info)) {
      vsc_client_close(*out);
      *out = NULL;
      status =
        client_fail(VSC_ERR_UNSUPPORTED, "the device has changed meanwhile");
    }
  }
  return status;
}
