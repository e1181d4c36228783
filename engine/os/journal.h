/* journal.h - the system's own log, where it does not read what programs say on
   stderr. SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_OS_JOURNAL_H
#define VSC_ENGINE_OS_JOURNAL_H

/** A drained line of LEVEL (enum vsc_log_level). [main-thread] */
void
os_journal(int level, const char *line);

#endif
