/* test_control.c - the control socket: framing, refusals, bounds,
   subscriptions. Time is a variable; nothing waits.
   SPDX-License-Identifier: MIT */
#include "engine/control.h"
#include "engine/control_sock.h"
#include "engine/log.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[80];
static vsc_ns now;
static struct os os;
static struct loop *loop;
static struct log *quiet;
static struct control *control;
static int counter;

static vsc_ns
read_now(const struct os *o) VSC_RT
{
  (void)o;
  return now;
}

static json_t *
on_count(void *context, const json_t *request, struct control_error *error)
{
  (void)request;
  (void)error;
  return json_pack("{s:i}", "count", ++*(int *)context);
}

static json_t *
on_find(void *context, const json_t *request, struct control_error *error)
{
  (void)context;
  return control_fail(error,
                      5,
                      "no stream \"%s\"",
                      json_string_value(json_object_get(request, "stream")));
}

static json_t *
on_big(void *context, const json_t *request, struct control_error *error)
{
  (void)context;
  (void)request;
  (void)error;
  static char text[200001];
  memset(text, 'x', sizeof text - 1);
  return json_pack("{s:s}", "text", text);
}

static const struct control_op ops[] = {
  { .name = "count", .handler = on_count, .is_query = true },
  { .name = "find", .handler = on_find },
  { .name = "big", .handler = on_big },
  { .name = NULL },
};

static void
drop_line(void *arg, int level, const char *line)
{
  (void)arg;
  (void)level;
  (void)line;
}

static void
setup(void)
{
  strcpy(folder, "/tmp/aes67-test-XXXXXX");
  cr_assert_not_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/x.sock", folder);
  os.now = read_now;
  loop = loop_create(&os);
  quiet = log_create(VSC_LOG_DEBUG);
  log_set_sink(quiet, drop_line, NULL);
  cr_assert_eq(control_create(loop, &os, path, ops, &counter, quiet, &control),
               VSC_OK);
}

static void
teardown(void)
{
  control_destroy(control);
  loop_destroy(loop);
  log_destroy(quiet);
  unlink(path);
  rmdir(folder);
}

TestSuite(control, .init = setup, .fini = teardown);

/* Serve what is there, without waiting for more. */
static void
serve(void)
{
  for (int i = 0; i < 4; i++) {
    loop_wake(loop);
    cr_assert_eq(loop_step(loop), VSC_OK);
  }
}

static int
join(void)
{
  int fd = -1;
  cr_assert_eq(control_sock_connect(path, &fd), VSC_OK);
  serve();
  return fd;
}

static void
say(int fd, const char *text)
{
  cr_assert_eq(control_sock_send(fd, text, strlen(text)),
               (ssize_t)strlen(text));
  serve();
}

/* What has come; "" when nothing has, "gone" when the other end is closed. */
static const char *
heard(int fd)
{
  static char text[8192];
  const ssize_t n = control_sock_receive(fd, text, sizeof text - 1);
  if (n == 0) {
    return "gone";
  }
  text[n > 0 ? n : 0] = '\0';
  return text;
}

Test(control, can_be_given_to_a_group)
{
  struct stat st;
  const gid_t group = geteuid() == 0 ? 61001 : getegid();
  cr_assert_eq(control_share(control, (uint32_t)group), VSC_OK);
  cr_assert_eq(stat(path, &st), 0);
  cr_expect_eq(st.st_mode & 0777, 0660);
  cr_expect_eq(st.st_gid, group);
}

Test(control, answers_a_line)
{
  const int fd = join();
  say(fd, "{\"op\":\"count\"}\n");
  cr_expect_str_eq(heard(fd), "{\"ok\":true,\"count\":1}\n");
  close(fd);
}

Test(control, waits_for_the_end_of_a_line)
{
  const int fd = join();
  say(fd, "{\"op\":");
  cr_expect_str_eq(heard(fd), "");
  say(fd, "\"count\"}\n");
  cr_expect_str_eq(heard(fd), "{\"ok\":true,\"count\":1}\n");
  close(fd);
}

Test(control, answers_lines_in_their_order)
{
  const int fd = join();
  say(fd, "{\"op\":\"count\",\"id\":\"a\"}\n\n{\"op\":\"count\",\"id\":7}\n");
  cr_expect_str_eq(heard(fd),
                   "{\"ok\":true,\"count\":1,\"id\":\"a\"}\n"
                   "{\"ok\":true,\"count\":2,\"id\":7}\n");
  close(fd);
}

