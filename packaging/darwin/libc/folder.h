/* folder.h - what we use of Darwin's folders, groups, children and libraries.
   SPDX-License-Identifier: MIT */
#ifndef DARWIN_FOLDER_H
#define DARWIN_FOLDER_H

#include "process.h"

/* dirent.h */
struct dirent {
  ino_t d_ino;
  uint64_t d_seekoff;
  uint16_t d_reclen, d_namlen;
  uint8_t d_type;
  char d_name[1024];
};
typedef struct _dirdesc DIR;
int
alphasort(const struct dirent **a, const struct dirent **b)
  DARWIN_INODE64(alphasort);
int
closedir(DIR *folder);
DIR *
opendir(const char *path) DARWIN_INODE64(opendir);
struct dirent *
readdir(DIR *folder) DARWIN_INODE64(readdir);
int
scandir(const char *path,
        struct dirent ***out,
        int (*select)(const struct dirent *),
        int (*compare)(const struct dirent **, const struct dirent **))
  DARWIN_INODE64(scandir);

/* grp.h */
struct group {
  char *gr_name, *gr_passwd;
  gid_t gr_gid;
  char **gr_mem;
};
struct group *
getgrnam(const char *name);

/* sys/wait.h, spawn.h */
#define WNOHANG 1
#define WIFEXITED(status) (((status)&0x7f) == 0)
#define WEXITSTATUS(status) ((status) >> 8 & 0xff)
#define WIFSIGNALED(status) (((status)&0x7f) != 0x7f && ((status)&0x7f))
#define WTERMSIG(status) ((status)&0x7f)
pid_t
waitpid(pid_t pid, int *status, int options);
typedef void *posix_spawnattr_t, *posix_spawn_file_actions_t;
#define POSIX_SPAWN_SETPGROUP 0x2
#define POSIX_SPAWN_SETSIGDEF 0x4
#define POSIX_SPAWN_SETSIGMASK 0x8
extern char **environ;
int
posix_spawn(pid_t *out,
            const char *path,
            const posix_spawn_file_actions_t *actions,
            const posix_spawnattr_t *attr,
            char *const argv[],
            char *const envp[]);
int
posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions,
                                 int from,
                                 int to);
int
posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions);
int
posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions);
int
posix_spawnattr_destroy(posix_spawnattr_t *attr);
int
posix_spawnattr_init(posix_spawnattr_t *attr);
int
posix_spawnattr_setflags(posix_spawnattr_t *attr, short flags);
int
posix_spawnattr_setpgroup(posix_spawnattr_t *attr, pid_t group);
int
posix_spawnattr_setsigdefault(posix_spawnattr_t *attr, const sigset_t *set);
int
posix_spawnattr_setsigmask(posix_spawnattr_t *attr, const sigset_t *set);

/* dlfcn.h */
#define RTLD_NOW 2
#define RTLD_LOCAL 4
int
dlclose(void *library);
char *
dlerror(void);
void *
dlopen(const char *path, int mode);
void *
dlsym(void *library, const char *symbol);

#endif
