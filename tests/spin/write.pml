/* write.pml - what an application writes and who takes it: client_store() in
   hal/client_audio.c against engine/timeline.c (clean, reset) and
   engine/written.c. A block is one frame of two channels; the ring has four
   frames and the edges move in steps of one; the clock steps. The client is held
   up anywhere, for as long as there are wake-ups.

   The client's words wait and become visible in any order; what it says (the
   epoch, written_to) comes behind all words before it, and its full fence waits
   for them. The engine's stores are seen in order, as its fence has them.

   Proven: of a frame that is sent all channels are there or none, and they are
   what was written for that position under that clock; and a block that came in
   time is sent.

   RUN  -DWAKES=7 -DBLOCKS=2 -DSTEPS=0
   RUN  -DWAKES=4 -DBLOCKS=2 -DSTEPS=1
   LONG -DWAKES=9 -DBLOCKS=3 -DSTEPS=0
   LONG -DWAKES=6 -DBLOCKS=2 -DSTEPS=2
   The engine takes whatever lies there:
   BUG  -DBUG_LOOK -DWAKES=4 -DBLOCKS=1 -DSTEPS=0
   It looks again for every channel:
   BUG  -DBUG_ONCE -DWAKES=4 -DBLOCKS=1 -DSTEPS=0
   The client says so before its words are there:
   BUG  -DBUG_RELEASE -DWAKES=4 -DBLOCKS=1 -DSTEPS=0
   The client does not look whether its places were still its own:
   BUG  -DBUG_AGAIN -DWAKES=7 -DBLOCKS=2 -DSTEPS=0
   It looks, and leaves what it has written there:
   BUG  -DBUG_WIPE -DWAKES=7 -DBLOCKS=2 -DSTEPS=0
   It looks before its words are out:
   BUG  -DBUG_FENCE -DWAKES=7 -DBLOCKS=2 -DSTEPS=0
   What it says is believed under any clock:
   BUG  -DBUG_EPOCH -DWAKES=4 -DBLOCKS=2 -DSTEPS=1
   It names the epoch before it takes back what it had said under the other:
   BUG  -DBUG_NEVER -DWAKES=4 -DBLOCKS=2 -DSTEPS=1
   SPDX-License-Identifier: MIT */
#define FRAMES 4
#define FIRST 16 /* a position that can go back */
#define CHANNELS 2
#define SLOT(p, c) (((p) & (FRAMES - 1)) * CHANNELS + (c))
#define WORD(p, epoch) ((p) + 64 * (epoch)) /* never 0 */
#define NEVER 0

/* Shared memory. */
byte word[FRAMES * CHANNELS];
byte clean_to, valid_from;
byte epoch; /* of the edges; 0: they are made anew */
byte written_to, slot_epoch;
byte generation = 1; /* of the clock page */

/* The client's words on their way there. */
byte next[FRAMES * CHANNELS];
bool waits[FRAMES * CHANNELS];
byte waiting;

/* Time, under the newest clock. */
byte now = FIRST;
byte wakes, steps;

/* What nobody in the program can see. */
byte expected; /* a block that was said in time; 0: none */
byte expected_epoch;

proctype drain()
{
  byte i;
end:
  do
  :: atomic {
       waiting > 0 ->
       if
       :: waits[0] -> i = 0
       :: waits[1] -> i = 1
       :: waits[2] -> i = 2
       :: waits[3] -> i = 3
       :: waits[4] -> i = 4
       :: waits[5] -> i = 5
       :: waits[6] -> i = 6
       :: waits[7] -> i = 7
       fi;
       word[i] = next[i];
       next[i] = 0;
       waits[i] = false;
       waiting--;
       i = 0
     }
  od
}

inline put(p, c, value)
{
  atomic {
    !waits[SLOT(p, c)] ->
    waits[SLOT(p, c)] = true;
    next[SLOT(p, c)] = value;
    waiting++
  }
}

inline fence()
{
  waiting == 0
}

