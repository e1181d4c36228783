/* test_region.c - making, taking over, opening and distrusting the region.
   SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* setgroups */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hal/platform.h"
#include "hal/region.h"

static char rx_name[REGION_NAME_BYTES], tx_name[REGION_NAME_BYTES];
static char why[240];
static struct region_geometry geometry;

static void
set_up(void)
{
  char instance[32];
  snprintf(instance, sizeof instance, "region-test-%ld", (long)getpid());
  region_names(0, "/nowhere", instance, rx_name, tx_name);
  geometry = (struct region_geometry){ .rate = 48000,
                                       .inputs = 3,
                                       .outputs = 2,
                                       .ring = 1024,
                                       .stride = region_stride(1024),
                                       .buffer = 32,
                                       .wake = 12,
                                       .s_in = 16,
                                       .s_out = 7 };
}

static void
tear_down(void)
{
  shm_unlink(rx_name);
  shm_unlink(tx_name);
}

TestSuite(region, .init = set_up, .fini = tear_down);

static vsc_status
create(const uint32_t *group, struct region *out)
{
  return region_create(
    rx_name, tx_name, &geometry, group, out, why, sizeof why);
}

static struct region
make_for(const uint32_t *group)
{
  struct region r;
  cr_assert_eq(create(group, &r), VSC_OK, "%s", why);
  return r;
}

static struct region
make(void)
{
  return make_for(NULL);
}

static vsc_status
try_open(struct region *out)
{
  return region_open(rx_name, tx_name, out, why, sizeof why);
}

static mode_t
mode_of(const char *name)
{
  struct stat st = { 0 };
  const int fd = shm_open(name, O_RDONLY, 0);
  cr_assert_eq(fstat(fd, &st), 0);
  close(fd);
  return st.st_mode & 0777;
}

Test(region, has_names_that_macos_takes)
{
  cr_assert_leq(strlen(rx_name), 31);
  cr_assert_eq(strncmp(rx_name, "/aes67-", 7), 0);
}

Test(region, has_other_names_for_another_instance_folder_or_user)
{
  char a[REGION_NAME_BYTES], b[REGION_NAME_BYTES], t[REGION_NAME_BYTES];
  region_names(1, "/run/x", "y", a, t);
  region_names(1, "/run/x", "z", b, t);
  cr_expect_neq(strcmp(a, b), 0);
  region_names(1, "/run/xy", "", b, t);
  cr_expect_neq(strcmp(a, b), 0);
  region_names(2, "/run/x", "y", b, t);
  cr_expect_neq(strcmp(a, b), 0);
}

Test(region, has_one_name_for_one_folder_however_it_is_written)
{
  char a[REGION_NAME_BYTES], b[REGION_NAME_BYTES], t[REGION_NAME_BYTES];
  region_names(1, "/tmp", "y", a, t);
  region_names(1, "/tmp/../tmp/", "y", b, t);
  cr_assert_str_eq(a, b);
}

Test(region, is_one_memory_for_both_sides)
{
  struct region engine = make();
  struct region client;
  cr_assert_eq(try_open(&client), VSC_OK, "%s", why);
  const size_t last = (size_t)geometry.inputs * geometry.stride - 1;
  engine.in_words[last] = 0x12345678;
  cr_expect_eq(client.in_words[last], 0x12345678);
  client.out_words[0] = 0x9abcdef0;
  cr_expect_eq(engine.out_words[0], 0x9abcdef0);
  region_close(&client, false);
  region_close(&engine, true);
}

Test(region, puts_timelines_on_a_page)
{
  struct region r = make();
  cr_expect_eq((uintptr_t)r.in_words % 4096, 0);
  cr_expect_eq((uintptr_t)r.out_words % 4096, 0);
  region_close(&r, true);
}

Test(region, is_not_found_when_nobody_made_it)
{
  struct region client;
  cr_assert_eq(try_open(&client), VSC_ERR_NOT_FOUND);
}

Test(region, is_not_ready_while_it_is_empty)
{
  struct region client;
  close(shm_open(rx_name, O_RDWR | O_CREAT, 0600));
  cr_assert_eq(try_open(&client), VSC_ERR_AGAIN);
}

Test(region, is_the_users_alone_by_default)
{
  struct region r = make();
  cr_expect_eq(mode_of(rx_name), 0600);
  cr_expect_eq(mode_of(tx_name), 0600);
  region_close(&r, true);
}

Test(region, lets_a_group_read_rx_and_write_tx)
{
  const uint32_t group = (uint32_t)getegid();
  struct region r = make_for(&group);
  cr_expect_eq(mode_of(rx_name), 0640);
  cr_expect_eq(mode_of(tx_name), 0660);
  region_close(&r, true);
}

