/* rt_planted.c - a codec that allocates, locks, touches a new page, prints or
   calls the system on the audio thread is caught, each by whoever watches: by
   librtguard, or by RealtimeSanitizer in a build with it.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "engine_rig.h"
#include "guard/rtguard.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#define SECOND 1000000000

/* What each watcher says; NULL: it does not look for that. */
struct planted {
  const char *does;
  const char *guard, *sanitizer;
};
static const struct planted deeds[] = {
  { "nothing", "nothing unplanned", "" },
  { "malloc", "aes67-audio: malloc", "`malloc`" },
  { "free", "aes67-audio: free", "`free`" },
  { "lock", "aes67-audio: pthread_mutex_lock", "`pthread_mutex_lock`" },
  { "fault", "page faults", NULL },
  { "write", "aes67-audio: system call", "`write`" },
  { "print", "snprintf", NULL },
  { "wait", "aes67-audio: system call", "`poll`" },
};

/* An engine with such a codec, for as long as that takes. */
static int
run(const char *does)
{
  static const char *const folders[] = { VSC_MODULES, VSC_FIXTURES, NULL };
  char text[512];
  snprintf(text,
           sizeof text,
           "[device]\ninputs = 8\noutputs = 8\n[codec planted]\ndoes = %s\n"
           "[send a]\nchannels = 1-8\naddress = 239.255.73.1\nttl = 1\n"
           "encoding = PLANTED\nwhen = always\npacket_time = 1ms\n",
           does);
  struct rig rig;
  const int status = rig_start(&rig, folders, text);
  if (status) {
    return status;
  }
  const struct stream *const s = rig.engine->streams;
  const vsc_ns end = rig_now(&rig) + 20 * (vsc_ns)SECOND;
  /* Twice as many packets as the deed waits for. */
  while (rig_now(&rig) < end && s->counts->tx.counters[TX_PACKETS] < 200) {
    rig_run(&rig, 50000000);
  }
  const int has_sent = s->counts->tx.counters[TX_PACKETS] >= 200;
  rig_stop(&rig);
  return !has_sent;
}

/* All that a child says, and how it ended. */
static int
watch(const char *does, char *said, size_t bytes)
{
  int ends[2];
  if (pipe(ends)) {
    return -1;
  }
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    exit(run(does));
  }
  close(ends[1]);
  size_t length = 0;
  ssize_t n;
  while (length + 1 < bytes &&
         (n = read(ends[0], said + length, bytes - 1 - length)) > 0) {
    length += (size_t)n;
  }
  said[length] = '\0';
  close(ends[0]);
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

static int
try(const struct planted *p, const char *word)
{
  static char said[65536];
  const int status = watch(p->does, said, sizeof said);
  const int is_clean = status == 0;
  const int should_be_clean = strcmp(p->does, "nothing") == 0;
  const int is_named = strstr(said, word) != NULL;
  /* And from where: the module is in the backtrace. Of a page fault only where
     the system lets us ask. */
  const int is_placed =
    should_be_clean || strstr(said, "codec-planted") ||
    (strcmp(p->does, "fault") == 0 && !strstr(said, "touched"));
  const int is_right = is_clean == should_be_clean && is_named && is_placed;
  printf("%s %s: status %d\n",
         is_right ? (is_clean ? "left alone" : "caught") : "WRONG",
         p->does,
         status);
  if (!is_right) {
    fputs(said, stderr);
  }
  return !is_right;
}

int
main(void)
{
  /* Whoever watches is in this program. */
  const int has_guard = rtguard_is_there();
  const int has_sanitizer = dlsym(RTLD_DEFAULT, "__rtsan_init") != NULL;
  if (!has_guard && !has_sanitizer) {
    fprintf(stderr, "skipped: nobody watches in this build\n");
    return 77;
  }
  int failed = 0;
  for (unsigned i = 0; i < sizeof deeds / sizeof *deeds; i++) {
    const char *const word = has_guard ? deeds[i].guard : deeds[i].sanitizer;
    if (word) {
      failed |= try(&deeds[i], word);
    }
  }
  return failed;
}
