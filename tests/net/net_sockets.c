/* net_sockets.c - the Linux back-end's clocks and sockets against the kernel.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "net_world.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
loopback_multicast(void)
{
  struct os *const os = open_os("lo");
  vsc_socket *const tx = open_socket(os, 0, 0);
  vsc_socket *const rx = open_socket(os, VSC_SOCKET_RECEIVE, PORT);
  vsc_socket *const deaf = open_socket(os, VSC_SOCKET_RECEIVE, PORT);
  CHECK(os->net.join(&os->net, rx, GROUP, 0) == VSC_OK);
  CHECK(os->net.join(&os->net, deaf, ANOTHER, 0) == VSC_OK);
  vsc_datagram d = { .length = 0 };
  /* The kernel begins to stamp a moment after it was asked. */
  os->sleep_until(os, os->now(os) + 50000000);
  const vsc_ns before = os->now(os);
  CHECK(send_to(os, tx, GROUP, PORT, 100) == 1);
  const vsc_ns sent = os->now(os);
  os->sleep_until(os, sent + 30000000);
  CHECK(hears(os, rx, &d, 1000));
  CHECK(d.length == 100 && !d.truncated);
  CHECK(d.dest == GROUP && d.dest_port == PORT && d.source == 0x7F000001);
  CHECK(d.when >= before - 1000000 &&
        d.when <= sent + 20000000); /* the kernel's time, not ours */
  CHECK(!hears(os, rx, &d, 50));    /* once */
  CHECK(!hears(os, deaf, &d, 50));  /* IP_MULTICAST_ALL=0 */
  os->net.leave(&os->net, rx, GROUP, 0);
  send_to(os, tx, GROUP, PORT, 100);
  CHECK(!hears(os, rx, &d, 50));
  os->net.close(&os->net, tx);
  os->net.close(&os->net, rx);
  os->net.close(&os->net, deaf);
  os_destroy(os);
}

/* What the system says, not what it was asked for; and an ear takes nothing
   from anybody. */
static void
what_the_system_says(void)
{
  struct os *const os = open_os("lo");
  vsc_socket *const tx = open_socket(os, 0, 0);
  vsc_socket *const rx = open_socket(os, VSC_SOCKET_RECEIVE, PORT);
  struct os_reception r;
  vsc_datagram d;
  os->reception(os, GROUP, &r);
  CHECK(!r.is_joined && r.is_up && strcmp(r.name, "lo") == 0);
  os->net.join(&os->net, rx, GROUP, 0);
  os->reception(os, GROUP, &r);
  CHECK(r.is_joined == 1);
  os->reception(os, ANOTHER, &r);
  CHECK(!r.is_joined);
  const int same = os->listen_at(os, GROUP, PORT);
  const int other = os->listen_at(os, GROUP, PORT + 2);
  const int empty = os->listen_at(os, GROUP, PORT + 4);
  CHECK(same >= 0 && other >= 0 && empty >= 0);
  send_to(os, tx, GROUP, PORT, 100);
  send_to(os, tx, GROUP, PORT + 2, 1100);
  CHECK(hears(os, rx, &d, 1000));
  CHECK(d.length == 100);
  CHECK(!hears(os, rx, &d, 50));
  CHECK(os->has_heard(os, same) && os->has_heard(os, other));
  CHECK(!os->has_heard(os, empty));
  os->reception(os, GROUP, &r);
  CHECK(r.is_joined == 1); /* still, without the ears */
  os->net.leave(&os->net, rx, GROUP, 0);
  os->reception(os, GROUP, &r);
  CHECK(!r.is_joined);
  os->net.close(&os->net, tx);
  os->net.close(&os->net, rx);
  os_destroy(os);
}

static void
batches(void)
{
  struct os *const os = open_os("lo");
  vsc_socket *const tx = open_socket(os, 0, 0);
  vsc_socket *const rx = open_socket(os, VSC_SOCKET_RECEIVE, PORT);
  os->net.join(&os->net, rx, GROUP, 0);
  static uint8_t bytes[100][4];
  vsc_datagram out[100], in[100];
  for (unsigned i = 0; i < 100; i++) {
    bytes[i][0] = (uint8_t)i;
    out[i] = (vsc_datagram){
      .bytes = bytes[i], .length = 4, .dest = GROUP, .dest_port = PORT
    };
  }
  CHECK(os->net.send(&os->net, tx, out, 100) == 100);
  unsigned got = 0;
  for (int32_t n = 1; n > 0;) {
    n = os->net.receive(&os->net, rx, in, 100);
    CHECK(n <= 16);
    for (int32_t i = 0; i < n; i++, got++) {
      CHECK(in[i].bytes[0] == got);
    }
  }
  CHECK(got == 100);
  CHECK(os->net.receive(&os->net, rx, in, 0) == 0);
  out[3].dest = 0; /* nothing goes nowhere: it stops there */
  CHECK(os->net.send(&os->net, tx, out, 100) == 3);
  os->net.close(&os->net, tx);
  os->net.close(&os->net, rx);
  os_destroy(os);
}

