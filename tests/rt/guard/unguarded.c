/* unguarded.c - librtguard for builds that it cannot be in (a sanitizer stands
   in its place, or another system): the programs run all the same.
   SPDX-License-Identifier: MIT */
#include "rtguard.h"

int
rtguard_is_there(void)
{
  return 0;
}

void
rtguard_enter(const char *role)
{
  (void)role;
}

void
rtguard_leave(void)
{
}

int
rtguard_is_on(void)
{
  return 0;
}

struct rtguard_sum
rtguard_sum(const char *role)
{
  (void)role;
  return (struct rtguard_sum){ 0 };
}
