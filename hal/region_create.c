/* region_create.c - the engine's side: take over what an engine before left, or
   make the two objects anew.
   SPDX-License-Identifier: MIT */
#include "region_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform.h"

static vsc_status
say_errno(const char *name,
          const char *what,
          int error,
          char *why,
          size_t why_bytes)
{
  snprintf(why,
           why_bytes,
           "cannot %s shared memory \"%s\": %s",
           what,
           name,
           strerror(error));
  return error == EACCES || error == EPERM ? VSC_ERR_REFUSED : VSC_ERR_SYSTEM;
}

/* RX is read by clients, and written by nobody but the engine's user. */
static mode_t
mode_of(bool is_rx, const uint32_t *group)
{
  return !group ? 0600 : is_rx ? 0640 : 0660;
}

/* macOS rounds up to pages, of 16 KiB at most. What a member of the group made
   any longer is not kept: it would all be mapped and locked. */
static bool
fits(size_t bytes, size_t wanted)
{
  return bytes >= wanted && bytes - wanted < 16384;
}

static bool
admit(const char *name, bool is_rx, const uint32_t *group)
{
  const int fd = shm_open(name, O_RDWR, 0);
  const bool is_done =
    fd >= 0 && !region_os_admit(fd, mode_of(is_rx, group), group);
  if (fd >= 0) {
    close(fd);
  }
  return is_done;
}

/* Both objects as an engine before left them, mapped; an empty region when they
   cannot serve G. */
static struct region
find_old(const char *rx_name,
         const char *tx_name,
         const struct region_geometry *g,
         const uint32_t *group)
{
  struct region old = { 0 };
  char why[160];
  snprintf(old.rx_name, sizeof old.rx_name, "%s", rx_name);
  snprintf(old.tx_name, sizeof old.tx_name, "%s", tx_name);
  struct region_object rx = { 0 };
  struct region_object tx = { 0 };
  bool is_usable =
    region_map(rx_name, true, sizeof *old.rx, &rx, why, sizeof why) == VSC_OK &&
    region_map(tx_name, true, sizeof *old.tx, &tx, why, sizeof why) == VSC_OK;
  old.rx = rx.address;
  old.rx_bytes = rx.bytes;
  old.tx = tx.address;
  old.tx_bytes = tx.bytes;
  old.owner = rx.owner;
  is_usable =
    is_usable && rx.owner == (uint32_t)geteuid() && tx.owner == rx.owner &&
    region_check(&old, why, sizeof why) == VSC_OK &&
    memcmp(&old.geometry, g, sizeof *g) == 0 &&
    /* a sparse file would be a SIGBUS waiting for a full disk */
    fits(rx.bytes, region_rx_bytes(g)) && fits(tx.bytes, region_tx_bytes(g)) &&
    admit(rx_name, true, group) && admit(tx_name, false, group);
  if (!is_usable) {
    /* magic..state lie the same in every layout: say it to its clients. */
    if (old.rx && rx.owner == (uint32_t)geteuid() &&
        atomic_load_explicit(&old.rx->magic, memory_order_acquire) ==
          REGION_MAGIC) {
      atomic_store_explicit(
        &old.rx->state, REGION_SUPERSEDED, memory_order_release);
    }
    region_close(&old, false);
  }
  return old;
}

/* A new object of BYTES, nothing but zeros. */
static vsc_status
make(const char *name,
     size_t bytes,
     mode_t mode,
     const uint32_t *group,
     void **out,
     char *why,
     size_t why_bytes)
{
  if (shm_unlink(name) && errno != ENOENT) {
    return say_errno(name, "replace", errno, why, why_bytes);
  }
  const int fd = region_os_make(name, mode, group);
  if (fd < 0) {
    return say_errno(name, "create", errno, why, why_bytes);
  }
  const int refused = region_os_admit(fd, mode, group);
  if (refused) {
    close(fd);
    shm_unlink(name);
    return say_errno(name, "give a group", refused, why, why_bytes);
  }
  const int error = platform_allocate(fd, bytes);
  if (error) {
    close(fd);
    shm_unlink(name);
    if (error == ENOSPC || error == ENOMEM) {
      snprintf(why,
               why_bytes,
               "no room for %zu KiB of shared memory \"%s\": free some of "
               "/dev/shm, or make ring, inputs or outputs smaller",
               bytes / 1024,
               name);
      return VSC_ERR_NOMEM;
    }
    return say_errno(name, "allocate", error, why, why_bytes);
  }
  void *const address =
    mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  const int failed = address == MAP_FAILED ? errno : 0;
  close(fd);
  *out = failed ? NULL : address;
  return failed ? say_errno(name, "map", failed, why, why_bytes) : VSC_OK;
}

