/* stats_all.c - see stats_all.h. Datagrams come from anybody: what is kept of
   them is bounded, and every text is escaped before it is printed.
   SPDX-License-Identifier: MIT */
#include "stats_all.h"

#include "audio_io.h"
#include "connect.h"
#include "engine/log.h"
#include "engine/option.h"
#include "engine/os.h"
#include "engine/room.h"
#include "hal/platform.h"
#include "json_print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOMS 256
#define BATCH 64
#define SECOND INT64_C(1000000000)
/* Everybody has spoken once, a busy machine too. */
#define LISTEN (5 * ROOM_PERIOD / 2)
#define PAUSE (SECOND / 20)
/* Who is silent is gone, and forgotten later. */
#define GONE (5 * ROOM_PERIOD)
#define FORGOTTEN (60 * ROOM_PERIOD)

struct entry {
  struct room room;
  vsc_ip source;
  vsc_ns heard; /* 0: free */
};

struct rooms {
  struct entry entries[ROOMS];
  uint64_t malformed, refused; /* no datagram of ours; no place for it */
};

static bool
is_same(const struct entry *e, const struct room *room, vsc_ip source)
{
  return e->heard && e->source == source &&
         strcmp(e->room.instance, room->instance) == 0;
}

static void
note(struct rooms *all, const vsc_datagram *d, vsc_ns now)
{
  struct room room;
  struct entry *place = NULL;
  if (d->truncated || !room_read(d->bytes, d->length, &room)) {
    all->malformed++;
    return;
  }
  for (unsigned i = 0; i < ROOMS; i++) {
    struct entry *const e = &all->entries[i];
    if (is_same(e, &room, d->source)) {
      place = e;
      break;
    }
    if (!place && (!e->heard || now - e->heard > FORGOTTEN)) {
      place = e;
    }
  }
  if (place) {
    *place = (struct entry){ .room = room, .source = d->source, .heard = now };
  } else {
    all->refused++;
  }
}

static int
by_name(const void *a, const void *b)
{
  const struct entry *const x = a;
  const struct entry *const y = b;
  const int names = strcmp(x->room.name, y->room.name);
  return !x->heard != !y->heard ? !x->heard - !y->heard
         : names                ? names
                 : (x->source > y->source) - (x->source < y->source);
}

/* Printing. */

static const char *
entry_state(const struct entry *e, vsc_ns now)
{
  return now - e->heard > GONE ? "gone" : e->room.state;
}

static json_t *
entry_json(const struct entry *e, vsc_ns now)
{
  char ip[16];
  json_t *const j = room_json(&e->room);
  ip_format(e->source, ip);
  json_object_del(j, "schema");
  json_object_set_new(j, "state", json_string(entry_state(e, now)));
  json_object_set_new(j, "source", json_string(ip));
  json_object_set_new(
    j, "age_ms", json_integer((json_int_t)((now - e->heard) / 1000000)));
  return j;
}

static int
print_json(const struct cli *cli, const struct rooms *all, vsc_ns now)
{
  json_t *const list = json_array();
  for (unsigned i = 0; i < ROOMS && all->entries[i].heard; i++) {
    json_array_append_new(list, entry_json(&all->entries[i], now));
  }
  json_t *const j = json_pack("{s:s, s:o, s:I, s:I}",
                              "schema",
                              "vsc.rooms/1",
                              "rooms",
                              list,
                              "malformed",
                              (json_int_t)all->malformed,
                              "refused",
                              (json_int_t)all->refused);
  return cli_has(cli, "watch") ? json_print_line(cli, j) : json_print(cli, j);
}

static void
print_lists(const struct room *r, FILE *out)
{
  char name[4 * VSC_NAME_BYTES];
  char state[4 * ROOM_WORD];
  char margin[32];
  for (unsigned i = 0; i < r->receiver_count; i++) {
    const struct room_receiver *const x = &r->receivers[i];
    fprintf(out,
            "  %-22s %-9s %8" PRIu64 " lost %8" PRIu64 " late, margin %s\n",
            cli_clean(x->name, name, sizeof name),
            cli_clean(x->state, state, sizeof state),
            x->lost,
            x->late,
            time_text(x->margin_ns, margin));
  }
  if (r->more) {
    fprintf(out, "  and %" PRIu64 " receivers more\n", r->more);
  }
  for (unsigned i = 0; i < r->bridge_count; i++) {
    const struct room_bridge *const x = &r->bridges[i];
    fprintf(out,
            "  %-22s %-9s %8" PRIu64 " silent frames, %+.3f ppm\n",
            cli_clean(x->name, name, sizeof name),
            cli_clean(x->state, state, sizeof state),
            x->silent_frames,
            x->ppm);
  }
}

static void
print_rooms(const struct cli *cli, const struct rooms *all, vsc_ns now)
{
  char name[4 * VSC_NAME_BYTES];
  char state[4 * ROOM_WORD];
  char clock[4 * ROOM_WORD];
  char offset[32];
  char ip[16];
  for (unsigned i = 0; i < ROOMS && all->entries[i].heard; i++) {
    const struct entry *const e = &all->entries[i];
    ip_format(e->source, ip);
    fprintf(cli->out,
            "%-24s %-9s %-15s clock %s, offset %s\n",
            cli_clean(e->room.name, name, sizeof name),
            cli_clean(entry_state(e, now), state, sizeof state),
            ip,
            cli_clean(e->room.clock, clock, sizeof clock),
            time_text(e->room.offset_ns, offset));
    print_lists(&e->room, cli->out);
  }
  if (all->malformed || all->refused) {
    fprintf(cli->out,
            "%" PRIu64 " datagrams were none of ours, %" PRIu64
            " found no place\n",
            all->malformed,
            all->refused);
  }
}

