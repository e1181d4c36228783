/* net_world.h - what the programs of this folder share: checks, sockets, and
   two pairs of virtual cables in one namespace, near-a to far-a and near-b to
   far-b. SPDX-License-Identifier: MIT */
#ifndef VSC_NET_WORLD_H
#define VSC_NET_WORLD_H

#include "engine/log.h"
#include "engine/os.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define GROUP 0xEF450101u   /* 239.69.1.1 */
#define ANOTHER 0xEF450102u /* 239.69.1.2 */
#define PORT 5004
#define A_NEAR 0x0A010001u /* 10.1.0.1 */
#define A_FAR 0x0A010002u
#define B_NEAR 0x0A020001u
#define B_FAR 0x0A020002u

static unsigned failures;

#define CHECK(what)                                                            \
  do {                                                                         \
    if (!(what)) {                                                             \
      fprintf(stderr,                                                          \
              "%s:%d: %s: not so: %s\n",                                       \
              __FILE__,                                                        \
              __LINE__,                                                        \
              __func__,                                                        \
              #what);                                                          \
      failures++;                                                              \
    }                                                                          \
  } while (0)

static struct log *the_log;

static void
must(const char *command)
{
  if (system(command)) {
    fprintf(stderr, "skipped: %s: failed\n", command);
    exit(77);
  }
}

static struct os *
open_os(const char *wish)
{
  struct os_interface interface;
  char why[400];
  if (os_find_interface(wish, &interface, why, sizeof why) < 0) {
    fprintf(stderr, "%s\n", why);
    exit(1);
  }
  struct os *os;
  if (os_create(&interface, the_log, &os) < 0) {
    exit(1);
  }
  return os;
}

static vsc_socket *
open_socket(struct os *os, uint32_t flags, uint16_t port)
{
  const vsc_socket_config config = { .size = sizeof config,
                                     .flags = flags,
                                     .port = port,
                                     .dscp = 46,
                                     .ttl = 9,
                                     .batch = 16 };
  vsc_socket *s = NULL;
  const vsc_status status = os->net.open(&os->net, &config, &s);
  log_drain(the_log);
  if (status < 0) {
    fprintf(stderr, "open: %d\n", (int)status);
    exit(1);
  }
  return s;
}

static int32_t
send_to(struct os *os, vsc_socket *s, vsc_ip dest, uint16_t port, uint32_t size)
{
  static uint8_t bytes[4000];
  const vsc_datagram d = {
    .bytes = bytes, .length = size, .dest = dest, .dest_port = port
  };
  return os->net.send(&os->net, s, &d, 1);
}

/* One datagram within MS; a silence is worth a tenth of a second. */
static int
hears(struct os *os, vsc_socket *s, vsc_datagram *out, int ms)
{
  struct pollfd p = { .fd = os->net.fd(&os->net, s), .events = POLLIN };
  while (poll(&p, 1, ms) > 0) {
    if (os->net.receive(&os->net, s, out, 1) == 1) {
      return 1;
    }
  }
  return 0;
}

static void
make_pair(const char *pair, unsigned net)
{
  char command[300];
  snprintf(command,
           sizeof command,
           "ip link add near-%s type veth peer name far-%s && "
           "ip addr add 10.%u.0.1/24 dev near-%s && "
           "ip addr add 10.%u.0.2/24 dev far-%s && "
           "ip link set near-%s up && ip link set far-%s up",
           pair,
           pair,
           net,
           pair,
           net,
           pair,
           pair,
           pair);
  must(command);
  /* Both ends live in one namespace: let packets from ourselves in. */
  snprintf(command,
           sizeof command,
           "for i in near far; do cd /proc/sys/net/ipv4/conf/$i-%s && "
           "echo 1 >accept_local && echo 0 >rp_filter; done && "
           "echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter",
           pair);
  must(command);
}

static void
begin(void)
{
  the_log = log_create(getenv("VERBOSE") ? VSC_LOG_DEBUG : VSC_LOG_ERROR);
  make_pair("a", 1);
  make_pair("b", 2);
}

static int
end(void)
{
  log_destroy(the_log);
  printf("%u failures\n", failures);
  return failures != 0;
}

#endif
