/* region.c - the region's names, sizes and checks: what both sides must agree
   on. SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700 /* realpath */
#include "region_map.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Larger than any page in use (16 KiB on Apple silicon): both sides must find
   the timeline at the same offset. */
#define ALIGN 16384u
/* A few cache lines more than a power of two, or every channel's frame p would
   compete for the same cache set. */
#define STRIDE_EXTRA 48u
#define FNV_BASIS UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

static uint64_t
fnv1a(uint64_t hash, const char *text)
{
  /* the NUL too: "ab" + "c" is not "a" + "bc" */
  const size_t length = strlen(text) + 1;
  for (size_t i = 0; i < length; i++) {
    hash = (hash ^ (uint8_t)text[i]) * FNV_PRIME;
  }
  return hash;
}

void
region_names(uint32_t uid,
             const char *runtime_dir,
             const char *instance,
             char rx[REGION_NAME_BYTES],
             char tx[REGION_NAME_BYTES])
{
  char user[16];
  snprintf(user, sizeof user, "%" PRIu32, uid);
  char *const real = realpath(runtime_dir, NULL);
  uint64_t hash = fnv1a(FNV_BASIS, user);
  hash = fnv1a(hash, real ? real : runtime_dir);
  hash = fnv1a(hash, instance);
  free(real);
  snprintf(rx, REGION_NAME_BYTES, "/aes67-%016" PRIx64 "-r", hash);
  snprintf(tx, REGION_NAME_BYTES, "/aes67-%016" PRIx64 "-t", hash);
}

uint32_t
region_stride(uint32_t ring)
{
  return ring + STRIDE_EXTRA;
}

bool
region_geometry_ok(const struct region_geometry *g, const char **why)
{
  const char *wrong = NULL;
  if (g->rate < 8000 || g->rate > 384000) {
    wrong = "rate is not 8000..384000";
  } else if (g->inputs > VSC_CHANNELS_MAX || g->outputs > VSC_CHANNELS_MAX) {
    wrong = "more than 128 channels";
  } else if (g->ring < 1024 || g->ring > REGION_RING_MAX ||
             (g->ring & (g->ring - 1)) != 0) {
    wrong = "ring is not a power of two in 1024..65536";
  } else if (g->stride != region_stride(g->ring)) {
    wrong = "stride does not follow from ring";
  } else if (g->wake < 1 || g->wake > g->ring / 4) {
    wrong = "wake is not 1..ring/4";
  } else if (g->buffer < 1 || g->buffer > g->ring / 4) {
    wrong = "buffer is not 1..ring/4";
  } else if (g->s_in >= g->ring / 4 || g->s_out >= g->ring / 4) {
    wrong = "a safety offset is ring/4 or more";
  } else if (g->lanes > REGION_LANES_MAX) {
    wrong = "more than 16 lanes";
  }
  if (why) {
    *why = wrong;
  }
  return !wrong;
}