static vsc_status
make_both(const char *rx_name,
          const char *tx_name,
          const struct region_geometry *g,
          const uint32_t *group,
          struct region *out,
          char *why,
          size_t why_bytes)
{
  void *rx = NULL;
  void *tx = NULL;
  snprintf(out->rx_name, sizeof out->rx_name, "%s", rx_name);
  snprintf(out->tx_name, sizeof out->tx_name, "%s", tx_name);
  vsc_status status = make(tx_name,
                           region_tx_bytes(g),
                           mode_of(false, group),
                           group,
                           &tx,
                           why,
                           why_bytes);
  out->tx = tx;
  out->tx_bytes = region_tx_bytes(g);
  if (status == VSC_OK) {
    status = make(rx_name,
                  region_rx_bytes(g),
                  mode_of(true, group),
                  group,
                  &rx,
                  why,
                  why_bytes);
    out->rx = rx;
    out->rx_bytes = region_rx_bytes(g);
  }
  if (status != VSC_OK) {
    region_close(out, true);
    return status;
  }
  struct region_tx *const t = out->tx;
  t->layout = REGION_LAYOUT;
  t->header_bytes = sizeof *t;
  t->total_bytes = out->tx_bytes;
  struct region_rx *const r = out->rx;
  r->layout = REGION_LAYOUT;
  r->header_bytes = sizeof *r;
  r->total_bytes = out->rx_bytes;
  r->geometry = *g;
  out->owner = (uint32_t)geteuid();
  return VSC_OK;
}

/* A state in which nothing is readable and nobody is answered. Slots stay:
   their owners may live, and are asked again. */
static void
begin(struct region *r)
{
  struct region_rx *const rx = r->rx;
  atomic_store_explicit(&rx->state, REGION_STARTING, memory_order_release);
  atomic_fetch_add_explicit(&rx->starts, 1, memory_order_release);
  atomic_store_explicit(&rx->epoch, 0, memory_order_release);
  /* Readers look at the epoch again after they copied: neither the edges nor
     the silence below must be seen before it. */
  atomic_thread_fence(memory_order_release);
  atomic_store_explicit(&rx->is_active, 0, memory_order_relaxed);
  rx->engine_pid = (uint32_t)getpid();
  struct region_edges *const edges[] = { &rx->in, &rx->out };
  for (int i = 0; i < 2; i++) {
    atomic_store_explicit(&edges[i]->valid_from, 0, memory_order_release);
    atomic_store_explicit(&edges[i]->final_to, 0, memory_order_release);
    atomic_store_explicit(&edges[i]->clean_to, 0, memory_order_release);
  }
  for (int i = 0; i < REGION_SLOTS; i++) {
    struct region_grant *const grant = &rx->grants[i];
    r->attached[i] =
      atomic_load_explicit(&grant->state, memory_order_relaxed) == GRANT_ACTIVE
        ? atomic_load_explicit(&grant->ticket, memory_order_relaxed)
        : 0;
    atomic_store_explicit(&rx->grants[i].ticket, 0, memory_order_release);
    atomic_store_explicit(
      &rx->grants[i].state, GRANT_NONE, memory_order_relaxed);
  }
  /* A view without a rate is none to a reader; the sequence only grows, so that
     nobody mistakes a new copy for an old one. */
  const vsc_clock_view none = { .size = sizeof none };
  clockpage_write(&rx->clock, &none);
  memset(rx->input_is_raw, 0, sizeof rx->input_is_raw);
  memset(rx->output_is_raw, 0, sizeof rx->output_is_raw);
  for (uint32_t c = 0; c < VSC_CHANNELS_MAX; c++) {
    (void)label_write(&rx->names.inputs[c], "");
    (void)label_write(&rx->names.outputs[c], "");
  }
  atomic_store_explicit(
    &rx->names.changed, platform_now(), memory_order_release);
  /* Silence, and every page is there before the audio thread comes. */
  const struct region_geometry *const g = &r->geometry;
  memset(r->in_words, 0, (size_t)g->inputs * g->stride * sizeof(uint32_t));
  memset(r->out_words,
         0,
         (size_t)g->outputs * (1 + g->lanes) * g->stride * sizeof(uint32_t));
  /* An ordinary user may lock little; then the pages are only prefaulted. */
  r->is_locked = mlock(rx, r->rx_bytes) == 0 && mlock(r->tx, r->tx_bytes) == 0;
}

vsc_status
region_create(const char *rx_name,
              const char *tx_name,
              const struct region_geometry *g,
              const uint32_t *group,
              struct region *out,
              char *why,
              size_t why_bytes)
{
  const char *wrong = NULL;
  if (!region_geometry_ok(g, &wrong)) {
    *out = (struct region){ 0 };
    snprintf(why, why_bytes, "the device cannot be made: %s", wrong);
    return VSC_ERR_INVALID;
  }
  const int guard = region_os_hold(rx_name);
  vsc_status status = VSC_OK;
  *out = find_old(rx_name, tx_name, g, group);
  if (!out->rx) {
    status = make_both(rx_name, tx_name, g, group, out, why, why_bytes);
  }
  if (status == VSC_OK) {
    region_place(out, g);
    begin(out);
  }
  if (guard >= 0) {
    close(guard);
  }
  if (status != VSC_OK) {
    return status;
  }
  /* From here on a client may believe that everything is in its place. */
  atomic_store_explicit(&out->tx->magic, REGION_MAGIC, memory_order_release);
  atomic_store_explicit(&out->rx->magic, REGION_MAGIC, memory_order_release);
  return VSC_OK;
}
