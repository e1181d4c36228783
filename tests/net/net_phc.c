/* net_phc.c - sockets that want the interface's own time stamps, on one that
   has none, with a made-up clock of it: what it did not stamp is not exact, but
   what this machine says to itself; and a clock that is lost gives way to the
   kernel's stamps. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "engine/os/os_linux.h"
#include "net_world.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STRANGER 0x7F000002u /* 127.0.0.2 */

static void
no_close(void *arg, int fd)
{
  (void)arg;
  (void)fd;
}

static int
no_answer(void *arg, int fd, unsigned long request, void *data) VSC_RT
{
  (void)arg;
  (void)fd;
  (void)request;
  (void)data;
  return -1;
}

/* The interface is said to stamp, and its clock answers no more. */
static const struct phc_system mute = { .close = no_close, .read = no_answer };

static void
say_from(vsc_ip source, vsc_ip group)
{
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const struct sockaddr_in from = { .sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(source) };
  const struct sockaddr_in to = { .sin_family = AF_INET,
                                  .sin_port = htons(PORT),
                                  .sin_addr.s_addr = htonl(group) };
  const struct in_addr lo = { htonl(0x7F000001u) };
  CHECK(!bind(fd, (const struct sockaddr *)&from, sizeof from));
  CHECK(!setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &lo, sizeof lo));
  CHECK(sendto(fd, "x", 1, 0, (const struct sockaddr *)&to, sizeof to) == 1);
  close(fd);
}

/* How many stamps of what was sent have come within a while. */
static int32_t
stamps_of(struct os *os, vsc_socket *s)
{
  vsc_ns stamps[8];
  int32_t count = 0;
  for (int i = 0; i < 50 && count == 0; i++) {
    os->sleep_until(os, os->now(os) + 2000000);
    count = os->net.sent(&os->net, s, stamps, 8);
  }
  return count;
}

static int
is_hardware(struct os *os)
{
  vsc_net_about about = { .size = sizeof about };
  CHECK(os->net.about(&os->net, &about) == VSC_OK);
  return about.has_hardware_stamps != 0;
}

static void
stamps_of_nobody(void)
{
  struct os *const os = open_os("lo");
  struct os_unix *const inner = (struct os_unix *)os;
  vsc_socket *const s = open_socket(
    os, VSC_SOCKET_RECEIVE | VSC_SOCKET_STAMPS | VSC_SOCKET_HARDWARE, PORT);
  vsc_datagram d = { .length = 0 };
  CHECK(os->net.join(&os->net, s, GROUP, 0) == VSC_OK);
  CHECK(!is_hardware(os)); /* lo has none */
  /* The kernel begins to stamp a moment after it was asked. */
  os->sleep_until(os, os->now(os) + 50000000);
  say_from(STRANGER, GROUP);
  CHECK(hears(os, s, &d, 2000) && d.source == STRANGER && d.is_exact);
  CHECK(send_to(os, s, GROUP, PORT, 10) == 1);
  CHECK(stamps_of(os, s) == 1);
  CHECK(hears(os, s, &d, 2000) && d.is_exact);

  inner->hardware->phc = (struct phc){ .system = &mute };
  CHECK(is_hardware(os));
  say_from(STRANGER, GROUP);
  CHECK(hears(os, s, &d, 2000) && d.source == STRANGER && !d.is_exact);
  CHECK(d.when <= os->now(os) &&
        os->now(os) - d.when < 10 * (vsc_ns)1000000000);
  CHECK(send_to(os, s, GROUP, PORT, 10) == 1);
  CHECK(stamps_of(os, s) == 0); /* the kernel's count for nothing now */
  CHECK(hears(os, s, &d, 2000) && d.source == 0x7F000001u && d.is_exact);

  vsc_ns stamp;
  for (int i = 0; i < 1000 && is_hardware(os); i++) {
    say_from(STRANGER, GROUP);
    CHECK(hears(os, s, &d, 2000));
    os->sleep_until(os, os->now(os) + 51000000);
    os->net.sent(&os->net, s, &stamp, 1);
  }
  CHECK(!is_hardware(os));
  say_from(STRANGER, GROUP);
  CHECK(hears(os, s, &d, 2000) && d.is_exact);
  CHECK(send_to(os, s, GROUP, PORT, 10) == 1);
  CHECK(stamps_of(os, s) == 1);
  os->net.close(&os->net, s);
  os_destroy(os);
}

/* Nobody wants it any more: a socket of the kernel's stamps that is opened next
   must not be said to have others, and its clock is closed. */
static void
closes_with_the_last(void)
{
  const uint32_t flags =
    VSC_SOCKET_RECEIVE | VSC_SOCKET_STAMPS | VSC_SOCKET_HARDWARE;
  struct os *const os = open_os("lo");
  struct os_unix *const inner = (struct os_unix *)os;
  vsc_socket *const s = open_socket(os, flags, PORT);
  vsc_socket *const other = open_socket(os, flags, PORT);
  inner->hardware->phc = (struct phc){ .system = &mute };
  os->net.close(&os->net, other);
  CHECK(is_hardware(os));
  os->net.close(&os->net, s);
  CHECK(!is_hardware(os));
  os_destroy(os);
}

/* What is sent into a cable that is out leaves no stamps, and is no fault of
   the interface. */
static void
waits_for_the_link(void)
{
  struct os *const os = open_os("lo");
  struct os_unix *const inner = (struct os_unix *)os;
  vsc_ns stamp;
  vsc_socket *const s = open_socket(
    os, VSC_SOCKET_RECEIVE | VSC_SOCKET_STAMPS | VSC_SOCKET_HARDWARE, PORT);
  inner->hardware->phc = (struct phc){ .system = &mute, .unsent = 1000 };
  inner->is_up = 0;
  os->net.sent(&os->net, s, &stamp, 1);
  CHECK(is_hardware(os));
  inner->is_up = 1;
  os->net.sent(&os->net, s, &stamp, 1);
  CHECK(!is_hardware(os));
  os->net.close(&os->net, s);
  os_destroy(os);
}

int
main(void)
{
  begin();
  stamps_of_nobody();
  closes_with_the_last();
  waits_for_the_link();
  return end();
}
