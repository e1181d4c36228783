/* graph.pml - graphs and streams that are freed while the audio thread runs:
   publish, retire, detach and collect in engine/streams.c against take_graph in
   engine/audio.c.

   Main does in any order what it can: open, change, remove a stream; fail to
   build a graph; stop and start the thread; collect. A stream has a body (arena,
   codec, route: gone when it is closed) and counts (which outlive changes). A
   graph is a set of bodies, and a body counts into its stream's counts.

   Proven: the audio thread never uses a graph, a body or counts that have been
   freed; and when the thread has passed, everything retired is freed.

   RUN  -DMOVES=4 -DSTREAMS=2
   LONG -DMOVES=5 -DSTREAMS=2
   A graph is freed when the thread has seen it, not the next:
   BUG  -DBUG_SEEN -DMOVES=4 -DSTREAMS=1
   What is removed is freed with the present graph, not the next:
   BUG  -DBUG_CLOSE -DMOVES=4 -DSTREAMS=1
   The thread says that it has passed before it has:
   BUG  -DBUG_EARLY -DMOVES=4 -DSTREAMS=1
   A closed stream is freed though what it was when open still runs, for no graph
   could be built since:
   BUG  -DBUG_WAIT -DMOVES=4 -DSTREAMS=1
   SPDX-License-Identifier: MIT */
#define GRAPHS (MOVES + 2) /* serials from 1; 0: none */
#define BODIES (MOVES + 2) /* from 1; 0: none */

/* What is there. */
bool is_graph[GRAPHS];
bool is_body[BODIES];
bool is_counts[STREAMS];
/* A graph's bodies, a bit each; a body's counts. */
byte bodies[GRAPHS];
byte counts_of[BODIES];

/* Between the threads. */
byte next_graph;
byte seen;
bool is_running, is_stopping, has_stopped;

/* Main's. */
byte serial;
byte published;           /* 0: none */
bool is_retired[GRAPHS];
bool is_stream[STREAMS];  /* configured */
byte body[STREAMS];       /* open; 0: closed */
bool is_closing[BODIES];  /* bodies on their own (detach) */
byte body_close_at[BODIES];
bool is_leaving[STREAMS]; /* streams removed: their body and counts */
byte stream_close_at[STREAMS];
byte newest_body;

#define BIT(n) (1 << (n))

inline use(g)
{
  assert(is_graph[g]);
  n = 1;
  do
  :: n < BODIES ->
    atomic {
      if
      :: bodies[g] & BIT(n) ->
        assert(is_body[n]);
        assert(is_counts[counts_of[n]])
      :: else
      fi;
      n++
    }
  :: else -> break
  od
}

proctype audio()
{
  byte mine, g, n;
end:
  do
  :: is_running && !is_stopping ->
    /* take_graph() */
    g = next_graph;
    if
    :: g != mine ->
      use(g);
      mine = g;
#ifdef BUG_EARLY
      seen = serial
#else
      seen = g
#endif
    :: else
    fi;
    /* the rest of the wake-up */
    use(mine)
  :: is_running && is_stopping ->
    atomic {
      mine = 0;
      g = 0;
      n = 0;
      has_stopped = true;
      (!has_stopped)
    }
  od
}

/* build_graph() and publish(), or neither. */
inline republish()
{
  if
  :: serial + 1 < GRAPHS ->
    d_step {
      serial++;
      is_graph[serial] = true;
      bodies[serial] = 0;
      i = 0;
      do
      :: i < STREAMS ->
        if
        :: is_stream[i] && body[i] -> bodies[serial] = bodies[serial] | BIT(body[i])
        :: else
        fi;
        i++
      :: else -> break
      od;
      if
      :: published -> is_retired[published] = true
      :: else
      fi;
      published = serial;
      i = 0
    };
    next_graph = published
  :: published ->
    /* It could not be built: what waits is in the graph that goes on. */
    d_step {
      i = 1;
      do
      :: i < BODIES ->
        if
        :: is_closing[i] -> body_close_at[i] = serial + 1
        :: else
        fi;
        i++
      :: else -> break
      od;
      i = 0;
      do
      :: i < STREAMS ->
        if
        :: is_leaving[i] -> stream_close_at[i] = serial + 1
        :: else
        fi;
        i++
      :: else -> break
      od;
      i = 0
    }
  fi
}