static void
groups_of_a_socket(void)
{
  struct os *const os = open_os("lo");
  const vsc_net *const net = &os->net;
  vsc_socket *const rx = open_socket(os, VSC_SOCKET_RECEIVE, PORT);
  for (unsigned i = 0; i < VSC_NET_GROUPS; i++) {
    CHECK(net->join(net, rx, ANOTHER + i, 0) == VSC_OK);
  }
  CHECK(net->join(net, rx, GROUP, 0) == VSC_ERR_REFUSED);
  CHECK(net->join(net, rx, ANOTHER, 0) == VSC_OK); /* the same again */
  net->leave(net, rx, ANOTHER, 0);
  CHECK(net->join(net, rx, GROUP, 0) == VSC_ERR_REFUSED);
  net->leave(net, rx, ANOTHER, 0);
  CHECK(net->join(net, rx, GROUP, 0) == VSC_OK);
  CHECK(net->join(net, rx, A_NEAR, 0) == VSC_ERR_INVALID);
  net->close(net, rx);
  os_destroy(os);
}

static void
only_the_source_that_was_asked_for(void)
{
  struct os *const near = open_os("near-a"), *const far = open_os("far-a");
  vsc_socket *const tx = open_socket(near, 0, 0);
  vsc_socket *const rx = open_socket(far, VSC_SOCKET_RECEIVE, PORT);
  vsc_datagram d;
  CHECK(far->net.join(&far->net, rx, GROUP, A_NEAR) == VSC_OK);
  CHECK(far->net.join(&far->net, rx, ANOTHER, B_NEAR) == VSC_OK);
  CHECK(far->net.join(&far->net, rx, GROUP, 0) == VSC_ERR_REFUSED);
  CHECK(send_to(near, tx, ANOTHER, PORT, 1) == 1);
  CHECK(!hears(far, rx, &d, 100));
  CHECK(send_to(near, tx, GROUP, PORT, 1) == 1);
  CHECK(hears(far, rx, &d, 1000) && d.source == A_NEAR);
  far->net.leave(&far->net, rx, GROUP, A_NEAR);
  CHECK(send_to(near, tx, GROUP, PORT, 1) == 1);
  CHECK(!hears(far, rx, &d, 100));
  near->net.close(&near->net, tx);
  far->net.close(&far->net, rx);
  os_destroy(near);
  os_destroy(far);
}

static void
too_long(void)
{
  struct os *const near = open_os("near-a"), *const far = open_os("far-a");
  struct os *const lo = open_os("lo");
  vsc_socket *const tx = open_socket(near, 0, 0);
  vsc_socket *const rx = open_socket(far, VSC_SOCKET_RECEIVE, PORT);
  vsc_datagram d;
  far->net.join(&far->net, rx, GROUP, 0);
  CHECK(send_to(near, tx, GROUP, PORT, 1473) == 0); /* never fragments */
  CHECK(send_to(near, tx, GROUP, PORT, 1472) == 1);
  CHECK(hears(far, rx, &d, 1000) && d.length == 1472 && !d.truncated);
  vsc_socket *const lo_tx = open_socket(lo, 0, 0);
  vsc_socket *const lo_rx = open_socket(lo, VSC_SOCKET_RECEIVE, PORT);
  lo->net.join(&lo->net, lo_rx, GROUP, 0);
  CHECK(send_to(lo, lo_tx, GROUP, PORT, 2049) == 1);
  CHECK(hears(lo, lo_rx, &d, 1000) && d.length == 2048 && d.truncated);
  CHECK(send_to(lo, lo_tx, GROUP, PORT, 0) == 1);
  CHECK(hears(lo, lo_rx, &d, 1000) && d.length == 0 && !d.truncated);
  near->net.close(&near->net, tx);
  far->net.close(&far->net, rx);
  lo->net.close(&lo->net, lo_tx);
  lo->net.close(&lo->net, lo_rx);
  os_destroy(near);
  os_destroy(far);
  os_destroy(lo);
}

