/* clockpage.pml - the clock view behind its sequence number: hal/clockpage.c. One
   writer, which dies at any step and is followed by another; a reader.

   Memory is not taken for sequentially consistent: a store first waits in a
   buffer. Stores with release leave it in order; without, those to different
   words leave it in any order. Loads with acquire are in order; the last one,
   relaxed, cannot be earlier than the acquire loads before it. What this leaves
   out: loads that overtake each other, which the sources forbid.

   The sequence does not wrap around here: a reader would have to sleep through
   2^32 writes between two loads.

   Proven: what a reader accepts was written as a whole, and is never older than
   what it accepted before.

   RUN  -DWRITES=2 -DWRITERS=2
   LONG -DWRITES=3 -DWRITERS=2
   The words are stored without release:
   BUG  -DBUG_RELAXED -DWRITES=3 -DWRITERS=1
   The reader does not look at the sequence again:
   BUG  -DBUG_AGAIN -DWRITES=3 -DWRITERS=1
   There is one copy, not two, and the sequence is stored behind it:
   BUG  -DBUG_ONE -DWRITES=2 -DWRITERS=1
   The next writer begins with the copy that readers read:
   BUG  -DBUG_NEXT -DWRITES=2 -DWRITERS=2
   SPDX-License-Identifier: MIT */
#define WORDS 2
#define TRIES 2

/* Places: 0 the sequence, then the words of both copies. */
#define PLACES (1 + 2 * WORDS)
#define PLACE(copy, w) (1 + (copy) * WORDS + (w))

byte memory[PLACES];

/* In order: one buffer. In any order: a store waits at its place. */
#define DEPTH (WORDS + 1)
chan buffer = [DEPTH] of { byte, byte };
bool is_waiting[PLACES];
byte waiting[PLACES];

bool is_dead;
byte writers;
byte value; /* of the newest view: all its words */

inline store(place, v)
{
#ifdef BUG_RELAXED
  atomic {
    !is_waiting[place] ->
    is_waiting[place] = true;
    waiting[place] = v
  }
#else
  buffer ! place, v
#endif
}

/* The processor, when it likes; also for those that are dead. */
proctype drain()
{
  byte p, v;
end:
  do
  :: atomic {
       buffer ? p, v ->
       memory[p] = v;
       p = 0;
       v = 0
     }
#ifdef BUG_RELAXED
  :: atomic {
       is_waiting[0] -> memory[0] = waiting[0]; is_waiting[0] = false
     }
  :: atomic {
       is_waiting[1] -> memory[1] = waiting[1]; is_waiting[1] = false
     }
  :: atomic {
       is_waiting[2] -> memory[2] = waiting[2]; is_waiting[2] = false
     }
  :: atomic {
       is_waiting[3] -> memory[3] = waiting[3]; is_waiting[3] = false
     }
  :: atomic {
       is_waiting[4] -> memory[4] = waiting[4]; is_waiting[4] = false
     }
#endif
  od
}

#ifdef BUG_ONE
#define COPY(sequence) 0
#else
#define COPY(sequence) ((sequence) & 1)
#endif

proctype writer()
{
  byte next, w;
  do
  :: writers < WRITERS ->
    {
      writers++;
      /* Another process: what the one before has stored is there by then. */
      empty(buffer);
#ifdef BUG_NEXT
      next = memory[0] - (writers > 1 -> 1 : 0);
#else
      next = memory[0];
#endif
      do
      :: value < WRITES * WRITERS ->
        atomic {
          next++;
          value++
        };
        w = 0;
        do
        :: w < WORDS ->
          store(PLACE(COPY(next), w), value);
          w++
        :: else -> break
        od;
        store(0, next)
      :: else -> break
      od
    }
    unless { is_dead };
    atomic {
      is_dead = false;
      next = 0;
      w = 0
    }
  :: else -> break
  od
}

proctype reader()
{
  byte sequence, again, a, b, tries, newest;
  do
  :: tries = 0;
    do
    :: tries < TRIES ->
      sequence = memory[0];
      if
      :: sequence == 0 -> break
      :: else
      fi;
      a = memory[PLACE(COPY(sequence), 0)];
      b = memory[PLACE(COPY(sequence), 1)];
#ifdef BUG_AGAIN
      again = sequence;
#else
      again = memory[0];
#endif
      if
      :: again == sequence ->
        assert(a == b);
        assert(a >= newest);
        newest = a;
        break
      :: else -> tries++
      fi
    :: else -> break /* it keeps the view it has */
    od;
    atomic {
      sequence = 0;
      again = 0;
      a = 0;
      b = 0
    }
  :: break
  od
}

proctype fate()
{
  do
  :: atomic { !is_dead && writers < WRITERS -> is_dead = true }
  :: break
  od
}

init
{
  atomic {
    run writer();
    run drain();
    run reader();
    run fate()
  }
}
