/* runner.c - one process, one engine after another: signals, saved state,
   control socket.
   SPDX-License-Identifier: MIT */
#include "runner.h"

#include "log.h"
#include "networks.h"
#include "option.h"
#include "os/notify.h"

#include "hal/folder.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Signals have no context: the one place with a global. */
static volatile sig_atomic_t stop_signal;
static struct loop *volatile stop_loop;

static void
on_signal(int number)
{
  (void)number;
  stop_signal = 1;
  if (stop_loop) {
    loop_wake(stop_loop);
  }
}

static void
catch_signals(void)
{
  struct sigaction action = { .sa_handler = on_signal };
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, NULL);
}

static void
print_line(void *arg, const char *line)
{
  (void)arg;
  fprintf(stderr, "aes67: %s\n", line);
}

/* The first complaint, for somebody who asked. */
struct complaint {
  char *text;
  size_t bytes;
};

static void
keep_first(void *arg, const char *line)
{
  struct complaint *const c = arg;
  if (c->bytes > 0 && !c->text[0]) {
    snprintf(c->text, c->bytes, "%s", line);
  }
}

static void
ignore_line(void *arg, const char *line)
{
  (void)arg;
  (void)line;
}

static char *
read_state(const char *path)
{
  FILE *const file = fopen(path, "rb");
  if (!file) {
    return NULL;
  }
  char *text = NULL;
  size_t bytes = 0;
  FILE *const out = open_memstream(&text, &bytes);
  char block[4096];
  size_t n;
  while (out && (n = fread(block, 1, sizeof block, file)) > 0) {
    fwrite(block, 1, n, out);
  }
  fclose(file);
  if (out) {
    fclose(out);
  }
  return text;
}

/* The command's --set and, behind them, RATE unless it is 0. malloc'd; TEXT
   holds the last. */
static const char **
all_sets(const struct runner *r, uint32_t rate, char text[32])
{
  size_t n = 0;
  while (r->setup->sets && r->setup->sets[n]) {
    n++;
  }
  const char **const all = calloc(n + 2, sizeof *all);
  if (all && n > 0) {
    memcpy(all, r->setup->sets, n * sizeof *all);
  }
  if (all && rate) {
    snprintf(text, 32, "device.rate=%u", rate);
    all[n] = text;
  }
  return all;
}

/* The profile that the saved state puts in the place of the named one. */
static vsc_status
load_config(struct runner *r,
            const char *state_text,
            uint32_t rate,
            profile_error *error,
            void *arg,
            struct config **out)
{
  char text[32];
  const char **const sets = all_sets(r, rate, text);
  if (!sets) {
    return VSC_ERR_NOMEM;
  }
  struct profile *const state = profile_create(ignore_line, NULL);
  const char *profile = r->setup->profile;
  if (state && state_text) {
    profile_read_text(state, r->state_path, state_text, strlen(state_text));
    const struct profile_section *const s =
      profile_section(state, "engine", "");
    const struct profile_entry *const instead = profile_entry(s, "profile");
    const struct profile_entry *const of = profile_entry(s, "replaces");
    if (instead && of && strcmp(of->value, profile) == 0) {
      profile = instead->value;
    }
  }
  const struct config_source source = {
    .profile = profile,
    .folders = r->setup->paths->profiles,
    .state_path = r->state_path,
    .state_text = state_text,
    .sets = sets,
    .loader = r->loader,
    .error = error,
    .notice = error == print_line ? print_line : NULL,
    .arg = arg,
  };
  const vsc_status status = config_load(&source, out);
  profile_destroy(state);
  free(sets);
  return status;
}

static void
on_link(void *arg, int is_up)
{
  struct runner *const r = arg;
  if (r->engine) {
    engine_link_changed(r->engine, is_up);
  }
}

/* FNV-1a of the runtime folder and the instance: engines of one machine differ
   in one of them. */
