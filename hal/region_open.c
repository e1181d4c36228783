/* region_open.c - the client's side: find the objects, map them, believe
   nothing. SPDX-License-Identifier: MIT */
#include "region_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* 128 channels of the largest ring are 32 MiB and a little; of them the
   device's own and 16 lanes. */
#define BYTES_MAX ((off_t)17 * (34 << 20))
#define PAGE_LEAST 4096

static vsc_status
say_errno(const char *name, const char *what, char *why, size_t why_bytes)
{
  const int error = errno;
  snprintf(why,
           why_bytes,
           "cannot %s shared memory \"%s\": %s%s",
           what,
           name,
           strerror(error),
           error == EACCES ? "; be a member of the group that the engine's "
                             "[device] group names"
                           : "");
  return error == ENOENT                     ? VSC_ERR_NOT_FOUND
         : error == EACCES || error == EPERM ? VSC_ERR_REFUSED
                                             : VSC_ERR_SYSTEM;
}

/* Every page now, not when the audio thread comes: locked where an ordinary
   user may lock that much, else only touched. */
static void
prefault(const void *address, size_t bytes)
{
  if (mlock(address, bytes) != 0) {
    const volatile unsigned char *const pages = address;
    for (size_t i = 0; i < bytes; i += PAGE_LEAST) {
      (void)pages[i];
    }
  }
}

static vsc_status
map_fd(int fd,
       const char *name,
       bool is_writable,
       size_t least,
       struct region_object *out,
       char *why,
       size_t why_bytes)
{
  struct stat st;
  if (fstat(fd, &st)) {
    return say_errno(name, "look at", why, why_bytes);
  }
  if (st.st_size == 0) {
    snprintf(why, why_bytes, "shared memory \"%s\" is not ready yet", name);
    return VSC_ERR_AGAIN;
  }
  if (st.st_size < (off_t)least || st.st_size > BYTES_MAX) {
    snprintf(why,
             why_bytes,
             "shared memory \"%s\" has %lld bytes, no device has",
             name,
             (long long)st.st_size);
    return VSC_ERR_MALFORMED;
  }
  void *const address = mmap(NULL,
                             (size_t)st.st_size,
                             is_writable ? PROT_READ | PROT_WRITE : PROT_READ,
                             MAP_SHARED,
                             fd,
                             0);
  if (address == MAP_FAILED) {
    return say_errno(name, "map", why, why_bytes);
  }
  prefault(address, (size_t)st.st_size);
  out->address = address;
  out->bytes = (size_t)st.st_size;
  out->owner = (uint32_t)st.st_uid;
  return VSC_OK;
}

vsc_status
region_map(const char *name,
           bool is_writable,
           size_t least,
           struct region_object *out,
           char *why,
           size_t why_bytes)
{
  const int fd = shm_open(name, is_writable ? O_RDWR : O_RDONLY, 0);
  if (fd < 0) {
    return say_errno(name, "open", why, why_bytes);
  }
  const vsc_status status =
    map_fd(fd, name, is_writable, least, out, why, why_bytes);
  close(fd);
  return status;
}

vsc_status
region_open(const char *rx_name,
            const char *tx_name,
            struct region *out,
            char *why,
            size_t why_bytes)
{
  *out = (struct region){ 0 };
  snprintf(out->rx_name, sizeof out->rx_name, "%s", rx_name);
  snprintf(out->tx_name, sizeof out->tx_name, "%s", tx_name);
  struct region_object rx = { 0 };
  struct region_object tx = { 0 };
  vsc_status status =
    region_map(rx_name, false, sizeof *out->rx, &rx, why, why_bytes);
  out->rx = rx.address;
  out->rx_bytes = rx.bytes;
  if (status == VSC_OK) {
    status = region_map(tx_name, true, sizeof *out->tx, &tx, why, why_bytes);
    out->tx = tx.address;
    out->tx_bytes = tx.bytes;
  }
  if (status == VSC_OK && rx.owner != tx.owner) {
    snprintf(why,
             why_bytes,
             "shared memory \"%s\" and \"%s\" belong to two users",
             rx_name,
             tx_name);
    status = VSC_ERR_REFUSED;
  }
  if (status == VSC_OK) {
    out->owner = rx.owner;
    status = region_check(out, why, why_bytes);
  }
  if (status != VSC_OK) {
    region_close(out, false);
  }
  return status;
}
