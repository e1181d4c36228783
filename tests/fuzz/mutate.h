/* mutate.h - packets that were good once: the same from the same seed. For the
   targets that are run without libFuzzer, and for what is sent to engines.
   SPDX-License-Identifier: MIT */
#ifndef VSC_FUZZ_MUTATE_H
#define VSC_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/** Damages SIZE bytes in one to eight places: bits, bytes, digits, pieces that
    are cut out, said twice or put elsewhere. BYTES has room for CAPACITY of
    them; how many there are then. STATE: of splitmix64. */
size_t
mutate(uint8_t *bytes, size_t size, size_t capacity, uint64_t *state);

#endif
