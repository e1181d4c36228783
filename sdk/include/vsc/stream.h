/* stream.h - what a stream is, and the two ports the engine lends to a
   transport: where received payload goes, where payload to send comes from.
   SPDX-License-Identifier: MIT */
#ifndef VSC_STREAM_H
#define VSC_STREAM_H

#include <vsc/base.h>
#include <vsc/net.h>

VSC_BEGIN_DECLS

#define VSC_CHANNELS_MAX 128      /**< of a stream or a device */
#define VSC_PACKET_BYTES_MAX 1440 /**< RTP payload; AES67 6.3 */
#define VSC_NAME_BYTES 64
#define VSC_DESTINATIONS_MAX 16 /**< of a sender */

/** A run of frames in planar memory: ch[c][i] is channel c, frame i. A word is
    float32, full scale 1.0, unless the channel is raw: then it is 32 bits that
    only codecs and HAL back-ends understand. ch[c] may be NULL: a channel that
    nobody wants (decode) or that is silent (encode). */
typedef struct vsc_span {
  float *const *ch;  /**< one pointer a channel */
  uint32_t channels; /**< of ch */
  uint32_t frames;   /**< behind each of them */
} vsc_span;

/** What a codec is opened for. */
typedef struct vsc_format {
  uint32_t size;              /**< sizeof(vsc_format) */
  uint32_t rate;              /**< frames per second: 44100..384000 */
  uint32_t channels;          /**< 1..VSC_CHANNELS_MAX */
  uint32_t frames_per_packet; /**< of a sender; receivers take any number */
  char encoding[16];          /**< as in SDP rtpmap: "L24" */
} vsc_format;

/** What a stream's clock is called (RFC 7273, 4). */
enum vsc_reference {
  VSC_REFERENCE_PTP = 0,       /**< clock_id and clock_domain */
  VSC_REFERENCE_TRACEABLE = 1, /**< PTP, whoever the grandmaster is */
  VSC_REFERENCE_LOCAL = 2, /**< the sender's own: clock_id is its MAC, 0, 0 */
};

/** For whose eyes a session description is written. */
enum vsc_dialect {
  VSC_DIALECT_AES67 = 0,  /**< and RAVENNA */
  VSC_DIALECT_DANTE = 1,  /**< no source filter */
  VSC_DIALECT_ST2110 = 2, /**< strict, everything of a medium at its level */
};

/** A stream as SDP describes it. Strings are NUL-terminated. */
typedef struct vsc_stream {
  uint32_t size;          /**< sizeof(vsc_stream) */
  vsc_format format;      /**< of its audio */
  vsc_ip address;         /**< group or unicast destination; 0: unknown */
  vsc_ip source;          /**< source filter (SSM); 0: any */
  uint16_t port;          /**< host byte order */
  uint8_t payload_type;   /**< 0..127; 255: any (receivers) */
  uint8_t ttl;            /**< of what is sent, 1..255 */
  uint8_t dscp;           /**< of what is sent, 0..63 */
  uint8_t has_rtp_offset; /**< receivers: 0 means auto */
  uint8_t reference;      /**< enum vsc_reference */
  uint8_t dialect;        /**< of what is announced: enum vsc_dialect */
  uint32_t rtp_offset;    /**< a=mediaclk:direct=; RTP timestamp at the epoch */
  vsc_ns packet_time;     /**< as in SDP ptime; frames: vsc_packet_frames() */
  uint8_t clock_id[8];    /**< ts-refclk grandmaster; all zero: unknown */
  uint32_t clock_domain;  /**< ts-refclk PTP domain */
  char id[VSC_NAME_BYTES * 2]; /**< stable key: the o= line without version */
  char name[VSC_NAME_BYTES];   /**< the s= line, or the profile's name */

  /* Since ABI 0.3: the o= line */

  uint64_t session; /**< which session of its origin */
  uint64_t version; /**< grows with each change */
  vsc_ip origin;    /**< who says so; 0: not told as a number */

  /* Since ABI 0.4: where the same packets come a second time (ST 2022-7) */

  vsc_ip copy_address; /**< group; 0: they do not */
  vsc_ip copy_source;  /**< source filter; 0: any */
  uint16_t copy_port;  /**< host byte order */
  uint16_t reserved;   /**< 0 */

  /* Since ABI 0.4: more destinations of a sender */

  uint32_t also_count;                   /**< of also */
  vsc_ip also[VSC_DESTINATIONS_MAX - 1]; /**< the same packets go there, too */
} vsc_stream;

/** What a transport knows of a received packet besides its position. */
enum vsc_packet_flags {
  VSC_PACKET_FIRST = 1,     /**< first of a sender: start, restart, new SSRC */
  VSC_PACKET_FOLLOWS = 2,   /**< sequence directly follows the newest one */
  VSC_PACKET_REORDERED = 4, /**< sequence is older than the newest one */
};

/** A packet on its way to the timeline. */
typedef struct vsc_packet {
  uint32_t size;          /**< sizeof(vsc_packet) */
  uint32_t flags;         /**< enum vsc_packet_flags */
  vsc_pos pos;            /**< media position of its first frame */
  vsc_ns when;            /**< kernel arrival time; host time */
  const uint8_t *payload; /**< the transport's, until packet() returns */
  uint32_t length;        /**< of payload, bytes */
} vsc_packet;

/** What only a transport can count for a received stream. */
enum vsc_rx_event {
  VSC_RX_MALFORMED = 0, /**< not a packet, or lying lengths */
  VSC_RX_FOREIGN = 1,   /**< from another sender than the one playing */
  VSC_RX_REORDERED = 2,
  VSC_RX_RESTARTED = 3, /**< another SSRC or sequence was accepted */
};

/** Lent by the engine to an open receiver, until rx_close. */
typedef struct vsc_rx_port {
  uint32_t size; /**< sizeof(vsc_rx_port) */
  void *route;   /**< the engine's own; do not touch */
  /** Decodes straight into the timeline; the bytes are not kept. VSC_OK, or
      why it was not written: VSC_ERR_LATE, VSC_ERR_MALFORMED. Everything is
      counted here. [audio-thread] */
  vsc_status (*packet)(const struct vsc_rx_port *p,
                       const vsc_packet *packet) VSC_RT;
  void (*count)(const struct vsc_rx_port *p,
                uint32_t event) VSC_RT; /**< [audio-thread] */

  /* Since ABI 0.3 */

  /** Beside count(): who sends. SOURCE plays from this packet on (IS_PLAYING
      not 0), or it is the one whose packet was dropped as foreign. May be NULL.
      [audio-thread] */
  void (*sender)(const struct vsc_rx_port *p,
                 vsc_ip source,
                 uint32_t is_playing) VSC_RT;

  /* Since ABI 0.4 */

  /** Beside count() of VSC_RX_MALFORMED: what came is a packet, but of payload
      type TYPE, which is not the stream's. May be NULL. [audio-thread] */
  void (*other_type)(const struct vsc_rx_port *p, uint32_t type) VSC_RT;
} vsc_rx_port;

/** Lent by the engine to an open sender, until tx_close. */
typedef struct vsc_tx_port {
  uint32_t size; /**< sizeof(vsc_tx_port) */
  void *route;   /**< the engine's own; do not touch */
  /** Encode the packet whose first frame is POS into DST; bytes, or a status
      below 0. [audio-thread] */
  int32_t (*packet)(const struct vsc_tx_port *p,
                    vsc_pos pos,
                    uint8_t *dst,
                    uint32_t capacity) VSC_RT;
} vsc_tx_port;

VSC_END_DECLS
#endif