static uint64_t
engine_id(const struct runner *r)
{
  uint64_t hash = UINT64_C(0xCBF29CE484222325);
  const char *const texts[] = { r->runtime_dir, r->setup->instance };
  for (unsigned i = 0; i < 2; i++) {
    for (const char *p = texts[i]; *p; p++) {
      hash = (hash ^ (uint8_t)*p) * UINT64_C(0x100000001B3);
    }
  }
  return hash ^ hash >> 32;
}

static vsc_status
open_os(struct runner *r, const struct config *c)
{
  char why[600];
  if (os_find_interface(c->engine.interface, &r->interface, why, sizeof why) <
      0) {
    log_write(r->log, VSC_LOG_ERROR, "network", "%s; nothing is sent", why);
    r->interface = (struct os_interface){ 0 };
  } else if (!r->interface.name[0]) {
    log_write(r->log,
              VSC_LOG_WARN,
              "network",
              "no interface is named in [engine] interface: nothing is sent");
  }
  const vsc_status status = os_create(&r->interface, r->log, &r->os);
  if (status < 0) {
    return status;
  }
  r->os->engine_id = engine_id(r);
  r->loop = loop_create(r->os);
  if (!r->loop) {
    return VSC_ERR_NOMEM;
  }
  stop_loop = r->loop;
  r->os->on_link = on_link;
  r->os->on_link_arg = r;
  r->link = networks_watch(r->loop, r->os);
  const vsc_status second = networks_secondary(c, r->log, &r->secondary);
  if (r->secondary) {
    r->secondary_link = networks_watch(r->loop, r->secondary);
  }
  return second;
}

static void
close_os(struct runner *r)
{
  control_destroy(r->control);
  r->control = NULL;
  engine_destroy(r->engine);
  r->engine = NULL;
  stop_loop = NULL;
  if (r->loop) {
    loop_unwatch(r->loop, r->link);
    loop_unwatch(r->loop, r->secondary_link);
    loop_destroy(r->loop);
  }
  r->link = r->secondary_link = NULL;
  r->loop = NULL;
  os_destroy(r->os);
  os_destroy(r->secondary);
  r->os = r->secondary = NULL;
}

/* An application wishes another rate: device_rate. */
static vsc_status
change_rate(void *arg, uint32_t rate, char *why, size_t why_bytes)
{
  struct runner *const r = arg;
  char text[600] = "";
  struct complaint complaint = { .text = text, .bytes = sizeof text };
  struct config *config = NULL;
  if (r->wants_restart) {
    return VSC_OK; /* it will ask the engine that comes */
  }
  const char *words = text;
  vsc_status status =
    load_config(r, r->state_text, rate, keep_first, &complaint, &config);
  if (status >= 0) {
    status = engine_check(r->engine, config, text, sizeof text);
  } else {
    /* An application has no use for file and line, and room for a few words. */
    const char *const place = strstr(text, ": ");
    words = place ? place + 2 : text;
  }
  if (status < 0) {
    snprintf(why, why_bytes, "not at %u: %s", rate, words);
    config_destroy(config);
    return status;
  }
  log_write(r->log,
            VSC_LOG_INFO,
            "device",
            "an application wishes %u frames/s: the engine starts again",
            rate);
  r->rate = rate;
  r->next = config;
  r->wants_restart = true;
  return VSC_OK;
}

/* Members of [device] group must get to the socket and to the device's name. */
static vsc_status
share_folder(struct runner *r, uint32_t group)
{
  struct runtime_places places;
  char why[600];
  runtime_places_read(&places);
  const vsc_status status =
    runtime_dir_share(&places, r->runtime_dir, group, why, sizeof why);
  if (status < 0) {
    log_write(r->log, VSC_LOG_ERROR, "engine", "%s", why);
  }
  return status;
}

