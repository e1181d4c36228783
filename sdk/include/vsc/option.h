/* option.h - a module declares its INI keys as a table; the host parses,
   range-checks and writes them into the instance before init() runs.
   SPDX-License-Identifier: MIT */
#ifndef VSC_OPTION_H
#define VSC_OPTION_H

#include <vsc/base.h>

VSC_BEGIN_DECLS

/** How a key is spelled and which field it fills. */
enum vsc_option_type {
  VSC_OPT_BOOL = 1,     /**< int32_t; yes or no, nothing else */
  VSC_OPT_INT = 2,      /**< int64_t */
  VSC_OPT_REAL = 3,     /**< double */
  VSC_OPT_DURATION = 4, /**< vsc_ns; 250us, 1ms, 2s: a unit is required */
  VSC_OPT_STRING = 5,   /**< const char *, the host's, valid until fini() */
  VSC_OPT_ENUM = 6,     /**< int32_t, index into words[] */
};

/** One key. A table of them ends with VSC_OPTIONS_END. Rows are laid out with
    the stride of this struct: it never grows within an ABI major version. */
typedef struct vsc_option {
  const char *key;          /**< NULL ends the table */
  int32_t type;             /**< enum vsc_option_type */
  uint32_t offset;          /**< of the field in the instance, bytes */
  uint32_t width;           /**< of the field, bytes; checked by the host */
  const char *fallback;     /**< spelled as in the INI file; NULL: required */
  double min,               /**< INT, REAL, DURATION (ns) */
    max;                    /**< the same; both 0: no bounds */
  const char *const *words; /**< ENUM: the words allowed, NULL-ended */
  const char *help;         /**< one line, lower case, no full stop */
} vsc_option;

/** A row for field FIELD of struct T. */
#define VSC_OPTION(T, field, key_, type_, fallback_, min_, max_, help_)        \
  {                                                                            \
    .key = key_, .type = type_, .offset = (uint32_t)offsetof(T, field),        \
    .width = (uint32_t)sizeof(((T *)0)->field), .fallback = fallback_,         \
    .min = min_, .max = max_, .words = NULL, .help = help_                     \
  }
/** A row for an enumeration: WORDS_ is a NULL-ended array of spellings. */
#define VSC_OPTION_WORDS(T, field, key_, fallback_, words_, help_)             \
  {                                                                            \
    .key = key_, .type = VSC_OPT_ENUM, .offset = (uint32_t)offsetof(T, field), \
    .width = (uint32_t)sizeof(((T *)0)->field), .fallback = fallback_,         \
    .min = 0, .max = 0, .words = words_, .help = help_                         \
  }
#define VSC_OPTIONS_END                                                        \
  {                                                                            \
    .key = NULL, .type = 0, .offset = 0, .width = 0, .fallback = NULL,         \
    .min = 0, .max = 0, .words = NULL, .help = NULL                            \
  }

VSC_END_DECLS
#endif
