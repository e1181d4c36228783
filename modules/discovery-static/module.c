/* module.c - discovery-static: a folder of .sdp files is what is out there.
   SPDX-License-Identifier: MIT */
#include "modules/shared/sdp.h"
#include "modules/shared/ours.h"

#include <vsc/discovery.h>

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SESSIONS_MAX 256
#define FILE_NAME_BYTES 256
#define PATH_BYTES 4096
#define PERIOD_NS 5000000000

/* One file, and what it announced. */
struct session {
  char file[FILE_NAME_BYTES]; /* empty: a free row */
  struct timespec changed;    /* its inode: content, or permissions */
  off_t size;                 /* -1: to be read again */
  uint32_t streams;           /* announced and not withdrawn */
  bool is_seen;               /* in the scan at hand */
  bool is_double;             /* another file has its id */
  char ids[SDP_STREAMS_MAX][VSC_NAME_BYTES * 2];
};

struct discovery {
  const char *folder; /* option */
  /* constant after init */
  const vsc_host *host;
  struct session *sessions;
  char *buffer;
  struct sdp_result *result;
  /* main thread */
  vsc_discovery_sink sink;
  vsc_timer *timer;
  bool has_warned_folder, has_warned_full;
};

/* Withdraw all but KEEP streams; a file that was in their shadow gets another
   chance. */
static void
forget(struct discovery *d, struct session *s, uint32_t keep)
{
  for (uint32_t i = keep; i < s->streams; i++) {
    d->sink.lost(d->sink.arg, s->ids[i]);
  }
  s->streams = keep < s->streams ? keep : s->streams;
  for (uint32_t i = 0; keep == 0 && i < SESSIONS_MAX; i++) {
    if (d->sessions[i].is_double && &d->sessions[i] != s) {
      d->sessions[i].size = -1;
    }
  }
}

static const struct session *
who_has(const struct discovery *d, const struct session *but, const char *id)
{
  for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
    const struct session *const s = &d->sessions[i];
    if (s != but && s->streams > 0 && strcmp(s->ids[0], id) == 0) {
      return s;
    }
  }
  return NULL;
}

/* What the file says now; what it said before stays when it cannot be read. */
static void
announce(struct discovery *d, struct session *s)
{
  const struct sdp_result *const r = d->result;
  const struct session *const other = who_has(d, s, r->streams[0].id);
  s->is_double = other != NULL;
  if (other || (s->streams > 0 && strcmp(s->ids[0], r->streams[0].id) != 0)) {
    forget(d, s, 0);
  }
  if (other) {
    d->host->log(d->host,
                 VSC_LOG_WARN,
                 "%s/%s: the same session as \"%s\": ignored",
                 d->folder,
                 s->file,
                 other->file);
    return;
  }
  forget(d, s, r->count);
  s->streams = 0;
  for (uint32_t i = 0; i < r->count; i++) {
    memcpy(s->ids[s->streams++], r->streams[i].id, sizeof s->ids[0]);
    d->sink.found(d->sink.arg, &r->streams[i]);
  }
}

static void
load(struct discovery *d, struct session *s, const char *path)
{
  FILE *const file = fopen(path, "rb");
  if (!file) {
    d->host->log(d->host, VSC_LOG_WARN, "%s: %s", path, strerror(errno));
    return;
  }
  /* One byte more than may be: the parser says that it is too long. */
  const size_t bytes = fread(d->buffer, 1, SDP_BYTES_MAX + 1, file);
  fclose(file);
  if (sdp_parse(d->buffer, bytes, d->result) < 0) {
    d->host->log(d->host,
                 VSC_LOG_WARN,
                 "%s:%u: %s",
                 path,
                 (unsigned)d->result->line,
                 d->result->reason);
    return;
  }
  sdp_drop_copies(d->result);
  announce(d, s);
}

static struct session *
row_of(struct discovery *d, const char *name)
{
  struct session *unused = NULL;
  for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
    struct session *const s = &d->sessions[i];
    if (strcmp(s->file, name) == 0) {
      return s;
    }
    if (!s->file[0] && !unused) {
      unused = s;
    }
  }
  if (unused) {
    *unused = (struct session){ .size = -1 };
    snprintf(unused->file, sizeof unused->file, "%s", name);
  } else if (!d->has_warned_full) {
    d->has_warned_full = true;
    d->host->log(d->host,
                 VSC_LOG_WARN,
                 "%s: more than %d .sdp files: \"%s\" and others are ignored",
                 d->folder,
                 SESSIONS_MAX,
                 name);
  }
  return unused;
}

