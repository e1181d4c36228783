/* device_names.c - aes67 device names: what channels are called, for people and
   for the ports of a JACK server that runs on the device.
   SPDX-License-Identifier: MIT */
#include "device_names.h"
#include "connect.h"
#include "json_print.h"

#include <dlfcn.h>
#include <string.h>

/* What is used of libjack, loaded only here: nothing else needs it. Its ABI has
   not changed since metadata came (jack/jack.h, jack/metadata.h). */
struct jack {
  void *library, *client;
  void (*set_error_function)(void (*say)(const char *text));
  void *(*client_open)(const char *name, int options, int *status, ...);
  int (*client_close)(void *client);
  int (*activate)(void *client);
  void *(*port_by_name)(void *client, const char *name);
  uint64_t (*port_uuid)(const void *port);
  int (*set_property)(void *client,
                      uint64_t uuid,
                      const char *key,
                      const char *value,
                      const char *type);
  int (*remove_property)(void *client, uint64_t uuid, const char *key);
};

#define NO_START_SERVER 1 /* JackNoStartServer */
#define PRETTY_NAME "http://jackaudio.org/metadata/pretty-name"

/* What matters of libjack's five lines is in ours. */
static void
say_nothing(const char *text)
{
  (void)text;
}

static bool
load(struct jack *j)
{
  const struct {
    const char *name;
    void *to;
  } rows[] = {
    { "jack_set_error_function", &j->set_error_function },
    { "jack_client_open", &j->client_open },
    { "jack_client_close", &j->client_close },
    { "jack_activate", &j->activate },
    { "jack_port_by_name", &j->port_by_name },
    { "jack_port_uuid", &j->port_uuid },
    { "jack_set_property", &j->set_property },
    { "jack_remove_property", &j->remove_property },
  };
  j->library = dlopen("libjack.so.0", RTLD_NOW | RTLD_LOCAL);
  for (unsigned i = 0; j->library && i < sizeof rows / sizeof *rows; i++) {
    void *const symbol = dlsym(j->library, rows[i].name);
    if (!symbol) {
      return false;
    }
    /* POSIX: a function's address fits in what dlsym returns. */
    memcpy(rows[i].to, &symbol, sizeof symbol);
  }
  return j->library != NULL;
}

/* Ports "system:capture_1"... get NAMES; how many there are. */
static unsigned
name_ports(const struct jack *j, const char *prefix, const json_t *names)
{
  unsigned count = 0;
  size_t i;
  const json_t *name;
  json_array_foreach(names, i, name)
  {
    char port_name[64];
    snprintf(port_name, sizeof port_name, "%s%zu", prefix, i + 1);
    const void *const port = j->port_by_name(j->client, port_name);
    const char *const text = json_string_value(name);
    if (!port || !text) {
      continue;
    }
    const uint64_t uuid = j->port_uuid(port);
    count++;
    if (text[0]) {
      (void)j->set_property(j->client, uuid, PRETTY_NAME, text, NULL);
    } else {
      (void)j->remove_property(j->client, uuid, PRETTY_NAME);
    }
  }
  return count;
}

static int
tell_jack(const struct cli *cli, const json_t *inputs, const json_t *outputs)
{
  struct jack j = { .library = NULL };
  unsigned count = 0;
  int code = CLI_OK;
  if (!load(&j)) {
    code = cli_fail(cli, CLI_FAILED, "libjack.so.0 is not installed");
  } else {
    j.set_error_function(say_nothing);
    j.client = j.client_open("aes67-names", NO_START_SERVER, NULL);
    if (!j.client) {
      code = cli_fail(cli,
                      CLI_FAILED,
                      "no JACK server runs: start it with "
                      "jackd -d alsa -d aes67");
    }
  }
  /* jackd tells each client of each change, and waits for one that does not
     read: only an active one does. */
  if (code == CLI_OK && j.activate(j.client) != 0) {
    code = cli_fail(cli, CLI_FAILED, "the JACK server does not activate us");
  } else if (code == CLI_OK) {
    count = name_ports(&j, "system:capture_", inputs) +
            name_ports(&j, "system:playback_", outputs);
    cli_say(cli, "named %u ports", count);
  }
  if (j.client) {
    j.client_close(j.client);
  }
  if (j.library) {
    dlclose(j.library);
  }
  return code;
}

static void
print(const struct cli *cli, const char *way, const json_t *names)
{
  size_t i;
  const json_t *name;
  json_array_foreach(names, i, name)
  {
    char clean[256];
    const char *const text = json_string_value(name);
    fprintf(cli->out,
            "%s%zu %s\n",
            way,
            i + 1,
            cli_clean(text ? text : "", clean, sizeof clean));
  }
}

int
device_names_run(struct cli *cli)
{
  json_t *reply = NULL;
  int code = connect_ask(cli, "status", &reply);
  if (code != CLI_OK) {
    return code;
  }
  const json_t *const device = json_object_get(reply, "device");
  json_t *const inputs = json_object_get(device, "input_names");
  json_t *const outputs = json_object_get(device, "output_names");
  if (cli_has(cli, "jack")) {
    code = tell_jack(cli, inputs, outputs);
  } else if (cli->json) {
    code = json_print(cli,
                      json_pack("{s:s, s:O?, s:O?}",
                                "schema",
                                "vsc.names/1",
                                "inputs",
                                inputs,
                                "outputs",
                                outputs));
  } else {
    print(cli, "in ", inputs);
    print(cli, "out ", outputs);
  }
  json_decref(reply);
  return code;
}
