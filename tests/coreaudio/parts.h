/* parts.h - a part of a program in a process of its own: a driver is loaded
   once. SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_COREAUDIO_PARTS_H
#define VSC_TESTS_COREAUDIO_PARTS_H

#include "tests/sim/expect.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/** 0: nothing that PART expects has failed. */
static inline int
in_a_process(void (*part)(void))
{
  fflush(NULL);
  const pid_t pid = fork();
  if (pid == 0) {
    part();
    fflush(NULL);
    exit(failures != 0);
  }
  int status = 1;
  waitpid(pid, &status, 0);
  return status != 0;
}

#endif
