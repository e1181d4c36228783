/* rt_changes.c - a real audio thread while the main thread adds, changes and
   removes streams and loopbacks and asks for status: for ThreadSanitizer, and
   for leaks. Over lo only.
   SPDX-License-Identifier: MIT */
#include "engine_rig.h"

#define HEAD                                                                   \
  "[device]\ninputs = 16\noutputs = 16\n[stream]\npacket_time = 1ms\n"         \
  "link_offset = 20ms\nwhen = always\n"                                        \
  "[send a]\nchannels = 1-8\naddress = 239.255.71.1\nttl = 1\n"                \
  "[receive a]\nchannels = 1-8\naddress = 239.255.71.1\n"
#define OTHER                                                                  \
  "[send b]\nchannels = 9-16\naddress = 239.255.71.2\nttl = 1\n"               \
  "packet_time = 250us\n"
#define RESAMPLED "rate = 96000\nresampler = linear\n"

#define JOIN "[loopback join]\nfrom = out 1-8\nto = in 9-16\n"

static const char *const profiles[] = {
  HEAD,
  HEAD OTHER "[receive b]\nchannels = 9-16\naddress = 239.255.71.2\n",
  HEAD OTHER "[receive b]\nchannels = 9-16\naddress = 239.255.71.2\nmap = "
             "1>9, 2>16, 2>12\n",
  HEAD OTHER,
  HEAD OTHER RESAMPLED
  "[receive b]\nchannels = 9-16\naddress = 239.255.71.2\n" RESAMPLED,
  HEAD JOIN,
  HEAD JOIN "delay = 96frames\nexclude = somebody\n"
            "[loopback back]\nfrom = in 1-4\nto = out 13-16\n",
};
#define PROFILES (sizeof profiles / sizeof profiles[0])

/* 200 changes 5 ms apart; packets that crossed at the end. */
static unsigned long long
work(struct rig *rig)
{
  struct engine *const e = rig->engine;
  for (unsigned changes = 0; changes < 200; changes++) {
    struct config *const c = rig_configure(rig, profiles[changes % PROFILES]);
    if (!c || engine_reconfigure(e, c) < 0) {
      return 0;
    }
    json_decref(stats_json(e));
    rig_run(rig, 5000000);
  }
  const struct stream *const a = e->streams->next;
  return (unsigned long long)a->counts->rx.counters[RX_PACKETS];
}

int
main(void)
{
  static const char *const folders[] = { VSC_MODULES, VSC_FIXTURES, NULL };
  struct rig rig;
  const int status = rig_start(&rig, folders, HEAD);
  if (status) {
    return status;
  }
  const unsigned long long packets = work(&rig);
  rig_stop(&rig);
  printf("%llu packets crossed while 200 changes were made\n", packets);
  return packets < 100;
}
