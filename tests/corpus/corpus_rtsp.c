/* corpus_rtsp.c - what devices and programs have said by RTSP is read as a
   reader of the captures wrote it down here. 77 without the corpus.
   SPDX-License-Identifier: MIT */
#include "modules/shared/bytes.h"
#include "modules/shared/rtsp_message.h"
#include "modules/shared/sdp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPTURE_MAX (1 << 20)
#define FLOWS 32
#define TEXT 8192

/* One direction of a connection. */
struct flow {
  uint64_t key; /* ports and the address that it goes to */
  uint32_t next;
  bool is_open, has_hole;
  struct rtsp_reader reader;
  char bytes[16384];
};

static struct flow flows[FLOWS];
static int failures;

static void
note(const struct rtsp_message *m, char text[TEXT])
{
  static struct sdp_result sdp;
  const size_t used = strlen(text);
  char what[400];
  if (m->is_response) {
    snprintf(what, sizeof what, "%u", m->status);
  } else {
    snprintf(what,
             sizeof what,
             "%.*s %.*s",
             (int)slice_length(m->method),
             m->method.at,
             (int)slice_length(m->uri),
             m->uri.at);
  }
  const bool is_audio =
    slice_length(m->body) > 0 &&
    sdp_parse(m->body.at, slice_length(m->body), &sdp) == VSC_OK;
  snprintf(text + used,
           TEXT - used,
           "%s%s%s\n",
           what,
           is_audio ? ": " : "",
           is_audio ? sdp.streams[0].name : "");
}

static void
take_bytes(struct flow *f, const uint8_t *bytes, size_t count, char text[TEXT])
{
  struct rtsp_message m;
  while (count > 0) {
    size_t room;
    char *const at = rtsp_room(&f->reader, &room);
    const size_t n = count < room ? count : room;
    memcpy(at, bytes, n);
    rtsp_filled(&f->reader, n);
    bytes += n;
    count -= n;
    vsc_status status;
    while ((status = rtsp_next(&f->reader, false, &m)) == VSC_OK) {
      note(&m, text);
    }
    if (status == VSC_ERR_MALFORMED) {
      snprintf(text + strlen(text), TEXT - strlen(text), "malformed\n");
      f->has_hole = true;
      return;
    }
  }
}

static struct flow *
flow_of(uint64_t key)
{
  for (unsigned i = 0; i < FLOWS; i++) {
    if (flows[i].key == key || !flows[i].key) {
      flows[i].key = key;
      return &flows[i];
    }
  }
  return NULL;
}

/* What is captured twice is taken once; behind a hole nothing. */
static void
take_segment(const uint8_t *ip, size_t bytes, char text[TEXT])
{
  const size_t head = bytes >= 20 ? (ip[0] & 15) * 4u : 0;
  const size_t length = bytes >= 20 ? be16(ip + 2) : 0;
  if (ip[0] >> 4 != 4 || head < 20 || bytes < head + 20 || ip[9] != 6 ||
      length < head + 20) {
    return;
  }
  const uint8_t *const tcp = ip + head;
  const size_t offset = head + (tcp[12] >> 4) * 4u;
  const bool is_syn = tcp[13] & 2;
  struct flow *const f =
    flow_of((uint64_t)be32(tcp) << 32 ^ be32(ip + 16) ^ be32(ip + 12));
  if (!f || offset > length) {
    return;
  }
  const uint32_t seq = be32(tcp + 4);
  if (is_syn && !f->is_open) {
    f->is_open = true;
    f->next = seq + 1;
    rtsp_reader_init(&f->reader, f->bytes, sizeof f->bytes);
  }
  if (!f->is_open || is_syn || f->has_hole || seq != f->next ||
      length > bytes) {
    f->has_hole |= f->is_open && !is_syn && length > bytes;
    return;
  }
  f->next += (uint32_t)(length - offset);
  take_bytes(f, ip + offset, length - offset, text);
}

static uint32_t
le32(const uint8_t *p)
{
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
         (uint32_t)p[3] << 24;
}

#define ETHERNET 14
#define COOKED 16