Test(region, is_taken_over_in_place_when_the_geometry_is_equal)
{
  struct region first = make();
  struct region client;
  cr_assert_eq(try_open(&client), VSC_OK);
  const uint32_t starts = client.rx->starts;
  first.in_words[5] = 1;
  atomic_store(&first.rx->state, REGION_RUNNING);
  region_close(&first, false);

  struct region second = make();
  cr_expect_eq(client.rx->starts, starts + 1);
  cr_expect_eq(client.rx->state, REGION_STARTING);
  cr_expect_eq(client.in_words[5], 0, "old audio must be gone");
  second.in_words[6] = 2;
  cr_expect_eq(client.in_words[6], 2, "the mapping must be the same");
  region_close(&client, false);
  region_close(&second, true);
}

Test(region, forgets_the_clock_of_the_engine_before)
{
  struct region first = make();
  const vsc_clock_view view = { .size = sizeof view, .rate = 1.0 };
  clockpage_write(&first.rx->clock, &view);
  region_close(&first, false);
  struct region second = make();
  vsc_clock_view out;
  cr_expect_not(clockpage_read(&second.rx->clock, &out));
  region_close(&second, true);
}

Test(region, keeps_slots_of_living_clients_over_an_engine_restart)
{
  struct region first = make();
  atomic_store(&first.tx->slots[3].ticket, 42);
  region_close(&first, false);
  struct region second = make();
  cr_expect_eq(second.tx->slots[3].ticket, 42);
  region_close(&second, true);
}

Test(region, supersedes_another_geometry)
{
  struct region first = make();
  struct region client;
  cr_assert_eq(try_open(&client), VSC_OK);
  region_close(&first, false);
  geometry.inputs = 8;
  struct region second = make();
  cr_expect_eq(client.rx->state, REGION_SUPERSEDED);
  struct region again;
  cr_expect_eq(try_open(&again), VSC_OK, "%s", why);
  cr_expect_eq(again.geometry.inputs, 8);
  region_close(&again, false);
  region_close(&client, false);
  region_close(&second, true);
}

Test(region, supersedes_another_layout_and_tells_its_clients)
{
  struct region first = make();
  struct region client;
  cr_assert_eq(try_open(&client), VSC_OK);
  first.rx->layout = REGION_LAYOUT + 1;
  region_close(&first, false);
  struct region second = make();
  cr_expect_eq(client.rx->state, REGION_SUPERSEDED);
  region_close(&client, false);
  region_close(&second, true);
}

Test(region, replaces_rubbish_under_its_name)
{
  const int fd = shm_open(rx_name, O_RDWR | O_CREAT, 0600);
  cr_assert_eq(ftruncate(fd, 100), 0);
  close(fd);
  struct region r = make();
  region_close(&r, true);
}

/* Members of the group can lengthen what the engine then would map and lock. */
Test(region, does_not_keep_an_object_that_was_made_longer)
{
  struct region r = make();
  const size_t bytes = r.tx_bytes;
  region_close(&r, false);
  const int fd = shm_open(tx_name, O_RDWR, 0);
  cr_assert_eq(ftruncate(fd, (off_t)bytes + (1 << 20)), 0);
  close(fd);
  r = make();
  cr_expect_eq(r.tx_bytes, bytes);
  region_close(&r, true);
}

/* As when /dev/shm is full: said at once, in words, and nothing is left. */
Test(region, says_when_there_is_no_room)
{
  const struct rlimit none = { .rlim_cur = 4096, .rlim_max = 4096 };
  struct region r;
  signal(SIGXFSZ, SIG_IGN);
  cr_assert_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
  cr_expect_lt(create(NULL, &r), 0);
  cr_expect_not_null(strstr(why, tx_name), "%s", why);
  cr_expect_null(r.rx);
  cr_expect_null(r.tx);
  cr_expect_eq(try_open(&r), VSC_ERR_NOT_FOUND);
}

Test(region, refuses_a_geometry_it_cannot_serve)
{
  struct region r;
  geometry.ring = 1000;
  cr_expect_eq(create(NULL, &r), VSC_ERR_INVALID);
  cr_expect_not_null(strstr(why, "ring"));
  cr_expect_null(r.rx);
}

Test(region, names_both_layouts_when_they_differ)
{
  struct region r = make();
  struct region client;
  r.rx->layout = 9;
  cr_expect_eq(try_open(&client), VSC_ERR_UNSUPPORTED);
  cr_expect_not_null(strstr(why, "layout 9"));
  char ours[24];
  snprintf(ours, sizeof ours, "layout %d", REGION_LAYOUT);
  cr_expect_not_null(strstr(why, ours));
  region_close(&r, true);
}

