/* group.c - looks a system group up.
   SPDX-License-Identifier: MIT */
#include "group.h"

#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Root may give files to any group. */
static bool
is_member(gid_t group)
{
  if (geteuid() == 0 || getegid() == group) {
    return true;
  }
  const int count = getgroups(0, NULL);
  gid_t *const groups =
    count > 0 ? calloc((size_t)count, sizeof *groups) : NULL;
  const int got = groups ? getgroups(count, groups) : 0;
  bool is_found = false;
  for (int i = 0; i < got; i++) {
    is_found |= groups[i] == group;
  }
  free(groups);
  return is_found;
}

vsc_status
group_find(const char *name, uint32_t *out, char *why, size_t why_bytes)
{
  const struct group *const found = getgrnam(name);
  if (!found) {
    snprintf(why,
             why_bytes,
             "there is no group \"%s\"; make it (addgroup), or name another",
             name);
    return VSC_ERR_NOT_FOUND;
  }
  if (!is_member(found->gr_gid)) {
    snprintf(why,
             why_bytes,
             "this user is not in group \"%s\"; join it (adduser USER \"%s\") "
             "and log in again",
             name,
             name);
    return VSC_ERR_REFUSED;
  }
  *out = (uint32_t)found->gr_gid;
  return VSC_OK;
}
