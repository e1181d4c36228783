/* client_types.h - what goes in and out of libvsc-client: what to open, what a
   device can do, when a block of frames is, and the callbacks.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLIENT_TYPES_H
#define VSC_CLIENT_TYPES_H

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
  uint32_t rate;         /**< frames per second; 0: as the device runs. Another:
                              it changes if nobody else has it open */
  uint32_t frames;       /**< of a callback; 0: as the profile says */
  vsc_ns timeout_ns;     /**< how long open waits for the engine; 0: 2 s */
  uint32_t may_be_away;  /**< 1: open also the device of an engine that has died
                              and is not back in time: silence until it is */
} vsc_client_config;

/** What a device can do; frames unless said otherwise. */
typedef struct vsc_client_info {
  uint32_t size;          /**< sizeof(vsc_client_info) */
  uint32_t rate;          /**< frames per second */
  uint32_t inputs,        /**< channels one can hear */
    outputs;              /**< channels one can play */
  uint32_t buffer;        /**< of a callback: this client's, or the profile's */
  uint32_t frames_min,    /**< the least a callback may have */
    frames_max;           /**< and the most */
  uint32_t ring;          /**< memory behind each channel */
  uint32_t wake;          /**< between the engine's wake-ups */
  uint32_t input_latency; /**< newest readable frame is this old (S_in) */
  uint32_t output_latency; /**< earliest writable frame is this far (S_out);
                                what a callback hears it plays input_latency +
                                buffer + output_latency frames later */
  uint32_t is_shared;      /**< 1: writers of one channel are summed */
  uint32_t engine_pid;     /**< its process */
} vsc_client_info;

/** What a device is doing. */
typedef struct vsc_client_state {
  uint32_t size;        /**< sizeof(vsc_client_state) */
  uint32_t is_running;  /**< 0: its engine is away */
  uint32_t engine_pid;  /**< its process, the last there was */
  uint32_t rate;        /**< frames per second */
  uint32_t clock_state; /**< enum vsc_clock_state of <vsc/host.h>; FREE while
                           the engine is away */
  uint32_t clients;     /**< applications attached */
  uint64_t late_frames; /**< that these played too late, each since it came */
} vsc_client_state;

/** When a block of frames is: the one time stamp of callbacks, reads and
    writes. In a callback at position D: in_pos is D - input_latency - frames,
    out_pos is D + output_latency, always. */
typedef struct vsc_client_time {
  uint32_t size;          /**< sizeof(vsc_client_time) */
  uint32_t generation;    /**< of the media clock; another: positions jumped */
  vsc_pos pos;            /**< device: of a callback, else now */
  vsc_pos in_pos,         /**< of the first frame heard */
    out_pos;              /**< of the first frame played */
  vsc_ns host_ns;         /**< now; raw monotonic clock */
  vsc_ns capture_ns,      /**< host time of in_pos */
    playback_ns;          /**< host time of out_pos */
  double rate;            /**< media seconds per host second */
  int64_t gap_frames;     /**< skipped since the block before */
  uint32_t silent_frames; /**< heard, but not there: silence given */
  uint32_t late_frames;   /**< played, but dropped: too late, or the engine is
                               away. In a callback: of the block before */
  uint32_t is_running;    /**< 0: the engine is away; silence, own clock */
} vsc_client_time;

/** Hear IN and play OUT, frames of interleaved samples; NULL where no channels
    were asked for. OUT is silent before. May not block, nor call functions of
    this header but those marked [audio-thread]; with clang 20 or later and
    -Wfunction-effects the compiler proves it. [audio-thread] */
typedef void (*vsc_client_process_fn)(void *user,
                                      const void *in,
                                      void *out,
                                      uint32_t frames,
                                      const vsc_client_time *time) VSC_RT;
/** Something has changed and the callbacks go on; TEXT is one sentence. Told
    once each. VSC_ERR_AGAIN: the engine is away, silence until it is back;
    VSC_OK: it is back, or there is another. VSC_ERR_REFUSED: our channels are
    somebody else's now. VSC_ERR_UNSUPPORTED: the device has changed (rate,
    channels, latency): close it and open it again. Until it returns nobody
    looks after the engine. [a thread of the client's, not the audio thread] */
typedef void (*vsc_client_error_fn)(void *user,
                                    vsc_status status,
                                    const char *text);
/** What a client calls. Zero everything, set size, then what is there. */
typedef struct vsc_client_callbacks {
  uint32_t size;                 /**< sizeof(vsc_client_callbacks) */
  vsc_client_process_fn process; /**< must be there */
  vsc_client_error_fn error;     /**< may be NULL */
  void *user;                    /**< handed to both */
} vsc_client_callbacks;

VSC_END_DECLS
#endif
