/* conf.c - reads the few keys there are. SPDX-License-Identifier: MIT */
#include "conf.h"

#include <string.h>

static bool
is_common(const char *id)
{
  return strcmp(id, "comment") == 0 || strcmp(id, "type") == 0 ||
         strcmp(id, "hint") == 0;
}

int
conf_read(snd_config_t *node, const char *what, struct conf *out)
{
  snd_config_iterator_t i;
  snd_config_iterator_t next;
  snd_config_for_each(i, next, node)
  {
    snd_config_t *const n = snd_config_iterator_entry(i);
    const char *id;
    if (snd_config_get_id(n, &id) < 0 || is_common(id) ||
        (strcmp(id, "instance") == 0 &&
         snd_config_get_string(n, &out->instance) >= 0) ||
        (out->has_first && strcmp(id, "first_channel") == 0 &&
         snd_config_get_integer(n, &out->first) >= 0)) {
      continue;
    }
    SNDERR("\"%s\" is not a key of an aes67 %s, or has the wrong type: "
           "instance%s",
           id,
           what,
           out->has_first ? ", first_channel" : "");
    return -EINVAL;
  }
  return 0;
}

int
conf_error(vsc_status status)
{
  return status == VSC_ERR_NOT_FOUND ? -ENODEV
         : status == VSC_ERR_REFUSED ? -EACCES
                                     : -EIO;
}
