/* cmd_verify.c - aes67 verify: listens to streams beside the engine and says
   whether they are what they are described as.
   SPDX-License-Identifier: MIT */
#include "audio_io.h"
#include "connect.h"
#include "engine/advice.h"
#include "engine/os.h"
#include "engine/os/observer.h"
#include "json_print.h"
#include "modules/shared/clock_id.h"
#include "modules/shared/sdp.h"
#include "read_file.h"
#include "table.h"
#include "verify_watch.h"

#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define STREAMS_MAX 128
#define SECONDS 5.0
/* Where there seems to be a drift: to be sure to 3 ppm. */
#define SECONDS_DRIFT 15.0
#define SECONDS_MAX 600 /* PROOF_WINDOWS_MAX */
/* Between two readings of the engine's clock: each is exact to a nanosecond, so
   is their slope to a hundredth of a ppm. */
#define CLOCK_MS 100
/* Between two looks at the sockets: half of what their buffers hold. */
#define LOOK_MS 20
#define LOOKS_A_CLOCK 25
/* Of one stream in one look: who floods its group must not hold us here. */
#define PACKETS_A_LOOK 20000
/* What no clock is off: one that was stepped between two readings. */
#define RATE_OFF 1e-3

struct subject {
  char name[4 * VSC_NAME_BYTES + 16]; /* as people may see it */
  struct verify_watch *watch;
  struct observer *sock;
};

/* The engine's map from host time to media time, as two readings tell. */
struct map {
  vsc_ns host, media;
  double rate;
};

struct verify {
  const struct cli *cli;
  struct connection *engine;
  struct map map;
  struct proof_clock clock;
  json_t *stats; /* of the engine, as we began */
  int index[2];  /* of the interfaces of both legs */
  unsigned count;
  struct subject subjects[STREAMS_MAX];
};

static int
read_clock(struct verify *v)
{
  json_t *reading = NULL;
  const int code =
    connection_call(v->engine, json_pack("{s:s}", "op", "clock"), &reading);
  const vsc_ns host = json_whole(reading, "mono_raw_ns");
  const vsc_ns media = json_whole(reading, "ptp_ns");
  if (code == CLI_OK) {
    const vsc_ns since = host - v->map.host;
    const double rate = v->map.host && since > 0
                          ? (double)(media - v->map.media) / (double)since
                          : 1.0;
    v->map.rate = fabs(rate - 1) < RATE_OFF ? rate : 1.0;
    v->map.host = host;
    v->map.media = media;
  }
  json_decref(reading);
  return code;
}

static vsc_ns
media_time(const struct map *m, vsc_ns host)
{
  return m->media + (vsc_ns)((double)(host - m->host) * m->rate);
}

/* Where the engine listens, as KEY of its stats says, or where we were told to.
 */
static int
find_interface(const struct verify *v, const char *key, int *index)
{
  const char *const wish = cli_option(v->cli, "interface");
  struct os_interface interface;
  char why[300];
  if (os_find_interface(
        wish ? wish : json_text(v->stats, key), &interface, why, sizeof why) <
      0) {
    return cli_fail(v->cli, CLI_FAILED, "%s", why);
  }
  if (interface.index == 0) {
    return cli_fail(v->cli, CLI_FAILED, "the engine has no interface");
  }
  *index = interface.index;
  return CLI_OK;
}

/* Which clock we judge by, and where we listen. */
static int
ask_engine(struct verify *v)
{
  int code = connection_open(v->cli, &v->engine);
  if (code == CLI_OK) {
    code =
      connection_call(v->engine, json_pack("{s:s}", "op", "stats"), &v->stats);
  }
  if (code != CLI_OK) {
    return code;
  }
  const json_t *const clock = json_object_get(v->stats, "clock");
  const char *const id = json_text(clock, "grandmaster");
  if (!clock_id_read(
        id, id + strlen(id), v->clock.grandmaster, CLOCK_ID_BYTES)) {
    memset(v->clock.grandmaster, 0, CLOCK_ID_BYTES);
  }
  v->clock.domain = (uint8_t)json_whole(clock, "domain");
  v->clock.error = json_whole(clock, "error_ns");
  code = find_interface(v, "interface", &v->index[0]);
  v->index[1] = v->index[0];
  if (code == CLI_OK && *json_text(v->stats, "interface_secondary")) {
    code = find_interface(v, "interface_secondary", &v->index[1]);
  }
  return code;
}