static void
marks_of_a_packet(void)
{
  struct os *const os = open_os("lo");
  vsc_socket *const tx = open_socket(os, 0, 0);
  const int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
  const struct ip_mreqn join = { .imr_multiaddr.s_addr = htonl(GROUP),
                                 .imr_ifindex = 1 };
  const struct sockaddr_in in = { .sin_family = AF_INET,
                                  .sin_port = htons(PORT) };
  setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof on);
  setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof on);
  setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, sizeof join);
  CHECK(bind(fd, (const struct sockaddr *)&in, sizeof in) == 0);
  const vsc_ip dests[] = { GROUP, 0x7F000001 };
  for (unsigned i = 0; i < 2; i++) {
    char bytes[16], control[256];
    struct iovec part = { .iov_base = bytes, .iov_len = sizeof bytes };
    struct msghdr m = { .msg_iov = &part,
                        .msg_iovlen = 1,
                        .msg_control = control,
                        .msg_controllen = sizeof control };
    int ttl = 0, tos = 0;
    CHECK(send_to(os, tx, dests[i], PORT, 1) == 1);
    CHECK(recvmsg(fd, &m, 0) == 1);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
      ttl = c->cmsg_type == IP_TTL ? *(const int *)(void *)CMSG_DATA(c) : ttl;
      tos = c->cmsg_type == IP_TOS ? *CMSG_DATA(c) : tos;
    }
    CHECK(ttl == 9);
    CHECK(tos == 46 << 2);
  }
  int priority = 0, discover = 0;
  socklen_t size = sizeof priority;
  const int tx_fd = os->net.fd(&os->net, tx);
  getsockopt(tx_fd, SOL_SOCKET, SO_PRIORITY, &priority, &size);
  getsockopt(tx_fd, IPPROTO_IP, IP_MTU_DISCOVER, &discover, &size);
  CHECK(priority == 6);
  CHECK(discover == IP_PMTUDISC_PROBE);
  close(fd);
  os->net.close(&os->net, tx);
  os_destroy(os);
}

static void
two_interfaces(void)
{
  struct os *const near_a = open_os("near-a"), *const near_b =
                                                 open_os("near-b");
  struct os *const far_a = open_os("far-a"), *const far_b = open_os("far-b");
  vsc_socket *const tx_a = open_socket(near_a, 0, 0);
  vsc_socket *const tx_b = open_socket(near_b, 0, 0);
  vsc_socket *const rx_a = open_socket(far_a, VSC_SOCKET_RECEIVE, PORT);
  vsc_socket *const rx_b = open_socket(far_b, VSC_SOCKET_RECEIVE, PORT);
  far_a->net.join(&far_a->net, rx_a, GROUP, 0);
  far_b->net.join(&far_b->net, rx_b, GROUP, 0);
  vsc_datagram d;
  /* A group on both: each hears its own, once. */
  CHECK(send_to(near_a, tx_a, GROUP, PORT, 1) == 1);
  CHECK(hears(far_a, rx_a, &d, 1000) && d.source == A_NEAR);
  CHECK(!hears(far_a, rx_a, &d, 50));
  CHECK(!hears(far_b, rx_b, &d, 50));
  CHECK(send_to(near_b, tx_b, GROUP, PORT, 1) == 1);
  CHECK(hears(far_b, rx_b, &d, 1000) && d.source == B_NEAR);
  CHECK(!hears(far_a, rx_a, &d, 50));
  /* Unicast that arrives on the other interface is not for us. Both listen to
     any address: the newest gets it. */
  far_a->net.close(&far_a->net, rx_a);
  CHECK(send_to(near_a, tx_a, A_FAR, PORT, 1) == 1);
  CHECK(!hears(far_b, rx_b, &d, 100));
  /* To the interface's own address it is heard, sent from here or there. */
  vsc_socket *const own =
    open_socket(far_a, VSC_SOCKET_RECEIVE | VSC_SOCKET_UNICAST, PORT + 2);
  CHECK(send_to(near_a, tx_a, A_FAR, PORT + 2, 1) == 1);
  CHECK(hears(far_a, own, &d, 1000) && d.dest == A_FAR);
  vsc_socket *const self = open_socket(far_a, 0, 0);
  CHECK(send_to(far_a, self, A_FAR, PORT + 2, 1) == 1);
  CHECK(hears(far_a, own, &d, 1000) && d.source == A_FAR);
  vsc_socket *const any = open_socket(far_a, VSC_SOCKET_RECEIVE, PORT + 4);
  CHECK(send_to(far_a, self, A_FAR, PORT + 4, 1) == 1);
  CHECK(hears(far_a, any, &d, 1000) && d.source == A_FAR);
  /* So is what a stranger on this machine sends there. */
  const int stranger = socket(AF_INET, SOCK_DGRAM, 0);
  const struct sockaddr_in there = { .sin_family = AF_INET,
                                     .sin_port = htons(PORT + 4),
                                     .sin_addr.s_addr = htonl(A_FAR) };
  CHECK(
    sendto(stranger, "", 1, 0, (const struct sockaddr *)&there, sizeof there) ==
    1);
  CHECK(hears(far_a, any, &d, 1000));
  close(stranger);
  near_a->net.close(&near_a->net, tx_a);
  near_b->net.close(&near_b->net, tx_b);
  far_b->net.close(&far_b->net, rx_b);
  far_a->net.close(&far_a->net, own);
  far_a->net.close(&far_a->net, any);
  far_a->net.close(&far_a->net, self);
  os_destroy(near_a);
  os_destroy(near_b);
  os_destroy(far_a);
  os_destroy(far_b);
}

