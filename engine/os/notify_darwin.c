/* notify_darwin.c - launchd wants to be told nothing: who needs the engine
   comes to its sockets. SPDX-License-Identifier: MIT */
#include "notify.h"

void
os_notify_ready(void)
{
}
