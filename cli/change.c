/* change.c - telling an engine to change something.
   SPDX-License-Identifier: MIT */
#include "change.h"
#include "connect.h"
#include "json_print.h"

int
change(const struct cli *cli, json_t *request)
{
  json_t *reply = NULL;
  const int code = connect_call(cli, request, &reply);
  if (code != CLI_OK) {
    return code;
  }
  if (cli->json) {
    json_object_set_new(reply, "schema", json_string("vsc.change/1"));
    return json_print(cli, reply);
  }
  cli_say(cli,
          json_is_true(json_object_get(reply, "restarts"))
            ? "saved; the engine starts again with it"
            : "changed and saved");
  json_decref(reply);
  return CLI_OK;
}
