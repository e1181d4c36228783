/* transport.h - packets in and out. One instance serves all its streams, so
   that one wake-up drains and sends for all of them.

   A stream is opened on the main thread while others run. What the audio
   thread may touch is a plan: the engine asks for one for the set of streams of
   the next graph, swaps graph and plan atomically, and frees the old plan and
   closes removed streams when the audio thread has passed.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TRANSPORT_H
#define VSC_TRANSPORT_H

#include <vsc/module.h>

VSC_BEGIN_DECLS

/** The streams of one graph, as the module's own structs. */
typedef struct vsc_transport_streams {
  uint32_t size;     /**< sizeof(vsc_transport_streams) */
  void *const *rx;   /**< as given to rx_open */
  uint32_t rx_count; /**< of rx */
  void *const *tx;   /**< as given to tx_open */
  uint32_t tx_count; /**< of tx */
} vsc_transport_streams;

/** What a transport module can do. */
typedef struct vsc_transport_ops {
  uint32_t size;    /**< sizeof(vsc_transport_ops) */
  uint32_t rx_size, /**< bytes of the module's own struct of a receiver */
    tx_size;        /**< and of a sender; the host allocates them, zeroed */

  /** Open a receiver: sockets, joins. PORT is not called before a plan holds
      RX. [main-thread] */
  vsc_status (*rx_open)(void *self,
                        void *rx,
                        const vsc_stream *stream,
                        const vsc_rx_port *port);
  /** No plan holds RX any more. [main-thread] */
  void (*rx_close)(void *self, void *rx);
  vsc_status (*tx_open)(void *self,
                        void *tx,
                        const vsc_stream *stream,
                        const vsc_tx_port *port); /**< [main-thread] */
  void (*tx_close)(void *self, void *tx);         /**< [main-thread] */

  /** Bytes of a plan for S. [main-thread] */
  size_t (*plan_size)(void *self, const vsc_transport_streams *s);
  /** Fill PLAN (zeroed, prefaulted, plan_size bytes). Must not disturb the
      plan in use. [main-thread] */
  vsc_status (*plan)(void *self, void *plan, const vsc_transport_streams *s);

  /** Drain what has arrived and hand each packet to its port; bounded work.
      [audio-thread] */
  void (*rx_run)(void *self, void *plan, vsc_ns now) VSC_RT;
  /** Make the packet of TX whose first frame is POS; it may be held until
      flush. FLAGS: enum vsc_packet_flags; FIRST: the stream (re)starts here.
      [audio-thread] */
  vsc_status (*tx_packet)(void *self,
                          void *plan,
                          void *tx,
                          vsc_pos pos,
                          uint32_t flags) VSC_RT;
  /** Send what is held. [audio-thread] */
  void (*tx_flush)(void *self, void *plan) VSC_RT;
} vsc_transport_ops;

VSC_END_DECLS
#endif
