/* unix.h - what we use of Darwin's files, processes, memory, signals and
   threads. Intel Macs have the 64-bit inodes of struct stat under names of
   their own. SPDX-License-Identifier: MIT */
#ifndef DARWIN_UNIX_H
#define DARWIN_UNIX_H

#include "text.h"

typedef int32_t dev_t, pid_t, blksize_t;
typedef uint16_t mode_t, nlink_t;
typedef uint32_t uid_t, gid_t, useconds_t, sigset_t;
typedef uint64_t ino_t;
typedef int64_t blkcnt_t;
#define PATH_MAX 1024

/* fcntl.h, sys/file.h, unistd.h */
#define O_RDONLY 0
#define O_WRONLY 1
#define O_RDWR 2
#define O_NONBLOCK 0x4
#define O_APPEND 0x8
#define O_NOFOLLOW 0x100
#define O_CREAT 0x200
#define O_TRUNC 0x400
#define O_EXCL 0x800
#define O_NOCTTY 0x20000
#define O_DIRECTORY 0x100000
#define O_CLOEXEC 0x1000000
#define F_GETFD 1
#define F_SETFD 2
#define F_GETFL 3
#define F_SETFL 4
#define F_DUPFD_CLOEXEC 67
#define FD_CLOEXEC 1
#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8
#define R_OK 4
#define W_OK 2
#define X_OK 1
#define F_OK 0
#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2
/* Variadic ones stay so: on arm64 their last arguments are on the stack. */
int
open(const char *path, int flags, ...);
int
fcntl(int fd, int command, ...);
int
flock(int fd, int operation);
int
access(const char *path, int mode);
int
chown(const char *path, uid_t uid, gid_t gid);
int
close(int fd);
int
dup2(int from, int to);
int
fsync(int fd);
int
ftruncate(int fd, off_t bytes);
gid_t
getegid(void);
uid_t
geteuid(void);
int
getgroups(int count, gid_t *out) DARWIN_EXTSN(getgroups);
pid_t
getpid(void);
uid_t
getuid(void);
int
pipe(int out[2]);
ssize_t
pread(int fd, void *out, size_t bytes, off_t at);
ssize_t
pwrite(int fd, const void *from, size_t bytes, off_t at);
ssize_t
read(int fd, void *out, size_t bytes);
int
rmdir(const char *path);
int
setegid(gid_t gid);
long
sysconf(int name);
#define _SC_PAGESIZE 29
int
unlink(const char *path);
ssize_t
write(int fd, const void *from, size_t bytes);

/* sys/stat.h, dirent.h, grp.h */
struct stat {
  dev_t st_dev;
  mode_t st_mode;
  nlink_t st_nlink;
  ino_t st_ino;
  uid_t st_uid;
  gid_t st_gid;
  dev_t st_rdev;
  struct timespec st_atimespec, st_mtimespec, st_ctimespec, st_birthtimespec;
  off_t st_size;
  blkcnt_t st_blocks;
  blksize_t st_blksize;
  uint32_t st_flags, st_gen;
  int32_t st_lspare;
  int64_t st_qspare[2];
};
_Static_assert(sizeof(struct stat) == 144, "as the 64-bit inodes have it");
#define S_IFMT 0170000
#define S_ISDIR(mode) (((mode)&S_IFMT) == 0040000)
#define S_ISREG(mode) (((mode)&S_IFMT) == 0100000)
#define S_ISLNK(mode) (((mode)&S_IFMT) == 0120000)
#define S_ISSOCK(mode) (((mode)&S_IFMT) == 0140000)
#define S_ISVTX 01000
#define S_IRWXU 0700
#define S_IRWXG 0070
#define S_IRGRP 0040
#define S_IWGRP 0020
#define S_IXGRP 0010
#define S_IRWXO 0007
#define S_IWOTH 0002
#define S_IXOTH 0001
int
chmod(const char *path, mode_t mode);
int
fchmod(int fd, mode_t mode);
int
fchown(int fd, uid_t uid, gid_t gid);
int
fstat(int fd, struct stat *out) DARWIN_INODE64(fstat);
int
lstat(const char *path, struct stat *out) DARWIN_INODE64(lstat);
int
mkdir(const char *path, mode_t mode);
int
stat(const char *path, struct stat *out) DARWIN_INODE64(stat);
mode_t
umask(mode_t mask);

#endif
