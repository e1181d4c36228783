/* notify.h - telling the service manager that the engine is ready.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_OS_NOTIFY_H
#define VSC_ENGINE_OS_NOTIFY_H

/** READY=1 to $NOTIFY_SOCKET, when there is one. [main-thread] */
void
os_notify_ready(void);

#endif