inline open(s)
{
  d_step {
    newest_body++;
    is_body[newest_body] = true;
    counts_of[newest_body] = s;
    body[s] = newest_body
  }
}

/* What it was while open waits on its own; the stream stays, closed. */
inline detach(s)
{
  d_step {
    is_closing[body[s]] = true;
    body_close_at[body[s]] = serial + 1;
    body[s] = 0
  }
}

inline retire(s)
{
  d_step {
    is_leaving[s] = true;
    stream_close_at[s] = (body[s] -> serial + 1 : serial);
#ifdef BUG_CLOSE
    stream_close_at[s] = serial;
#endif
#ifndef BUG_WAIT
    /* Not before anything that waits already: that may count into it. */
    i = 1;
    do
    :: i < BODIES ->
      if
      :: is_closing[i] && body_close_at[i] > stream_close_at[s] ->
        stream_close_at[s] = body_close_at[i]
      :: else
      fi;
      i++
    :: else -> break
    od;
    i = 0;
#endif
    is_stream[s] = false
  }
}

#define PASSED(at) (serial >= (at) && (!is_running || seen >= (at)))

inline collect()
{
  i = 1;
  do
  :: i < GRAPHS ->
    atomic {
      if
#ifdef BUG_SEEN
      :: is_retired[i] && (!is_running || seen >= i) ->
#else
      :: is_retired[i] && (!is_running || seen >= i + 1) ->
#endif
        is_retired[i] = false;
        is_graph[i] = false;
        bodies[i] = 0
      :: else
      fi;
      i++
    }
  :: else -> break
  od;
  i = 1;
  do
  :: i < BODIES ->
    atomic {
      if
      :: is_closing[i] && PASSED(body_close_at[i]) ->
        is_closing[i] = false;
        body_close_at[i] = 0;
        is_body[i] = false
      :: else
      fi;
      i++
    }
  :: else -> break
  od;
  i = 0;
  do
  :: i < STREAMS ->
    atomic {
      if
      :: is_leaving[i] && PASSED(stream_close_at[i]) ->
        is_leaving[i] = false;
        stream_close_at[i] = 0;
        is_counts[i] = false;
        is_body[body[i]] = false;
        body[i] = 0
      :: else
      fi;
      i++
    }
  :: else -> break
  od;
  i = 0
}

inline stop()
{
  is_stopping = true;
  has_stopped;
  atomic {
    is_running = false;
    is_stopping = false;
    has_stopped = false
  }
}

proctype main_thread()
{
  byte i, s, moves;
  republish();
  do
  :: moves < MOVES ->
    moves++;
    if
    :: is_running -> stop()
    :: !is_running -> is_running = true
    :: true ->
      s = 0;
      do
      :: s + 1 < STREAMS -> s++
      :: break
      od;
      if
      :: !is_stream[s] && !is_leaving[s] && newest_body + 1 < BODIES ->
        d_step {
          is_stream[s] = true;
          is_counts[s] = true
        };
        open(s);
        republish()
      :: is_stream[s] && body[s] && newest_body + 1 < BODIES ->
        /* It is another now; it may not open again. */
        detach(s);
        if
        :: open(s)
        :: true
        fi;
        republish()
      :: is_stream[s] && !body[s] ->
        /* Nothing runs of it: no new graph. */
        retire(s)
      :: is_stream[s] && body[s] ->
        retire(s);
        republish()
      :: else
      fi
    fi;
    collect()
  :: break
  od;
  /* In the end the thread passes, and all is freed. */
  if
  :: is_running -> stop()
  :: else
  fi;
  collect();
  i = 1;
  do
  :: i < GRAPHS ->
    assert(!is_graph[i] || i == published);
    i++
  :: else -> break
  od;
  i = 1;
  do
  :: i < BODIES ->
    assert(!is_closing[i] || body_close_at[i] > serial);
    i++
  :: else -> break
  od
}

init
{
  atomic {
    run audio();
    run main_thread()
  }
}
