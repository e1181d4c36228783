/* journal_linux.c - systemd reads stderr. SPDX-License-Identifier: MIT */
#include "journal.h"

void
os_journal(int level, const char *line)
{
  (void)level;
  (void)line;
}
