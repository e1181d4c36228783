/* test_link_message.c - messages of macOS's routing socket, byte by byte.
   SPDX-License-Identifier: MIT */
#include "engine/os/os_darwin.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define INDEX 4

/* What macOS says when an address of en0, number 4, is taken away: netmask,
   interface (longer than 16 bytes), address, broadcast address. */
static const char gone[] =
  /* length, version, type, set, flags, number, metric */
  "\120\0\5\15\264\0\0\0\103\10\0\0\4\0\0\0\0\0\0\0"
  "\7\0\0\0\377\377\377\0"                  /* netmask */
  "\24\22\4\0\6\3\6\0en0\2\0\0\0\0\0\1\0\0" /* interface */
  "\20\2\0\0\300\0\2\1\0\0\0\0\0\0\0\0"     /* address */
  "\20\2\0\0\300\0\2\377\0\0\0\0\0\0\0";    /* and a 0 behind it */

/* In memory of just that size, for the sanitizer. */
static enum link_news
read_exactly(const void *bytes, size_t got)
{
  unsigned char *const copy = malloc(got + 1);
  cr_assert_not_null(copy);
  memcpy(copy + 1, bytes, got);
  const enum link_news news = message_read(copy + 1, got, INDEX);
  free(copy);
  return news;
}

static enum link_news
read_with(size_t at, unsigned char byte)
{
  unsigned char bytes[sizeof gone];
  memcpy(bytes, gone, sizeof gone);
  bytes[at] = byte;
  return read_exactly(bytes, sizeof bytes);
}

Test(link_message, address_gone_is_an_outage)
{
  cr_assert_eq(read_exactly(gone, sizeof gone), LINK_OUTAGE);
}

Test(link_message, address_gone_of_another_interface_is_looked_at)
{
  cr_assert_eq(read_with(12, INDEX + 1), LINK_LOOK);
}

Test(link_message, address_gone_of_ipv6_is_looked_at)
{
  cr_assert_eq(read_with(20 + 8 + 20 + 1, MESSAGE_INET6), LINK_LOOK);
}

Test(link_message, address_that_comes_is_looked_at)
{
  cr_assert_eq(read_with(3, MESSAGE_NEWADDR), LINK_LOOK);
}

Test(link_message, link_without_carrier_is_an_outage)
{
  cr_assert_eq(read_with(3, MESSAGE_IFINFO), LINK_LOOK); /* flags 0x843 */
  unsigned char bytes[sizeof gone];
  memcpy(bytes, gone, sizeof gone);
  bytes[3] = MESSAGE_IFINFO;
  bytes[8] = 0x03; /* up, broadcast, not running */
  cr_assert_eq(read_exactly(bytes, sizeof bytes), LINK_OUTAGE);
}

Test(link_message, route_is_nothing)
{
  cr_assert_eq(read_with(3, 1), LINK_NOTHING);
}

Test(link_message, unknown_version_is_looked_at)
{
  cr_assert_eq(read_with(2, MESSAGE_VERSION + 1), LINK_LOOK);
}

/* An address that is not there is taken for one of IPv4: the worst. */
Test(link_message, cut_short_is_an_outage_or_nothing)
{
  for (size_t got = 0; got < sizeof gone; got++) {
    cr_assert_eq(read_exactly(gone, got),
                 got < sizeof(struct message) ? LINK_NOTHING : LINK_OUTAGE,
                 "%zu bytes",
                 got);
  }
}

Test(link_message, any_byte_may_be_anything)
{
  for (size_t at = 0; at < sizeof gone; at++) {
    for (unsigned byte = 0; byte < 256; byte++) {
      const enum link_news news = read_with(at, (unsigned char)byte);
      cr_assert(news <= LINK_OUTAGE);
    }
  }
}

/* All addresses at once, each said to be LENGTH long, up to behind the end. */
Test(link_message, lengths_of_addresses_are_bounded)
{
  unsigned char bytes[64];
  memcpy(bytes, gone, MESSAGE_ADDRESSES);
  bytes[4] = 0xff;
  for (unsigned length = 0; length < 256; length++) {
    memset(
      bytes + MESSAGE_ADDRESSES, (int)length, sizeof bytes - MESSAGE_ADDRESSES);
    for (size_t got = MESSAGE_ADDRESSES; got <= sizeof bytes; got++) {
      cr_assert(read_exactly(bytes, got) >= LINK_LOOK);
    }
  }
}
