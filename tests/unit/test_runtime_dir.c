/* test_runtime_dir.c - which folder an engine takes, and which ones it and its
   clients refuse.
   SPDX-License-Identifier: MIT */
#include "engine/paths.h"
#include "engine/runtime_dir.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char base[64], run_dir[80], tmp_dir[80], xdg_dir[80], own[112];
static struct runtime_places places;
static char why[512];

static void
setup(void)
{
  strcpy(base, "/tmp/aes67-test-XXXXXX");
  cr_assert_not_null(mkdtemp(base));
  snprintf(run_dir, sizeof run_dir, "%s/run", base);
  snprintf(tmp_dir, sizeof tmp_dir, "%s/tmp", base);
  snprintf(xdg_dir, sizeof xdg_dir, "%s/xdg", base);
  mkdir(tmp_dir, 0700);
  snprintf(own, sizeof own, "%s/aes67-%lu", tmp_dir, (unsigned long)geteuid());
  places = (struct runtime_places){ .run = run_dir,
                                    .tmp = tmp_dir,
                                    .uid = geteuid(),
                                    .var_lib = base,
                                    .home = base };
}

static void
teardown(void)
{
  char command[96];
  snprintf(command, sizeof command, "rm -rf %s", base);
  cr_assert_eq(system(command), 0);
}

TestSuite(runtime_dir, .init = setup, .fini = teardown);

static vsc_status
make(char out[RUNTIME_DIR_BYTES])
{
  return runtime_dir_make(&places, NULL, out, why, sizeof why);
}

Test(runtime_dir, the_users_own_comes_first)
{
  char out[RUNTIME_DIR_BYTES];
  mkdir(xdg_dir, 0700);
  mkdir(run_dir, 0700);
  places.xdg_runtime_dir = xdg_dir;
  cr_assert_eq(make(out), VSC_OK, "%s", why);
  cr_expect_eq(strncmp(out, xdg_dir, strlen(xdg_dir)), 0, "%s", out);
}

Test(runtime_dir, the_systems_comes_second)
{
  char out[RUNTIME_DIR_BYTES];
  mkdir(run_dir, 0700);
  cr_assert_eq(make(out), VSC_OK, "%s", why);
  cr_expect_eq(strncmp(out, run_dir, strlen(run_dir)), 0, "%s", out);
}

Test(runtime_dir, the_last_one_is_made_for_us_alone)
{
  char out[RUNTIME_DIR_BYTES];
  struct stat st;
  cr_assert_eq(make(out), VSC_OK, "%s", why);
  cr_expect_str_eq(out, own);
  cr_assert_eq(stat(out, &st), 0);
  cr_expect_eq(st.st_mode & 07777, 0700);
}

Test(runtime_dir, a_link_in_tmp_is_refused)
{
  char out[RUNTIME_DIR_BYTES];
  mkdir(xdg_dir, 0700);
  cr_assert_eq(symlink(xdg_dir, own), 0);
  cr_expect_eq(make(out), VSC_ERR_REFUSED);
  cr_expect_not_null(strstr(why, "is a link"));
}

Test(runtime_dir, an_open_folder_in_tmp_is_refused)
{
  char out[RUNTIME_DIR_BYTES];
  mkdir(own, 0700);
  chmod(own, 0750);
  cr_expect_eq(make(out), VSC_ERR_REFUSED);
}

Test(runtime_dir, another_users_folder_in_tmp_is_refused)
{
  char out[RUNTIME_DIR_BYTES];
  places.uid = geteuid() + 1;
  snprintf(own, sizeof own, "%s/aes67-%lu", tmp_dir, (unsigned long)places.uid);
  mkdir(own, 0700);
  cr_expect_eq(make(out), VSC_ERR_REFUSED);
  cr_expect_not_null(strstr(why, "another user"));
}

Test(runtime_dir, a_folder_for_everybody_is_refused)
{
  char out[RUNTIME_DIR_BYTES];
  mkdir(xdg_dir, 0700);
  chmod(xdg_dir, 0777);
  cr_expect_eq(runtime_dir_make(&places, xdg_dir, out, why, sizeof why),
               VSC_ERR_REFUSED);
}

static vsc_status
share(const char *dir)
{
  return runtime_dir_share(&places, dir, (uint32_t)getegid(), why, sizeof why);
}

Test(runtime_dir, a_group_gets_through_and_nobody_else)
{
  struct stat st;
  mkdir(xdg_dir, 0770);
  chmod(xdg_dir, 0700);
  chmod(base, 0755);
  cr_assert_eq(share(xdg_dir), VSC_OK, "%s", why);
  cr_assert_eq(stat(xdg_dir, &st), 0);
  cr_expect_eq(st.st_mode & 07777, 0750);
  cr_expect_eq(st.st_gid, getegid());
  cr_expect_eq(runtime_dir_check(&places, xdg_dir, why, sizeof why), VSC_OK);
}

