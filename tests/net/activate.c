/* activate.c - what a service manager does: binds UDP ports and hands them
   over. activate PORT,PORT... COMMAND... "!PORT": for nobody else.
   SPDX-License-Identifier: MIT */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
  int count = 0;
  char text[16];
  if (argc < 3) {
    return 2;
  }
  for (char *p = argv[1]; *p; count++) {
    const int on = *p != '!';
    p += !on;
    const struct sockaddr_in in = { .sin_family = AF_INET,
                                    .sin_port =
                                      htons((uint16_t)strtoul(p, &p, 10)) };
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        bind(fd, (const struct sockaddr *)&in, sizeof in) ||
        (fd != 3 + count && dup2(fd, 3 + count) < 0)) {
      perror("activate");
      return 1;
    }
    p += *p == ',';
  }
  snprintf(text, sizeof text, "%d", count);
  setenv("LISTEN_FDS", text, 1);
  snprintf(text, sizeof text, "%d", (int)getpid());
  setenv("LISTEN_PID", text, 1);
  execvp(argv[2], argv + 2);
  perror(argv[2]);
  return 1;
}
