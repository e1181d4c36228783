/* net_xdp.c - sockets that pass by the kernel's UDP: what arrives, what is
   refused, no carrier, an interface that is down for a while or made anew.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "net_world.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct os *near;
static struct os *far;
static vsc_socket *tx;
static vsc_socket *rx;
static unsigned said; /* how often it was said that there is the way past */
static char refusal[400];

static void
listen_to(void *arg, int level, const char *line)
{
  (void)arg;
  (void)level;
  said += strstr(line, "past the kernel's UDP (AF_XDP)") != NULL;
  if (strstr(line, "packets go through the kernel's UDP")) {
    snprintf(refusal, sizeof refusal, "%s", line);
  }
}

/* Of this namespace: datagrams that the kernel's UDP has sent. */
static unsigned long
ordinary(void)
{
  unsigned long sent = 0;
  char line[400];
  FILE *const file = fopen("/proc/net/snmp", "re");
  while (file && fgets(line, sizeof line, file)) {
    sscanf(line, "Udp: %*u %*u %*u %lu", &sent);
  }
  if (file) {
    fclose(file);
  }
  return sent;
}

/* Until the other side hears it, for links take their time to come up. */
static int
arrives(uint32_t bytes)
{
  vsc_datagram d;
  for (int i = 0; i < 50; i++) {
    near->service(near);
    log_drain(the_log);
    send_to(near, tx, GROUP, PORT, bytes);
    if (hears(far, rx, &d, 100)) {
      while (hears(far, rx, &d, 50)) {
      }
      return d.length == bytes;
    }
  }
  return 0;
}

static void
what_arrives(void)
{
  vsc_datagram d;
  const unsigned long before = ordinary();
  for (uint32_t bytes = 1; bytes <= 1472; bytes += 1 + bytes / 8) {
    CHECK(send_to(near, tx, GROUP, PORT, bytes) == 1);
    CHECK(hears(far, rx, &d, 1000));
    CHECK(d.length == bytes && d.dest == GROUP && d.source == A_NEAR);
  }
  CHECK(ordinary() == before);
  CHECK(send_to(near, tx, GROUP, PORT, 1472) == 1);
  CHECK(send_to(near, tx, GROUP, PORT, 1473) == 0);
  CHECK(send_to(near, tx, A_FAR, PORT, 100) == 0);
  CHECK(send_to(near, tx, GROUP, 0, 100) == 0);
  must("ip link set near-a mtu 1000");
  near->service(near);
  CHECK(send_to(near, tx, GROUP, PORT, 972) == 1);
  CHECK(send_to(near, tx, GROUP, PORT, 973) == 0);
  must("ip link set near-a mtu 1500");
  near->service(near);
  CHECK(ordinary() == before);
}

#define MANY 300

static uint32_t
send_many(void)
{
  static uint8_t bytes[300];
  static vsc_datagram batch[MANY];
  for (unsigned i = 0; i < MANY; i++) {
    batch[i] = (vsc_datagram){
      .bytes = bytes, .length = sizeof bytes, .dest = GROUP, .dest_port = PORT
    };
  }
  return (uint32_t)near->net.send(&near->net, tx, batch, MANY);
}

/* It neither waits nor fails; and what was not sent then never is. */
static void
a_link_that_comes_back(void)
{
  CHECK(arrives(100));
  must("ip link set far-a down");
  for (int i = 0; i < 10; i++) {
    send_many();
  }
  near->service(near);
  must("ip link set far-a up");
  far->service(far);
  CHECK(arrives(100));

  said = 0;
  must("ip link set near-a down");
  CHECK(send_many() == 256); /* the ring is full */
  CHECK(send_many() == 0);
  near->service(near);
  must("ip link set near-a up");
  CHECK(arrives(100));
  const unsigned long before = ordinary();
  CHECK(arrives(100) && said == 1);
  CHECK(ordinary() == before);
}

/* Another network interface of the same name. */
static void
an_interface_that_is_made_anew(void)
{
  vsc_socket *const second = open_socket(near, VSC_SOCKET_DIRECT, 0);
  near->net.close(&near->net, second); /* the first one goes on */
  CHECK(arrives(100));
  must("ip link del near-a");
  near->service(near);
  far->service(far);
  send_many();
  make_pair("a", 1);
  far->service(far);
  CHECK(arrives(400));
  const unsigned long before = ordinary();
  CHECK(arrives(400) && ordinary() == before);
}

static void
where_there_is_none(void)
{
  refusal[0] = '\0';
  struct os *const other = open_os("near-a");
  vsc_socket *const s = open_socket(other, VSC_SOCKET_DIRECT, 0);
  CHECK(strstr(refusal, "another program has it"));
  const unsigned long before = ordinary();
  CHECK(send_to(other, s, GROUP, PORT, 100) == 1);
  CHECK(ordinary() == before + 1);
  other->net.close(&other->net, s);
  os_destroy(other);
  refusal[0] = '\0';
  struct os *const lo = open_os("lo");
  vsc_socket *const t = open_socket(lo, VSC_SOCKET_DIRECT, 0);
  CHECK(strstr(refusal, "it is no Ethernet"));
  CHECK(send_to(lo, t, GROUP, PORT, 100) == 1);
  lo->net.close(&lo->net, t);
  os_destroy(lo);
}

int
main(void)
{
  begin();
  log_set_level(the_log, VSC_LOG_INFO);
  log_set_sink(the_log, listen_to, NULL);
  near = open_os("near-a");
  far = open_os("far-a");
  rx = open_socket(far, VSC_SOCKET_RECEIVE, PORT);
  CHECK(far->net.join(&far->net, rx, GROUP, 0) == VSC_OK);
  tx = open_socket(near, VSC_SOCKET_DIRECT, 0);
  if (!said) {
    fprintf(stderr, "skipped: no AF_XDP here: %s\n", refusal);
    return 77;
  }
  what_arrives();
  where_there_is_none();
  a_link_that_comes_back();
  an_interface_that_is_made_anew();
  near->net.close(&near->net, tx);
  far->net.close(&far->net, rx);
  os_destroy(near);
  os_destroy(far);
  return end();
}