Test(runtime_dir, a_folder_that_the_group_gets_through_stays_as_it_is)
{
  struct stat st;
  mkdir(xdg_dir, 0700);
  chmod(xdg_dir, 0755);
  chmod(base, 0755);
  cr_assert_eq(share(xdg_dir), VSC_OK, "%s", why);
  cr_assert_eq(stat(xdg_dir, &st), 0);
  cr_expect_eq(st.st_mode & 07777, 0755);
}

Test(runtime_dir, a_folder_behind_a_closed_one_cannot_be_shared)
{
  struct stat st;
  mkdir(xdg_dir, 0700);
  cr_expect_eq(share(xdg_dir), VSC_ERR_REFUSED);
  cr_expect_not_null(strstr(why, "--runtime-dir"), "%s", why);
  cr_assert_eq(stat(xdg_dir, &st), 0);
  cr_expect_eq(st.st_mode & 07777, 0700);
}

Test(runtime_dir, the_one_in_tmp_stays_ours_alone)
{
  chmod(base, 0755);
  chmod(tmp_dir, 0755);
  mkdir(own, 0700);
  cr_expect_eq(share(own), VSC_ERR_REFUSED);
}

Test(runtime_dir, a_wish_is_the_only_place)
{
  char dirs[RUNTIME_DIRS][RUNTIME_DIR_BYTES];
  cr_assert_eq(runtime_dirs(&places, "/a/b//", dirs), 1);
  cr_expect_str_eq(dirs[0], "/a/b");
}

Test(runtime_dir, a_wish_that_is_too_long_is_refused)
{
  char dirs[RUNTIME_DIRS][RUNTIME_DIR_BYTES];
  char wish[300];
  memset(wish, 'x', sizeof wish - 1);
  wish[sizeof wish - 1] = '\0';
  cr_expect_eq(runtime_dirs(&places, wish, dirs), 0);
}

static void
touch(const char *dir, const char *name)
{
  char path[200];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  close(open(path, O_CREAT | O_WRONLY, 0600));
}

Test(runtime_dir, clients_search_every_folder)
{
  char path[RUNTIME_DIR_BYTES];
  char dir[RUNTIME_DIR_BYTES];
  mkdir(run_dir, 0700);
  mkdir(own, 0700);
  touch(own, "x.sock");
  cr_assert_eq(runtime_find(&places, NULL, "x", dir, path, why, sizeof why),
               VSC_OK);
  cr_expect_str_eq(dir, own);
}

Test(runtime_dir, clients_do_not_trust_a_planted_socket)
{
  char path[RUNTIME_DIR_BYTES];
  mkdir(own, 0700);
  chmod(own, 0777);
  touch(own, "x.sock");
  cr_expect_eq(runtime_find(&places, NULL, "x", NULL, path, why, sizeof why),
               VSC_ERR_REFUSED);
}

Test(runtime_dir, no_socket_is_not_found)
{
  char path[RUNTIME_DIR_BYTES];
  cr_expect_eq(runtime_find(&places, NULL, "x", NULL, path, why, sizeof why),
               VSC_ERR_NOT_FOUND);
}

Test(runtime_dir, saved_state_goes_where_xdg_says)
{
  char out[STATE_DIR_BYTES];
  char wish[100];
  snprintf(wish, sizeof wish, "%s/state/deep", base);
  places.xdg_state_home = wish;
  cr_assert_eq(state_dir_make(&places, out, sizeof out, why, sizeof why),
               VSC_OK);
  cr_expect_not_null(strstr(out, "/state/deep/aes67"));
  cr_expect_eq(access(out, W_OK), 0);
}

Test(runtime_dir, an_ordinary_users_state_is_at_home)
{
  char dirs[STATE_DIRS][STATE_DIR_BYTES];
  places.uid = 1000;
  cr_assert_eq(state_dirs(&places, dirs), 1);
  cr_expect_not_null(strstr(dirs[0], "/.local/state/aes67"));
}

Test(runtime_dir, without_a_home_there_is_no_state)
{
  char out[STATE_DIR_BYTES];
  places.home = NULL;
  places.uid = 1000;
  cr_expect_eq(state_dir_make(&places, out, sizeof out, why, sizeof why),
               VSC_ERR_NOT_FOUND);
}

Test(paths, a_build_tree_has_modules_beside_the_binary)
{
  struct paths p;
  paths_init(
    &p, VSC_MODULES "/../aes67", "/prefix/modules", "/prefix/profiles");
  cr_assert_not_null(strstr(p.modules[0], "/modules"));
  cr_assert_not_null(p.modules[1]);
  cr_expect_str_eq(p.modules[1], "/prefix/modules");
}

Test(paths, an_installed_binary_uses_its_prefix)
{
  struct paths p;
  paths_init(&p, "/nonexistent/bin/aes67", "/prefix/modules", "/p");
  cr_expect_str_eq(p.modules[0], "/prefix/modules");
  cr_expect_null(p.modules[1]);
}
