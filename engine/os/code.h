/* code.h - the pages of the program itself and of its modules.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_OS_CODE_H
#define VSC_ENGINE_OS_CODE_H

/** Bring in every page of the module at PATH and of the libraries that were
    loaded for it; NULL: of the program and of what every program calls. So code
    that runs for the first time on the audio thread is no page fault there. The
    module's own and the program's stay, where we may lock memory. Of a module
    just after it was loaded: before others are. [main-thread] */
void
code_prefault(const char *path);

#endif
