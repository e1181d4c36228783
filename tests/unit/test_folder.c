/* test_folder.c - which instances have run in a folder.
   SPDX-License-Identifier: MIT */
#include "hal/folder.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Test(folder, an_instance_is_a_plain_word)
{
  cr_expect(folder_instance_ok("studio-2.left_A"));
  cr_expect_not(folder_instance_ok(""));
  cr_expect_not(folder_instance_ok("."));
  cr_expect_not(folder_instance_ok("a/b"));
  cr_expect_not(folder_instance_ok("a b"));
  cr_expect_not(folder_instance_ok("123456789012345678901234567890123"));
}

static void
append(void *arg, const char *instance)
{
  char *const text = arg;
  strncat(text, instance, 200);
  strncat(text, " ", 200);
}

static void
touch(const char *dir, const char *name)
{
  char path[300];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  const int fd = open(path, O_CREAT | O_WRONLY, 0600);
  cr_assert_geq(fd, 0);
  close(fd);
}

Test(folder, lists_instances_by_their_locks)
{
  static const char *const names[] = {
    "studio.2.lock",  "studio.sock",
    "default+1.lock", /* a sender of an application */
    "a b.lock",       ".lock",
    "lock",           "123456789012345678901234567890123.lock",
  };
  char dir[] = "/tmp/aes67-test-folder-XXXXXX";
  char text[600] = "";
  cr_assert_not_null(mkdtemp(dir));
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
    touch(dir, names[i]);
  }
  folder_list(dir, append, text);
  cr_expect_str_eq(text, "studio.2 ");
  char command[64];
  snprintf(command, sizeof command, "rm -r %s", dir);
  cr_expect_eq(system(command), 0);
}

Test(folder, one_that_cannot_be_listed_has_no_instances)
{
  char text[8] = "";
  folder_list("/nowhere/at/all", append, text);
  cr_expect_str_eq(text, "");
}
