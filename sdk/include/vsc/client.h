/* client.h - libvsc-client: the device, for applications and plug-ins.

   An application opens the device of a running engine by instance name, says
   how many channels it hears and plays, and is called back (callback form) or
   moves audio in its own thread (pull form). The device's clock is the media
   clock: position P of the input and of the output is the same instant
   everywhere on the network.

   Thread words: [main-thread] any thread that may block, one at a time, and no
   callback; [audio-thread] the one thread that moves audio: in the callback
   form that of process(), in the pull form yours, beside which no open, close
   or begin runs. SPDX-License-Identifier: MIT */
#ifndef VSC_CLIENT_H
#define VSC_CLIENT_H

#include <vsc/client_types.h>

VSC_BEGIN_DECLS

/** What the device of an instance offers, without attaching.
    VSC_ERR_NOT_FOUND: no engine has run. [main-thread] */
VSC_EXPORT vsc_status
vsc_client_query(const char *instance,
                 const char *runtime_dir,
                 vsc_client_info *out);

/** What the device of an instance is doing, without attaching: for displays
    that look now and then. VSC_ERR_NOT_FOUND: no engine has run.
    [thread-safe] if that may block */
VSC_EXPORT vsc_status
vsc_client_inspect(const char *instance,
                   const char *runtime_dir,
                   vsc_client_state *out);

/** Attach; on failure vsc_client_error() says why in one sentence.
    VSC_ERR_REFUSED: channels beyond the device, or owned by somebody else, or a
    rate that it cannot take; VSC_ERR_UNSUPPORTED: frames that it cannot do, or
    another version of the engine; VSC_ERR_NOT_FOUND: no engine runs;
    VSC_ERR_AGAIN: it did not answer in time. [main-thread] */
VSC_EXPORT vsc_status
vsc_client_open(const vsc_client_config *config, vsc_client **out);
/** Stops, and gives claims back. NULL is fine. [main-thread] */
VSC_EXPORT void
vsc_client_close(vsc_client *client);
/** The last failure on this thread, one sentence without a newline; never NULL.
    [thread-safe] */
VSC_EXPORT const char *
vsc_client_error(void);
/** What was opened. It stays true: a client follows no device that is worse.
    [thread-safe] */
VSC_EXPORT void
vsc_client_describe(const vsc_client *client, vsc_client_info *out);

/** The device's own word for its channel CHANNEL (0-based), as "rx1 3", NUL-
    terminated; "" without one. Also while it is started. [main-thread] */
VSC_EXPORT void
vsc_client_channel_name(const vsc_client *client,
                        int is_input,
                        uint32_t channel,
                        char *out,
                        size_t bytes);

/** Callback form: one thread, made here, calls process() every `frames` frames
    of the device's time, for input and output together, whatever becomes of the
    engine: without one the callbacks go on, in silence, by the clock as it was
    last known. A callback that was missed is not made up for (gap_frames).
    Another thread keeps the attachment and calls error(). [main-thread] */
VSC_EXPORT vsc_status
vsc_client_start(vsc_client *client, const vsc_client_callbacks *callbacks);
/** No callback runs after it, and in the pull form nothing is moved until the
    next begin; what was played is still sent. The device stays open, and when
    nobody else has it started costs nothing: the engine rests. May be started
    again. [main-thread] */
VSC_EXPORT vsc_status
vsc_client_stop(vsc_client *client);

/** Pull form, for those that own their thread.

    Set the read and write positions: reading begins at the newest final frame,
    writing LEAD frames after the earliest frame that is still on time (0: as
    near as possible). Waits a moment for the engine to wake. [main-thread] */
VSC_EXPORT vsc_status
vsc_client_begin(vsc_client *client, uint32_t lead);
/** As vsc_client_begin, but the first frame read and the first frame written is
    POS, also when it is still to come. [main-thread] */
VSC_EXPORT vsc_status
vsc_client_begin_at(vsc_client *client, vsc_pos pos);
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
    started again. VSC_ERR_REFUSED: its channels are somebody else's now;
    VSC_ERR_UNSUPPORTED: the device has changed: close it and open it again.
    [audio-thread] if that may sleep */
VSC_EXPORT vsc_status
vsc_client_wait(vsc_client *client, int in, uint32_t frames, vsc_ns timeout_ns);

/** The struct vsc_client_time of all calls below: set its size, or pass NULL.

    Read exactly FRAMES at the read position and move it; what is not there is
    silence and counted (silent_frames). A reader that fell out of the ring is
    moved on (gap_frames), and a writer that is behind with it: input and output
    stay as far apart. DST: interleaved, config.inputs channels.
    [audio-thread] */
VSC_EXPORT vsc_status
vsc_client_read(vsc_client *client,
                void *dst,
                uint32_t frames,
                vsc_client_time *time) VSC_RT;
/** Write exactly FRAMES at the write position and move it. Frames that are too
    late are dropped and counted (late_frames); frames that are too early are
    not taken: VSC_ERR_AGAIN, nothing moved. [audio-thread] */
VSC_EXPORT vsc_status
vsc_client_write(vsc_client *client,
                 const void *src,
                 uint32_t frames,
                 vsc_client_time *time) VSC_RT;

VSC_END_DECLS
#endif
