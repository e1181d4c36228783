/* lanes.pml - several writers and the lanes they are given: engine/mix.c, between
   the main thread (find, grant, release, stop), the audio thread (clean, run,
   reset) and applications that write ahead. The ring has four frames, wake-ups and
   edges move in steps of one; the clock steps, the audio thread stops and starts.

   Stores are seen in order, as release and acquire of the sources have it. A
   writer looks at the time and writes in one step: one that stands still in
   between for half a ring, or over a step of the clock, is not in this model; its
   frames may be heard in a wrong place, as in the device's own timeline.

   Proven: what is heard of a lane is silence, or what its present writer wrote for
   that position; all that was written in time, once the audio thread has the lane,
   is heard unless that stops or the clock steps, also of who has left; the main
   thread never empties a lane that is heard; when all have left and the audio
   thread has stopped, all lanes are free.

   RUN  -DLANES=1 -DWRITERS=2 -DWAKES=6 -DSTEPS=0 -DSTOPS=0
   RUN  -DLANES=1 -DWRITERS=2 -DWAKES=2 -DSTEPS=0 -DSTOPS=1
   RUN  -DLANES=1 -DWRITERS=1 -DWAKES=4 -DSTEPS=1 -DSTOPS=0
   LONG -DLANES=1 -DWRITERS=2 -DWAKES=4 -DSTEPS=0 -DSTOPS=1
   LONG -DLANES=1 -DWRITERS=1 -DWAKES=5 -DSTEPS=2 -DSTOPS=1
   LONG -DLANES=2 -DWRITERS=2 -DWAKES=4 -DSTEPS=0 -DSTOPS=0
   A lane is granted again before the audio thread has let it go:
   BUG  -DBUG_FREE -DLANES=1 -DWRITERS=2 -DWAKES=7 -DSTEPS=0 -DSTOPS=0
   ... or has seen that it was somebody's in between:
   BUG  -DBUG_USE -DLANES=1 -DWRITERS=2 -DWAKES=7 -DSTEPS=0 -DSTOPS=0
   The audio thread lets a lane go as soon as its writer has:
   BUG  -DBUG_UNTIL -DLANES=1 -DWRITERS=2 -DWAKES=7 -DSTEPS=0 -DSTOPS=0
   A lane is granted as it was left:
   BUG  -DBUG_EMPTY -DLANES=1 -DWRITERS=2 -DWAKES=7 -DSTEPS=0 -DSTOPS=0
   ... or emptied when it has been granted:
   BUG  -DBUG_ORDER -DLANES=1 -DWRITERS=2 -DWAKES=7 -DSTEPS=0 -DSTOPS=0
   A lane that was let go is still summed:
   BUG  -DBUG_PLAN -DLANES=1 -DWRITERS=2 -DWAKES=7 -DSTEPS=0 -DSTOPS=0
   Nothing is zeroed ahead in a lane:
   BUG  -DBUG_AHEAD -DLANES=1 -DWRITERS=2 -DWAKES=7 -DSTEPS=0 -DSTOPS=0
   A step of the clock leaves in a lane what was there:
   BUG  -DBUG_RESET -DLANES=1 -DWRITERS=1 -DWAKES=5 -DSTEPS=1 -DSTOPS=0
   A thread that has stopped keeps what it had taken:
   BUG  -DBUG_STOP -DLANES=1 -DWRITERS=2 -DWAKES=5 -DSTEPS=0 -DSTOPS=1
   SPDX-License-Identifier: MIT */
#define FRAMES 4
#define FIRST 8 /* a position that can go back */
#define NEVER 255
#define AT(lane, p) ((lane) * FRAMES + ((p) & (FRAMES - 1)))
#define WORD(who, p) ((who) * 32 + (p)) /* never 0 */

/* Shared. Which channels does not matter, so a lane is somebody's or not, and for
   the how manieth time. */
#define IS_HAD(x) ((x) & 1)
byte word[LANES * FRAMES];
byte granted[LANES], taken[LANES];
byte clean_to;
bool is_open; /* edges and words speak of the present clock */
byte now = FIRST;
byte wakes, steps, stops;
bool is_step; /* the audio thread has yet to see it */

