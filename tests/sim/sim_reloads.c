/* sim_reloads.c - a running engine is given one broken profile after another:
   what cannot be read is refused, line by line, and nothing has changed; what
   can is taken; and the stream that no mistake touches is exact all the time.
   VSC_SEED=N breaks them otherwise, VSC_LONG=1 a hundred thousand times.
   SPDX-License-Identifier: MIT */
#include "listener.h"
#include "modules/shared/splitmix.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define RATE 48000
#define SECOND INT64_C(1000000000)
#define MS INT64_C(1000000)
#define TEXT 4000

#define HEAD                                                                   \
  "[device]\ninputs = 16\noutputs = 16\n[clock]\nmodule = clock-system\n"      \
  "[stream]\npacket_time = 250us\nlink_offset = 750us\nwhen = always\n"        \
  "[receive s1]\nchannels = 1-8\naddress = 239.69.1.1\n"

/* What is broken. */
static const char tail[] =
  "[receive s2]\nchannels = 9-16\nmap = 1>9, 2>10, 3>16\n"
  "address = 239.69.1.2\nport = 5004\nlink_offset = 3packets\n"
  "source = 192.168.0.1\n[send s3]\nchannels = 1-4\naddress = 239.69.1.3\n"
  "packet_time = 1ms\nencoding = L16\n[loopback l]\nfrom = out 9-10\n"
  "to = in 14-15\ndelay = 96frames\n";

/* What mistakes are made of. */
static const char *const pieces[] = {
  "=",
  "[",
  "]\n",
  "\n",
  "\n\n",
  " ",
  "\t",
  "\r\n",
  ";",
  "#",
  "0",
  "-1",
  "99999999999999999999",
  "1e9",
  "239.69.1.1",
  "1-64",
  "9>1, 9>1",
  "ms",
  "%s%n",
  "\xc3\x28",
  "\x1b[2J",
  "[receive s1]\n",
  "[stream]\n",
  "enabled = no\n",
  "channels = 1-8\n",
  "include = interop\n",
};

static uint64_t state;
static int failures;
static unsigned round_number;

static void
expect(int is_true, const char *what)
{
  if (!is_true) {
    fprintf(stderr, "failed in reload %u: %s\n", round_number, what);
    failures++;
  }
}

static size_t
pick(size_t n)
{
  return (size_t)(splitmix64(&state) % n);
}

/* Put PIECE of N bytes into TEXT in the place of the CUT bytes at AT. */
static void
replace(char *text, size_t at, size_t cut, const char *piece, size_t n)
{
  const size_t length = strlen(text);
  if (at + cut <= length && length - cut + n < TEXT) {
    memmove(text + at + n, text + at + cut, length - at - cut + 1);
    memcpy(text + at, piece, n);
  }
}

static void
break_text(char *text)
{
  const size_t length = strlen(text);
  const size_t at = pick(length + 1);
  const size_t left = length - at;
  char copy[64];
  char byte;
  switch (pick(5)) {
    case 0:
      byte = (char)(1 + pick(255));
      replace(text, at, left > 0, &byte, 1);
      break;
    case 1: {
      const char *const piece = pieces[pick(sizeof pieces / sizeof *pieces)];
      replace(text, at, 0, piece, strlen(piece));
      break;
    }
    case 2:
      replace(text, at, left < 20 ? left : pick(20), "", 0);
      break;
    case 3: {
      const size_t n = left < sizeof copy ? left : sizeof copy;
      memcpy(copy, text + at, n);
      replace(text, pick(length + 1), 0, copy, n);
      break;
    }
    default: {
      char many[700];
      memset(many, "9x= "[pick(4)], sizeof many);
      replace(text, at, 0, many, pick(sizeof many));
      break;
    }
  }
}

/* Every mistake is told with its line. */
static void
on_error(void *arg, const char *line)
{
  unsigned *const told = arg;
  const char *at = line;
  if (strncmp(at, "profile:", 8) == 0) {
    at += 8;
    while (isdigit((unsigned char)*at)) {
      at++;
    }
  }
  if (at == line + 8 || strncmp(at, ": ", 2) != 0) {
    fprintf(stderr, "told without its place: %s\n", line);
    expect(0, "a mistake is told with file and line");
  }
  for (const char *p = line; *p; p++) {
    if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f) {
      fprintf(stderr, "told with a control byte: %s\n", line);
      expect(0, "no control byte is told");
      break;
    }
  }
  ++*told;
}

static unsigned
count_streams(const struct engine *e)
{
  unsigned n = 0;
  for (const struct stream *s = e->streams; s; s = s->next) {
    n++;
  }
  return n;
}

static unsigned answers[3];

static void
reload(struct sim *sim)
{
  char text[sizeof(HEAD) + TEXT] = HEAD;
  char *const broken = text + sizeof(HEAD) - 1;
  const struct engine *const e = sim->nodes[1].engine;
  const unsigned streams = count_streams(e);
  unsigned told = 0;
  memcpy(broken, tail, sizeof tail);
  for (size_t n = pick(4); n > 0; n--) {
    break_text(broken);
  }
  const enum sim_answer answer = sim_try(sim, 1, text, on_error, &told);
  answers[answer]++;
  expect((told > 0) == (answer == SIM_REFUSED), "a refusal has a reason");
  expect(answer == SIM_TAKEN || count_streams(e) == streams,
         "what is refused changes nothing");
}

int
main(void)
{
  const char *const seed = getenv("VSC_SEED");
  const unsigned rounds = getenv("VSC_LONG") ? 100000 : 1000;
  struct sim sim;
  struct listener l = { .channels = 8 };
  state = seed ? strtoull(seed, NULL, 10) : 15;
  sim_create(&sim, 15, SIM_EPOCH);
  sim_node(&sim,
           0xC0A80001u,
           40.0,
           "[device]\ninputs = 16\noutputs = 16\n[clock]\nmodule = "
           "clock-system\n[stream]\npacket_time = 250us\nwhen = always\n"
           "[send s1]\nchannels = 1-8\naddress = 239.69.1.1\n"
           "[send s2]\nchannels = 9-16\naddress = 239.69.1.2\n");
  sim.nodes[0].has_app = 1;
  sim_node(&sim, 0xC0A80002u, -60.0, HEAD);
  sim_run_until(&sim, SIM_EPOCH + SECOND / 10);
  sim.after_wake = listen;
  sim.arg = &l;
  for (round_number = 1; round_number <= rounds && failures < 10;
       round_number++) {
    reload(&sim);
    sim_run_until(&sim, world_now(sim.world) + 2 * MS + 54321);
    expect(l.wrong == 0 && l.silent == 0, "the other stream is exact");
  }
  expect(l.exact > (uint64_t)RATE * 2 / 1000 * rounds, "all the time");
  printf("%u reloads: %u refused, %u taken, %u would start anew; %" PRIu64
         " frames exact; %d failed\n",
         rounds,
         answers[SIM_REFUSED],
         answers[SIM_TAKEN],
         answers[SIM_RESTART],
         l.exact,
         failures);
  expect(answers[SIM_REFUSED] > rounds / 4 && answers[SIM_TAKEN] > rounds / 10,
         "some were broken and some were not");
  sim_destroy(&sim);
  return failures != 0;
}
