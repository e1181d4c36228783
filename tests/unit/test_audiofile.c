/* test_audiofile.c - one frame in is one frame out, bit by bit.
   SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/audio_io.h"

#define FRAMES 1500 /* no whole number of blocks */
#define CHANNELS 3

static char dir[32], path[80], why[400];
static float signal_[FRAMES * CHANNELS], heard[(FRAMES + 10) * CHANNELS];

static void
set_up(void)
{
  strcpy(dir, "/tmp/aes67-file-XXXXXX");
  cr_assert(mkdtemp(dir));
  uint32_t x = 1;
  for (size_t i = 0; i < FRAMES * CHANNELS; i++) {
    x = x * 1664525u + 1013904223u;
    signal_[i] = (float)((int32_t)x / 256) / 8388608.0f;
  }
  signal_[0] = -1.0f;
  signal_[1] = 8388607.0f / 8388608.0f;
  signal_[2] = -1.0f / 8388608.0f;
}

static void
tear_down(void)
{
  unlink(path);
  rmdir(dir);
}

TestSuite(audiofile, .init = set_up, .fini = tear_down);

static void
name(const char *file)
{
  snprintf(path, sizeof path, "%s/%s", dir, file);
}

static void
write_all(enum audiofile_raw raw)
{
  struct audiofile *f = NULL;
  const struct audiofile_info info = { .raw = raw,
                                       .channels = CHANNELS,
                                       .rate = 48000 };
  cr_assert_eq(
    audiofile_create(path, &info, &f, why, sizeof why), VSC_OK, "%s", why);
  cr_assert_eq(audiofile_write(f, signal_, 700), VSC_OK);
  cr_assert_eq(audiofile_write(f, signal_ + 700 * CHANNELS, FRAMES - 700),
               VSC_OK);
  cr_assert_eq(audiofile_close(f), VSC_OK);
}

static int64_t
read_all(enum audiofile_raw raw, struct audiofile_info *info)
{
  struct audiofile *f = NULL;
  *info =
    (struct audiofile_info){ .raw = raw, .channels = CHANNELS, .rate = 48000 };
  cr_assert_eq(
    audiofile_open(path, info, &f, why, sizeof why), VSC_OK, "%s", why);
  const int64_t n = audiofile_read(f, heard, FRAMES + 10);
  cr_assert_eq(audiofile_read(f, heard + n * CHANNELS, 1), 0);
  cr_assert_eq(audiofile_close(f), VSC_OK);
  return n;
}

static void
round_trip(const char *file, enum audiofile_raw raw)
{
  struct audiofile_info info;
  name(file);
  write_all(raw);
  cr_assert_eq(read_all(raw, &info), FRAMES);
  cr_assert_eq(info.channels, CHANNELS);
  cr_assert_eq(info.rate, 48000);
  cr_assert_eq(memcmp(heard, signal_, sizeof signal_), 0);
}

Test(audiofile, keeps_24_bits_in_raw_samples)
{
  round_trip("a", AUDIOFILE_S24LE);
  round_trip("a", AUDIOFILE_S24BE);
  round_trip("a", AUDIOFILE_S32LE);
  round_trip("a", AUDIOFILE_F32LE);
}

Test(audiofile, keeps_24_bits_in_files_with_a_header)
{
#if VSC_HAVE_SNDFILE
  const char *const files[] = { "a.wav", "a.rf64", "a.aiff", "a.flac" };
  for (int i = 0; i < 4; i++) {
    round_trip(files[i], AUDIOFILE_HEADER);
    unlink(path);
  }
#else
  cr_skip_test("built without libsndfile");
#endif
}

Test(audiofile, keeps_16_bits_in_s16le)
{
  struct audiofile_info info;
  for (size_t i = 0; i < FRAMES * CHANNELS; i++) {
    signal_[i] = (float)((int)(i * 37 % 65536) - 32768) / 32768.0f;
  }
  round_trip("a", AUDIOFILE_S16LE);
  cr_expect_eq(read_all(AUDIOFILE_S16LE, &info), FRAMES);
}