/* pcap: a record a packet. */
static void
take_pcap(const uint8_t *bytes, size_t count, char text[TEXT])
{
  for (size_t at = 24; at + 16 <= count;) {
    const size_t n = le32(bytes + at + 8);
    at += 16;
    if (n > count - at) {
      return;
    }
    if (n > ETHERNET + 20) {
      take_segment(bytes + at + ETHERNET, n - ETHERNET, text);
    }
    at += n;
  }
}

/* pcapng: blocks, and those of type 6 have a packet. */
static void
take_pcapng(const uint8_t *bytes, size_t count, char text[TEXT])
{
  for (size_t at = 0; at + 32 <= count;) {
    const size_t block = le32(bytes + at + 4);
    const size_t n = le32(bytes + at + 20);
    if (block < 12 || block > count - at) {
      return;
    }
    if (le32(bytes + at) == 6 && n > COOKED + 20 && n <= block - 32) {
      take_segment(bytes + at + 28 + COOKED, n - COOKED, text);
    }
    at += block;
  }
}

static void
take_capture(const uint8_t *bytes, size_t count, char text[TEXT])
{
  memset(flows, 0, sizeof flows);
  if (count > 4 && le32(bytes) == 0x0A0D0D0A) {
    take_pcapng(bytes, count, text);
  } else {
    take_pcap(bytes, count, text);
  }
}

/* What a player and a camera say to each other, as tshark lists it. */
#define CAMERA "rtsp://10.2.2.2:8554/"
#define SESSION                                                                \
  "OPTIONS " CAMERA "\n200\nDESCRIBE " CAMERA "\n200\n"                        \
  "SETUP " CAMERA "trackID=0\n200\nSETUP " CAMERA "trackID=1\n200\n"           \
  "PLAY " CAMERA "\n200\n"
#define ALIVE "GET_PARAMETER " CAMERA "\n"

static const struct {
  const char *file, *messages;
} all[] = {
  { "rtsp/aes67daemon-describe-200.rtsp", "200: Daemon 430a0100 Stage 1\n" },
  { "rtsp/anubis-announce-empty-uri.rtsp", "ANNOUNCE : Anubis Combo LR\n" },
  { "pcap/ref-aes67daemon-sap-mdns-rtsp-igmp.pcap",
    "DESCRIBE rtsp://10.67.0.1:8854/by-name/"
    "AES67%20daemon%200a430001%20Stage%201\n"
    "404\n"
    "DESCRIBE rtsp://10.67.0.1:8854/by-name/Daemon%20430a0100%20Stage%201\n"
    "200: Daemon 430a0100 Stage 1\n"
    "DESCRIBE rtsp://10.67.0.1:8854/by-id/0\n"
    "200: Daemon 430a0100 Stage 1\n"
    "DESCRIBE rtsp://10.67.0.1:8854/by-name/Daemon%20430a0100%20Stage%201\n"
    "200: Daemon 430a0100 Stage 1\n" },
  { "pcap/ndpi-rtsp-session.pcap",
    SESSION ALIVE SESSION ALIVE SESSION SESSION ALIVE SESSION ALIVE SESSION },
};

int
main(int argc, char **argv)
{
  static uint8_t bytes[CAPTURE_MAX];
  static char text[TEXT];
  const char *const shared = getenv("VSC_SHARED");
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    char path[4096];
    snprintf(path,
             sizeof path,
             "%s%s/corpus/%s",
             shared     ? shared
             : argc > 1 ? argv[1]
                        : ".",
             shared ? "" : "/../shared",
             all[i].file);
    FILE *const file = fopen(path, "rb");
    if (!file) {
      fprintf(stderr, "there is no \"%s\"\n", path);
      return 77;
    }
    const size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    text[0] = '\0';
    if (strstr(path, ".pcap")) {
      take_capture(bytes, n, text);
    } else {
      struct flow *const f = &flows[0];
      rtsp_reader_init(&f->reader, f->bytes, sizeof f->bytes);
      take_bytes(f, bytes, n, text);
    }
    if (strcmp(text, all[i].messages) != 0) {
      fprintf(stderr, "%s says:\n%s", all[i].file, text);
      failures++;
    }
  }
  printf("%zu files, %d differ\n", sizeof all / sizeof all[0], failures);
  return failures > 0;
}