/* Between the main thread, the audio thread and the writers. */
bool is_running, is_stopping, has_stopped;
byte lane_of[WRITERS + 1]; /* + 1; 0: none */
bool has_left[WRITERS + 1];
bool is_gone[WRITERS + 1];

/* What nobody in the program can see: for the claims above. */
byte holder[LANES];          /* whom the main thread gave it to */
bool owed[LANES * FRAMES];   /* written in time, and not heard yet */
bool is_emptied[LANES];      /* just now, by the main thread */

inline forget_owed()
{
  d_step {
    i = 0;
    do
    :: i < LANES * FRAMES ->
      owed[i] = false;
      i++
    :: else -> break
    od;
    i = 0
  }
}

/* follow(): CLEAN is where nothing has been written. */
inline follow(clean)
{
  g = granted[i];
  if
  :: g == taken[i]
  :: g != taken[i] && IS_HAD(g) ->
    d_step {
      taken[i] = g;
      until[i] = NEVER;
      who[i] = holder[i];
      has_changed = true
    }
  :: g != taken[i] && !IS_HAD(g) && !IS_HAD(taken[i]) ->
    taken[i] = g /* it was never taken */
  :: g != taken[i] && !IS_HAD(g) && IS_HAD(taken[i]) ->
    if
    :: until[i] == NEVER -> until[i] = clean
    :: else
    fi;
    if
#ifdef BUG_UNTIL
    :: true ->
#else
    :: done < until[i]
    :: done >= until[i] ->
#endif
      d_step {
        until[i] = NEVER;
        taken[i] = g;
#ifndef BUG_PLAN
        has_changed = true
#endif
      }
    fi
  fi
}

/* Frames from P on, and below TO, of a lane that is in use. */
inline zero(to)
{
  do
  :: IS_HAD(taken[i]) && p < to ->
    d_step {
#ifndef BUG_AHEAD
      word[AT(i, p)] = 0;
#endif
      p++
    }
  :: else -> break
  od
}

inline plan_lanes()
{
  d_step {
    i = 0;
    do
    :: i < LANES ->
      plan[i] = IS_HAD(taken[i]);
      i++
    :: else -> break
    od;
    i = 0;
    has_changed = false
  }
}

inline reset()
{
  is_open = false;
  forget_owed();
  done = t;
  i = 0;
  do
  :: i < LANES ->
    until[i] = t;
    follow(t);
    until[i] = NEVER;
    p = t;
#ifndef BUG_RESET
    zero(t + FRAMES);
#endif
    i++
  :: else -> break
  od;
  plan_lanes();
  clean_to = t + FRAMES / 2;
  is_open = !is_step
}

inline clean()
{
  i = 0;
  do
  :: i < LANES ->
    follow(clean_to);
    p = clean_to;
    zero(t + FRAMES / 2);
    i++
  :: else -> break
  od;
  if
  :: has_changed -> plan_lanes()
  :: else
  fi;
  clean_to = t + FRAMES / 2
}

inline run_lanes()
{
  do
  :: done < t ->
    i = 0;
    do
    :: i < LANES ->
      atomic {
        if
        :: plan[i] ->
          assert(!is_emptied[i]);
          assert(word[AT(i, done)] == 0 ||
                 word[AT(i, done)] == WORD(who[i], done));
          owed[AT(i, done)] = false
        :: else -> assert(!owed[AT(i, done)])
        fi;
        i++
      }
    :: else -> break
    od;
    done++
  :: else -> break
  od;
  i = 0;
  p = 0;
  g = 0
}

proctype audio()
{
  bool plan[LANES], has_changed, has_started;
  byte g, until[LANES], who[LANES], done, i, p, t;
  until[0] = NEVER;
  until[LANES - 1] = NEVER;
end:
  do
  :: is_running && is_stopping ->
    atomic {
      has_started = false;
      has_stopped = true;
      (!has_stopped)
    }
  :: is_running && !is_stopping && wakes < WAKES ->
    atomic {
      now++;
      wakes++;
      t = now;
      has_changed = !has_started || is_step;
      has_started = true;
      is_step = false
    };
    if
    :: has_changed -> reset()
    :: else
    fi;
    clean();
    run_lanes()
  od
}

