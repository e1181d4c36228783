/* coreaudio_trace.c - a trace of the driver at work, asked again of another
   one, gives the same answers; what is changed in it is noticed, and what is no
   line of a trace is named. Each driver is in a process of its own: one is
   loaded once. SPDX-License-Identifier: MIT */
#include "parts.h"
#include "rig.h"
#include "trace_replay.h"

#include "hal/coreaudio/trace.h"

#include <string.h>

#define MS INT64_C(1000000)
#define LINE 2048

void *
vsc_plugin_create(CFAllocatorRef allocator, CFUUIDRef type);

static FILE *trace;

/* As the system's log has it. */
void
trace_put(const char *line)
{
  fprintf(trace,
          "2026-11-22 02:40:00.123 Df coreaudiod[417:2bf] "
          "[org.aes67-vsc:trace] %s\n",
          line);
}

static void *
create_traced(CFAllocatorRef allocator, CFUUIDRef type)
{
  static AudioServerPlugInDriverRef driver;
  const AudioServerPlugInDriverRef made = vsc_plugin_create(allocator, type);
  if (made && !driver) {
    driver = made;
    trace_driver(driver);
  }
  return made;
}

static struct rig rig;

/* All that a coreaudiod does, with everything that there is to be set. */
static void
work(void)
{
  struct host *const h = &rig.host;
  rig_create_with(&rig, 37.0, rig_profile(8, "", "250us"), create_traced);
  rig_run(&rig, 1000 * MS);
  host_walk(h);
  host_start(h, 1);
  host_start(h, 2);
  rig_run(&rig, 200 * MS);
  rig_cycles(&rig, 500);
  expect(host_set_rate(h, 96000) == kAudioHardwareNoError, "a rate");
  rig_run(&rig, 3000 * MS);
  expect(h->rate == 96000, "is taken");
  rig_cycles(&rig, 50);
  host_walk(h);
  h->habit = HOST_ABORTS;
  host_set_rate(h, 44100);
  rig_run(&rig, 3000 * MS);
  h->habit = HOST_PERFORMS;
  host_set_rate(h, 48000);
  rig_run(&rig, 3000 * MS);
  host_stop(h, 2);
  host_stop(h, 1);
  host_walk(h);
  expect(h->violations == 0, "a driver that is traced breaks no rule");
  rig_destroy(&rig);
}

static void
rest(void *arg)
{
  rig_run(arg, 100 * MS);
}

/* Give what is in TRACE to another driver. */
static void
again(struct replay *r)
{
  rig_create(&rig, 37.0, rig_profile(8, "", "250us"));
  rig.host.habit = HOST_WAITS;
  *r = (struct replay){ .host = &rig.host, .rest = rest, .arg = &rig };
  rewind(trace);
  r->is_quiet = true;
  (void)replay_log(r, trace);
  rig_destroy(&rig);
}

static void
it_is_the_same(void)
{
  struct replay r;
  again(&r);
  expect(r.calls > 1000 && r.bad == 0, "it is a trace");
  expect(r.others == 0, "another driver answers the same");
  expect(r.last == r.read, "no line is missing");
  expect(rig.host.violations == 0, "and breaks no rule");
}

/* Lines with PART in them have TO in place of FROM, as long; TO NULL: none of
   them is there. Another file. */
static void
change(const char *part, const char *from, const char *to)
{
  FILE *const other = tmpfile();
  char line[LINE];
  int changed = 0;
  rewind(trace);
  while (fgets(line, sizeof line, trace)) {
    const bool is_it = strstr(line, part) != NULL;
    char *const at = is_it ? strstr(strstr(line, part), from) : NULL;
    changed += at != NULL;
    if (at && to) {
      memcpy(at, to, strlen(to));
    }
    if (!at || to) {
      fputs(line, other);
    }
  }
  expect(changed > 0, part);
  trace = other;
}

