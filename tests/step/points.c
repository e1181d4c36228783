/* points.c - what others can see of a process, instruction by instruction.
   SPDX-License-Identifier: MIT */
#include "points.h"

#include "hal/region_layout.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The words of one object, and as they were last seen. */
struct object {
  const char *name;
  size_t most; /* of its bytes */
  ino_t inode;
  size_t bytes;
  void *now; /* NULL: there is none */
  unsigned char was[sizeof(struct region_rx) + sizeof(struct region_tx)];
};

static void
forget(struct object *o)
{
  if (o->now) {
    munmap(o->now, o->bytes);
  }
  o->now = NULL;
  o->inode = 0;
}

/* By its name, which may mean another object since a system call. */
static void
find(struct object *o)
{
  struct stat st = { 0 };
  const int fd = shm_open(o->name, O_RDONLY, 0);
  if (fd < 0 || fstat(fd, &st) || (size_t)st.st_size < o->most) {
    forget(o);
  } else if (st.st_ino != o->inode) {
    forget(o);
    void *const at = mmap(NULL, o->most, PROT_READ, MAP_SHARED, fd, 0);
    o->now = at == MAP_FAILED ? NULL : at;
    o->bytes = o->most;
    o->inode = st.st_ino;
  }
  if (fd >= 0) {
    close(fd);
  }
}

static bool
has_changed(struct object *o)
{
  if (!o->now || memcmp(o->now, o->was, o->bytes) == 0) {
    return false;
  }
  memcpy(o->was, o->now, o->bytes);
  return true;
}

void
points_find(struct points *p,
            struct step *s,
            const char *rx,
            const char *tx,
            bool takes_all)
{
  static struct object objects[2];
  objects[0] = (struct object){ .name = rx, .most = sizeof(struct region_rx) };
  objects[1] = (struct object){ .name = tx, .most = sizeof(struct region_tx) };
  p->count = 0;
  bool is_new = true;
  enum step_state state = STEP_IN;
  while (state == STEP_IN) {
    for (int i = 0; i < 2; i++) {
      if (s->count == 0 || s->has_called) {
        find(&objects[i]);
      }
      is_new |= has_changed(&objects[i]);
    }
    if ((is_new || takes_all) && p->count < POINTS_MOST) {
      p->at[p->count++] = s->count;
    }
    state = step_next(s);
    is_new = s->has_called;
  }
  p->instructions = s->count;
  for (int i = 0; i < 2; i++) {
    forget(&objects[i]);
  }
}