Test(control, a_failure_says_why_and_how_to_exit)
{
  const int fd = join();
  say(fd, "{\"op\":\"find\",\"stream\":\"rx9\"}\n");
  cr_expect_str_eq(heard(fd),
                   "{\"ok\":false,\"error\":\"no stream \\\"rx9\\\"\","
                   "\"exit\":5}\n");
  close(fd);
}

Test(control, an_unknown_op_is_a_usage_error)
{
  const int fd = join();
  say(fd, "{\"op\":\"dance\"}\n");
  cr_expect_not_null(strstr(heard(fd), "\"exit\":2"));
  close(fd);
}

Test(control, survives_what_is_not_json)
{
  const int fd = join();
  say(fd, "hello\n");
  cr_expect_not_null(strstr(heard(fd), "\"ok\":false"));
  say(fd, "{\"op\":\"count\"}\n");
  cr_expect_not_null(strstr(heard(fd), "\"ok\":true"));
  close(fd);
}

static const char *
answer(const char *line)
{
  static char text[1024];
  json_t *const reply = control_answer(ops, &counter, line, strlen(line));
  const size_t n = json_dumpb(reply, text, sizeof text - 1, JSON_COMPACT);
  text[n < sizeof text ? n : 0] = '\0';
  json_decref(reply);
  return text;
}

Test(control, sixteen_levels_are_taken_and_seventeen_are_not)
{
  char line[128] = "{\"op\":\"count\",\"a\":";
  char *const open = line + strlen(line);
  for (int depth = 15; depth <= 16; depth++) {
    memset(open, '[', (size_t)depth);
    memset(open + depth, ']', (size_t)depth);
    strcpy(open + 2 * depth, "}");
    cr_expect_eq(strstr(answer(line), "deeper") != NULL, depth == 16);
  }
}

Test(control, brackets_in_a_text_are_no_levels)
{
  cr_expect_not_null(
    strstr(answer("{\"op\":\"count\",\"a\":\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[\"}"),
           "\"ok\":true"));
}

Test(control, an_error_cut_within_a_character_is_still_sent)
{
  char line[2048] = "{\"op\":\"find\",\"stream\":\"a";
  for (int i = 0; i < 400; i++) {
    strcat(line, "\xc3\xbc");
  }
  strcat(line, "\"}");
  cr_expect_not_null(strstr(answer(line), "no stream"));
}

Test(control, a_line_without_end_is_refused)
{
  const int fd = join();
  char block[4096];
  memset(block, 'x', sizeof block);
  for (unsigned sent = 0; sent < CONTROL_LINE_MAX; sent += sizeof block) {
    cr_assert_eq(control_sock_send(fd, block, sizeof block),
                 (ssize_t)sizeof block);
    serve();
  }
  cr_expect_not_null(strstr(heard(fd), "longer than"));
  cr_expect_str_eq(heard(fd), "gone");
  cr_expect_eq(control_clients(control), 0);
  close(fd);
}

Test(control, a_client_that_does_not_read_is_dropped)
{
  const int fd = join();
  for (int i = 0; i < 100 && control_clients(control) == 1; i++) {
    control_sock_send(fd, "{\"op\":\"big\"}\n", 13);
    serve();
  }
  cr_expect_eq(control_clients(control), 0);
  close(fd);
}

Test(control, the_last_request_of_a_client_that_hangs_up_is_answered)
{
  const int fd = join();
  cr_assert_eq(control_sock_send(fd, "{\"op\":\"count\"}\n", 15), 15);
  shutdown(fd, SHUT_WR);
  serve();
  cr_expect_str_eq(heard(fd), "{\"ok\":true,\"count\":1}\n");
  cr_expect_str_eq(heard(fd), "gone");
  close(fd);
}

Test(control, one_client_too_many_is_told_so)
{
  int fds[CONTROL_CONNECTIONS_MAX];
  for (unsigned i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
    fds[i] = join();
  }
  const int fd = join();
  cr_expect_not_null(strstr(heard(fd), "too many clients"));
  cr_expect_eq(control_clients(control), CONTROL_CONNECTIONS_MAX);
  for (unsigned i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
    close(fds[i]);
  }
  serve();
  cr_expect_eq(control_clients(control), 0);
  close(fd);
}

