/* mach.h - what we use of Darwin's kernel beside POSIX: mach time, the
   real-time policy of a thread, kqueue, os_log, processes by number.
   SPDX-License-Identifier: MIT */
#ifndef DARWIN_MACH_H
#define DARWIN_MACH_H

#include "process.h"

typedef int kern_return_t;

/* mach/mach_time.h */
struct mach_timebase_info {
  uint32_t numer, denom;
};
typedef struct mach_timebase_info mach_timebase_info_data_t,
  *mach_timebase_info_t;
uint64_t
mach_absolute_time(void);
kern_return_t
mach_timebase_info(mach_timebase_info_t out);
kern_return_t
mach_wait_until(uint64_t deadline);

/* mach/thread_policy.h, mach/mach_init.h */
#define THREAD_TIME_CONSTRAINT_POLICY 2
#define THREAD_TIME_CONSTRAINT_POLICY_COUNT 4
#define KERN_SUCCESS 0
struct thread_time_constraint_policy {
  uint32_t period, computation, constraint;
  int preemptible;
};
typedef struct thread_time_constraint_policy
  thread_time_constraint_policy_data_t;
typedef int *thread_policy_t;
kern_return_t
thread_policy_set(uint32_t thread,
                  uint32_t flavor,
                  thread_policy_t info,
                  uint32_t count);

/* sys/event.h */
struct kevent {
  uintptr_t ident;
  int16_t filter;
  uint16_t flags;
  uint32_t fflags;
  intptr_t data;
  void *udata;
};
#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)
#define EV_ADD 0x1
#define EV_ONESHOT 0x10
#define EV_ERROR 0x4000
#define EV_EOF 0x8000
int
kqueue(void);
int
kevent(int queue,
       const struct kevent *changes,
       int change_count,
       struct kevent *events,
       int event_count,
       const struct timespec *timeout);

/* libproc.h, sys/proc_info.h */
#define PROC_PIDTBSDINFO 3
#define SZOMB 5
struct proc_bsdinfo {
  uint32_t pbi_flags, pbi_status, pbi_xstatus, pbi_pid, pbi_ppid;
  uint32_t pbi_uid, pbi_gid, pbi_ruid, pbi_rgid, pbi_svuid, pbi_svgid, rfu_1;
  char pbi_comm[16];
  char pbi_name[32];
  uint32_t pbi_nfiles, pbi_pgid, pbi_pjobc, e_tdev, e_tpgid;
  int32_t pbi_nice;
  uint64_t pbi_start_tvsec, pbi_start_tvusec;
};
int
proc_pidinfo(int pid, int flavor, uint64_t arg, void *out, int bytes);
int
proc_pidpath(int pid, void *out, uint32_t bytes);
const char *
getprogname(void);

/* mach-o/dyld.h, launch.h */
struct mach_header;
uint32_t
_dyld_image_count(void);
const struct mach_header *
_dyld_get_image_header(uint32_t image);
const char *
_dyld_get_image_name(uint32_t image);
int
_NSGetExecutablePath(char *out, uint32_t *bytes);
int
launch_activate_socket(const char *name, int **fds, size_t *count);

#endif
