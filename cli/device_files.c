/* device_files.c - what `aes67 device install` writes, for one user or for all.
   SPDX-License-Identifier: MIT */
#include "device_files.h"
#include "engine/paths.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLUGIN "libasound_module_pcm_aes67.so"
#define MIXER "libasound_module_ctl_aes67.so"
#define SPEAKER "user/aes67-speaker@.service"

/* Where things are, absolute. */
struct places {
  char command[PLACE_BYTES];
  char plugin[PLACE_BYTES]; /* empty: none was built; as the next */
  char mixer[PLACE_BYTES];
  char bridge[PLACE_BYTES]; /* to PipeWire; the same */
  char home[PLACE_BYTES];   /* of the user */
  char config[PLACE_BYTES]; /* $XDG_CONFIG_HOME */
};

/* A path goes into files of two grammars, and onto lines of their own. */
static bool
is_plain(const char *path)
{
  return path[0] == '/' && strpbrk(path, "\"\\\n\r\t%$<>") == NULL;
}

static bool
join(char out[PLACE_BYTES], const char *folder, const char *rest)
{
  return snprintf(out, PLACE_BYTES, "%s%s", folder, rest) < PLACE_BYTES;
}

/* REST from the folder of our command, up for each "../" of it; empty when
   nothing is there. */
static void
find_from_bin(const struct places *p, const char *rest, char out[PLACE_BYTES])
{
  char folder[PLACE_BYTES];
  snprintf(folder, sizeof folder, "%s", p->command);
  char *slash = strrchr(folder, '/');
  *slash = '\0';
  while (strncmp(rest, "../", 3) == 0 && (slash = strrchr(folder, '/'))) {
    *slash = '\0';
    rest += 3;
  }
  const int n = rest[0] == '/'
                  ? snprintf(out, PLACE_BYTES, "%s", rest)
                  : snprintf(out, PLACE_BYTES, "%s/%s", folder, rest);
  if (n >= PLACE_BYTES || !is_plain(out) || access(out, R_OK)) {
    out[0] = '\0';
  }
}

/* The user's own folders: never as root in those of somebody else. */
static int
find_home(const struct cli *cli, struct places *p)
{
  const char *const home = getenv("HOME");
  const char *const config = getenv("XDG_CONFIG_HOME");
  struct stat st;
  if (!home || !is_plain(home) || stat(home, &st)) {
    return cli_fail(cli, CLI_FAILED, "$HOME is no folder that can be used");
  }
  if (st.st_uid != geteuid()) {
    return cli_fail(cli,
                    CLI_FAILED,
                    "\"%s\" belongs to another user: run it as that user, or "
                    "with --system for all",
                    home);
  }
  const bool fits = join(p->home, home, "") &&
                    (config && config[0] ? join(p->config, config, "")
                                         : join(p->config, home, "/.config"));
  return fits && is_plain(p->config)
           ? CLI_OK
           : cli_fail(cli,
                      CLI_FAILED,
                      "$XDG_CONFIG_HOME is no folder that can be used");
}

/* TEXT with the path COMMAND for MARK. NULL without memory. */
static char *
with_command(const char *text, const char *mark, const char *command)
{
  char *out = NULL;
  size_t bytes = 0;
  FILE *const file = open_memstream(&out, &bytes);
  if (!file) {
    return NULL;
  }
  for (const char *at; (at = strstr(text, mark)); text = at + strlen(mark)) {
    fprintf(file, "%.*s\"%s\"", (int)(at - text), text, command);
  }
  fputs(text, file);
  return fclose(file) ? NULL : out;
}

static char *
alsa_text(const struct places *p)
{
  char mixer[PLACE_BYTES + 64] = "";
  if (p->mixer[0]) {
    snprintf(
      mixer, sizeof mixer, "ctl_type.aes67 {\n\tlib \"%s\"\n}\n", p->mixer);
  }
  const size_t bytes = strlen(device_text_alsa) + sizeof mixer + sizeof mixer;
  char *const out = malloc(bytes);
  if (out) {
    snprintf(out,
             bytes,
             "pcm_type.aes67 {\n\tlib \"%s\"\n}\n%s%s",
             p->plugin,
             mixer,
             device_text_alsa);
  }
  return out;
}

