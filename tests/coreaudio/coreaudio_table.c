/* coreaudio_table.c - prints the driver's table of properties as the page
   docs/macos-properties.md, and compares it with what is there; a trace knows
   the same properties as text.
   SPDX-License-Identifier: MIT */
#include "hal/coreaudio/properties.h"
#include "hal/coreaudio/trace_line.h"

#include <stdio.h>
#include <string.h>

#define PAGE_MAX 16384

static char page[PAGE_MAX];
static size_t used;

static void
put(const char *text)
{
  used += (size_t)snprintf(page + used, sizeof page - used, "%s", text);
}

static const char *
type_name(enum property_type type)
{
  switch (type) {
    case TYPE_U32:
      return "UInt32";
    case TYPE_F64:
      return "Float64";
    case TYPE_STRING:
      return "CFString";
    case TYPE_OBJECTS:
      return "AudioObjectID[]";
    case TYPE_RANGES:
      return "AudioValueRange[]";
    case TYPE_FORMAT:
      return "AudioStreamBasicDescription";
    case TYPE_FORMATS:
      return "AudioStreamRangedDescription[]";
    case TYPE_LAYOUT:
      return "AudioChannelLayout";
    case TYPE_STEREO:
      return "UInt32[2]";
    case TYPE_CUSTOM:
      return "AudioServerPlugInCustomPropertyInfo[]";
  }
  return "";
}

/* Words of the bits that are set, or ALL of them in one. */
static void
put_bits(UInt32 bits, const char *const words[], UInt32 all, const char *any)
{
  const char *between = "";
  if (bits == all) {
    put(any);
    return;
  }
  for (unsigned i = 0; words[i]; i++) {
    if (bits & 1u << i) {
      put(between);
      put(words[i]);
      between = ", ";
    }
  }
}

static void
put_row(const struct property *p)
{
  static const char *const kinds[] = { "plug-in", "device", "stream", NULL };
  static const char *const scopes[] = {
    "global", "input", "output", "play-through", NULL
  };
  const UInt32 s = p->selector;
  char text[160];
  snprintf(text,
           sizeof text,
           "| `%c%c%c%c` | ",
           (char)(s >> 24),
           (char)(s >> 16),
           (char)(s >> 8),
           (char)s);
  put(text);
  put_bits(p->kinds, kinds, KIND_ANY, "all");
  put(" | ");
  put_bits(p->scopes, scopes, IN_ANY, "any");
  put(p->is_of_channels ? ", each channel | " : " | ");
  put(type_name(p->type));
  put(p->set ? ", can be set | " : " | ");
  if (p->get) {
    put(" |\n");
  } else if (p->type == TYPE_STRING) {
    snprintf(text, sizeof text, "\"%s\" |\n", p->text);
    put(text);
  } else {
    const UInt32 n = p->number;
    const char is_text = n >> 24 >= ' ';
    snprintf(text, sizeof text, "%u |\n", (unsigned)n);
    if (is_text) {
      snprintf(text,
               sizeof text,
               "`%c%c%c%c` |\n",
               (char)(n >> 24),
               (char)(n >> 16),
               (char)(n >> 8),
               (char)n);
    }
    put(text);
  }
}

int
main(void)
{
  static char there[PAGE_MAX];
  put("# What the macOS driver answers\n\n"
      "Every property of the plug-in, its devices and their streams; made "
      "from the\ndriver's own table, hal/coreaudio/properties.c. An answer "
      "without a value depends\non the engine, or on the instance. The "
      "plug-in's own scope is the global one alone.\n\n"
      "| selector | objects | scopes | type | value |\n"
      "|---|---|---|---|---|\n");
  for (const struct property *p = properties(); p->kinds; p++) {
    put_row(p);
    if (trace_is_text(p->selector) != (p->type == TYPE_STRING) ||
        trace_is_asked_with_text(p->selector) != (p->qualifier_bytes > 0)) {
      fprintf(stderr,
              "a trace has text elsewhere: hal/coreaudio/trace_line.c\n");
      return 1;
    }
  }
  fputs(page, stdout);
  FILE *const file = fopen(VSC_DOCS "/macos-properties.md", "r");
  const size_t n = file ? fread(there, 1, sizeof there - 1, file) : 0;
  there[n] = '\0';
  if (file) {
    fclose(file);
  }
  if (strcmp(there, page) != 0) {
    fprintf(stderr, "docs/macos-properties.md is another: write this there\n");
    return 1;
  }
  return 0;
}
