/* region.pml - the two objects and their names: hal/region_create.c and
   region_close() against hal/region_open.c. Engines of either of two geometries
   come one after the other (the instance's lock) and die at any step, or end in
   good order; clients open, attach, and follow.

   An object is a number that is never used again; a name means one, or none. The
   sizes of the objects are taken for alike whatever the geometry: nothing but
   the order of steps keeps a pair together.

   Proven: a client that is attached has the two objects of one engine; an engine
   serves the objects that its names mean; when an engine runs and all is quiet,
   every client that was attached is attached to that engine, or was told to open
   the device again.

   RUN  -DENGINES=2 -DCLIENTS=2
   RUN  -DENGINES=3 -DCLIENTS=1
   LONG -DENGINES=3 -DCLIENTS=2
   The clients of an object that is replaced are not told:
   BUG  -DBUG_TOLD -DENGINES=2 -DCLIENTS=1
   The magic number is there before the rest is:
   BUG  -DBUG_MAGIC -DENGINES=2 -DCLIENTS=1
   An engine that ends removes the names though somebody is attached:
   BUG  -DBUG_NAMES -DENGINES=2 -DCLIENTS=1
   SPDX-License-Identifier: MIT */
#define OBJECTS 8 /* 0 is none */

#define STARTING 0
#define RUNNING 1
#define STOPPED 2
#define SUPERSEDED 3

/* Objects. */
bool has_magic[OBJECTS];
byte state[OBJECTS];    /* of an rx */
byte geometry[OBJECTS]; /* of an rx */
byte slots[OBJECTS];    /* of a tx: clients that hold one */
bool is_whole[OBJECTS]; /* of an rx: all words behind magic are there */
byte partner[OBJECTS];  /* of an rx: the tx of its engine; for the claims */
byte objects = 1;

/* Names. */
byte rx_name, tx_name;

/* The system and what clients think. */
bool engine_is_dead;
byte served_rx; /* by an engine that runs; 0: none does */
byte lives;
bool is_attached[CLIENTS];
byte attached_rx[CLIENTS], attached_tx[CLIENTS];

/* A client asks, the engine answers within it: one step here, slot.pml has all of
   them. */
proctype engine()
{
  byte rx, tx, wanted;
end:
  do
  :: lives < ENGINES ->
    {
      atomic {
        lives++;
        if
        :: wanted = 1
        :: wanted = 2
        fi
      };
      /* find_old() */
      rx = rx_name;
      tx = tx_name;
      if
      :: rx && tx && has_magic[rx] && has_magic[tx] && geometry[rx] == wanted
      :: else ->
#ifndef BUG_TOLD
        if
        :: rx && has_magic[rx] -> state[rx] = SUPERSEDED
        :: else
        fi;
#endif
        /* make_both() */
        tx_name = 0;
        atomic {
          tx = objects;
          objects++;
          tx_name = tx
        };
        rx_name = 0;
        atomic {
          rx = objects;
          objects++;
          rx_name = rx;
          partner[rx] = tx
        };
#ifdef BUG_MAGIC
        has_magic[tx] = true;
        has_magic[rx] = true;
#endif
        geometry[rx] = wanted;
        is_whole[rx] = true
      fi;
      /* begin() */
      state[rx] = STARTING;
      has_magic[tx] = true;
      has_magic[rx] = true;
      assert(partner[rx] == tx);
      assert(rx_name == rx && tx_name == tx);
      atomic {
        state[rx] = RUNNING;
        served_rx = rx
      };
      /* It serves until it dies, or ends: device_destroy() */
end_serving:
      if
      :: lives < ENGINES ->
        atomic {
          state[rx] = STOPPED;
          served_rx = 0
        };
        if
#ifdef BUG_NAMES
        :: true ->
#else
        :: slots[tx] == 0 ->
#endif
          rx_name = 0;
          tx_name = 0
        :: slots[tx] != 0
        fi
      fi
    }
    unless { engine_is_dead };
    atomic {
      engine_is_dead = false;
      served_rx = 0;
      rx = 0;
      tx = 0;
      wanted = 0
    }
  od
}

proctype client(byte me)
{
  byte rx, tx;
end:
  do
  :: /* region_open(): one after the other, then everything is checked */
    atomic { rx_name -> rx = rx_name };
    tx = tx_name;
    if
    :: tx && has_magic[rx] && has_magic[tx] ->
      assert(is_whole[rx]);
      /* is_served(), client_ask() and the answer */
      if
      :: state[rx] == RUNNING ->
        slots[tx]++;
        if
        :: atomic {
             state[rx] == RUNNING && rx == served_rx && partner[rx] == tx ->
             is_attached[me] = true;
             attached_rx[me] = rx;
             attached_tx[me] = tx
           }
        :: state[rx] != RUNNING || rx != served_rx || partner[rx] != tx ->
          /* It did not answer in time. */
          assert(state[rx] != RUNNING || partner[rx] == tx);
          slots[tx]--
        fi
      :: else
      fi
    :: else
    fi;
    /* client_tend(): it goes on, through engines that come and go, until it is
       told; or it has had enough. */
    if
    :: is_attached[me] ->
      if
      :: state[rx] == SUPERSEDED
      :: true
      fi;
      atomic {
        is_attached[me] = false;
        attached_rx[me] = 0;
        attached_tx[me] = 0
      };
      slots[tx]--
    :: !is_attached[me]
    fi;
    atomic {
      rx = 0;
      tx = 0
    }
  :: break
  od
}

proctype fate()
{
  do
  :: atomic { !engine_is_dead && lives < ENGINES -> engine_is_dead = true }
  :: break
  od
}

/* Whenever the last engine runs: who is attached has its device, or is told. */
proctype judge()
{
  byte i;
end:
  atomic {
    served_rx && lives == ENGINES ->
    for (i : 0 .. CLIENTS - 1) {
      assert(!is_attached[i] || state[attached_rx[i]] == SUPERSEDED ||
             (attached_rx[i] == served_rx &&
              attached_tx[i] == partner[served_rx]))
    }
  }
}

init
{
  byte i;
  atomic {
    run engine();
    for (i : 0 .. CLIENTS - 1) {
      run client(i)
    };
    run fate();
    run judge()
  }
}