/* One lie at a time in an otherwise good header. */
Test(region, refuses_every_lie_in_a_header)
{
  struct region r = make();
  struct region client;
  const struct region_rx rx = *r.rx;
  const struct region_tx *const tx = r.tx;
  uint32_t *const lies[] = {
    &r.rx->header_bytes,     &r.rx->geometry.rate,   &r.rx->geometry.inputs,
    &r.rx->geometry.outputs, &r.rx->geometry.ring,   &r.rx->geometry.stride,
    &r.rx->geometry.wake,    &r.rx->geometry.buffer, &r.rx->geometry.s_in,
    &r.rx->geometry.s_out,   &r.rx->geometry.lanes,  &r.tx->header_bytes,
  };
  for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
    const uint32_t truth = *lies[i];
    *lies[i] = 0x80000001u;
    cr_expect_eq(try_open(&client), VSC_ERR_MALFORMED, "lie %zu", i);
    *lies[i] = truth;
  }
  r.rx->total_bytes++;
  cr_expect_eq(try_open(&client), VSC_ERR_MALFORMED);
  r.rx->total_bytes = rx.total_bytes;
  r.tx->total_bytes = UINT64_MAX;
  cr_expect_eq(try_open(&client), VSC_ERR_MALFORMED);
  r.tx->total_bytes = region_tx_bytes(&geometry);
  atomic_store(&r.rx->magic, 1);
  cr_expect_eq(try_open(&client), VSC_ERR_MALFORMED);
  atomic_store(&r.rx->magic, 0);
  cr_expect_eq(try_open(&client), VSC_ERR_AGAIN);
  atomic_store(&r.rx->magic, REGION_MAGIC);
  cr_assert_eq(try_open(&client), VSC_OK, "%s", why);
  cr_expect_eq(tx->layout, REGION_LAYOUT);
  region_close(&client, false);
  region_close(&r, true);
}

Test(region, refuses_an_object_that_was_cut_short)
{
  struct region r = make();
  struct region client;
  const int fd = shm_open(rx_name, O_RDWR, 0);
  cr_assert_eq(ftruncate(fd, (off_t)r.rx_bytes - 1), 0);
  close(fd);
  cr_expect_eq(try_open(&client), VSC_ERR_MALFORMED);
  region_close(&r, true);
}

/* What is read is there: no size makes a SIGBUS. */
Test(region, refuses_objects_of_every_shorter_size)
{
  const size_t header = sizeof(struct region_rx);
  geometry.lanes = 2;
  for (int which = 0; which < 2; which++) {
    struct region r = make();
    const size_t whole = which ? r.tx_bytes : r.rx_bytes;
    const size_t sizes[] = {
      whole + 4096, whole,  whole - 1,  whole - 4096, whole / 2,
      header + 1,   header, header - 1, 4097,         4096,
      100,          1,      0
    };
    const int fd = shm_open(which ? tx_name : rx_name, O_RDWR, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      struct region client;
      cr_assert_eq(ftruncate(fd, (off_t)sizes[i]), 0);
      const vsc_status status = try_open(&client);
      cr_expect_eq(status == VSC_OK, sizes[i] >= whole, "%zu", sizes[i]);
      cr_expect_eq(client.rx != NULL, status == VSC_OK);
      region_close(&client, false);
    }
    close(fd);
    region_close(&r, true);
  }
}

Test(region, cannot_be_written_by_a_client)
{
  struct region r = make();
  struct region client;
  cr_assert_eq(try_open(&client), VSC_OK);
  cr_expect_neq(mprotect(client.rx, client.rx_bytes, PROT_READ | PROT_WRITE),
                0);
  cr_expect_eq(errno, EACCES);
  region_close(&client, false);
  region_close(&r, true);
}

/* A process that no longer is. */
static pid_t
dead_pid(void)
{
  const pid_t child = fork();
  if (child == 0) {
    _exit(0);
  }
  waitpid(child, NULL, 0);
  return child;
}

/* What an engine left that was killed. */
static struct region
make_orphan(void)
{
  struct region r = make();
  r.rx->engine_pid = (uint32_t)dead_pid();
  atomic_store(&r.rx->heartbeat, 1);
  return r;
}

static bool
is_there(const char *name)
{
  const int fd = shm_open(name, O_RDONLY, 0);
  if (fd >= 0) {
    close(fd);
  }
  return fd >= 0;
}

Test(region, of_a_killed_engine_is_cleared_away)
{
  struct region r = make_orphan();
  atomic_store(&r.tx->slots[2].ticket,
               (uint64_t)dead_pid() << 32 | SLOT_ATTACHED);
  r.tx->slots[7].pid_start = 1; /* another process has the pid */
  atomic_store(&r.tx->slots[7].ticket, (uint64_t)getpid() << 32);
  region_clear_stale();
  cr_expect_not(is_there(rx_name));
  cr_expect_not(is_there(tx_name));
  region_close(&r, false);
}

