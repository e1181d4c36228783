/* test_discovery_static.c - a folder of .sdp files, looked at again and again.
   SPDX-License-Identifier: MIT */
#include <vsc/discovery.h>

#include <criterion/criterion.h>

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
  char folder[64];
  void (*tick)(void *arg);
  void *arg;
  int timers;
  int warned;
  char last_warning[512];
  int found, lost;
  char last_found[128], last_lost[128];
} world;

#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic ignored "-Wfunction-effects"
#endif
static void
world_log(const vsc_host *h, int level, const char *format, ...) VSC_RT
{
  (void)h;
  (void)level;
  va_list args;
  va_start(args, format);
  vsnprintf(world.last_warning, sizeof world.last_warning, format, args);
  va_end(args);
  world.warned++;
}

static void *
world_alloc(const vsc_host *h, size_t bytes)
{
  (void)h;
  static char memory[2 << 20];
  static size_t used;
  char *const p = memory + used;
  used += (bytes + 63) / 64 * 64;
  return used <= sizeof memory ? p : NULL;
}

static vsc_ns
world_now(const vsc_host *h) VSC_RT
{
  (void)h;
  return 1;
}

static vsc_timer *
world_timer(const vsc_host *h,
            vsc_ns first,
            vsc_ns period,
            void (*cb)(void *arg),
            void *arg)
{
  (void)h;
  cr_assert_eq(first, 5000000001);
  cr_assert_eq(period, 5000000000);
  world.tick = cb;
  world.arg = arg;
  world.timers++;
  return (vsc_timer *)&world.timers;
}

static void
world_untimer(const vsc_host *h, vsc_timer *t)
{
  (void)h;
  world.timers -= t != NULL;
}

static void
world_found(void *arg, const vsc_stream *stream)
{
  (void)arg;
  world.found++;
  memcpy(world.last_found, stream->id, sizeof world.last_found);
}

static void
world_lost(void *arg, const char *id)
{
  (void)arg;
  world.lost++;
  snprintf(world.last_lost, sizeof world.last_lost, "%s", id);
}

static const vsc_host host = {
  .size = sizeof host,
  .log = world_log,
  .alloc = world_alloc,
  .now = world_now,
  .timer = world_timer,
  .untimer = world_untimer,
};

static const vsc_discovery_sink sink = { .size = sizeof sink,
                                         .found = world_found,
                                         .lost = world_lost };

struct opened {
  const vsc_discovery_ops *ops;
  void *self;
};

static struct opened
load(const char *folder)
{
  void *const handle =
    dlopen(VSC_MODULES "/discovery-static.so", RTLD_NOW | RTLD_LOCAL);
  cr_assert_not_null(handle, "%s", dlerror());
  const vsc_module *const entry = dlsym(handle, VSC_MODULE_SYMBOL);
  static max_align_t instance[64];
  cr_assert(entry->instance_size <= sizeof instance);
  cr_assert_str_eq(entry->options[0].key, "folder");
  memcpy((char *)instance + entry->options[0].offset, &folder, sizeof folder);
  cr_assert_eq(entry->init(instance, &host), VSC_OK);
  return (struct opened){ entry->ops, instance };
}

static void
write_file(const char *name, const char *text)
{
  char path[128];
  snprintf(path, sizeof path, "%s/%s", world.folder, name);
  FILE *const file = fopen(path, "w");
  cr_assert_not_null(file);
  fputs(text, file);
  fclose(file);
}

static void
write_session(const char *name, int session, const char *title, int media)
{
  char text[1024];
  int n = snprintf(text,
                   sizeof text,
                   "v=0\no=- %d 1 IN IP4 192.0.2.1\ns=%s\n"
                   "c=IN IP4 239.69.1.1/32\nt=0 0\n",
                   session,
                   title);
  for (int i = 0; i < media; i++) {
    n += snprintf(text + n,
                  sizeof text - (size_t)n,
                  "m=audio %d RTP/AVP 96\na=rtpmap:96 L24/48000/2\n",
                  5004 + 2 * i);
  }
  write_file(name, text);
}

static void
remove_file(const char *name)
{
  char path[128];
  snprintf(path, sizeof path, "%s/%s", world.folder, name);
  unlink(path);
}

static void
make_folder(void)
{
  snprintf(world.folder, sizeof world.folder, "/tmp/vsc-sdp-XXXXXX");
  cr_assert_not_null(mkdtemp(world.folder));
}

