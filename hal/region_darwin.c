/* region_darwin.c - who may open shared memory on macOS. A descriptor of it
   knows no fchmod, fchown or flock: what it is made with is final, and nobody
   can list the objects. SPDX-License-Identifier: MIT */
#include "region_map.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int
region_os_make(const char *name, mode_t mode, const uint32_t *group)
{
  const gid_t ours = getegid();
  const bool is_other = group && (gid_t)*group != ours;
  if (is_other && setegid((gid_t)*group)) {
    return -1;
  }
  const mode_t mask = umask(0);
  const int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, mode);
  const int error = errno;
  umask(mask);
  if (is_other) {
    (void)setegid(ours);
  }
  errno = error;
  return fd;
}

/* As it was made, or not at all: the caller then makes another. */
int
region_os_admit(int fd, mode_t mode, const uint32_t *group)
{
  struct stat st;
  if (fstat(fd, &st)) {
    return errno;
  }
  const bool is_so =
    (st.st_mode & 0777) == mode && (!group || st.st_gid == (gid_t)*group);
  return is_so ? 0 : EPERM;
}

int
region_os_hold(const char *rx_name)
{
  (void)rx_name; /* nobody clears anything away */
  return -1;
}

unsigned
region_clear_stale(void)
{
  return 0;
}