/* That of our receiver of STREAM; 0: there is none. */
static vsc_ns
link_offset_of(const struct verify *v, const vsc_stream *stream)
{
  char ip[16], address[32];
  ip_format(stream->address, ip);
  snprintf(address, sizeof address, "%s:%u", ip, stream->port);
  const json_t *const list = json_object_get(v->stats, "receivers");
  return json_whole(json_find(list, "address", address), "link_offset_ns");
}

/* LEG: 0, or 1 for the copy of ST 2022-7. */
static int
add(struct verify *v, const char *name, const vsc_stream *stream, unsigned leg)
{
  struct subject *const s = &v->subjects[v->count];
  char why[200];
  if (v->count == STREAMS_MAX) {
    return cli_fail(v->cli, CLI_FAILED, "more than %d streams", STREAMS_MAX);
  }
  s->watch = calloc(1, sizeof *s->watch);
  if (!s->watch) {
    return cli_fail(v->cli, CLI_FAILED, "no memory left");
  }
  if (observer_open(stream, v->index[leg], &s->sock, why, sizeof why) < 0) {
    free(s->watch);
    return cli_fail(v->cli, CLI_FAILED, "%s: %s", name, why);
  }
  char clean[4 * VSC_NAME_BYTES];
  snprintf(s->name,
           sizeof s->name,
           "%s%s",
           cli_clean(name, clean, sizeof clean),
           leg ? " (second leg)" : "");
  verify_watch_init(s->watch, stream);
  s->watch->facts.link_offset = link_offset_of(v, stream);
  v->count++;
  return CLI_OK;
}

/* All streams of a description; the second leg of a pair is a stream, too.
   HAS_OFFSET: the text's offset means something. */
static int
add_text(struct verify *v,
         const char *name,
         const char *text,
         size_t bytes,
         bool has_offset)
{
  struct sdp_result *const r = calloc(1, sizeof *r);
  if (!r) {
    return cli_fail(v->cli, CLI_FAILED, "no memory left");
  }
  int code = CLI_OK;
  if (sdp_parse(text, bytes, r) < 0) {
    code = cli_fail(v->cli, CLI_FAILED, "%s: %s", name, r->reason);
  }
  for (uint32_t i = 0; code == CLI_OK && i < r->count; i++) {
    r->streams[i].has_rtp_offset &= has_offset;
    code = add(v, name, &r->streams[i], r->more[i].leg);
  }
  free(r);
  return code;
}

static int
add_file(struct verify *v, const char *path)
{
  char *text = NULL;
  size_t bytes = 0;
  int code = read_file(v->cli, path, SDP_BYTES_MAX, &text, &bytes);
  if (code == CLI_OK) {
    code = add_text(v, path, text, bytes, true);
  }
  free(text);
  return code;
}

static int
add_known(struct verify *v, const char *name)
{
  json_t *reply = NULL;
  int code = connection_call(
    v->engine, json_pack("{s:s, s:s}", "op", "sdp", "stream", name), &reply);
  if (code == CLI_OK) {
    const char *const text = json_text(reply, "text");
    code = add_text(v,
                    name,
                    text,
                    strlen(text),
                    json_is_true(json_object_get(reply, "has_rtp_offset")));
  }
  json_decref(reply);
  return code;
}

/* Every stream that is sent or heard, and can be listened to. */
static int
add_all(struct verify *v)
{
  static const char *const kinds[] = { "senders", "receivers" };
  int code = CLI_NOT_FOUND;
  for (unsigned k = 0; k < 2; k++) {
    const json_t *const list = json_object_get(v->stats, kinds[k]);
    for (size_t i = 0; code != CLI_NO_ENGINE && i < json_array_size(list);
         i++) {
      const json_t *const s = json_array_get(list, i);
      /* Who sends nothing, or hears nothing, is not at fault here. */
      const char *const state = json_text(s, "state");
      if (strcmp(state, "waiting") != 0 && strcmp(state, "refused") != 0) {
        code = add_known(v, json_text(s, "name"));
      }
    }
  }
  if (code == CLI_NOT_FOUND && v->count == 0) {
    cli_fail(v->cli, code, "nothing is sent or heard now");
  }
  return v->count > 0 && code != CLI_NO_ENGINE ? CLI_OK : code;
}

