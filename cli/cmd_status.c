/* cmd_status.c - aes67 status: the health of an engine on one screen.
   SPDX-License-Identifier: MIT */
#include "connect.h"
#include "json_print.h"
#include "table.h"

#include <inttypes.h>
#include <string.h>

static void
print_clock(const json_t *clock, FILE *out)
{
  const bool is_stream = strcmp(json_text(clock, "goes_by"), "stream") == 0;
  const char *const from =
    json_text(clock, is_stream ? "follow" : "grandmaster");
  const char *const diagnosis = json_text(clock, "diagnosis");
  char a[32], b[32], c[32], d[32];
  fprintf(out,
          "clock     %s%s%s for %s, %s, offset %s, jitter %s, path %s, "
          "quality %s\n",
          json_text(clock, "state"),
          is_stream ? " by the stream "
          : *from   ? " to "
                    : "",
          from,
          age_text(json_whole(clock, "since_s"), d),
          json_text(clock, "module"),
          time_text(json_whole(clock, "offset_ns"), a),
          time_text(json_whole(clock, "jitter_ns"), b),
          time_text(json_whole(clock, "path_delay_ns"), c),
          json_text(clock, "quality"));
  if (*diagnosis) {
    fprintf(out, "          %s\n", diagnosis);
  }
}

static void
print_clients(const json_t *clients, FILE *out)
{
  for (size_t i = 0; i < json_array_size(clients); i++) {
    const json_t *const c = json_array_get(clients, i);
    const char *const reads = json_text(c, "reads");
    const char *const writes = json_text(c, "writes");
    fprintf(out,
            "%s  %s (%" PRId64 ") hears %s, plays %s, %" PRId64 " xruns%s\n",
            i == 0 ? "clients " : "        ",
            json_text(c, "app"),
            json_whole(c, "pid"),
            *reads ? reads : "nothing",
            *writes ? writes : "nothing",
            json_whole(c, "xruns"),
            json_is_false(json_object_get(c, "is_started")) ? ", stopped" : "");
  }
}

/* A stream at another rate than the device's, and why it does not play. */
static void
print_notes(const json_t *stream, FILE *out)
{
  const char *const resampler = json_text(stream, "resampler");
  if (*resampler) {
    fprintf(out,
            "          %" PRId64 " Hz, through resampler-%s\n",
            json_whole(stream, "rate"),
            resampler);
  }
  const json_t *const follow = json_object_get(stream, "follow");
  if (follow) {
    fprintf(out,
            "          its sender's clock: %s, %+.2f ppm, %" PRId64 " jumps\n",
            json_text(follow, "state"),
            json_number_value(json_object_get(follow, "ppm")),
            json_whole(follow, "jumps"));
  }
  const char *const reason = json_text(stream, "reason");
  if (*reason) {
    fprintf(out, "          %s\n", reason);
  } else if (strcmp(json_text(stream, "proof"), "fail") == 0) {
    fprintf(out, "          %s\n", json_text(stream, "proof_reason"));
  }
}

static void
print_receivers(const json_t *list, FILE *out)
{
  if (json_array_size(list) > 0) {
    fprintf(out,
            "\n%-9s %-9s %-21s %-8s %-9s %12s %8s %8s %10s\n",
            "receiver",
            "state",
            "from",
            "inputs",
            "packet",
            "packets",
            "lost",
            "late",
            "margin");
  }
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *const s = json_array_get(list, i);
    char packet[32], margin[32];
    fprintf(
      out,
      "%-9s %-9s %-21s %-8s %-9s %12" PRId64 " %8" PRId64 " %8" PRId64
      " %10s\n",
      json_text(s, "name"),
      json_text(s, "state"),
      *json_text(s, "address") ? json_text(s, "address") : "-",
      json_text(s, "channels"),
      time_text(json_whole(s, "packet_time_ns"), packet),
      json_whole(s, "packets"),
      json_whole(s, "lost"),
      json_whole(s, "late"),
      json_whole(s, "packets") > 0
        ? time_text(json_whole(json_object_get(s, "margin_ns"), "min"), margin)
        : "-");
    print_notes(s, out);
  }
}

/* The further destinations of a sender, three on a line. */
static void
print_also(const json_t *list, FILE *out)
{
  for (size_t i = 0; i < json_array_size(list); i++) {
    fprintf(out,
            "%s%-21s%s",
            i % 3 ? " " : "          and to ",
            json_string_value(json_array_get(list, i)),
            i % 3 == 2 || i + 1 == json_array_size(list) ? "\n" : "");
  }
}