static vsc_status
open_engine(struct runner *r, struct config *config)
{
  char why[600] = "";
  const struct engine_setup setup = {
    .log = r->log,
    .loop = r->loop,
    .os = r->os,
    .loader = r->loader,
    .interface = &r->interface,
    .secondary = r->secondary,
    .instance = r->setup->instance,
    .runtime_dir = r->runtime_dir,
    .version = r->setup->version,
    .program = r->program[0] ? r->program : NULL,
    .change_rate = change_rate,
    .change_rate_arg = r,
  };
  vsc_status status =
    config->has_group ? share_folder(r, config->group) : VSC_OK;
  if (status < 0) {
    config_destroy(config);
    return status;
  }
  status = engine_create(&setup, config, &r->engine, why, sizeof why);
  if (status < 0) {
    log_write(r->log, VSC_LOG_ERROR, "engine", "%s", why);
    return status;
  }
  char path[RUNTIME_DIR_BYTES];
  if (runtime_socket_path(r->runtime_dir, r->setup->instance, path) < 0) {
    log_write(r->log,
              VSC_LOG_ERROR,
              "control",
              "the path is too long: \"%s\"",
              r->runtime_dir);
    return VSC_ERR_SYSTEM;
  }
  status = control_create(
    r->loop, r->os, path, runner_requests(), r, r->log, &r->control);
  return status >= 0 && config->has_group
           ? control_share(r->control, config->group)
           : status;
}

static void
say_ready(const struct runner *r)
{
  const struct region_geometry *const g = &r->engine->region->geometry;
  char ip[16];
  ip_format(r->interface.address, ip);
  fprintf(stderr,
          "ready: instance \"%s\", profile %s, %u x %u channels at %u "
          "frames/s, clock %s, %s%s%s\n",
          r->setup->instance,
          r->engine->config->profile_name,
          g->inputs,
          g->outputs,
          g->rate,
          r->engine->config->clock_module,
          r->interface.name[0] ? r->interface.name : "no network",
          r->interface.name[0] ? " " : "",
          r->interface.name[0] ? ip : "");
  fflush(stderr);
  os_notify_ready();
}

/* One engine, from a configuration to a signal or the next configuration. */
static vsc_status
run_once(struct runner *r, struct config *config)
{
  log_set_level(r->log, config->engine.log_level);
  vsc_status status = open_os(r, config);
  if (status < 0) {
    config_destroy(config);
  } else {
    status = open_engine(r, config);
  }
  log_drain(r->log);
  if (status >= 0) {
    say_ready(r);
  }
  while (status >= 0 && !stop_signal && !r->wants_restart && !r->wants_stop) {
    status = loop_step(r->loop);
  }
  close_os(r);
  log_drain(r->log);
  return status;
}

static vsc_status
prepare(struct runner *r)
{
  struct runtime_places places;
  char why[600];
  runtime_places_read(&places);
  if (exe_path(r->program, sizeof r->program) < 0) {
    r->program[0] = '\0';
  }
  if (!folder_instance_ok(r->setup->instance)) {
    log_write(r->log,
              VSC_LOG_ERROR,
              "engine",
              "\"%s\" is no instance name: letters, digits, . _ -",
              r->setup->instance);
    return VSC_ERR_INVALID;
  }
  if (runtime_dir_make(
        &places, r->setup->runtime_dir, r->runtime_dir, why, sizeof why) < 0) {
    log_write(r->log, VSC_LOG_ERROR, "engine", "%s", why);
    return VSC_ERR_SYSTEM;
  }
  char dir[STATE_DIR_BYTES];
  if (state_dir_make(&places, dir, sizeof dir, why, sizeof why) < 0) {
    log_write(r->log,
              VSC_LOG_WARN,
              "engine",
              "%s; run-time changes will not be saved",
              why);
  } else {
    snprintf(r->state_path,
             sizeof r->state_path,
             "%s/%s.ini",
             dir,
             r->setup->instance);
    r->state_text = read_state(r->state_path);
  }
  return loader_create(r->setup->paths->modules, &r->loader);
}