Test(audiofile, rounds_once_and_clamps)
{
  struct audiofile_info info;
  name("a");
  signal_[0] = 1.5f / 32768.0f;
  signal_[1] = 9.0f;
  signal_[2] = NAN;
  write_all(AUDIOFILE_S16LE);
  read_all(AUDIOFILE_S16LE, &info);
  cr_expect_eq(heard[0], 2.0f / 32768.0f);
  cr_expect_eq(heard[1], 32767.0f / 32768.0f);
  cr_expect_eq(heard[2], 0.0f);
}

Test(audiofile, writes_raw_bytes_in_their_order)
{
  name("a");
  signal_[0] = 0x123456 / 8388608.0f;
  write_all(AUDIOFILE_S24BE);
  unsigned char b[3];
  FILE *const f = fopen(path, "rb");
  cr_assert(f && fread(b, 1, 3, f) == 3);
  fclose(f);
  cr_expect(b[0] == 0x12 && b[1] == 0x34 && b[2] == 0x56);
}

Test(audiofile, drops_a_last_frame_that_is_not_whole)
{
  struct audiofile_info info;
  name("a");
  FILE *const f = fopen(path, "wb");
  cr_assert(f && fwrite(signal_, 1, 5 * CHANNELS * 3 + 4, f) > 0);
  fclose(f);
  cr_expect_eq(read_all(AUDIOFILE_S24LE, &info), 5);
}

Test(audiofile, begins_again_after_rewind)
{
  struct audiofile *f = NULL;
  struct audiofile_info info = { .raw = AUDIOFILE_F32LE,
                                 .channels = CHANNELS,
                                 .rate = 48000 };
  name("a");
  write_all(AUDIOFILE_F32LE);
  cr_assert_eq(audiofile_open(path, &info, &f, why, sizeof why), VSC_OK);
  cr_expect_eq(audiofile_read(f, heard, FRAMES), FRAMES);
  cr_expect_eq(audiofile_rewind(f), VSC_OK);
  cr_expect_eq(audiofile_read(f, heard, 1), 1);
  cr_expect_eq(heard[0], signal_[0]);
  audiofile_close(f);
}

Test(audiofile, says_what_a_name_must_end_in)
{
  struct audiofile *f = NULL;
  const struct audiofile_info info = { .channels = 1, .rate = 48000 };
  name("a.mp9");
  cr_expect_lt(audiofile_create(path, &info, &f, why, sizeof why), 0);
  cr_expect_not_null(strstr(why, "--format"), "%s", why);
  cr_expect_null(f);
}

Test(audiofile, refuses_what_is_no_audio)
{
  struct audiofile *f = NULL;
  struct audiofile_info info = { 0 };
  name("a.wav");
  cr_expect_lt(audiofile_open(path, &info, &f, why, sizeof why), 0);
  FILE *const rubbish = fopen(path, "wb");
  fputs("RIFF....WAVEthis is not one", rubbish);
  fclose(rubbish);
  cr_expect_lt(audiofile_open(path, &info, &f, why, sizeof why), 0);
  cr_expect_null(f);
}

Test(audiofile, tells_a_full_disk)
{
  struct audiofile *f = NULL;
  const struct audiofile_info info = { .raw = AUDIOFILE_F32LE,
                                       .channels = CHANNELS,
                                       .rate = 48000 };
  cr_assert_eq(audiofile_create("/dev/full", &info, &f, why, sizeof why),
               VSC_OK);
  const vsc_status written = audiofile_write(f, signal_, FRAMES);
  const vsc_status closed = audiofile_close(f);
  cr_expect(written < 0 || closed < 0);
}

Test(audio_range, is_one_channel_or_several)
{
  struct audio_range r;
  cr_expect(audio_range_parse("1-8", &r) && r.first == 0 && r.count == 8);
  cr_expect(audio_range_parse("3", &r) && r.first == 2 && r.count == 1);
  cr_expect(audio_range_parse("1-2,3", &r) && r.first == 0 && r.count == 3);
  const char *const wrong[] = { "",    "0",    "0-1",        "8-1",
                                "1-",  "-1",   "1-2x",       "129",
                                "1,3", "1--2", "99999999999" };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    cr_expect_not(audio_range_parse(wrong[i], &r), "\"%s\"", wrong[i]);
  }
}
