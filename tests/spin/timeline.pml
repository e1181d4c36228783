/* timeline.pml - audio addressed by position: engine/timeline.c (clean, finish,
   reset) and hal/region_create.c (begin) against fetch() in
   hal/client_audio.c. The ring has four frames and the edges move in steps of
   one; the clock steps, the engine dies at any step and another takes over.

   Memory is not taken for sequentially consistent: a word stored waits, and
   becomes visible in any order with other words; an edge is stored with release,
   so behind all words before it, but waits, too: words behind it may overtake it
   unless a fence is between them. A reader's loads are in order, as acquire and
   its fence have them.

   Proven: a frame that a reader takes for heard is the one that was written for
   its position under its clock; everything else is silence, and counted.

   RUN  -DWAKES=3 -DSTEPS=0 -DLIVES=1
   RUN  -DWAKES=2 -DSTEPS=1 -DLIVES=1
   RUN  -DWAKES=1 -DSTEPS=0 -DLIVES=2
   LONG -DWAKES=4 -DSTEPS=1 -DLIVES=1
   LONG -DWAKES=2 -DSTEPS=1 -DLIVES=2
   The reader does not look at valid_from again:
   BUG  -DBUG_AGAIN -DWAKES=3 -DSTEPS=0 -DLIVES=1
   No fence between valid_from and the silence:
   BUG  -DBUG_FENCE -DWAKES=3 -DSTEPS=0 -DLIVES=1
   valid_from is raised after the silence:
   BUG  -DBUG_LEAD -DWAKES=3 -DSTEPS=0 -DLIVES=1
   The reader does not look whose the edges are, before it copies:
   BUG  -DBUG_BEFORE -DWAKES=2 -DSTEPS=1 -DLIVES=1
   ... or after, and the clock steps:
   BUG  -DBUG_AFTER -DWAKES=2 -DSTEPS=1 -DLIVES=1
   ... or the engine is another:
   BUG  -DBUG_AFTER -DWAKES=1 -DSTEPS=0 -DLIVES=2
   SPDX-License-Identifier: MIT */
#define FRAMES 4
#define FIRST 16 /* a position that can go back */
#define SLOT(p) ((p) & (FRAMES - 1))
#define WORD(p, generation) ((p) + 64 * (generation)) /* never 0 */

#define CLEAN_TO 0
#define FINAL_TO 1
#define VALID_FROM 2
#define EPOCH 3 /* whose they are; 0: they are made anew */
#define EDGES 4
#define MINE(starts, generation) ((starts) * 8 + (generation))

/* Shared memory, and what is on its way there. */
byte word[FRAMES], word_next[FRAMES];
bool word_waits[FRAMES];
byte edge[EDGES], edge_next[EDGES];
bool edge_waits[EDGES];
byte starts;
byte generation; /* of the clock page: clockpage.pml has it */
bool is_running; /* the engine says so */

/* Time, under the newest clock. */
byte now = FIRST;
byte wakes, steps;
bool is_dead;

#define WORDS_WAIT                                                             \
  (word_waits[0] || word_waits[1] || word_waits[2] || word_waits[3])
#define EDGES_WAIT                                                             \
  (edge_waits[0] || edge_waits[1] || edge_waits[2] || edge_waits[3])

proctype drain()
{
  byte i;
end:
  do
  :: atomic {
       WORDS_WAIT ->
       if
       :: word_waits[0] -> i = 0
       :: word_waits[1] -> i = 1
       :: word_waits[2] -> i = 2
       :: word_waits[3] -> i = 3
       fi;
       word[i] = word_next[i];
       word_next[i] = 0;
       word_waits[i] = false;
       i = 0
     }
  :: atomic {
       EDGES_WAIT ->
       if
       :: edge_waits[0] -> i = 0
       :: edge_waits[1] -> i = 1
       :: edge_waits[2] -> i = 2
       :: edge_waits[3] -> i = 3
       fi;
       edge[i] = edge_next[i];
       edge_next[i] = 0;
       edge_waits[i] = false;
       i = 0
     }
  od
}

inline put(p, value)
{
  atomic {
    !word_waits[SLOT(p)] ->
    word_waits[SLOT(p)] = true;
    word_next[SLOT(p)] = value
  }
}

inline put_edge(e, value)
{
  atomic {
    !WORDS_WAIT && !EDGES_WAIT ->
    edge_waits[e] = true;
    edge_next[e] = value
  }
}

