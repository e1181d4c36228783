/* guard_faults.c - where page faults happen: the kernel counts them
   (getrusage), its performance events say the place, where we may ask.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "guard.h"

#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREADS 64
#define PAGES 2 /* of records, a power of two; the first page is the head */

struct place {
  struct perf_event_header header;
  uint64_t ip, address;
};

static struct {
  _Atomic int is_used[THREADS];
  struct perf_event_mmap_page *page[THREADS];
} events;

static size_t
ring_bytes(void)
{
  return (size_t)sysconf(_SC_PAGESIZE) * (1 + PAGES);
}

static struct perf_event_mmap_page *
open_ring(void)
{
  struct perf_event_attr attr = {
    .type = PERF_TYPE_SOFTWARE,
    .size = sizeof attr,
    .config = PERF_COUNT_SW_PAGE_FAULTS,
    .sample_period = 1,
    .sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_ADDR,
  };
  int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0ul);
  if (fd < 0) {
    /* Without the kernel's own, which are rare. */
    attr.exclude_kernel = 1;
    fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0ul);
  }
  if (fd < 0) {
    return NULL;
  }
  void *const page =
    mmap(NULL, ring_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd); /* the mapping keeps it */
  return page == MAP_FAILED ? NULL : page;
}

int
guard_faults_open(void)
{
  for (int i = 0; i < THREADS; i++) {
    if (!atomic_exchange(&events.is_used[i], 1)) {
      events.page[i] = open_ring();
      return i;
    }
  }
  return -1;
}

void
guard_faults_close(int faults)
{
  if (faults >= 0) {
    if (events.page[faults]) {
      munmap(events.page[faults], ring_bytes());
    }
    events.page[faults] = NULL;
    atomic_store(&events.is_used[faults], 0);
  }
}

static void
print_mapping(const char *what, uint64_t address)
{
  char line[512];
  FILE *const maps = fopen("/proc/self/maps", "r");
  while (maps && fgets(line, sizeof line, maps)) {
    uint64_t from, to;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64, &from, &to) == 2 &&
        address >= from && address < to) {
      fprintf(stderr,
              "  %s %#" PRIx64 ", %#" PRIx64 " into ",
              what,
              address,
              address - from);
      fputs(line, stderr);
    }
  }
  if (maps) {
    fclose(maps);
  }
}

void
guard_faults_print(int faults)
{
  if (faults < 0 || !events.page[faults]) {
    return;
  }
  struct perf_event_mmap_page *const page = events.page[faults];
  const uint64_t size = page->data_size;
  const unsigned char *const data =
    (const unsigned char *)page + page->data_offset;
  const uint64_t head = page->data_head;
  atomic_thread_fence(memory_order_acquire);
  for (uint64_t at = page->data_tail; at + sizeof(struct place) <= head;) {
    struct place p;
    unsigned char *const to = (unsigned char *)&p;
    for (size_t i = 0; i < sizeof p; i++) {
      to[i] = data[(at + i) % size];
    }
    if (p.header.type == PERF_RECORD_SAMPLE) {
      print_mapping("touched", p.address);
      print_mapping("from", p.ip);
    }
    at += p.header.size ? p.header.size : sizeof p;
  }
}
