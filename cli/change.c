/* change.c - telling an engine to change something.
   SPDX-License-Identifier: MIT */
#include "change.h"
#include "connect.h"
#include "json_print.h"

int
change_ask(const struct cli *cli, json_t *request, json_t **reply)
{
  *reply = NULL;
  const int code = connect_call(cli, request, reply);
  if (code != CLI_OK || !cli->json) {
    return code;
  }
  json_t *const j = *reply;
  *reply = NULL;
  json_object_set_new(j, "schema", json_string("vsc.change/1"));
  return json_print(cli, j);
}

int
change(const struct cli *cli, json_t *request)
{
  json_t *reply = NULL;
  const int code = change_ask(cli, request, &reply);
  if (!reply) {
    return code;
  }
  cli_say(cli,
          json_is_true(json_object_get(reply, "restarts"))
            ? "saved; the engine starts again with it"
            : "changed and saved");
  json_decref(reply);
  return CLI_OK;
}
