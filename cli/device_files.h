/* device_files.h - which files make the device known to other programs: where
   they go, and what is in them.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_DEVICE_FILES_H
#define VSC_CLI_DEVICE_FILES_H

#include "device_place.h"

#define DEVICE_FILES 8

/** One of them; text is NULL where it is only looked for, to be removed. */
struct device_file {
  char path[PLACE_BYTES];
  char *text;
};

struct device_files {
  struct device_file files[DEVICE_FILES];
  unsigned count;
  bool has_alsa;             /* the plug-in is there */
  char include[PLACE_BYTES]; /* a line to be added to an asoundrc, or empty */
};

/** For everybody (IS_SYSTEM) or the user. CLI_OK, or an exit code after a
    message. Finish it, also then. */
int
device_files_collect(const struct cli *cli,
                     bool is_system,
                     struct device_files *out);
void
device_files_finish(struct device_files *files);

/** Generated from hal/alsa and packaging/systemd: NUL-terminated texts, in
   which
    @AES67@ is the command's path, @AES67_PIPEWIRE@ the bridge's. Empty: there
   is no such file. */
extern const char device_text_alsa[], device_text_user_service[],
  device_text_system_service[], device_text_system_socket[],
  device_text_speaker_service[], device_text_pipewire_service[];

#endif