static size_t
aligned(size_t bytes)
{
  return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

static size_t
timeline_bytes(uint32_t channels, uint32_t stride)
{
  return (size_t)channels * stride * sizeof(uint32_t);
}

size_t
region_rx_bytes(const struct region_geometry *g)
{
  return aligned(aligned(sizeof(struct region_rx)) +
                 timeline_bytes(g->inputs, g->stride));
}

size_t
region_tx_bytes(const struct region_geometry *g)
{
  return aligned(aligned(sizeof(struct region_tx)) +
                 timeline_bytes(g->outputs * (1 + g->lanes), g->stride));
}

void
region_place(struct region *region, const struct region_geometry *g)
{
  char *const rx = (char *)region->rx;
  char *const tx = (char *)region->tx;
  region->geometry = *g;
  region->in_words = (uint32_t *)(void *)(rx + aligned(sizeof *region->rx));
  region->out_words = (uint32_t *)(void *)(tx + aligned(sizeof *region->tx));
}

/* The first words of both headers. */
struct front {
  uint64_t magic;
  uint32_t layout;
  uint32_t header_bytes;
  uint64_t total_bytes;
};

static vsc_status
check_front(const struct front *f,
            size_t header_bytes,
            const char *name,
            char *why,
            size_t why_bytes)
{
  if (f->magic == 0) {
    snprintf(why, why_bytes, "shared memory \"%s\" is not ready yet", name);
    return VSC_ERR_AGAIN;
  }
  if (f->magic != REGION_MAGIC) {
    snprintf(why, why_bytes, "shared memory \"%s\" is not a device", name);
    return VSC_ERR_MALFORMED;
  }
  if (f->layout != REGION_LAYOUT) {
    snprintf(why,
             why_bytes,
             "the engine's device has layout %" PRIu32
             ", this program knows layout %d: install the same version of both",
             f->layout,
             REGION_LAYOUT);
    return VSC_ERR_UNSUPPORTED;
  }
  if (f->header_bytes != header_bytes) {
    snprintf(why,
             why_bytes,
             "shared memory \"%s\" has a header of %" PRIu32
             " bytes instead of %zu",
             name,
             f->header_bytes,
             header_bytes);
    return VSC_ERR_MALFORMED;
  }
  return VSC_OK;
}

static vsc_status
check_size(const struct front *f,
           size_t wanted,
           size_t mapped,
           const char *name,
           char *why,
           size_t why_bytes)
{
  if (f->total_bytes != wanted || mapped < wanted) {
    snprintf(why,
             why_bytes,
             "shared memory \"%s\" says %" PRIu64
             " bytes and has %zu, its geometry needs %zu",
             name,
             f->total_bytes,
             mapped,
             wanted);
    return VSC_ERR_MALFORMED;
  }
  return VSC_OK;
}

vsc_status
region_check(struct region *out, char *why, size_t why_bytes)
{
  struct region_rx *const rx = out->rx;
  struct region_tx *const tx = out->tx;
  if (out->rx_bytes < sizeof *rx || out->tx_bytes < sizeof *tx) {
    snprintf(why,
             why_bytes,
             "shared memory \"%s\" is too small for a device",
             out->rx_bytes < sizeof *rx ? out->rx_name : out->tx_name);
    return VSC_ERR_MALFORMED;
  }
  /* Everything is copied once, then the copy is checked and used. acquire: the
     release of magic in region_create. */
  const struct front r = {
    .magic = atomic_load_explicit(&rx->magic, memory_order_acquire),
    .layout = rx->layout,
    .header_bytes = rx->header_bytes,
    .total_bytes = rx->total_bytes,
  };
  const struct front t = {
    .magic = atomic_load_explicit(&tx->magic, memory_order_acquire),
    .layout = tx->layout,
    .header_bytes = tx->header_bytes,
    .total_bytes = tx->total_bytes,
  };
  const struct region_geometry g = rx->geometry;
  /* After this the compiler may not go back to the shared words. */
  atomic_thread_fence(memory_order_acquire);

  vsc_status status = check_front(&r, sizeof *rx, out->rx_name, why, why_bytes);
  if (status == VSC_OK) {
    status = check_front(&t, sizeof *tx, out->tx_name, why, why_bytes);
  }
  const char *wrong = NULL;
  if (status == VSC_OK && !region_geometry_ok(&g, &wrong)) {
    snprintf(why, why_bytes, "shared memory \"%s\": %s", out->rx_name, wrong);
    status = VSC_ERR_MALFORMED;
  }
  if (status == VSC_OK) {
    status = check_size(
      &r, region_rx_bytes(&g), out->rx_bytes, out->rx_name, why, why_bytes);
  }
  if (status == VSC_OK) {
    status = check_size(
      &t, region_tx_bytes(&g), out->tx_bytes, out->tx_name, why, why_bytes);
  }
  if (status == VSC_OK) {
    region_place(out, &g);
  }
  return status;
}

void
region_close(struct region *region, bool forget)
{
  if (region->rx) {
    munmap(region->rx, region->rx_bytes);
  }
  if (region->tx) {
    munmap(region->tx, region->tx_bytes);
  }
  if (forget && region->rx_name[0] != '\0') {
    shm_unlink(region->rx_name);
    shm_unlink(region->tx_name);
  }
  *region = (struct region){ 0 };
}