inline reset(from)
{
  epoch = 0;
  for (i : 0 .. FRAMES * CHANNELS - 1) {
    word[i] = 0
  };
  clean_to = from + FRAMES / 2;
  valid_from = from;
  epoch = mine
}

/* Zero ahead; the places are another position's from there on. */
inline clean(to)
{
  do
  :: clean_to < to ->
    valid_from = (clean_to + 1 > FRAMES + valid_from ->
                  clean_to + 1 - FRAMES : valid_from);
    word[SLOT(clean_to, 0)] = 0;
    word[SLOT(clean_to, 1)] = 0;
    clean_to++
  :: else -> break
  od
}

/* written_look() */
inline look()
{
  end_of = NEVER;
#ifdef BUG_EPOCH
  end_of = written_to;
#else
  if
  :: slot_epoch == mine -> end_of = written_to
  :: else
  fi;
#endif
#ifdef BUG_LOOK
  end_of = 255;
#endif
}

inline send(p)
{
  look();
  a = (p < end_of -> word[SLOT(p, 0)] : 0);
#ifdef BUG_ONCE
  look();
#endif
  b = (p < end_of -> word[SLOT(p, 1)] : 0);
  assert(a == b);
  assert(a == 0 || a == WORD(p, mine));
}

proctype engine()
{
  byte mine, t, sent, end_of, a, b, i;
  bool was_expected;
  atomic {
    mine = generation;
    t = now;
    sent = now
  };
  reset(t);
  do
  :: wakes < WAKES ->
    atomic {
      now++;
      wakes++;
      t = now
    };
    if
    :: mine != generation ->
      mine = generation;
      reset(t);
      sent = t
    :: else
    fi;
    clean(t + FRAMES / 2);
    do
    :: sent < t ->
      was_expected = (expected == sent && expected_epoch == mine);
      send(sent);
      assert(!was_expected || a != 0);
      sent++
    :: else -> break
    od;
    atomic {
      a = 0;
      b = 0;
      end_of = 0;
      i = 0;
      was_expected = false
    }
  :: else -> break
  od
}

proctype clock()
{
  do
  :: atomic {
       steps < STEPS ->
       steps++;
       generation++;
       if
       :: now = now - 1
       :: now = now - 3
       :: now = now + 2
       fi
     }
  :: break
  od
}

#define SPEAKS (epoch == mine)

proctype client()
{
  byte mine, p, edge, blocks;
  bool is_there;
  do
  :: blocks < BLOCKS ->
    blocks++;
    /* client_look() */
    atomic {
      mine = generation;
      p = now
    };
    if
    :: SPEAKS && p < clean_to ->
      /* enter_epoch() */
      if
      :: slot_epoch != mine ->
#ifndef BUG_NEVER
        written_to = NEVER;
#endif
        slot_epoch = mine
      :: else
      fi;
      put(p, 0, WORD(p, mine));
      put(p, 1, WORD(p, mine));
      /* was_in_time() */
#if !defined(BUG_FENCE) && !defined(BUG_RELEASE)
      fence();
#endif
      edge = valid_from;
      is_there = SPEAKS && edge <= p;
#ifdef BUG_AGAIN
      is_there = true;
#endif
      if
      :: is_there ->
#ifndef BUG_RELEASE
        fence();
#endif
        atomic {
          written_to = p + 1;
          /* In time: nobody has come by there yet. */
          if
          :: now <= p && generation == mine && epoch == mine ->
            expected = p;
            expected_epoch = mine
          :: else
          fi
        }
      :: else ->
#ifndef BUG_WIPE
        put(p, 0, 0);
        put(p, 1, 0)
#else
        skip
#endif
      fi
    :: else
    fi;
    atomic {
      mine = 0;
      p = 0;
      edge = 0;
      is_there = false
    }
  :: blocks < BLOCKS -> blocks++ /* it does not come */
  :: else -> break
  od
}

init
{
  atomic {
    run drain();
    run engine();
    run clock();
    run client()
  }
}
