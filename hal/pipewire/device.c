/* device.c - looks at the device and attaches to it.
   SPDX-License-Identifier: MIT */
#include "device.h"

#include <string.h>

#define ATTACH_NS INT64_C(100000000)

static void
read_names(char (*to)[DEVICE_NAME_BYTES],
           const struct label *from,
           uint32_t count,
           const char *prefix)
{
  for (uint32_t i = 0; i < count; i++) {
    label_read(&from[i], to[i]);
  }
  pace_names(to[0], DEVICE_NAME_BYTES, count, prefix);
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
  const struct region_names *const names = &region.rx->names;
  read_names(out->inputs, names->inputs, out->info.inputs, "capture");
  read_names(out->outputs, names->outputs, out->info.outputs, "playback");
  if (!clockpage_read(&region.rx->clock, &out->view)) {
    out->view = (vsc_clock_view){ 0 };
  }
  region_close(&region, false);
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
    /* The engine may rest until somebody begins. */
    status =
      device_is_same(&found, info)
        ? vsc_client_begin(*out, 0)
        : client_fail(VSC_ERR_UNSUPPORTED, "the device has changed meanwhile");
  }
  if (status != VSC_OK) {
    vsc_client_close(*out);
    *out = NULL;
  }
  return status;
}