Test(region, of_a_living_engine_is_never_cleared_away)
{
  struct region r = make();
  atomic_store(&r.rx->heartbeat, 1);
  region_clear_stale();
  cr_expect(is_there(rx_name), "its process lives");
  r.rx->engine_pid = (uint32_t)dead_pid();
  atomic_store(&r.rx->heartbeat, platform_now());
  region_clear_stale();
  cr_expect(is_there(rx_name), "its heart beats");
  region_close(&r, true);
}

Test(region, that_an_application_waits_at_is_not_cleared_away)
{
  struct region r = make_orphan();
  atomic_store(&r.tx->slots[9].ticket,
               (uint64_t)getpid() << 32 | SLOT_ATTACHED);
  region_clear_stale();
  cr_expect(is_there(rx_name));
  cr_expect(is_there(tx_name));
  region_close(&r, true);
}

Test(region, that_an_engine_takes_over_is_not_cleared_away)
{
  struct region r = make_orphan();
  const int engine = shm_open(rx_name, O_RDWR, 0);
  cr_assert_eq(flock(engine, LOCK_EX | LOCK_NB), 0);
  region_clear_stale();
  cr_expect(is_there(rx_name));
  close(engine);
  region_clear_stale();
  cr_expect_not(is_there(rx_name));
  region_close(&r, false);
}

Test(region, that_is_not_whole_is_not_cleared_away)
{
  struct region r = make_orphan();
  atomic_store(&r.rx->magic, 0);
  region_clear_stale();
  cr_expect(is_there(rx_name));
  atomic_store(&r.rx->magic, REGION_MAGIC);
  r.rx->layout++;
  region_clear_stale();
  cr_expect(is_there(rx_name));
  region_close(&r, true);
}

Test(region, has_silent_lanes_in_a_region_that_is_taken_over)
{
  geometry.lanes = 3;
  struct region first = make();
  const size_t words = (size_t)geometry.outputs * geometry.stride;
  first.out_words[words * 4 - 1] = 0x3f800000;
  region_close(&first, false);
  struct region second = make();
  cr_expect_eq(second.out_words[words * 4 - 1], 0);
  cr_expect_geq(second.tx_bytes, words * 4 * sizeof(uint32_t));
  region_close(&second, true);
}

/* The result of region_open by another user: of GROUP, 0 for none. */
static vsc_status
open_as_other(gid_t group)
{
  int answer[2];
  vsc_status status = VSC_ERR_SYSTEM;
  cr_assert_eq(pipe(answer), 0);
  const pid_t child = fork();
  if (child == 0) {
    struct region r;
    const gid_t groups[] = { group };
    char said[256] = { 0 };
    /* no group of ours stays */
    if (setgroups(group ? 1 : 0, groups) || setgid(61002) || setuid(61002)) {
      _exit(1);
    }
    status = try_open(&r);
    memcpy(said, &status, sizeof status);
    snprintf(said + sizeof status, sizeof said - sizeof status, "%s", why);
    (void)!write(answer[1], said, sizeof said);
    _exit(0);
  }
  char said[256] = { 0 };
  cr_assert_eq(read(answer[0], said, sizeof said), sizeof said);
  waitpid(child, NULL, 0);
  memcpy(&status, said, sizeof status);
  snprintf(why, sizeof why, "%s", said + sizeof status);
  close(answer[0]);
  close(answer[1]);
  return status;
}

Test(region, is_closed_to_other_users_and_says_what_to_do)
{
  if (geteuid() != 0) {
    cr_skip_test("only root can be two users");
  }
  struct region r = make();
  cr_expect_eq(open_as_other(0), VSC_ERR_REFUSED);
  cr_expect_not_null(strstr(why, "Permission denied"), "%s", why);
  cr_expect_not_null(strstr(why, "[device] group"), "%s", why);
  const uint32_t group = 61001;
  region_close(&r, false);
  r = make_for(&group);
  cr_expect_eq(open_as_other(0), VSC_ERR_REFUSED);
  cr_expect_eq(open_as_other(group), VSC_OK, "%s", why);
  region_close(&r, false);
  struct region again = make();
  cr_expect_eq(
    open_as_other(61001), VSC_ERR_REFUSED, "the next engine has no group");
  region_close(&again, true);
}

Test(region, brings_an_edge_into_the_range_of_positions)
{
  _Atomic int64_t edge = INT64_MAX;
  cr_expect_eq(region_edge(&edge), REGION_POS_LIMIT);
  edge = INT64_MIN;
  cr_expect_eq(region_edge(&edge), -REGION_POS_LIMIT);
  edge = 12345;
  cr_expect_eq(region_edge(&edge), 12345);
}

Test(region, close_accepts_a_zeroed_region)
{
  struct region r = { 0 };
  region_close(&r, true);
}
