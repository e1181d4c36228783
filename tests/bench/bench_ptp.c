/* bench_ptp.c - recordings of real paths (lines "S seq t1 t2 correction" and "D
   seq t3 t4 correction" of two ends with one clock) through clock-ptp's
   estimator and media clock, beside what the recordings' own reference slave
   has on them. bench_ptp FOLDER.
   SPDX-License-Identifier: MIT */
#include "tests/unit/ptp_replay.h"

#include <time.h>

#define SEEDS 5
#define SKIP_S 30.0

/* The reference slave's RMS in ns, with the master's rate wandering by 1, 5 and
   20 ppb: the same seeds, the same readings. */
static const struct {
  const char *name;
  double reference[3];
} recordings[] = {
  { "veth-idle", { 53, 86, 134 } },  { "veth-cpu", { 63, 95, 147 } },
  { "veth-cpu2", { 89, 129, 173 } }, { "veth-traf", { 103, 104, 140 } },
  { "br-idle", { 376, 452, 548 } },  { "br-cpu", { 62, 158, 271 } },
  { "br-traf", { 637, 606, 653 } },  { "br-cputraf", { 2685, 2679, 2689 } },
  { "veth-long", { 49, 78, 116 } },  { "br-long", { 419, 421, 573 } },
};

int
main(int argc, char **argv)
{
  static struct replay r;
  static const double walks[] = { 1, 5, 20 };
  const char *const folder = argc > 1 ? argv[1] : NULL;
  if (!folder) {
    printf("skipped: name the folder of recordings\n");
    return 77;
  }
  double product = 0;
  unsigned count = 0;
  const clock_t before = clock();
  double played = 0;
  for (unsigned w = 0; w < 3; w++) {
    for (unsigned i = 0; i < sizeof recordings / sizeof recordings[0]; i++) {
      char path[512];
      double sum = 0, worst = 0;
      uint64_t locked = 0, lying = 0;
      snprintf(path, sizeof path, "%s/%s.txt", folder, recordings[i].name);
      if (!replay_load(&r, path)) {
        printf("skipped: no %s\n", path);
        continue;
      }
      for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        replay_model(&r, 20, walks[w], seed);
        const struct replay_result x = replay_run(&r, SKIP_S);
        sum += x.rms * x.rms;
        worst = fmax(worst, x.worst);
        locked += x.locked;
        lying += x.lying;
        played += (double)r.events[r.count - 1].known * 1e-9;
      }
      const double rms = sqrt(sum / SEEDS);
      const double ratio = rms / recordings[i].reference[w];
      printf("%-12s %2g ppb: %5.0f ns RMS, the reference %5.0f: %.2f; worst "
             "%5.0f; %llu of %llu locked readings over 1 us\n",
             recordings[i].name,
             walks[w],
             rms,
             recordings[i].reference[w],
             ratio,
             worst,
             (unsigned long long)lying,
             (unsigned long long)locked);
      product += log(ratio);
      count++;
    }
  }
  if (!count) {
    return 77;
  }
  printf("geometric mean of the ratios: %.2f; CPU of the estimator: %.3f %%\n",
         exp(product / count),
         100 * (double)(clock() - before) / CLOCKS_PER_SEC / played);
  return 0;
}
