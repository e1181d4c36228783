/* replay.c - asks a driver again what coreaudiod asked one on a Mac, as its
   trace tells (hal/coreaudio/trace.c), and says where the answer is another.
   What is before a line's letter, as the system's log has it, is passed over.
   Channel names and the like depend on the engine; whether a property is there,
   how large it is and whether it may be set do not. Reads stdin.
   SPDX-License-Identifier: MIT */
#include "tests/coreaudio/mac.h"
#include "tests/coreaudio/simulated_host.h"

#include <mach/mach_time.h>
#include <stdio.h>
#include <string.h>

#define BYTES_MAX 65536

void *
vsc_plugin_create(CFAllocatorRef allocator, CFUUIDRef type);

struct question {
  char letter;
  AudioObjectID object;
  AudioObjectPropertyAddress address;
  UInt32 rest[2];
  int count; /* of numbers before the answer */
};

/* "g 2 6c6e616d 676c6f62 0 0 8 = 0 8" after whatever the log puts first. */
static const char *
parse(const char *line, struct question *q)
{
  const char *const answer = strstr(line, " = ");
  for (const char *at = line; answer && at < answer; at++) {
    const int is_word = at == line || at[-1] == ' ';
    if (is_word && at[1] == ' ' && strchr("hszgbe", at[0])) {
      *q = (struct question){ .letter = at[0] };
      q->count = sscanf(at + 2,
                        "%u %x %x %u %u %u",
                        &q->object,
                        &q->address.mSelector,
                        &q->address.mScope,
                        &q->address.mElement,
                        &q->rest[0],
                        &q->rest[1]);
      return answer + 3;
    }
  }
  return NULL;
}

/* What cannot be asked again: a qualifier, which the trace leaves out. */
static int
can_ask(const struct question *q)
{
  switch (q->letter) {
    case 'h':
    case 's':
      return q->count == 4;
    case 'z':
      return q->count == 5 && q->rest[0] == 0;
    case 'g':
      return q->count == 6 && q->rest[0] == 0 && q->rest[1] <= BYTES_MAX;
    default:
      return 0;
  }
}

/* As the trace writes an answer. */
static void
ask(const struct host *h, const struct question *q, char *out, size_t bytes)
{
  static unsigned char data[BYTES_MAX];
  const AudioServerPlugInDriverRef d = h->driver;
  const AudioObjectPropertyAddress *const a = &q->address;
  Boolean flag = 0;
  UInt32 size = 0;
  OSStatus status;
  switch (q->letter) {
    case 'h':
      snprintf(out, bytes, "%d", (*d)->HasProperty(d, q->object, 0, a));
      return;
    case 's':
      status = (*d)->IsPropertySettable(d, q->object, 0, a, &flag);
      snprintf(out, bytes, "%d %d", (int)status, status ? 0 : flag);
      return;
    case 'z':
      status = (*d)->GetPropertyDataSize(d, q->object, 0, a, 0, NULL, &size);
      break;
    default:
      status = (*d)->GetPropertyData(
        d, q->object, 0, a, 0, NULL, q->rest[1], &size, data);
      break;
  }
  snprintf(out, bytes, "%d %u", (int)status, status ? 0 : size);
}

static UInt64
ticks(void)
{
  return mach_absolute_time();
}

int
main(void)
{
  static struct host h;
  char line[512], now[64];
  unsigned long asked = 0, others = 0;
  h = (struct host){ .ticks = ticks,
                     .ticks_per_second = MAC_TICKS_PER_SECOND,
                     .slope_ppm = 510 };
  host_load(&h, vsc_plugin_create);
  while (fgets(line, sizeof line, stdin)) {
    struct question q;
    const char *const answer = parse(line, &q);
    if (answer && can_ask(&q)) {
      const size_t length = strcspn(answer, "\n");
      ask(&h, &q, now, sizeof now);
      asked++;
      if (strlen(now) != length || strncmp(now, answer, length) != 0) {
        others++;
        printf("now %s: %s", now, line);
      }
    }
  }
  printf("%lu questions, %lu other answers, %u violations\n",
         asked,
         others,
         (unsigned)h.violations);
  return asked == 0 || others != 0 || h.violations != 0;
}
