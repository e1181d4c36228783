/* route_map.c - channel maps as people write them: "3>17, 4>18".
   SPDX-License-Identifier: MIT */
#include "graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
number(const char *text, uint32_t *out)
{
  char *end = NULL;
  if (*text < '0' || *text > '9') {
    return NULL;
  }
  const unsigned long n = strtoul(text, &end, 10);
  *out = n <= VSC_CHANNELS_MAX ? (uint32_t)n : 0;
  return end;
}

static vsc_status
put(struct route_map *map, uint32_t stream, uint32_t device, int is_send)
{
  if (map->device[stream] == ROUTE_NONE) {
    map->device[stream] = (uint16_t)device;
    return VSC_OK;
  }
  if (is_send || map->copies == VSC_CHANNELS_MAX) {
    return VSC_ERR_INVALID;
  }
  map->copy[map->copies].from = map->device[stream];
  map->copy[map->copies].to = (uint16_t)device;
  map->copies++;
  return VSC_OK;
}

static vsc_status
parse_pairs(const char *text,
            uint32_t channels,
            uint32_t device_channels,
            int is_send,
            struct route_map *out,
            char *why,
            size_t why_bytes)
{
  for (const char *p = text; *p;) {
    uint32_t a = 0;
    uint32_t b = 0;
    p += strspn(p, " \t");
    const char *const begin = p;
    p = number(p, &a);
    p = p && *p == '>' ? number(p + 1, &b) : NULL;
    p = p ? p + strspn(p, " \t") : NULL;
    if (!p || (*p && *p != ',')) {
      snprintf(why,
               why_bytes,
               "\"%s\" is not a map; write pairs such as 3>17, 4>18",
               begin);
      return VSC_ERR_INVALID;
    }
    const uint32_t stream = is_send ? b : a;
    const uint32_t device = is_send ? a : b;
    if (stream < 1 || stream > channels || device < 1 ||
        device > device_channels) {
      snprintf(why,
               why_bytes,
               "map %u>%u: the stream has channels 1-%u, the device 1-%u",
               a,
               b,
               channels,
               device_channels);
      return VSC_ERR_INVALID;
    }
    if (put(out, stream - 1, device - 1, is_send) < 0) {
      snprintf(why,
               why_bytes,
               "map %u>%u: stream channel %u already has a source",
               a,
               b,
               stream);
      return VSC_ERR_INVALID;
    }
    p += *p == ',';
  }
  return VSC_OK;
}

vsc_status
route_map_parse(const char *text,
                uint32_t first,
                uint32_t channels,
                uint32_t device_channels,
                int is_send,
                struct route_map *out,
                char *why,
                size_t why_bytes)
{
  memset(out, 0, sizeof *out);
  for (uint32_t c = 0; c < VSC_CHANNELS_MAX; c++) {
    out->device[c] = ROUTE_NONE;
  }
  if (text && *text) {
    return parse_pairs(
      text, channels, device_channels, is_send, out, why, why_bytes);
  }
  if (first + channels > device_channels) {
    snprintf(why,
             why_bytes,
             "channels %u-%u: the device has %u %s",
             first + 1,
             first + channels,
             device_channels,
             is_send ? "outputs" : "inputs");
    return VSC_ERR_INVALID;
  }
  for (uint32_t c = 0; c < channels; c++) {
    out->device[c] = (uint16_t)(first + c);
  }
  return VSC_OK;
}

void
route_map_format(const struct route_map *map,
                 uint32_t channels,
                 int is_send,
                 char *out,
                 size_t bytes)
{
  size_t used = 0;
  out[0] = '\0';
  for (uint32_t c = 0; c < channels && used < bytes; c++) {
    if (map->device[c] != ROUTE_NONE) {
      const unsigned stream = c + 1;
      const unsigned device = map->device[c] + 1u;
      used += (size_t)snprintf(out + used,
                               bytes - used,
                               "%s%u>%u",
                               used ? ", " : "",
                               is_send ? device : stream,
                               is_send ? stream : device);
    }
  }
  for (uint32_t i = 0; i < map->copies && used < bytes; i++) {
    uint32_t stream = 0;
    while (stream < channels && map->device[stream] != map->copy[i].from) {
      stream++;
    }
    used += (size_t)snprintf(out + used,
                             bytes - used,
                             "%s%u>%u",
                             used ? ", " : "",
                             stream + 1,
                             map->copy[i].to + 1u);
  }
}