static int
print(const struct cli *cli, struct rooms *all)
{
  const vsc_ns now = platform_now();
  bool is_degraded = false;
  for (unsigned i = 0; i < ROOMS; i++) {
    struct entry *const e = &all->entries[i];
    if (e->heard && now - e->heard > FORGOTTEN) {
      e->heard = 0;
    }
    is_degraded |= e->heard && strcmp(entry_state(e, now), "running") != 0;
  }
  qsort(all->entries, ROOMS, sizeof all->entries[0], by_name);
  int code = CLI_OK;
  if (cli->json) {
    code = print_json(cli, all, now);
  } else {
    print_rooms(cli, all, now);
  }
  if (code == CLI_OK && !all->entries[0].heard) {
    return CLI_NOT_FOUND;
  }
  return code == CLI_OK && is_degraded ? CLI_DEGRADED : code;
}

/* Listening. */

struct ear {
  struct log *log;
  struct os *os;
  vsc_socket *socket;
};

static void
ear_close(struct ear *ear)
{
  if (ear->socket) {
    ear->os->net.close(&ear->os->net, ear->socket);
  }
  os_destroy(ear->os);
  log_destroy(ear->log);
}

static int
ear_open(const struct cli *cli,
         const char *interface,
         vsc_ip group,
         struct ear *out)
{
  static const vsc_socket_config config = { .size = sizeof config,
                                            .flags = VSC_SOCKET_RECEIVE,
                                            .port = ROOM_PORT,
                                            .buffer_bytes = 1 << 18,
                                            .batch = BATCH };
  char why[600] = "no memory";
  struct os_interface found;
  *out = (struct ear){ .log = log_create(VSC_LOG_WARN) };
  if (!out->log || os_find_interface(interface, &found, why, sizeof why) < 0) {
    return cli_fail(cli, CLI_FAILED, "%s; choose with --interface", why);
  }
  if (os_create(&found, out->log, &out->os) < 0 ||
      out->os->net.open(&out->os->net, &config, &out->socket) < 0 ||
      out->os->net.join(&out->os->net, out->socket, group, 0) < 0) {
    log_drain(out->log);
    return cli_fail(
      cli, CLI_FAILED, "cannot listen to UDP port %d there", ROOM_PORT);
  }
  return CLI_OK;
}

static void
listen_until(const struct ear *ear, vsc_ns end, struct rooms *all)
{
  vsc_datagram got[BATCH];
  while (!audio_must_stop() && platform_now() < end) {
    const int32_t n =
      ear->os->net.receive(&ear->os->net, ear->socket, got, BATCH);
    for (int32_t i = 0; i < n; i++) {
      note(all, &got[i], platform_now());
    }
    if (n < BATCH) {
      platform_sleep(PAUSE);
    }
  }
}

static int
listen_and_print(const struct cli *cli, const struct ear *ear)
{
  struct rooms *const all = calloc(1, sizeof *all);
  if (!all) {
    return cli_fail(cli, CLI_FAILED, "no memory");
  }
  const bool is_watched = cli_has(cli, "watch");
  const bool is_screen = isatty(fileno(cli->out)) && !cli->json;
  audio_catch_signals();
  listen_until(ear, platform_now() + LISTEN, all);
  int code = CLI_OK;
  bool is_first = true;
  while (is_first || (is_watched && !audio_must_stop())) {
    fputs(is_watched && is_screen ? "\033[H\033[J" : "", cli->out);
    code = print(cli, all);
    fputs(is_watched && !is_screen && !cli->json ? "\n" : "", cli->out);
    is_first = false;
    if (fflush(cli->out)) {
      code = cli_fail(cli, CLI_FAILED, "cannot write any more");
      break;
    }
    if (is_watched) {
      listen_until(ear, platform_now() + SECOND, all);
    }
  }
  free(all);
  return code;
}

/* Where the engine that runs here is, and the group that it tells. */
static json_t *
ask_engine(const struct cli *cli)
{
  struct cli silent = *cli;
  json_t *status = NULL;
  silent.err = fopen("/dev/null", "w");
  if (silent.err) {
    (void)connect_ask(&silent, "status", &status);
    fclose(silent.err);
  }
  return status;
}

int
stats_all(const struct cli *cli)
{
  const char *interface = cli_option(cli, "interface");
  const char *address = cli_option(cli, "address");
  json_t *const status = interface && address ? NULL : ask_engine(cli);
  const char *const own = json_text(status, "interface");
  const char *const told = json_text(status, "stats_address");
  vsc_ip group = 0;
  interface = interface ? interface : *own ? own : "auto";
  address = address ? address : *told ? told : ROOM_GROUP;
  struct ear ear = { 0 };
  int code = CLI_USAGE;
  if (ip_parse(address, &group) < 0 || !VSC_IP_IS_MULTICAST(group)) {
    code = cli_usage(cli, "--address \"%s\" is no multicast group", address);
  } else {
    code = ear_open(cli, interface, group, &ear);
  }
  if (code == CLI_OK) {
    code = listen_and_print(cli, &ear);
  }
  if (code == CLI_NOT_FOUND) {
    cli_say(cli,
            "nobody tells %s how it is: set [engine] stats_address = %s there",
            address,
            address);
  }
  ear_close(&ear);
  json_decref(status);
  return code;
}