/* Forth, or back so that the ring is used again. A writer that has not seen it
   writes by a clock of which nothing speaks any more. */
proctype clock()
{
  do
  :: atomic {
       steps < STEPS && !is_step && is_running ->
       steps++;
       is_step = true;
       is_open = false;
       if
       :: now = now - 3
       :: now = now + 1
       :: now = now + 5
       fi
     }
  :: break
  od
}

proctype writer(byte me)
{
  byte writes, p;
  lane_of[me];
  do
  :: writes < 2 && !has_left[me] ->
    writes++;
    atomic {
      if
      :: is_open && now < clean_to ->
        p = now;
        if
        :: p + 1 < clean_to -> p++
        :: true
        fi;
        word[AT(lane_of[me] - 1, p)] = WORD(me, p);
        owed[AT(lane_of[me] - 1, p)] = IS_HAD(taken[lane_of[me] - 1]);
        p = 0
      :: else
      fi
    }
  :: break
  od;
  atomic {
    writes = 0;
    has_left[me] = true
  }
}

inline wipe(lane)
{
  is_emptied[lane] = true;
  k = 0;
  do
  :: k < FRAMES ->
    atomic {
      assert(!owed[AT(lane, k)]);
      word[AT(lane, k)] = 0;
      k++
    }
  :: else -> break
  od;
  k = 0;
  is_emptied[lane] = false
}

/* mix_find() and mix_grant() */
inline grant(w)
{
  l = 0;
  do
  :: l < LANES ->
    if
#ifdef BUG_FREE
    :: !IS_HAD(granted[l]) ->
#elif defined BUG_USE
    :: !IS_HAD(granted[l]) && !IS_HAD(taken[l]) ->
#else
    :: !IS_HAD(granted[l]) && granted[l] == taken[l] ->
#endif
      holder[l] = w;
#ifdef BUG_ORDER
      granted[l] = granted[l] + 3;
      lane_of[w] = l + 1;
      wipe(l);
#else
#ifndef BUG_EMPTY
      wipe(l);
#endif
      granted[l] = granted[l] + 3;
      lane_of[w] = l + 1;
#endif
      break
    :: else -> l++
    fi
  :: else -> break
  od;
  l = 0
}

inline let_go(w)
{
  granted[lane_of[w] - 1]--;
  atomic {
    is_gone[w] = true;
    lane_of[w] = 0
  }
}

/* mix_stop(): what was still to come is not heard. */
inline free_lanes()
{
  d_step {
    k = 0;
    do
    :: k < LANES * FRAMES ->
      owed[k] = false;
      k++
    :: else -> break
    od;
    k = 0;
    l = 0;
    do
    :: l < LANES ->
#ifndef BUG_STOP
      taken[l] = (IS_HAD(granted[l]) -> 0 : granted[l]);
#endif
      l++
    :: else -> break
    od;
    l = 0
  }
}

inline stop()
{
  is_stopping = true;
  has_stopped;
  atomic {
    is_running = false;
    is_stopping = false;
    has_stopped = false
  };
  free_lanes()
}

proctype main_thread()
{
  byte w, l, k, left;
  do
  :: !is_running -> is_running = true
  :: is_running && stops < STOPS ->
    stops++;
    stop()
  :: left < WRITERS ->
    w = 1;
    do
    :: w < WRITERS -> w++
    :: break
    od;
    if
    :: !is_gone[w] && !lane_of[w] -> grant(w)
    :: lane_of[w] && has_left[w] ->
      let_go(w);
      left++;
      if
      :: !is_running -> free_lanes()
      :: else
      fi
    :: else
    fi;
    w = 0
  :: left == WRITERS -> break
  od;
  /* In the end the thread stops, and all is free. */
  if
  :: is_running -> stop()
  :: else
  fi;
  l = 0;
  do
  :: l < LANES ->
    assert(!IS_HAD(granted[l]) && granted[l] == taken[l]);
    l++
  :: else -> break
  od
}

init
{
  byte i;
  atomic {
    run audio();
    run clock();
    run main_thread();
    i = 1;
    do
    :: i <= WRITERS ->
      run writer(i);
      i++
    :: else -> break
    od
  }
}