static unsigned long
packets_on(const char *interface)
{
  char command[100];
  unsigned long n = 0;
  snprintf(
    command,
    sizeof command,
    "ip -s link show %s | awk 'after { print $2; exit } /TX:/ { after = 1 }'",
    interface);
  FILE *const f = popen(command, "r");
  if (!f || fscanf(f, "%lu", &n) != 1) {
    CHECK(!"counting packets");
  }
  if (f) {
    pclose(f);
  }
  return n;
}

/* The route to 10.9.0.1 goes out of near-b; the socket is near-a's. */
static void
routes_do_not_lead_astray(void)
{
  struct os *const os = open_os("near-a");
  vsc_socket *const tx = open_socket(os, 0, 0);
  vsc_socket *const both = open_socket(os, VSC_SOCKET_RECEIVE, PORT);
  must("ip route add 10.9.0.0/16 via 10.2.0.2 dev near-b");
  must("ip route add 224.0.0.0/4 dev near-b");
  must("ip neigh replace 10.9.0.1 lladdr 02:00:00:00:00:01 dev near-a");
  const unsigned long a = packets_on("near-a"), b = packets_on("near-b");
  for (unsigned i = 0; i < 50; i++) {
    CHECK(send_to(os, tx, 0x0A090001, PORT, 1) == 1);
    CHECK(send_to(os, tx, GROUP, PORT, 1) == 1);
    CHECK(send_to(os, both, 0x0A090001, PORT, 1) == 1);
    CHECK(send_to(os, both, GROUP, PORT, 1) == 1);
  }
  CHECK(packets_on("near-a") - a >= 200);
  CHECK(packets_on("near-b") - b < 20); /* the kernel's own few */
  must("ip route del 224.0.0.0/4 dev near-b");
  must("ip route del 10.9.0.0/16 via 10.2.0.2 dev near-b");
  os->net.close(&os->net, both);
  os->net.close(&os->net, tx);
  os_destroy(os);
}

static void
clocks(void)
{
  struct os *const os = open_os("");
  for (unsigned i = 0; i < 50; i++) {
    const vsc_ns t = os->now(os) + 300000;
    os->sleep_until(os, t);
    CHECK(os->now(os) >= t);
  }
  os->sleep_until(os, 0);
  vsc_ns host;
  int64_t tai;
  int32_t offset;
  const vsc_ns before = os->now(os);
  CHECK(os->system_clock(os, &host, &tai, &offset) == VSC_OK);
  CHECK(host >= before && host <= os->now(os));
  CHECK(tai > INT64_C(1700000000) * 1000000000);
  CHECK(offset >= 0 && offset < 100);
  os_destroy(os);
}

static uint32_t
shared_port(struct os *os)
{
  vsc_net_about about = { .size = sizeof about };
  CHECK(os->net.about(&os->net, &about) == VSC_OK);
  return about.shared_port;
}

/* Another program's socket, at some address. */
static int
stranger_at(vsc_ip address, uint16_t port)
{
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;
  const struct sockaddr_in in = { .sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(address) };
  CHECK(!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  CHECK(!bind(fd, (const struct sockaddr *)&in, sizeof in));
  return fd;
}

static void
a_stamped_port_that_another_has(void)
{
  struct os *const os = open_os("near-a");
  vsc_socket *const media = open_socket(os, VSC_SOCKET_RECEIVE, PORT);
  vsc_socket *const s =
    open_socket(os, VSC_SOCKET_RECEIVE | VSC_SOCKET_STAMPS, PORT + 1);
  const struct {
    vsc_ip address;
    uint16_t port;
    uint32_t wanted;
  } rows[] = {
    { 0, PORT, 0 },
    { 0, PORT + 1, PORT + 1 },
    { A_NEAR, PORT + 1, PORT + 1 },
    { B_NEAR, PORT + 1, 0 },
    { 0x7F000001u, PORT + 1, 0 },
  };
  CHECK(shared_port(os) == 0);
  for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const int fd = stranger_at(rows[i].address, rows[i].port);
    CHECK(shared_port(os) == rows[i].wanted);
    close(fd);
  }
  os->net.close(&os->net, s);
  os->net.close(&os->net, media);
  os_destroy(os);
}

int
main(void)
{
  begin();
  clocks();
  loopback_multicast();
  what_the_system_says();
  batches();
  groups_of_a_socket();
  only_the_source_that_was_asked_for();
  too_long();
  marks_of_a_packet();
  two_interfaces();
  routes_do_not_lead_astray();
  a_stamped_port_that_another_has();
  return end();
}
