/* minicf.h - beyond Apple's functions: how many CoreFoundation objects live.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_MINICF_H
#define VSC_TESTS_MINICF_H

/** Objects that were made and not released. */
long
minicf_living(void);

#endif
