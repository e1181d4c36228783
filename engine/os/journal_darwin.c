/* journal_darwin.c - os_log: what Console shows, and
   log show --predicate 'subsystem == "org.aes67-vsc"'.
   SPDX-License-Identifier: MIT */
#include "journal.h"

#include <os/log.h>
#include <vsc/host.h>

void
os_journal(int level, const char *line)
{
  /* The same object every time: the system keeps it. */
  const os_log_t log = os_log_create("org.aes67-vsc", "engine");
  const os_log_type_t type = level <= VSC_LOG_ERROR  ? OS_LOG_TYPE_ERROR
                             : level <= VSC_LOG_INFO ? OS_LOG_TYPE_DEFAULT
                                                     : OS_LOG_TYPE_DEBUG;
  os_log_with_type(log, type, "%{public}s", line);
}