Test(control, a_subscription_repeats_until_it_ends)
{
  const int fd = join();
  say(fd, "{\"op\":\"subscribe\",\"what\":\"count\",\"interval_ms\":500}\n");
  cr_expect_str_eq(heard(fd), "{\"ok\":true,\"count\":1}\n");
  now += 499000000;
  serve();
  cr_expect_str_eq(heard(fd), "");
  now += 1000000;
  serve();
  cr_expect_str_eq(heard(fd), "{\"ok\":true,\"count\":2}\n");
  say(fd, "{\"op\":\"unsubscribe\"}\n");
  cr_expect_str_eq(heard(fd), "{\"ok\":true}\n");
  now += 5000000000;
  serve();
  cr_expect_str_eq(heard(fd), "");
  close(fd);
}

Test(control, a_subscription_ends_with_its_client)
{
  const int fd = join();
  say(fd, "{\"op\":\"subscribe\",\"what\":\"count\"}\n");
  close(fd);
  serve();
  const int before = counter;
  now += 5000000000;
  serve();
  cr_expect_eq(counter, before);
}

Test(control, only_queries_can_be_subscribed_to)
{
  const int fd = join();
  say(fd, "{\"op\":\"subscribe\",\"what\":\"find\"}\n");
  cr_expect_not_null(strstr(heard(fd), "changes something"));
  say(fd, "{\"op\":\"subscribe\",\"what\":\"count\",\"interval_ms\":1}\n");
  cr_expect_not_null(strstr(heard(fd), "interval_ms"));
  say(fd, "{\"op\":\"subscribe\"}\n");
  cr_expect_not_null(strstr(heard(fd), "what"));
  close(fd);
}

Test(control, help_lists_every_op)
{
  const int fd = join();
  say(fd, "{\"op\":\"help\"}\n");
  const char *const text = heard(fd);
  cr_expect_not_null(strstr(text, "\"count\""));
  cr_expect_not_null(strstr(text, "\"subscribe\""));
  close(fd);
}

Test(control, the_socket_is_for_user_and_group)
{
  struct stat st;
  cr_assert_eq(stat(path, &st), 0);
  cr_expect_eq(st.st_mode & 0777, 0660);
}

Test(control, a_living_engine_is_not_replaced)
{
  struct control *second = NULL;
  cr_expect_eq(control_create(loop, &os, path, ops, NULL, quiet, &second),
               VSC_ERR_REFUSED);
  const int fd = join();
  say(fd, "{\"op\":\"count\"}\n");
  cr_expect_not_null(strstr(heard(fd), "\"ok\":true"));
  close(fd);
}

Test(control, a_dead_engines_socket_is_replaced)
{
  char stale[80], why[256];
  int fd = -1;
  snprintf(stale, sizeof stale, "%s/dead.sock", folder);
  cr_assert_eq(control_sock_listen(stale, &fd, why, sizeof why), VSC_OK);
  close(fd); /* as a process that died leaves it */
  cr_expect_eq(control_sock_listen(stale, &fd, why, sizeof why), VSC_OK);
  close(fd);
  unlink(stale);
}

Test(control, a_file_in_the_way_is_left_alone)
{
  char file[80], why[256];
  int fd = -1;
  snprintf(file, sizeof file, "%s/file.sock", folder);
  fclose(fopen(file, "w"));
  cr_expect_lt(control_sock_listen(file, &fd, why, sizeof why), 0);
  cr_expect_eq(unlink(file), 0);
}

Test(control, strangers_are_told_from_us_and_our_group)
{
  int pair[2];
  cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  const gid_t no_group = (gid_t)-2;
  cr_expect(control_sock_peer_ok(pair[0], geteuid(), no_group));
  cr_expect(control_sock_peer_ok(pair[0], geteuid() + 1, getegid()));
  if (geteuid() != 0) {
    cr_expect_not(control_sock_peer_ok(pair[0], geteuid() + 1, no_group));
  }
  close(pair[0]);
  close(pair[1]);
}

Test(control, a_socket_is_gone_with_its_engine)
{
  control_destroy(control);
  control = NULL;
  cr_expect_neq(access(path, F_OK), 0);
}
