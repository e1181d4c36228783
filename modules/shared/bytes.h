/* bytes.h - numbers in network order, read and written byte by byte, so that
   neither alignment nor the host's byte order matters.
   SPDX-License-Identifier: MIT */
#ifndef VSC_BYTES_H
#define VSC_BYTES_H

#include <vsc/base.h>

static inline uint16_t
be16(const uint8_t *p) VSC_RT
{
  return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
be24(const uint8_t *p) VSC_RT
{
  return (uint32_t)be16(p) << 8 | p[2]; /* two loads instead of three */
}

static inline uint32_t
be32(const uint8_t *p) VSC_RT
{
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
         p[3];
}

static inline uint64_t
be64(const uint8_t *p) VSC_RT
{
  return (uint64_t)be32(p) << 32 | be32(p + 4);
}

static inline void
put_be16(uint8_t *p, uint32_t v) VSC_RT
{
  p[0] = (uint8_t)(v >> 8);
  p[1] = (uint8_t)v;
}

static inline void
put_be24(uint8_t *p, uint32_t v) VSC_RT
{
  put_be16(p, v >> 8);
  p[2] = (uint8_t)v;
}

static inline void
put_be32(uint8_t *p, uint32_t v) VSC_RT
{
  p[0] = (uint8_t)(v >> 24);
  p[1] = (uint8_t)(v >> 16);
  p[2] = (uint8_t)(v >> 8);
  p[3] = (uint8_t)v;
}

static inline void
put_be64(uint8_t *p, uint64_t v) VSC_RT
{
  put_be32(p, (uint32_t)(v >> 32));
  put_be32(p + 4, (uint32_t)v);
}

#endif