static struct device_file *
add(struct device_files *out, const char *folder, const char *rest)
{
  struct device_file *const f = &out->files[out->count];
  if (out->count == DEVICE_FILES || !join(f->path, folder, rest)) {
    return NULL;
  }
  out->count++;
  return f;
}

/* alsa.conf reads two files of a user. Either may be the user's own: then the
   other one; both: a third, which the user has to name in one of them. */
static void
add_user_alsa(const struct places *p, struct device_files *out)
{
  struct device_file *const candidates[] = {
    add(out, p->config, "/alsa/asoundrc"),
    add(out, p->home, "/.asoundrc"),
    add(out, p->config, "/aes67/asound.conf"),
  };
  struct device_file *chosen = NULL;
  for (unsigned i = 0; i < 2; i++) {
    if (candidates[i] && place_state(candidates[i]->path) == PLACE_OURS) {
      chosen = candidates[i];
    }
  }
  for (unsigned i = 0; i < 3 && !chosen; i++) {
    if (candidates[i] && place_state(candidates[i]->path) != PLACE_TAKEN) {
      chosen = candidates[i];
    }
  }
  if (chosen && p->plugin[0]) {
    chosen->text = alsa_text(p);
    if (chosen == candidates[2]) {
      memcpy(out->include, chosen->path, sizeof out->include);
    }
  }
}

static void
add_unit(const struct places *p,
         struct device_files *out,
         const char *folder,
         const char *rest,
         const char *text)
{
  struct device_file *const f = add(out, folder, rest);
  if (f) {
    f->text = with_command(text, "@AES67@", p->command);
  }
}

/* Of the user's PipeWire, where the bridge was built. */
static void
add_bridge(const struct places *p, struct device_files *out, const char *folder)
{
  struct device_file *const f = add(out, folder, "user/aes67-pipewire.service");
  if (f && p->bridge[0] && device_text_pipewire_service[0]) {
    f->text =
      with_command(device_text_pipewire_service, "@AES67_PIPEWIRE@", p->bridge);
  }
}

int
device_files_collect(const struct cli *cli,
                     bool is_system,
                     struct device_files *out)
{
  struct places p = { .plugin = "" };
  memset(out, 0, sizeof *out);
  if (exe_path(p.command, sizeof p.command) < 0 || !is_plain(p.command)) {
    return cli_fail(
      cli, CLI_FAILED, "this program's own path cannot be put into a file");
  }
  /* In a build tree, or where an installed command has it. */
  find_from_bin(&p, "hal/alsa/" PLUGIN, p.plugin);
  find_from_bin(&p, "hal/alsa/" MIXER, p.mixer);
  if (!p.plugin[0]) {
    find_from_bin(&p, VSC_PREFIX_ALSA "/" PLUGIN, p.plugin);
    find_from_bin(&p, VSC_PREFIX_ALSA "/" MIXER, p.mixer);
  }
  find_from_bin(&p, "aes67-pipewire", p.bridge);
  out->has_alsa = p.plugin[0] != '\0';
  if (is_system) {
    struct device_file *const f =
      add(out, "/etc/alsa/conf.d/", "50-aes67.conf");
    if (f && out->has_alsa) {
      f->text = alsa_text(&p);
    }
    const char *const etc = "/etc/systemd/";
    add_unit(&p, out, etc, "system/aes67.service", device_text_system_service);
    add_unit(&p, out, etc, "system/aes67.socket", device_text_system_socket);
    add_unit(&p, out, etc, "user/aes67.service", device_text_user_service);
    add_unit(&p, out, etc, SPEAKER, device_text_speaker_service);
    add_bridge(&p, out, etc);
    return CLI_OK;
  }
  const int code = find_home(cli, &p);
  if (code == CLI_OK) {
    add_user_alsa(&p, out);
    add_unit(&p,
             out,
             p.config,
             "/systemd/user/aes67.service",
             device_text_user_service);
    char units[PLACE_BYTES];
    if (join(units, p.config, "/systemd/")) {
      add_unit(&p, out, units, SPEAKER, device_text_speaker_service);
      add_bridge(&p, out, units);
    }
  }
  return code;
}

void
device_files_finish(struct device_files *files)
{
  for (unsigned i = 0; i < files->count; i++) {
    free(files->files[i].text);
    files->files[i].text = NULL;
  }
}
