/* test_paths.c - where modules and profiles are looked for.
   SPDX-License-Identifier: MIT */
#include "engine/paths.h"

#include <criterion/criterion.h>
#include <string.h>

static int
is_listed(const char *const *list, const char *folder)
{
  for (; *list; list++) {
    if (strcmp(*list, folder) == 0) {
      return 1;
    }
  }
  return 0;
}

Test(paths, an_installed_tree_is_found_from_its_binary)
{
  struct paths p;
  paths_init(
    &p, "/opt/x/bin/aes67", "../lib/aes67/modules", "../share/aes67/profiles");
  cr_assert(is_listed(p.modules, "/opt/x/lib/aes67/modules"));
  cr_assert(is_listed(p.profiles, "/opt/x/share/aes67/profiles"));
}

Test(paths, an_absolute_prefix_stays)
{
  struct paths p;
  paths_init(&p, "/opt/x/bin/aes67", "/usr/lib/aes67/modules", "/usr/share");
  cr_assert(is_listed(p.modules, "/usr/lib/aes67/modules"));
}

Test(paths, more_ups_than_folders_end_at_the_root)
{
  struct paths p;
  paths_init(&p, "/bin/aes67", "../../../lib", "../../share");
  cr_assert(is_listed(p.modules, "/lib"));
  cr_assert(is_listed(p.profiles, "/share"));
}