static void
an_answer_is_another(void)
{
  struct replay r;
  change(" has 2 nsrt glob 0 ", "= 1", "= 0");
  again(&r);
  expect(r.others > 0 && r.bad == 0, "what is there is noticed");
}

static void
a_value_is_another(void)
{
  struct replay r;
  change(" get 2 ring glob 0 ", "= 0 4 %00@", "= 0 4 %01@");
  again(&r);
  expect(r.others > 0 && r.bad == 0, "a value is noticed");
}

static void
nothing_is_set(void)
{
  struct replay r;
  change(" set 2 nsrt ", " ", NULL);
  again(&r);
  expect(r.others > 0 && r.last > r.read, "what was set counts");
}

static void
it_is_asked_with_something_else(void)
{
  struct replay r;
  change(" get 1 uidd glob 0 ", "aes67", "AES67");
  again(&r);
  expect(r.others > 0 && r.bad == 0, "qualifiers are given");
}

static void
it_does_not_stop(void)
{
  struct replay r;
  change(" stop 2 ", " ", NULL);
  again(&r);
  expect(r.others > 0, "starts and stops count");
}

static void
lines_are_wrong(void)
{
  static const char *const wrong[] = {
    "vsc-trace ",
    "vsc-trace x has 2 nsrt glob 0 0 = 1",
    "vsc-trace 0 has 2 nsrt glob 0 0 = 1",
    "vsc-trace 99999999999999999999 has 2 nsrt glob 0 0 = 1",
    "vsc-trace 1",
    "vsc-trace 1 ha 2 nsrt glob 0 0 = 1",
    "vsc-trace 1 has 2 nsrt glob 0 0",
    "vsc-trace 1 has 2 nsrt glob 0 0 = ",
    "vsc-trace 1 has 2 nsrt glob 0 0 = 1 2",
    "vsc-trace 1 has -1 nsrt glob 0 0 = 1",
    "vsc-trace 1 has 4294967296 nsrt glob 0 0 = 1",
    "vsc-trace 1 has 2 nsr glob 0 0 = 1",
    "vsc-trace 1 has 2 nsr%2 glob 0 0 = 1",
    "vsc-trace 1 has 2 nsr%2g glob 0 0 = 1",
    "vsc-trace 1 has 2 - glob 0 0 = 1",
    "vsc-trace 1 has 2 nsrt glob 0 0 is 1",
    "vsc-trace 1 get 2 nsrt glob 0 0 0 - 65537 = 0 8 -",
    "vsc-trace 1 get 2 nsrt glob 0 0 65537 - 8 = 0 8 -",
    "vsc-trace 1 set 2 nsrt glob 0 0 0 - 65537 - = 0",
    "vsc-trace 1 do 2 3 1 read 4097 0 = 0",
    ("vsc-trace 1 set 2 nsrt glob 0 0 0 - 65 "
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = 0"),
  };
  struct host h = { 0 };
  struct replay r = { .host = &h, .is_quiet = true };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    replay_line(&r, wrong[i]);
    if (r.bad != i + 1) {
      fprintf(stderr, "taken: %s\n", wrong[i]);
    }
    expect(r.bad == i + 1 && r.lines == i + 1, "a wrong line is named");
  }
  replay_line(&r, "Timestamp                       Ty Process[PID:TID]");
  expect(r.bad == sizeof wrong / sizeof *wrong, "another's line is not ours");
}

int
main(void)
{
  trace = tmpfile();
  int failed = in_a_process(work);
  failed += in_a_process(it_is_the_same);
  failed += in_a_process(an_answer_is_another);
  failed += in_a_process(a_value_is_another);
  failed += in_a_process(nothing_is_set);
  failed += in_a_process(it_is_asked_with_something_else);
  failed += in_a_process(it_does_not_stop);
  failed += in_a_process(lines_are_wrong);
  printf("%d failed\n", failed);
  return failed != 0;
}