int
runner_run(const struct runner_setup *setup)
{
  struct runner r = { .setup = setup };
  r.log = log_create(VSC_LOG_INFO);
  if (!r.log) {
    return 1;
  }
  catch_signals();
  int code = 1;
  vsc_status status = prepare(&r);
  if (status >= 0) {
    status = load_config(&r, r.state_text, 0, print_line, NULL, &r.next);
    code = status < 0 ? 2 : 0;
  }
  while (status >= 0 && r.next) {
    struct config *const config = r.next;
    r.next = NULL;
    r.wants_restart = false;
    status = run_once(&r, config);
    /* INVALID: a module does not take what the profile tells it. */
    code = status == VSC_ERR_INVALID ? 2 : status < 0 ? 1 : 0;
    if (stop_signal || r.wants_stop) {
      break;
    }
    if (status < 0 && r.rate) {
      /* The wish of an application ends no engine. */
      r.rate = 0;
      status = load_config(&r, r.state_text, 0, print_line, NULL, &r.next);
    }
  }
  config_destroy(r.next);
  log_drain(r.log);
  loader_destroy(r.loader);
  free(r.state_text);
  log_destroy(r.log);
  return code;
}

/* Does the profile have the section without what was saved? */
static bool
is_in_base(const struct runner *r, const char *role, const char *name)
{
  const struct profile_section *const s =
    profile_section(r->engine->config->profile, role, name);
  for (unsigned i = 0; s && i < s->count; i++) {
    if (strcmp(s->entries[i].file, r->state_path) != 0) {
      return true;
    }
  }
  return false;
}

static vsc_status
change_text(struct runner *r,
            const char *profile,
            const char *const *sets,
            const char *const *removes,
            struct complaint *complaint,
            char **out)
{
  struct profile *const p = profile_create(keep_first, complaint);
  if (!p) {
    return VSC_ERR_NOMEM;
  }
  vsc_status status = VSC_OK;
  if (r->state_text) {
    status =
      profile_read_text(p, r->state_path, r->state_text, strlen(r->state_text));
  }
  for (unsigned i = 0; status >= 0 && removes && removes[i]; i++) {
    const char *const space = strchr(removes[i], ' ');
    char role[32];
    snprintf(role,
             sizeof role,
             "%.*s",
             (int)(space ? space - removes[i] : 31),
             removes[i]);
    profile_remove(p, role, space ? space + 1 : "");
    if (is_in_base(r, role, space ? space + 1 : "")) {
      profile_put(
        p, role, space ? space + 1 : "", "enabled", "no", "configure");
    }
  }
  for (unsigned i = 0; status >= 0 && sets && sets[i]; i++) {
    status = profile_set(p, sets[i]);
  }
  if (status >= 0 && profile) {
    profile_put(p, "engine", "", "profile", profile, "configure");
    profile_put(p, "engine", "", "replaces", r->setup->profile, "configure");
  }
  *out = status >= 0 ? profile_text(p, false) : NULL;
  profile_destroy(p);
  return *out ? VSC_OK : VSC_ERR_MALFORMED;
}

/* Does a change say what the rate is to be? */
static bool
names_rate(const char *const *sets)
{
  static const char key[] = "device.rate=";
  bool is_named = false;
  for (unsigned i = 0; sets && sets[i]; i++) {
    is_named |= strncmp(sets[i], key, sizeof key - 1) == 0;
  }
  return is_named;
}

vsc_status
runner_configure(struct runner *r,
                 const char *profile,
                 const char *const *sets,
                 const char *const *removes,
                 char *why,
                 size_t why_bytes)
{
  struct complaint complaint = { .text = why, .bytes = why_bytes };
  char *text = NULL;
  struct config *config = NULL;
  why[0] = '\0';
  const uint32_t rate = profile || names_rate(sets) ? 0 : r->rate;
  vsc_status status = change_text(r, profile, sets, removes, &complaint, &text);
  if (status >= 0) {
    status = load_config(r, text, rate, keep_first, &complaint, &config);
  }
  if (status >= 0) {
    status = networks_check(config, why, why_bytes);
  }
  if (status >= 0 && r->state_path[0]) {
    status = profile_save_text(r->state_path, text, why, why_bytes);
  }
  if (status < 0) {
    config_destroy(config);
    free(text);
    return status;
  }
  free(r->state_text);
  r->state_text = text;
  r->rate = rate;
  if (engine_reconfigure(r->engine, config) < 0) {
    config_destroy(r->next);
    r->next = config;
    r->wants_restart = true;
  }
  return VSC_OK;
}