static void
drain(struct verify *v, struct subject *s, bool is_judged)
{
  struct observed o;
  for (unsigned n = 0; n < PACKETS_A_LOOK && observer_read(s->sock, &o); n++) {
    const struct verify_packet p = { .bytes = o.bytes,
                                     .length = o.length,
                                     .media_ns = media_time(&v->map, o.when),
                                     .source = o.source,
                                     .dscp = o.dscp,
                                     .ttl = o.ttl };
    if (is_judged) {
      verify_watch_packet(s->watch, &p);
    }
  }
}

static void
drain_all(struct verify *v, bool is_judged)
{
  for (unsigned i = 0; i < v->count; i++) {
    drain(v, &v->subjects[i], is_judged);
  }
}

static int
look(struct verify *v, double seconds)
{
  int code = CLI_OK;
  const unsigned looks = 1 + (unsigned)(seconds * 1000 / LOOK_MS);
  for (unsigned n = 1; n <= looks && code == CLI_OK && !audio_must_stop();
       n++) {
    poll(NULL, 0, LOOK_MS);
    drain_all(v, true);
    code = n % LOOKS_A_CLOCK ? CLI_OK : read_clock(v);
  }
  return code;
}

/* A busy machine drifts, too, for some seconds. */
static bool
is_drifting(const struct verify *v)
{
  struct proof_figures x = { 0 };
  for (unsigned i = 0; i < v->count && !proof_has_drift(&x); i++) {
    proof_figures(&v->subjects[i].watch->facts, &x);
  }
  return proof_has_drift(&x);
}

/* SECONDS below 0: as long as it takes. */
static int
watch(struct verify *v, double seconds)
{
  int code = read_clock(v);
  poll(NULL, 0, CLOCK_MS);
  if (code == CLI_OK) {
    code = read_clock(v);
  }
  drain_all(v, false); /* what came before the map was there */
  if (code == CLI_OK) {
    code = look(v, seconds < 0 ? SECONDS : seconds);
  }
  if (code == CLI_OK && seconds < 0 && is_drifting(v)) {
    cli_say(v->cli, "something drifts: %.0f s will tell", SECONDS_DRIFT);
    code = look(v, SECONDS_DRIFT - SECONDS);
  }
  if (code == CLI_OK) {
    code = read_clock(v);
    drain_all(v, true); /* what came before that, however late we are */
  }
  for (unsigned i = 0; code == CLI_OK && i < v->count; i++) {
    const struct subject *const s = &v->subjects[i];
    verify_watch_end(s->watch, v->map.media, observer_dropped(s->sock));
  }
  return code;
}

static json_t *
figures(const struct proof_facts *f)
{
  struct proof_figures x;
  proof_figures(f, &x);
  return json_pack(
    "{s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:f, s:I, s:f, s:f, "
    "s:i, s:i, s:i}",
    "packets",
    (json_int_t)f->packets,
    "lost",
    (json_int_t)f->lost,
    "duplicate",
    (json_int_t)f->duplicate,
    "reordered",
    (json_int_t)f->reordered,
    "lead_min_ns",
    (json_int_t)x.lead_min,
    "lead_max_ns",
    (json_int_t)x.lead_max,
    "lead_mean_ns",
    x.lead_mean,
    "ts_df_max_ns",
    (json_int_t)x.spread_worst,
    "ts_df_p50_ns",
    (json_int_t)x.spread_middle,
    "spacing_mean_ns",
    x.spacing,
    "spacing_max_ns",
    (json_int_t)x.gap_max,
    "drift_ppm",
    x.drift_ppm,
    "drift_error_ppm",
    x.drift_error_ppm,
    "dscp",
    (int)f->dscp,
    "ttl",
    (int)f->ttl,
    "payload_type",
    (int)f->type);
}

static json_t *
checks_json(const struct proof_check *checks, uint32_t count)
{
  json_t *const list = json_array();
  for (uint32_t i = 0; i < count; i++) {
    json_array_append_new(list,
                          json_pack("{s:s, s:s, s:s}",
                                    "check",
                                    checks[i].name,
                                    "verdict",
                                    proof_word(checks[i].verdict),
                                    "reason",
                                    checks[i].reason));
  }
  return list;
}

/* What link offset packets would need that come like these, beside that of our
   receiver, if there is one. */
static void
advise(const struct proof_facts *f, char out[ADVICE_TEXT])
{
  struct histogram need = { 0 };
  for (uint32_t i = 0; i < f->window_count && !f->is_relative; i++) {
    histogram_add(&need, f->windows[i].most);
  }
  const struct advice a = { .need = &need, .link_offset = f->link_offset };
  advice_text(&a, out);
}

