/* client_inspect.c - tells what a device is doing to those who only look.
   SPDX-License-Identifier: MIT */
#include "client_state.h"

#include <string.h>

#include "platform.h"

/* Those attached, and what they say of themselves. */
static void
count_clients(const struct region_tx *tx, vsc_client_state *s)
{
  for (unsigned i = 0; i < REGION_SLOTS; i++) {
    const struct region_slot *const slot = &tx->slots[i];
    /* acquire: of the client that made it whole (client_attach.c) */
    const uint64_t ticket =
      atomic_load_explicit(&slot->ticket, memory_order_acquire);
    if (SLOT_STATE(ticket) == SLOT_ATTACHED) {
      s->clients++;
      s->late_frames +=
        atomic_load_explicit(&slot->late_frames, memory_order_relaxed);
    }
  }
}

vsc_status
client_inspect(const struct place *place,
               const struct client_host *host,
               vsc_client_state *out)
{
  struct lease l = { 0 };
  const vsc_status status = place_find(place, &l.region);
  if (status != VSC_OK) {
    return status;
  }
  const struct region_rx *const rx = l.region.rx;
  vsc_client_state s = { .size = out->size,
                         .is_running = lease_is_served(&l, host->now()),
                         .engine_pid = rx->engine_pid,
                         .rate = l.region.geometry.rate,
                         .clock_state = VSC_CLOCK_FREE };
  vsc_clock_view view;
  if (s.is_running && clockpage_read(&rx->clock, &view) &&
      view.state <= VSC_CLOCK_MASTER) {
    s.clock_state = view.state;
  }
  count_clients(l.region.tx, &s);
  region_close(&l.region, false);
  /* An older caller's struct is shorter. */
  memcpy(out, &s, out->size < sizeof s ? out->size : sizeof s);
  return VSC_OK;
}

vsc_status
vsc_client_inspect(const char *instance,
                   const char *runtime_dir,
                   vsc_client_state *out)
{
  static const struct client_host host = { .now = platform_now,
                                           .sleep = platform_sleep };
  struct place place;
  place_init(&place, instance, runtime_dir);
  return client_inspect(&place, &host, out);
}
