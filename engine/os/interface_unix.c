/* interface_unix.c - which network interface a profile means.
   SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "interface.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static vsc_ip
address_of(const struct ifaddrs *a)
{
  struct sockaddr_in in;
  if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET) {
    return 0;
  }
  memcpy(&in, a->ifa_addr, sizeof in);
  return ntohl(in.sin_addr.s_addr);
}

/* A second address may have a label like "eth0:1": the interface is "eth0". */
static void
name_of(const struct ifaddrs *a, char *out, size_t bytes)
{
  snprintf(out, bytes, "%.*s", (int)strcspn(a->ifa_name, ":"), a->ifa_name);
}

static void
fill(struct os_interface *out, const struct ifaddrs *a)
{
  *out =
    (struct os_interface){ .address = address_of(a),
                           .is_loopback = (a->ifa_flags & IFF_LOOPBACK) != 0 };
  name_of(a, out->name, sizeof out->name);
  out->index = (int)if_nametoindex(out->name);
}

/* Appends while there is room. */
static void
append(char *out, size_t bytes, const char *fmt, ...) VSC_PRINTF(3, 4);
static void
append(char *out, size_t bytes, const char *fmt, ...)
{
  const size_t used = strlen(out);
  va_list args;
  va_start(args, fmt);
  vsnprintf(out + used, bytes - used, fmt, args);
  va_end(args);
}

/* "lo (127.0.0.1), eth0 (192.0.2.1)" */
static void
append_list(char *out, size_t bytes, const struct ifaddrs *all)
{
  const char *between = "";
  for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
    char text[INET_ADDRSTRLEN];
    const struct in_addr in = { htonl(address_of(a)) };
    if (in.s_addr && inet_ntop(AF_INET, &in, text, sizeof text)) {
      append(out, bytes, "%s%s (%s)", between, a->ifa_name, text);
      between = ", ";
    }
  }
  if (!between[0]) {
    append(out, bytes, "none");
  }
}

/* Exactly by its name or label, or by an address. One with an address goes
   before the same without. */
static const struct ifaddrs *
match(const struct ifaddrs *all, const char *wish)
{
  struct in_addr in;
  const vsc_ip ip = inet_pton(AF_INET, wish, &in) == 1 ? ntohl(in.s_addr) : 0;
  const struct ifaddrs *found = NULL;
  for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
    if (ip ? address_of(a) == ip : !strcmp(a->ifa_name, wish)) {
      if (!found || (!address_of(found) && address_of(a))) {
        found = a;
      }
    }
  }
  return found;
}

/* The only one that leads anywhere; COUNT says how many there are. */
static const struct ifaddrs *
only(const struct ifaddrs *all, unsigned *count)
{
  const struct ifaddrs *found = NULL;
  char first[IF_NAMESIZE], name[IF_NAMESIZE];
  *count = 0;
  for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
    if (!address_of(a) || !(a->ifa_flags & IFF_UP) ||
        (a->ifa_flags & IFF_LOOPBACK)) {
      continue;
    }
    name_of(a, name, sizeof name);
    if (!found) {
      found = a;
      name_of(a, first, sizeof first);
      *count = 1;
    } else if (strcmp(name, first) != 0) {
      ++*count;
    }
  }
  return found;
}

static vsc_status
choose(const struct ifaddrs *all,
       const char *wish,
       struct os_interface *out,
       char *why,
       size_t why_bytes)
{
  unsigned count = 0;
  const int is_auto = !strcmp(wish, "auto");
  const struct ifaddrs *const a =
    is_auto ? only(all, &count) : match(all, wish);
  if (a && (!is_auto || count == 1)) {
    fill(out, a);
    return VSC_OK;
  }
  if (is_auto && !count) {
    append(why,
           why_bytes,
           "interface = auto finds none that is up with an IPv4 address; "
           "name one of: ");
  } else if (is_auto) {
    append(why,
           why_bytes,
           "interface = auto finds %u interfaces; name one of: ",
           count);
  } else {
    append(
      why, why_bytes, "there is no interface \"%.63s\"; name one of: ", wish);
  }
  append_list(why, why_bytes, all);
  return VSC_ERR_NOT_FOUND;
}

vsc_status
os_find_interface(const char *wish,
                  struct os_interface *out,
                  char *why,
                  size_t why_bytes)
{
  *out = (struct os_interface){ 0 };
  why[0] = 0;
  if (!wish || !wish[0]) {
    return VSC_OK;
  }
  struct ifaddrs *all;
  if (getifaddrs(&all)) {
    append(why, why_bytes, "cannot list interfaces: %s", strerror(errno));
    return VSC_ERR_SYSTEM;
  }
  const vsc_status status = choose(all, wish, out, why, why_bytes);
  freeifaddrs(all);
  return status;
}

int
interface_look(const char *name,
               vsc_ip wish,
               struct os_interface *out,
               int *is_running)
{
  *out = (struct os_interface){ 0 };
  *is_running = 0;
  struct ifaddrs *all;
  if (getifaddrs(&all)) {
    return 0;
  }
  for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
    char base[IF_NAMESIZE];
    name_of(a, base, sizeof base);
    if (!strcmp(base, name)) {
      const vsc_ip address = address_of(a);
      if (!out->address || (wish && address == wish)) {
        fill(out, a);
      }
      *is_running = (a->ifa_flags & IFF_UP) && (a->ifa_flags & IFF_RUNNING);
    }
  }
  freeifaddrs(all);
  return out->index != 0;
}

void
interface_identity(const char *name, uint64_t engine_id, uint8_t out[8])
{
  uint8_t mac[6];
  interface_hardware(name, mac);
  uint8_t id[8];
  memcpy(id, &engine_id, sizeof id);
  static const uint8_t none[6];
  if (memcmp(mac, none, sizeof mac) == 0) {
    memcpy(out, id, 8);
    out[0] = (uint8_t)((out[0] | 2) & ~1); /* of nobody's, for one station */
    return;
  }
  memcpy(out, mac, 3);
  memcpy(out + 5, mac + 3, 3);
  /* FF-FE is what another PTP program of this machine makes of the same
     address (IEEE 1588-2008 7.5.2.2.2). */
  out[3] = id[0] == 0xFF ? 0xFD : id[0];
  out[4] = id[1];
}
