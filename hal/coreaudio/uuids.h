/* uuids.h - the interface's identities, as bytes.
   SPDX-License-Identifier: MIT */
#ifndef VSC_COREAUDIO_UUIDS_H
#define VSC_COREAUDIO_UUIDS_H

#include <CoreFoundation/CoreFoundation.h>

/* kAudioServerPlugInTypeUUID, 443ABAB8-E7B3-491A-B985-BEB9187030DB */
#define UUID_PLUG_IN_TYPE                                                      \
  ((CFUUIDBytes){ 0x44,                                                        \
                  0x3a,                                                        \
                  0xba,                                                        \
                  0xb8,                                                        \
                  0xe7,                                                        \
                  0xb3,                                                        \
                  0x49,                                                        \
                  0x1a,                                                        \
                  0xb9,                                                        \
                  0x85,                                                        \
                  0xbe,                                                        \
                  0xb9,                                                        \
                  0x18,                                                        \
                  0x70,                                                        \
                  0x30,                                                        \
                  0xdb })
/* kAudioServerPlugInDriverInterfaceUUID,
   EEA5773D-CC43-49F1-8E00-8F96E7D23B17 */
#define UUID_DRIVER                                                            \
  ((CFUUIDBytes){ 0xee,                                                        \
                  0xa5,                                                        \
                  0x77,                                                        \
                  0x3d,                                                        \
                  0xcc,                                                        \
                  0x43,                                                        \
                  0x49,                                                        \
                  0xf1,                                                        \
                  0x8e,                                                        \
                  0x00,                                                        \
                  0x8f,                                                        \
                  0x96,                                                        \
                  0xe7,                                                        \
                  0xd2,                                                        \
                  0x3b,                                                        \
                  0x17 })
/* IUnknownUUID, 00000000-0000-0000-C000-000000000046 */
#define UUID_UNKNOWN                                                           \
  ((CFUUIDBytes){ 0x00,                                                        \
                  0x00,                                                        \
                  0x00,                                                        \
                  0x00,                                                        \
                  0x00,                                                        \
                  0x00,                                                        \
                  0x00,                                                        \
                  0x00,                                                        \
                  0xc0,                                                        \
                  0x00,                                                        \
                  0x00,                                                        \
                  0x00,                                                        \
                  0x00,                                                        \
                  0x00,                                                        \
                  0x00,                                                        \
                  0x46 })

#endif
