/* client.h - libvsc-client: the device, for applications and plug-ins.

   An application opens the device of a running engine by instance name, says
   how many channels it hears and plays, and moves audio in its own thread (pull
   form). The device's clock is the media clock: position P of the input and of
   the output is the same instant everywhere on the network.

   Thread words: [main-thread] any thread that may block; [audio-thread] the one
   thread that moves audio: open, close and start never run beside it.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLIENT_H
#define VSC_CLIENT_H

#include <vsc/base.h>

VSC_BEGIN_DECLS

typedef struct vsc_client vsc_client;

/** How a sample lies in the application's memory; interleaved, native byte
    order unless said otherwise. */
enum vsc_sample {
  VSC_SAMPLE_F32 = 0, /**< float, full scale 1.0 */
  VSC_SAMPLE_S16 = 1, /**< int16_t */
  VSC_SAMPLE_S24 = 2, /**< 3 bytes, little endian */
  VSC_SAMPLE_S32 = 3, /**< int32_t, left-justified; 24 bits survive exactly */
};

/** What to open. Zero everything, set size, then what differs. */
typedef struct vsc_client_config {
  uint32_t size;        /**< sizeof(vsc_client_config) */
  const char *instance; /**< NULL: $AES67_INSTANCE, else "default" */
  const char
    *runtime_dir;        /**< NULL: $AES67_RUNTIME_DIR, else the three usual */
  const char *app;       /**< shown in `aes67 status`; NULL: the process */
  uint32_t first_input,  /**< 0-based */
    inputs;              /**< channels heard; 0: none */
  uint32_t first_output, /**< 0-based */
    outputs;             /**< channels played and claimed; 0: none */
  uint32_t sample;       /**< enum vsc_sample */
  vsc_ns timeout_ns;     /**< how long open waits for the engine; 0: 2 s */
} vsc_client_config;

/** What a device can do; frames unless said otherwise. */
typedef struct vsc_client_info {
  uint32_t size;           /**< sizeof(vsc_client_info) */
  uint32_t rate;           /**< frames per second */
  uint32_t inputs,         /**< channels one can hear */
    outputs;               /**< channels one can play */
  uint32_t buffer;         /**< the profile's callback size */
  uint32_t ring;           /**< frames of memory behind each channel */
  uint32_t wake;           /**< between the engine's wake-ups */
  uint32_t input_latency;  /**< newest readable frame is this old (S_in) */
  uint32_t output_latency; /**< earliest writable frame is this far (S_out) */
  uint32_t engine_pid;     /**< its process */
} vsc_client_info;

/** When a block of frames is. */
typedef struct vsc_client_time {
  uint32_t size;          /**< sizeof(vsc_client_time) */
  uint32_t generation;    /**< of the media clock; another: positions jumped */
  vsc_pos pos;            /**< of the block's first frame */
  vsc_ns host_ns;         /**< now; raw monotonic clock */
  vsc_ns frame_ns;        /**< host time of the block's first frame */
  double rate;            /**< media seconds per host second */
  int64_t gap_frames;     /**< frames skipped since the block before */
  uint32_t silent_frames; /**< of the block: not there, silence given */
  uint32_t is_running;    /**< 0: the engine is away; silence, own clock */
} vsc_client_time;

/** What the device of an instance offers, without attaching.
    VSC_ERR_NOT_FOUND: no engine has run. [main-thread] */
VSC_EXPORT vsc_status
vsc_client_query(const char *instance,
                 const char *runtime_dir,
                 vsc_client_info *out);

/** Attach; on failure vsc_client_error() says why in one sentence.
    VSC_ERR_REFUSED: channels beyond the device, or owned by somebody else;
    VSC_ERR_NOT_FOUND: no engine runs; VSC_ERR_AGAIN: it did not answer in time.
    [main-thread] */
VSC_EXPORT vsc_status
vsc_client_open(const vsc_client_config *config, vsc_client **out);
/** Gives claims back. NULL is fine. [main-thread] */
VSC_EXPORT void
vsc_client_close(vsc_client *client);
/** The last failure on this thread, one sentence without a newline; never NULL.
    [thread-safe] */
VSC_EXPORT const char *
vsc_client_error(void);
/** [thread-safe] */
VSC_EXPORT void
vsc_client_describe(const vsc_client *client, vsc_client_info *out);

/** Set the read and write positions: reading starts at the newest final frame,
    writing LEAD frames after the earliest frame that is still on time (0: as
    near as possible). Waits a moment for the engine to wake. [main-thread] */
VSC_EXPORT vsc_status
vsc_client_start(vsc_client *client, uint32_t lead);
/** As vsc_client_start, but the first frame read and the first frame written is
    POS, also when it is still to come. [main-thread] */
VSC_EXPORT vsc_status
vsc_client_start_at(vsc_client *client, vsc_pos pos);
/** What time it is on the device: pos is the position now. [audio-thread] */
VSC_EXPORT vsc_status
vsc_client_clock(vsc_client *client, vsc_client_time *out) VSC_RT;

/** Frames that could be read, or written, now without waiting. [audio-thread]
 */
VSC_EXPORT uint32_t
vsc_client_readable(vsc_client *client) VSC_RT;
VSC_EXPORT uint32_t
vsc_client_writable(vsc_client *client) VSC_RT;

/** Sleep until FRAMES are readable (IN not 0) or writable (IN 0), at most
    TIMEOUT_NS: VSC_OK, or VSC_ERR_AGAIN. Here a client meets an engine that was
    started again. VSC_ERR_REFUSED: its channels are somebody else's now, or the
    device has changed: close it and open it again. [main-thread] or a thread
    that may sleep */
VSC_EXPORT vsc_status
vsc_client_wait(vsc_client *client, int in, uint32_t frames, vsc_ns timeout_ns);

/** The struct vsc_client_time of all calls below: set its size, or pass NULL.

    Read exactly FRAMES at the read position and move it; what is not there is
    silence and counted (silent_frames). A reader that fell out of the ring is
    moved on (gap_frames). DST: interleaved, config.inputs channels.
    [audio-thread] */
VSC_EXPORT vsc_status
vsc_client_read(vsc_client *client,
                void *dst,
                uint32_t frames,
                vsc_client_time *time) VSC_RT;
/** Write exactly FRAMES at the write position and move it. Frames that are too
    late are dropped and counted (silent_frames); frames that are too early are
    not taken: VSC_ERR_AGAIN, nothing moved. [audio-thread] */
VSC_EXPORT vsc_status
vsc_client_write(vsc_client *client,
                 const void *src,
                 uint32_t frames,
                 vsc_client_time *time) VSC_RT;

VSC_END_DECLS
#endif