static void
print_senders(const json_t *list, FILE *out)
{
  if (json_array_size(list) > 0) {
    fprintf(out,
            "\n%-9s %-9s %-21s %-8s %-9s %12s %8s %8s %10s\n",
            "sender",
            "state",
            "to",
            "outputs",
            "packet",
            "packets",
            "late",
            "skipped",
            "underrun");
  }
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *const s = json_array_get(list, i);
    const json_t *const client = json_object_get(s, "client");
    char packet[32];
    fprintf(out,
            "%-9s %-9s %-21s %-8s %-9s %12" PRId64 " %8" PRId64 " %8" PRId64
            " %10" PRId64 "\n",
            json_text(s, "name"),
            json_text(s, "state"),
            json_text(s, "address"),
            client ? "-" : json_text(s, "channels"),
            time_text(json_whole(s, "packet_time_ns"), packet),
            json_whole(s, "packets"),
            json_whole(s, "late"),
            json_whole(s, "skipped"),
            json_whole(s, "underrun_frames"));
    if (client) {
      fprintf(out,
              "          of %s (%" PRId64 "), and gone with it\n",
              json_text(client, "app"),
              json_whole(client, "pid"));
    }
    print_also(json_object_get(s, "also"), out);
    print_notes(s, out);
  }
}

/* The highest of its channels. */
static double
loudest(const json_t *levels)
{
  double most = -144.0;
  for (size_t i = 0; i < json_array_size(levels); i++) {
    const double level = json_number_value(json_array_get(levels, i));
    most = level > most ? level : most;
  }
  return most;
}

static void
print_loopbacks(const json_t *list, FILE *out)
{
  if (json_array_size(list) > 0) {
    fprintf(out,
            "\n%-9s %-9s %-10s %-10s %-12s %12s %8s %8s %10s\n",
            "loopback",
            "state",
            "from",
            "to",
            "delay",
            "frames",
            "late",
            "excluded",
            "level");
  }
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *const l = json_array_get(list, i);
    const char *const warning = json_text(l, "warning");
    char delay[32];
    snprintf(
      delay, sizeof delay, "%" PRId64 " frames", json_whole(l, "delay_frames"));
    fprintf(out,
            "%-9s %-9s %-10s %-10s %-12s %12" PRId64 " %8" PRId64 " %8" PRId64
            " %5.1f dBFS\n",
            json_text(l, "name"),
            json_text(l, "state"),
            json_text(l, "from"),
            json_text(l, "to"),
            delay,
            json_whole(l, "frames"),
            json_whole(l, "late_frames"),
            json_whole(l, "excluded"),
            loudest(json_object_get(l, "levels")));
    print_notes(l, out);
    if (*warning) {
      fprintf(out, "          %s\n", warning);
    }
  }
}

static void
print_bridges(const json_t *list, FILE *out)
{
  if (json_array_size(list) > 0) {
    fprintf(out,
            "\n%-9s %-9s %-8s %-8s %-18s %12s %10s %8s %8s %8s\n",
            "bridge",
            "state",
            "way",
            "channels",
            "card",
            "drift",
            "latency",
            "silent",
            "stops",
            "restarts");
  }
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *const b = json_array_get(list, i);
    char latency[32];
    fprintf(out,
            "%-9s %-9s %-8s %-8s %-18s %+8.3f ppm %10s %8" PRId64 " %8" PRId64
            " %8" PRId64 "\n",
            json_text(b, "name"),
            json_text(b, "state"),
            json_text(b, "direction"),
            json_text(b, "channels"),
            json_text(b, "card"),
            json_number_value(json_object_get(b, "ppm")),
            time_text(json_whole(b, "latency_ns"), latency),
            json_whole(b, "silent_frames"),
            json_whole(b, "stops"),
            json_whole(b, "restarts"));
    print_notes(b, out);
  }
}

static void
print_status(const json_t *raw, FILE *out)
{
  json_t *const s = json_clean(raw);
  const json_t *const device = json_object_get(s, "device");
  fprintf(out,
          "engine    %s, %s, profile %s, scheduling %s, cpu %.1f %%\n",
          json_text(s, "instance"),
          json_text(s, "state"),
          json_text(s, "profile"),
          json_text(s, "scheduling"),
          json_number_value(json_object_get(s, "cpu_percent")));
  print_clock(json_object_get(s, "clock"), out);
  fprintf(out,
          "device    %" PRId64 " in, %" PRId64 " out, %" PRId64
          " Hz, buffer %" PRId64 " frames, %" PRId64 " xruns\n",
          json_whole(device, "inputs"),
          json_whole(device, "outputs"),
          json_whole(device, "rate"),
          json_whole(device, "buffer"),
          json_whole(device, "xruns"));
  print_clients(json_object_get(s, "clients"), out);
  print_receivers(json_object_get(s, "receivers"), out);
  print_senders(json_object_get(s, "senders"), out);
  print_loopbacks(json_object_get(s, "loopbacks"), out);
  print_bridges(json_object_get(s, "bridges"), out);
  json_decref(s);
}

static int
run(struct cli *cli)
{
  json_t *status = NULL;
  const int asked = connect_ask(cli, "status", &status);
  if (asked != CLI_OK) {
    return asked;
  }
  const bool is_degraded = strcmp(json_text(status, "state"), "degraded") == 0;
  int code = CLI_OK;
  if (cli->json) {
    code = json_print(cli, status);
  } else {
    print_status(status, cli->out);
    json_decref(status);
  }
  return code == CLI_OK && is_degraded ? CLI_DEGRADED : code;
}

const struct command command_status = {
  .name = "status",
  .summary = "health of the engine, on one screen",
  .details = "Exit code 3 when something is degraded, 4 when no engine runs.",
  .run = run,
};
