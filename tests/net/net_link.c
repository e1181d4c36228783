/* net_link.c - interfaces: which one is meant, and what happens when it goes
   away and comes back.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "net_world.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct link_story {
  unsigned ups, downs;
};

static void
on_link(void *arg, int is_up)
{
  struct link_story *const story = arg;
  story->ups += is_up != 0;
  story->downs += is_up == 0;
}

static void
serve_link(struct os *os, int ms)
{
  struct pollfd p = { .fd = os->link_fd(os), .events = POLLIN };
  while (poll(&p, 1, ms) > 0) {
    os->service(os);
    log_drain(the_log);
  }
}

static void
links_come_back(void)
{
  static const struct {
    const char *break_it, *mend_it;
  } ways[] = {
    { "ip link set near-a down",
      "ip link set near-a up" }, /* the far carrier */
    { "ip link set far-a down", "ip link set far-a up" },
    { "ip addr del 10.1.0.2/24 dev far-a",
      "ip addr add 10.1.0.2/24 dev far-a" },
    { "ip addr del 10.1.0.2/24 dev far-a",
      "ip addr add 10.1.0.7/24 dev far-a" },
    { "ip link del far-a", NULL },
  };
  struct os *const near = open_os("near-a"), *const far = open_os("far-a");
  struct link_story story = { 0 };
  far->on_link = on_link;
  far->on_link_arg = &story;
  vsc_socket *const tx = open_socket(near, 0, 0);
  vsc_socket *const back = open_socket(far, 0, 0);
  vsc_socket *const rx = open_socket(far, VSC_SOCKET_RECEIVE, PORT);
  vsc_socket *const source = open_socket(far, VSC_SOCKET_RECEIVE, PORT + 2);
  vsc_socket *const rx_near = open_socket(near, VSC_SOCKET_RECEIVE, PORT + 4);
  far->net.join(&far->net, rx, GROUP, 0);
  far->net.join(&far->net, source, ANOTHER, A_NEAR);
  near->net.join(&near->net, rx_near, GROUP, 0);
  const int fd = far->net.fd(&far->net, rx);
  for (unsigned i = 0; i < sizeof ways / sizeof ways[0]; i++) {
    vsc_datagram d;
    must(ways[i].break_it);
    serve_link(near, 50);
    serve_link(far, 50);
    CHECK(story.downs == i + 1);
    if (i == 4) {
      CHECK(far->net.address(&far->net) == 0);
      CHECK(send_to(far, back, GROUP, PORT + 4, 1) == 0);
      CHECK(far->net.receive(&far->net, rx, &d, 1) == 0);
      CHECK(far->net.join(&far->net, rx, ANOTHER, 0) == VSC_OK);
      make_pair("a", 1);
    } else {
      must(ways[i].mend_it);
    }
    serve_link(near, 100);
    serve_link(far, 100);
    CHECK(story.ups == i + 1);
    CHECK(send_to(near, tx, GROUP, PORT, 1) == 1);
    CHECK(hears(far, rx, &d, 1000));
    CHECK(send_to(near, tx, ANOTHER, PORT + 2, 1) == 1);
    CHECK(hears(far, source, &d, 1000));
    CHECK(send_to(far, back, GROUP, PORT + 4, 1) == 1);
    CHECK(hears(near, rx_near, &d, 1000));
    CHECK(d.source == far->net.address(&far->net));
  }
  vsc_datagram d;
  CHECK(send_to(near, tx, ANOTHER, PORT, 1) ==
        1); /* joined while it was gone */
  CHECK(hears(far, rx, &d, 1000));
  CHECK(far->net.fd(&far->net, rx) == fd);
  /* A flap that nobody had time to look at. */
  must("ip link set near-a down; ip link set near-a up; sleep 0.1");
  serve_link(far, 100);
  CHECK(story.ups == 6 && story.downs == 6);
  /* Others' links are not ours. */
  must("ip link set near-b down; ip link set near-b up; sleep 0.1");
  serve_link(far, 100);
  CHECK(story.ups == 6 && story.downs == 6);
  near->net.close(&near->net, tx);
  near->net.close(&near->net, rx_near);
  far->net.close(&far->net, back);
  far->net.close(&far->net, source);
  far->net.close(&far->net, rx);
  os_destroy(near);
  os_destroy(far);
}

/* Does an IGMPv3 report that names GROUP come within two seconds? */
static int
is_reported(int raw)
{
  const uint32_t group = htonl(GROUP);
  struct pollfd p = { .fd = raw, .events = POLLIN };
  while (poll(&p, 1, 2000) > 0) {
    char bytes[1500];
    const ssize_t n = recv(raw, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n > 0 && memmem(bytes, (size_t)n, &group, sizeof group)) {
      return 1;
    }
  }
  return 0;
}