static void
look_at(struct discovery *d, const char *name)
{
  const size_t length = strlen(name);
  char path[PATH_BYTES];
  struct stat st;
  const int n = snprintf(path, sizeof path, "%s/%s", d->folder, name);
  if (name[0] == '.' || length < 5 || length >= FILE_NAME_BYTES ||
      strcmp(name + length - 4, ".sdp") != 0 || n < 0 ||
      (size_t)n >= sizeof path || stat(path, &st) || !S_ISREG(st.st_mode)) {
    return;
  }
  struct session *const s = row_of(d, name);
  if (!s) {
    return;
  }
  s->is_seen = true;
  if (s->size == st.st_size && s->changed.tv_sec == st.st_ctim.tv_sec &&
      s->changed.tv_nsec == st.st_ctim.tv_nsec) {
    return;
  }
  s->size = st.st_size;
  s->changed = st.st_ctim;
  load(d, s, path);
}

static vsc_status
scan(struct discovery *d)
{
  DIR *const folder = opendir(d->folder);
  if (!folder) {
    if (!d->has_warned_folder) {
      d->has_warned_folder = true;
      d->host->log(
        d->host, VSC_LOG_WARN, "folder \"%s\": %s", d->folder, strerror(errno));
    }
    return VSC_ERR_NOT_FOUND; /* what was found stays */
  }
  d->has_warned_folder = false;
  for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
    d->sessions[i].is_seen = false;
  }
  for (const struct dirent *e = readdir(folder); e; e = readdir(folder)) {
    look_at(d, e->d_name);
  }
  closedir(folder);
  for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
    if (d->sessions[i].file[0] && !d->sessions[i].is_seen) {
      forget(d, &d->sessions[i], 0);
      d->sessions[i].file[0] = '\0';
      d->sessions[i].is_double = false;
    }
  }
  return VSC_OK;
}

static void
tick(void *arg)
{
  scan(arg);
}

static vsc_status
discovery_init(void *self, const vsc_host *host)
{
  struct discovery *const d = self;
  d->host = host;
  d->sessions = host->alloc(host, SESSIONS_MAX * sizeof *d->sessions);
  d->buffer = host->alloc(host, SDP_BYTES_MAX + 1);
  d->result = host->alloc(host, sizeof *d->result);
  return d->sessions && d->buffer && d->result ? VSC_OK : VSC_ERR_NOMEM;
}

static void
discovery_stop(void *self)
{
  struct discovery *const d = self;
  if (d->timer) {
    d->host->untimer(d->host, d->timer);
  }
  d->timer = NULL;
}

/* A folder that is not there stops the start: the profile is wrong. */
static vsc_status
discovery_start(void *self, const vsc_discovery_sink *sink)
{
  struct discovery *const d = self;
  d->sink = *sink;
  memset(d->sessions, 0, SESSIONS_MAX * sizeof *d->sessions);
  const vsc_status status = scan(d);
  if (status < 0) {
    return status;
  }
  d->timer = d->host->timer(
    d->host, d->host->now(d->host) + PERIOD_NS, PERIOD_NS, tick, d);
  return d->timer ? VSC_OK : VSC_ERR_NOMEM;
}

static const vsc_option options[] = {
  VSC_OPTION(struct discovery,
             folder,
             "folder",
             VSC_OPT_STRING,
             NULL,
             0,
             0,
             "where the .sdp files are; looked at every 5 s"),
  VSC_OPTIONS_END,
};

static const vsc_discovery_ops ops = {
  .size = sizeof ops,
  .start = discovery_start,
  .stop = discovery_stop,
};

VSC_EXPORT const vsc_module vsc_module_entry = {
  OUR_MODULE,
  .kind = VSC_KIND_DISCOVERY,
  .summary = "streams from a folder of .sdp files",
  .instance_size = sizeof(struct discovery),
  .options = options,
  .ops = &ops,
  .init = discovery_init,
};