static void
remove_folder(void)
{
  static const char *const names[] = { "a.sdp", "b.sdp", "c.txt", ".d.sdp" };
  for (int i = 0; i < 4; i++) {
    remove_file(names[i]);
  }
  rmdir(world.folder);
}

TestSuite(discovery_static, .init = make_folder, .fini = remove_folder);

static struct opened
start(void)
{
  const struct opened o = load(world.folder);
  cr_assert_eq(o.ops->start(o.self, &sink), VSC_OK);
  return o;
}

Test(discovery_static, finds_the_sdp_files_and_no_others)
{
  write_session("a.sdp", 1, "a", 1);
  write_session("c.txt", 2, "c", 1);
  write_session(".d.sdp", 3, "d", 1);
  start();
  cr_expect_eq(world.found, 1);
  cr_expect_str_eq(world.last_found, "- 1 IN IP4 192.0.2.1");
}

Test(discovery_static, is_quiet_while_nothing_changes)
{
  write_session("a.sdp", 1, "a", 1);
  write_file("b.sdp", "not sdp\n");
  start();
  world.tick(world.arg);
  world.tick(world.arg);
  cr_expect_eq(world.found, 1);
  cr_expect_eq(world.warned, 1);
}

Test(discovery_static, finds_a_file_that_comes_later_and_loses_one_that_goes)
{
  start();
  write_session("a.sdp", 1, "a", 1);
  world.tick(world.arg);
  cr_expect_eq(world.found, 1);
  remove_file("a.sdp");
  world.tick(world.arg);
  cr_expect_eq(world.lost, 1);
  cr_expect_str_eq(world.last_lost, "- 1 IN IP4 192.0.2.1");
}

Test(discovery_static, tells_a_changed_file_again_and_loses_what_it_dropped)
{
  write_session("a.sdp", 1, "a", 3);
  start();
  cr_expect_eq(world.found, 3);
  write_session("a.sdp", 1, "another name", 2);
  world.tick(world.arg);
  cr_expect_eq(world.found, 5);
  cr_expect_eq(world.lost, 1);
  cr_expect_str_eq(world.last_lost, "- 1 IN IP4 192.0.2.1 #3");
}

Test(discovery_static, loses_the_old_session_when_a_file_describes_another)
{
  write_session("a.sdp", 1, "a", 1);
  start();
  write_session("a.sdp", 22, "a", 1);
  world.tick(world.arg);
  cr_expect_str_eq(world.last_lost, "- 1 IN IP4 192.0.2.1");
  cr_expect_str_eq(world.last_found, "- 22 IN IP4 192.0.2.1");
}

Test(discovery_static, warns_of_a_bad_file_with_path_line_and_reason)
{
  write_file("b.sdp", "v=0\no=- 1 1 IN IP4 192.0.2.1\ngarbage\n");
  start();
  cr_expect_eq(world.found, 0);
  cr_expect_not_null(strstr(world.last_warning, "/b.sdp:3: \"garbage\""));
}

Test(discovery_static, keeps_what_a_file_said_while_it_is_bad)
{
  write_session("a.sdp", 1, "a", 1);
  start();
  write_file("a.sdp", "v=0\n");
  world.tick(world.arg);
  cr_expect_eq(world.lost, 0);
  cr_expect_eq(world.warned, 1);
}

Test(discovery_static, lets_only_one_of_two_files_have_a_session)
{
  write_session("a.sdp", 1, "a", 1);
  start();
  write_session("b.sdp", 1, "b", 1);
  world.tick(world.arg);
  cr_expect_eq(world.found, 1);
  cr_expect_not_null(strstr(world.last_warning, "the same session"));
  remove_file("a.sdp");
  world.tick(world.arg);
  world.tick(world.arg);
  cr_expect_eq(world.found, 2);
  cr_expect_eq(world.lost, 1);
}

Test(discovery_static, does_not_start_without_its_folder)
{
  const struct opened o = load("/nowhere/at all");
  cr_expect_eq(o.ops->start(o.self, &sink), VSC_ERR_NOT_FOUND);
  cr_expect_not_null(strstr(world.last_warning, "\"/nowhere/at all\""));
}

Test(discovery_static, gives_its_timer_back)
{
  const struct opened o = start();
  o.ops->stop(o.self);
  cr_expect_eq(world.timers, 0);
}