/* A switch forgets who is behind a port that was out. */
static void
groups_are_reported_again(void)
{
  struct os *const far = open_os("far-a");
  vsc_socket *const rx = open_socket(far, VSC_SOCKET_RECEIVE, PORT);
  const int raw = socket(AF_INET, SOCK_RAW, IPPROTO_IGMP);
  const struct ip_mreqn join = { .imr_multiaddr.s_addr = htonl(0xE0000016),
                                 .imr_address.s_addr = htonl(A_NEAR) };
  CHECK(raw >= 0);
  CHECK(!setsockopt(raw, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, sizeof join));
  CHECK(!setsockopt(raw, SOL_SOCKET, SO_BINDTODEVICE, "near-a", 7));
  far->net.join(&far->net, rx, GROUP, 0);
  CHECK(is_reported(raw));
  must("ip link set near-a down");
  serve_link(far, 50);
  must("ip link set near-a up; sleep 1.5");
  char bytes[1500];
  while (recv(raw, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
  }
  serve_link(far, 50);
  CHECK(is_reported(raw));
  close(raw);
  far->net.close(&far->net, rx);
  os_destroy(far);
}

static void
no_interface(void)
{
  struct os *const os = open_os("");
  const vsc_socket_config config = { .size = sizeof config, .ttl = 1 };
  vsc_socket *s;
  CHECK(os->net.open(&os->net, &config, &s) == VSC_ERR_UNSUPPORTED);
  CHECK(os->net.address(&os->net) == 0);
  CHECK(os->link_fd(os) == -1);
  os_destroy(os);
}

static void
no_address(void)
{
  must("ip link add bare type veth peer name dull && ip link set dull up && ip "
       "link set bare up");
  struct os *const os = open_os("bare");
  vsc_socket *const tx = open_socket(os, 0, 0);
  vsc_socket *const rx = open_socket(os, VSC_SOCKET_RECEIVE, PORT);
  CHECK(os->net.join(&os->net, rx, GROUP, 0) == VSC_OK);
  CHECK(send_to(os, tx, GROUP, PORT, 1) == 0);
  must("ip addr add 10.7.0.1/24 dev bare");
  serve_link(os, 100);
  vsc_datagram d;
  CHECK(send_to(os, tx, GROUP, PORT, 1) == 1);
  CHECK(hears(os, rx, &d, 1000) && d.source == 0x0A070001);
  os->net.close(&os->net, tx);
  os->net.close(&os->net, rx);
  os_destroy(os);
  must("ip link del bare");
}

static void
wishes(void)
{
  struct os_interface i;
  char why[400];
  CHECK(os_find_interface("", &i, why, sizeof why) == VSC_OK && !i.name[0]);
  CHECK(os_find_interface("lo", &i, why, sizeof why) == VSC_OK);
  CHECK(i.is_loopback && i.address == 0x7F000001 && i.index == 1);
  CHECK(os_find_interface("10.2.0.1", &i, why, sizeof why) == VSC_OK);
  CHECK(!strcmp(i.name, "near-b") && i.address == B_NEAR && !i.is_loopback);
  CHECK(os_find_interface("eth99", &i, why, sizeof why) == VSC_ERR_NOT_FOUND);
  CHECK(strstr(why, "\"eth99\"") && strstr(why, "near-a (10.1.0.1)"));
  CHECK(os_find_interface("10.2.0.9", &i, why, sizeof why) ==
        VSC_ERR_NOT_FOUND);
  CHECK(os_find_interface("auto", &i, why, sizeof why) == VSC_ERR_NOT_FOUND);
  CHECK(strstr(why, "4 interfaces") && strstr(why, "far-b (10.2.0.2)"));
  char brief[20];
  CHECK(os_find_interface("auto", &i, brief, sizeof brief) < 0);
  CHECK(strlen(brief) == 19);
}

static void
only_one_is_auto(void)
{
  struct os_interface i;
  char why[400];
  must("ip link del near-a; ip link del near-b");
  CHECK(os_find_interface("auto", &i, why, sizeof why) == VSC_ERR_NOT_FOUND);
  CHECK(strstr(why, "lo (127.0.0.1)"));
  must("ip link add one type veth peer name dull && ip link set one up && "
       "ip addr add 10.5.0.1/24 dev one && "
       "ip addr add 10.5.0.2/24 dev one label one:1");
  CHECK(os_find_interface("auto", &i, why, sizeof why) == VSC_OK);
  CHECK(!strcmp(i.name, "one") && i.address == 0x0A050001);
  CHECK(os_find_interface("one:1", &i, why, sizeof why) == VSC_OK);
  CHECK(!strcmp(i.name, "one") && i.address == 0x0A050002);
}

int
main(void)
{
  begin();
  wishes();
  no_interface();
  no_address();
  groups_are_reported_again();
  links_come_back();
  only_one_is_auto();
  return end();
}