static void
print_checks(const struct cli *cli,
             const struct subject *s,
             const struct proof_check *checks,
             uint32_t count,
             enum proof_verdict verdict)
{
  fprintf(cli->out, "%s: %s\n", s->name, proof_word(verdict));
  for (uint32_t i = 0; i < count; i++) {
    fprintf(cli->out,
            "  %s  %-8s %s\n",
            proof_word(checks[i].verdict),
            checks[i].name,
            checks[i].reason);
  }
}

static int
tell(const struct verify *v)
{
  json_t *const streams = json_array();
  enum proof_verdict worst = PROOF_PASS;
  for (unsigned i = 0; i < v->count; i++) {
    const struct subject *const s = &v->subjects[i];
    struct proof_check checks[PROOF_CHECKS];
    const struct proof_check *worst_check;
    const struct proof_facts *const facts = verify_watch_facts(s->watch);
    const uint32_t n = proof_judge(facts, &v->clock, checks, &worst_check);
    const enum proof_verdict verdict = worst_check->verdict;
    worst = verdict > worst ? verdict : worst;
    char advice[ADVICE_TEXT];
    advise(facts, advice);
    if (!v->cli->json) {
      print_checks(v->cli, s, checks, n, verdict);
    }
    if (!v->cli->json && *advice) {
      fprintf(
        v->cli->out, "        link     %s, if nobody oversleeps\n", advice);
    }
    json_t *const j = json_pack("{s:s, s:s, s:s, s:o, s:I, s:o}",
                                "name",
                                s->name,
                                "proof",
                                proof_word(verdict),
                                "advice",
                                advice,
                                "figures",
                                figures(facts),
                                "dropped_here",
                                (json_int_t)facts->unread,
                                "checks",
                                checks_json(checks, n));
    json_array_append_new(streams, j);
  }
  int code = worst == PROOF_FAIL ? CLI_FAILED : CLI_OK;
  if (v->cli->json) {
    const int printed = json_print(v->cli,
                                   json_pack("{s:s, s:s, s:o}",
                                             "schema",
                                             "vsc.verify/1",
                                             "proof",
                                             proof_word(worst),
                                             "streams",
                                             streams));
    return printed == CLI_OK ? code : printed;
  }
  json_decref(streams);
  return code;
}

static void
finish(struct verify *v)
{
  for (unsigned i = 0; i < v->count; i++) {
    observer_close(v->subjects[i].sock);
    free(v->subjects[i].watch);
  }
  json_decref(v->stats);
  connection_close(v->engine);
  free(v);
}

static int
run(struct cli *cli)
{
  double seconds = -1;
  if (!audio_option_seconds(cli, &seconds)) {
    return CLI_USAGE;
  }
  if (seconds > SECONDS_MAX) {
    return cli_usage(cli, "--seconds: up to %d", SECONDS_MAX);
  }
  struct verify *const v = calloc(1, sizeof *v);
  if (!v) {
    return cli_fail(cli, CLI_FAILED, "no memory left");
  }
  v->cli = cli;
  audio_catch_signals();
  int code = ask_engine(v);
  const char *const name = cli->argument_count ? cli->arguments[0] : NULL;
  if (code == CLI_OK) {
    code = !name                      ? add_all(v)
           : read_file_is_named(name) ? add_file(v, name)
                                      : add_known(v, name);
  }
  if (code == CLI_OK) {
    code = watch(v, seconds);
  }
  if (code == CLI_OK) {
    code = tell(v);
  }
  finish(v);
  return code;
}

const struct command command_verify = {
  .name = "verify",
  .summary = "whether streams are what they are described as",
  .arguments = "[STREAM|FILE]",
  .max_arguments = 1,
  .options =
    (const struct command_option[]){
      { .name = "seconds",
        .argument = "N",
        .help = "how long to listen, up to 600 (default 5; 15 where "
                "something drifts)" },
      { .name = "interface",
        .argument = "NAME",
        .help = "where to listen (default: where the engine does)" },
      { .name = NULL },
    },
  .details =
    "STREAM is one of ours or one that was found; FILE (a path, or NAME.sdp) "
    "a\n"
    "description; without either all that is sent and heard. Listens beside "
    "the\nengine, by the engine's clock. Exit 0: nothing failed; 1: something "
    "did.",
  .run = run,
};
