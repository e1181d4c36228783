/* abi.c - sizes and places of what Darwin's kernel and libraries share with us.
   compile.sh compares what our own declarations and Darwin's make of it.
   SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <grp.h>
#include <ifaddrs.h>
#include <libproc.h>
#include <mach/mach.h>
#include <mach/mach_time.h>
#include <net/if.h>
#include <net/if_dl.h>
#include <net/route.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/event.h>
#include <sys/proc_info.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/ucred.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

#define LAST(type, field) sizeof(type), offsetof(type, field)

const size_t abi[] = {
  LAST(struct dirent, d_name),
  LAST(struct group, gr_mem),
  LAST(struct group_source_req, gsr_source),
  LAST(struct ifa_msghdr, ifam_metric),
  LAST(struct ifaddrs, ifa_data),
  offsetof(struct if_msghdr, ifm_index),
  LAST(struct in_pktinfo, ipi_addr),
  LAST(struct iovec, iov_len),
  LAST(struct ip_mreqn, imr_ifindex),
  LAST(struct kevent, udata),
  LAST(struct mach_timebase_info, denom),
  LAST(struct msghdr, msg_flags),
  LAST(struct cmsghdr, cmsg_type),
  LAST(struct pollfd, revents),
  LAST(struct proc_bsdinfo, pbi_comm),
  LAST(struct proc_bsdinfo, pbi_start_tvusec),
  LAST(struct sched_param, sched_priority),
  LAST(struct sigaction, sa_flags),
  LAST(struct sockaddr, sa_data),
  LAST(struct sockaddr_dl, sdl_data),
  LAST(struct sockaddr_in, sin_addr),
  LAST(struct sockaddr_storage, ss_family),
  LAST(struct sockaddr_un, sun_path),
  LAST(struct stat, st_uid),
  LAST(struct stat, st_size),
  LAST(struct stat, st_ino),
  LAST(struct thread_time_constraint_policy, preemptible),
  LAST(struct timespec, tv_nsec),
  LAST(struct xucred, cr_groups),
  sizeof(pthread_attr_t),
  sizeof(pthread_mutex_t),
  sizeof(pthread_mutexattr_t),
  sizeof(posix_spawnattr_t),
  sizeof(posix_spawn_file_actions_t),
  sizeof(sigset_t),
  sizeof(mode_t),
  sizeof(dev_t),
  CMSG_LEN(5),
  CMSG_SPACE(5),
};
