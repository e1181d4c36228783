/* region_stale_linux.c - who may open shared memory, and clearing away what
   killed engines left: only Linux lists its objects.
   SPDX-License-Identifier: MIT */
#include "region_map.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform.h"

/* An engine's heart beats at least ten times a second. One whose process cannot
   be seen from here (another pid namespace) is known by it. */
#define DEAD_NS INT64_C(1000000000)

/* "aes67-0123456789abcdef-r" */
static bool
is_rx_name(const char *name)
{
  return strlen(name) == 24 && strncmp(name, "aes67-", 6) == 0 &&
         strspn(name + 6, "0123456789abcdef") == 16 &&
         strcmp(name + 22, "-r") == 0;
}

static bool
is_engine_dead(const struct region_rx *rx)
{
  uint64_t start = 0;
  const vsc_ns age =
    platform_now() - atomic_load_explicit(&rx->heartbeat, memory_order_relaxed);
  return !platform_process(rx->engine_pid, &start) &&
         (age > DEAD_NS || age < 0);
}

static bool
is_attached(const struct region_slot *slot)
{
  uint64_t start = 0;
  const uint64_t ticket =
    atomic_load_explicit(&slot->ticket, memory_order_acquire);
  const uint64_t began =
    atomic_load_explicit(&slot->pid_start, memory_order_relaxed);
  return ticket != 0 && platform_process(SLOT_PID(ticket), &start) &&
         (began == 0 || start == 0 || began == start);
}

static bool
has_nobody(const struct region *r)
{
  if (!is_engine_dead(r->rx)) {
    return false;
  }
  for (int i = 0; i < REGION_SLOTS; i++) {
    if (is_attached(&r->tx->slots[i])) {
      return false;
    }
  }
  return true;
}

/* Does FD still have its name, and is the object ours? */
static bool
is_ours(int fd)
{
  struct stat st;
  return fstat(fd, &st) == 0 && st.st_uid == geteuid() && st.st_nlink > 0;
}

static bool
clear(const char *rx_name, const char *tx_name)
{
  char why[240];
  struct region r;
  bool is_stale = false;
  const int fd = shm_open(rx_name, O_RDWR, 0);
  if (fd < 0) {
    return false;
  }
  /* An engine that takes it over just now holds the lock (region_os_hold), and
     lives when it lets go. */
  if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_ours(fd) &&
      region_open(rx_name, tx_name, &r, why, sizeof why) == VSC_OK) {
    is_stale = has_nobody(&r);
    region_close(&r, is_stale);
  }
  close(fd);
  return is_stale;
}

unsigned
region_clear_stale(void)
{
  unsigned count = 0;
  DIR *const folder = opendir("/dev/shm");
  for (struct dirent *e; folder && (e = readdir(folder));) {
    if (is_rx_name(e->d_name)) {
      char rx[REGION_NAME_BYTES];
      char tx[REGION_NAME_BYTES];
      snprintf(rx, sizeof rx, "/%.24s", e->d_name);
      snprintf(tx, sizeof tx, "/%.23st", e->d_name);
      count += clear(rx, tx);
    }
  }
  if (folder) {
    closedir(folder);
  }
  return count;
}

int
region_os_make(const char *name, mode_t mode, const uint32_t *group)
{
  (void)mode; /* when it has its group: none but the right one ever gets in */
  (void)group;
  return shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
}

int
region_os_admit(int fd, mode_t mode, const uint32_t *group)
{
  /* The group first, for the same reason. */
  const bool is_set = (!group || fchown(fd, (uid_t)-1, (gid_t)*group) == 0) &&
                      fchmod(fd, mode) == 0;
  return is_set ? 0 : errno;
}

/* A lock, which clear() respects. A client of the group could hold one, too;
   then, after a while, go on without. */
int
region_os_hold(const char *rx_name)
{
  const int fd = shm_open(rx_name, O_RDWR, 0);
  for (int i = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) && i < 20; i++) {
    platform_sleep(10000000);
  }
  return fd;
}