inline fence()
{
  !WORDS_WAIT && !EDGES_WAIT
}

inline raise_valid(oldest)
{
  if
  :: valid_from < oldest ->
    valid_from = oldest;
#ifndef BUG_FENCE
    put_edge(VALID_FROM, oldest);
    fence()
#else
    put_edge(VALID_FROM, oldest)
#endif
  :: else
  fi
}

inline clean(to)
{
  if
  :: clean_to < to ->
#ifndef BUG_LEAD
    raise_valid(to - FRAMES);
#endif
    do
    :: clean_to < to ->
      put(clean_to, 0);
      clean_to++
    :: else -> break
    od;
#ifdef BUG_LEAD
    raise_valid(to - FRAMES);
#endif
    put_edge(CLEAN_TO, clean_to)
  :: else
  fi
}

inline reset(from)
{
  put_edge(EPOCH, 0);
  fence();
  put(0, 0);
  put(1, 0);
  put(2, 0);
  put(3, 0);
  put_edge(FINAL_TO, from);
  put_edge(CLEAN_TO, from + FRAMES / 2);
  put_edge(VALID_FROM, from);
  put_edge(EPOCH, MINE(starts, clock));
  d_step {
    clean_to = from + FRAMES / 2;
    final_to = from;
    valid_from = from
  }
}

/* One that takes over: the main thread makes silence, then the audio thread
   starts. */
proctype engine()
{
  byte clean_to, final_to, valid_from, clock, lives, t;
  do
  :: lives < LIVES ->
    {
      lives++;
      is_running = false;
      starts++;
      put_edge(EPOCH, 0);
      fence();
      put_edge(VALID_FROM, 0);
      put_edge(FINAL_TO, 0);
      put_edge(CLEAN_TO, 0);
      put(0, 0);
      put(1, 0);
      put(2, 0);
      put(3, 0);
      fence(); /* the start of a thread */
      atomic {
        clock = generation;
        t = now
      };
      reset(t);
      is_running = true;
      do
      :: wakes < WAKES * lives ->
        atomic {
          now++;
          wakes++;
          t = now
        };
        if
        :: clock != generation ->
          clock = generation;
          reset(t)
        :: else
        fi;
        clean(t + FRAMES / 2);
        /* What arrived: every frame up to the present. */
        do
        :: final_to < t ->
          put(final_to, WORD(final_to, clock));
          final_to++
        :: else -> break
        od;
        put_edge(FINAL_TO, t)
      :: else -> break
      od;
end_life:
      false /* until it dies */
    }
    unless { is_dead };
    atomic {
      is_dead = false;
      clean_to = 0;
      final_to = 0;
      valid_from = 0;
      clock = 0;
      t = 0
    }
  :: else -> break
  od
}

/* The clock steps: back, so that the ring is used again, or forth. */
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
       :: now = now + 5
       fi
     }
  :: break
  od
}

proctype reader()
{
  byte my_generation, my_starts, p, heard, from, to;
  bool is_there;
  do
  :: is_running ->
    /* client_look(), and a position that has passed */
    atomic {
      my_starts = starts;
      my_generation = generation;
      if
      :: p = now - 1
      :: p = now - 2
      :: p = now - 3
      fi
    };
    /* fetch() */
    is_there = true;
#ifndef BUG_BEFORE
    is_there = (edge[EPOCH] == MINE(my_starts, my_generation));
#endif
    to = edge[FINAL_TO];
    from = edge[VALID_FROM];
    if
    :: is_there && p >= from && p < to ->
      heard = word[SLOT(p)];
#ifndef BUG_AGAIN
      is_there = is_there && p >= edge[VALID_FROM];
#endif
#ifndef BUG_AFTER
      is_there = is_there && edge[EPOCH] == MINE(my_starts, my_generation);
#endif
      assert(!is_there || heard == WORD(p, my_generation))
    :: else
    fi;
    atomic {
      my_generation = 0;
      my_starts = 0;
      p = 0;
      heard = 0;
      from = 0;
      to = 0;
      is_there = false
    }
  :: break
  od
}

proctype fate()
{
  byte deaths;
  do
  :: atomic { !is_dead && deaths < LIVES - 1 -> is_dead = true; deaths++ }
  :: break
  od
}

init
{
  atomic {
    run drain();
    run engine();
    run clock();
    run reader();
    run fate()
  }
}
