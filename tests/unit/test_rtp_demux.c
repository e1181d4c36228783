/* test_rtp_demux.c - the table from socket and destination to receivers.
   SPDX-License-Identifier: MIT */
#include "modules/transport-rtp/demux.h"

#include <criterion/criterion.h>

#include <stdlib.h>

#define GROUP 0xEF450101u

struct table {
  struct demux demux;
  void *memory;
};

static struct table
make(uint32_t count)
{
  struct table t;
  t.memory = calloc(1, demux_size(count));
  demux_init(&t.demux, count, t.memory);
  return t;
}

Test(rtp_demux, empty_table_finds_nobody)
{
  struct table t = make(0);
  cr_expect_null(demux_find(&t.demux, 0, GROUP));
  free(t.memory);
}

Test(rtp_demux, finds_each_of_1024_receivers)
{
  static int items[1024];
  struct table t = make(1024);
  for (uint32_t i = 0; i < 1024; i++) {
    demux_add(&t.demux, i / 20, GROUP + i, &items[i]);
  }
  for (uint32_t i = 0; i < 1024; i++) {
    const struct demux_row *const row = demux_find(&t.demux, i / 20, GROUP + i);
    cr_assert(row && row->item == &items[i] && !row->next);
  }
  free(t.memory);
}

Test(rtp_demux, unknown_destinations_find_nobody_in_a_full_table)
{
  static int item;
  struct table t = make(1024);
  for (uint32_t i = 0; i < 1024; i++) {
    demux_add(&t.demux, 0, GROUP + i, &item);
  }
  for (uint32_t i = 1024; i < 100000; i++) {
    cr_assert_null(demux_find(&t.demux, 0, GROUP + i));
  }
  free(t.memory);
}

Test(rtp_demux, the_same_group_on_another_socket_is_another_key)
{
  static int items[2];
  struct table t = make(2);
  demux_add(&t.demux, 1, GROUP, &items[0]);
  demux_add(&t.demux, 2, GROUP, &items[1]);
  cr_expect_eq(demux_find(&t.demux, 1, GROUP)->item, &items[0]);
  cr_expect_eq(demux_find(&t.demux, 2, GROUP)->item, &items[1]);
  cr_expect_null(demux_find(&t.demux, 3, GROUP));
  free(t.memory);
}

Test(rtp_demux, receivers_of_one_key_are_a_chain)
{
  static int items[3];
  struct table t = make(4);
  demux_add(&t.demux, 1, GROUP, &items[0]);
  demux_add(&t.demux, 1, GROUP + 1, &t);
  demux_add(&t.demux, 1, GROUP, &items[1]);
  demux_add(&t.demux, 1, GROUP, &items[2]);
  int found = 0;
  for (const struct demux_row *r = demux_find(&t.demux, 1, GROUP); r;
       r = r->next) {
    found |= 1 << ((int *)r->item - items);
  }
  cr_expect_eq(found, 7);
  free(t.memory);
}
