/* code.h - the pages of the program itself and of its modules.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_OS_CODE_H
#define VSC_ENGINE_OS_CODE_H

/** Bring in every page of the program and of all its libraries, so that code
    that runs for the first time on the audio thread is no page fault there; the
    program's own and those of the object at PATH (a module; NULL: none) stay,
    where we may lock memory. [main-thread] */
void
code_prefault(const char *path);

#endif
