/* slot.pml - the attach slots: hal/client_attach.c against engine/device*.c, each
   dying at any step, the engine coming back. Compare-and-swap is one step, every
   other load and store of a shared word is one; stores are seen in order, as the
   release and acquire of the sources have it.

   Proven: the wishes that are read belong to the ticket that is answered; an
   answer is believed only by whom it was given to, and as it was given; of the
   clients that the same engine attached two never write one channel; whoever
   waits is answered; who leaves and comes back has room; who has the channel
   keeps it when one engine follows another; when all are gone, slots, grants and
   claims are free.

   RUN  -DUSES=1 -DKILLED=1 -DLIVES=1
   RUN  -DUSES=1 -DKILLED=0 -DLIVES=2
   RUN  -DUSES=2 -DKILLED=0 -DLIVES=1
   LONG -DUSES=1 -DKILLED=2 -DLIVES=1
   LONG -DUSES=1 -DKILLED=1 -DLIVES=2
   LONG -DUSES=2 -DKILLED=1 -DLIVES=1
   A client takes the grant that a new engine has just emptied for a refusal:
   BUG  -DBUG_NONE -DUSES=1 -DKILLED=0 -DLIVES=2
   The engine stores the ticket of a grant before its state:
   BUG  -DBUG_ORDER -DUSES=2 -DKILLED=0 -DLIVES=1
   The client shows its ticket before its wishes:
   BUG  -DBUG_FILL -DUSES=1 -DKILLED=0 -DLIVES=1
   The engine refuses for the sake of one that has just left:
   BUG  -DBUG_ROOM -DUSES=2 -DKILLED=0 -DLIVES=1
   The next engine answers in the order of the slots:
   BUG  -DBUG_KEEP -DUSES=1 -DKILLED=0 -DLIVES=2
   The engine forgets that a client can die:
   BUG  -DBUG_DEAD -DUSES=1 -DKILLED=1 -DLIVES=1
   SPDX-License-Identifier: MIT */
#define SLOTS 2
#define CLIENTS 2
/* USES: how often each client opens the device; KILLED: how many clients die;
   LIVES: engines. */

#ifdef BUG_DEAD
#define IS_DEAD(t) false
#else
#define IS_DEAD(t) is_dead[OWNER(t)]
#endif

#define FILLING 1
#define ATTACHED 2
#define LEAVING 3
#define TICKET(who, use, state) ((who) * 8 + (use) * 4 + (state))
#define STATE(t) ((t) & 3)
#define OWNER(t) ((t) >> 3)
#define TICKETS 24

#define NONE 0
#define ACTIVE 1
#define REFUSED 2

/* Shared memory. */
byte ticket[SLOTS];
byte wish[SLOTS];
byte grant_ticket[SLOTS];
byte grant_state[SLOTS];
bool is_running;
byte starts;

/* The system. */
bool is_dead[CLIENTS + 1]; /* by pid: 1.. */
bool has_ended[CLIENTS + 1];
bool engine_is_dead;
byte deaths, killed;

/* What nobody in the program can see: for the claims above. */
bool was_granted[TICKETS];
bool was_refused[TICKETS];
bool has_had[TICKETS]; /* and was told so */
bool is_writing[CLIENTS + 1];
byte writes_under[CLIENTS + 1];

/* The engine's own; gone when it dies. */
byte answered[SLOTS]; /* ticket; 0: none */
bool is_active[SLOTS];
byte owner; /* slot + 1 of the one channel there is */
byte attached[SLOTS]; /* ticket; by the engine before */

inline forget(i)
{
  grant_ticket[i] = 0;
  if
  :: is_active[i] -> owner = 0
  :: else
  fi;
  d_step {
    answered[i] = 0;
    is_active[i] = false
  }
}

inline release_slot(i)
{
  t = ticket[i];
  if
  :: answered[i] && answered[i] != t -> forget(i)
  :: else
  fi;
  if
  :: t == 0
  :: t != 0 && STATE(t) != LEAVING && !IS_DEAD(t)
  :: t != 0 && (STATE(t) == LEAVING || IS_DEAD(t)) ->
    if
    :: answered[i] -> forget(i)
    :: else
    fi;
    d_step {
      if
      :: ticket[i] == t ->
        ticket[i] = 0;
        wish[i] = 0 /* fewer states: it is filled in before it is read */
      :: else
      fi
    }
  fi
}

inline answer_slot(i, only)
{
  t = ticket[i];
  if
  :: STATE(t) == ATTACHED && answered[i] != t && (only == 0 || only == t) ->
    if
    :: answered[i] -> forget(i)
    :: else
    fi;
    w = wish[i];
    assert(w == OWNER(t) || is_dead[OWNER(t)]);
    if
    :: owner == 0 -> v = ACTIVE
#ifdef BUG_ROOM
    :: owner != 0 -> v = REFUSED
#else
    /* Has it gone since we looked? Then at the next poll. */
    :: owner != 0 && ticket[owner - 1] != answered[owner - 1] -> v = NONE
    :: owner != 0 && ticket[owner - 1] == answered[owner - 1] -> v = REFUSED
#endif
    fi;
    if
    :: v != NONE ->
#ifdef BUG_ORDER
      grant_ticket[i] = t;
#endif
      d_step {
        answered[i] = t;
        is_active[i] = (v == ACTIVE);
        if
        :: v == ACTIVE -> owner = i + 1
        :: else ->
          /* Refused only for the sake of one that is there, and never what an
             engine has given. */
          assert(ticket[owner - 1] == answered[owner - 1] ||
                 OWNER(answered[owner - 1]) != OWNER(t));
          assert(!has_had[t])
        fi
      };
      d_step {
        grant_state[i] = v;
        was_granted[t] = was_granted[t] || v == ACTIVE;
        was_refused[t] = was_refused[t] || v == REFUSED
      };
#ifndef BUG_ORDER
      d_step {
        grant_ticket[i] = t;
        has_had[t] = has_had[t] || v == ACTIVE
      }
#endif
    :: else
    fi
  :: else
  fi
}

/* Is there anything that a poll would change? A poll more or less is none. */
#define WAITS(i)                                                               \
  (answered[i] != ticket[i] &&                                                 \
   (answered[i] || STATE(ticket[i]) == ATTACHED)) ||                           \
    (STATE(ticket[i]) == LEAVING) ||                                           \
    (ticket[i] && IS_DEAD(ticket[i]))

proctype engine()
{
  byte t, w, v;
  byte i;
  do
  :: {
       /* region_create.c: begin() */
       d_step {
         owner = 0;
         for (i : 0 .. SLOTS - 1) {
           answered[i] = 0;
           is_active[i] = false
         }
       };
       is_running = false;
       starts++;
       for (i : 0 .. SLOTS - 1) {
         atomic {
           attached[i] = (grant_state[i] == ACTIVE -> grant_ticket[i] : 0);
           grant_ticket[i] = 0
         };
         grant_state[i] = NONE
       };
       is_running = true;
end:   do
       :: WAITS(0) || WAITS(1) ->
         for (i : 0 .. SLOTS - 1) {
           release_slot(i)
         };
#ifndef BUG_KEEP
         for (i : 0 .. SLOTS - 1) {
           if
           :: attached[i] ->
             answer_slot(i, attached[i]);
             attached[i] = 0
           :: else
           fi
         };
#endif
         for (i : 0 .. SLOTS - 1) {
           answer_slot(i, 0)
         };
         atomic {
           t = 0;
           w = 0;
           v = 0;
           i = 0
         }
       od
     }
     unless { engine_is_dead };
     /* It dies as it is; another takes its place. */
     engine_is_dead = false
  od
}

inline look_for_answer()
{
  /* Waiting; then word for word. */
  is_running && grant_ticket[s] == mine;
  st = starts;
  if
  :: !is_running
  :: is_running ->
    if
    :: grant_ticket[s] != mine
    :: grant_ticket[s] == mine ->
      v = grant_state[s];
      if
      :: v == ACTIVE ->
        assert(was_granted[mine]);
        my_starts = st;
        is_attached = true
      :: v == REFUSED ->
        assert(was_refused[mine]);
        is_refused = true
      :: v == NONE ->
#ifdef BUG_NONE
        assert(was_refused[mine]);
        is_refused = true
#else
        skip
#endif
      fi
    fi
  fi
}

proctype client(byte me)
{
  byte mine, s, st, v, my_starts, use, other;
  bool is_attached, is_refused;
  {
    do
    :: use < USES ->
      /* client_ask() */
      d_step {
        s = 0;
        mine = 0;
        is_attached = false;
        is_refused = false
      };
      do
      :: s < SLOTS && mine == 0 ->
        atomic {
          if
          :: ticket[s] == 0 ->
#ifdef BUG_FILL
            ticket[s] = TICKET(me, use, ATTACHED);
#else
            ticket[s] = TICKET(me, use, FILLING);
#endif
            mine = TICKET(me, use, ATTACHED)
          :: else -> s++
          fi
        }
      :: else -> break
      od;
      if
      :: mine == 0 -> break /* all slots are taken */
      :: else
      fi;
      wish[s] = me;
#ifndef BUG_FILL
      ticket[s] = mine;
#endif
      do
      :: !is_attached && !is_refused -> look_for_answer()
      :: is_refused -> break
      :: is_attached ->
        /* client_look(), and a block is written. */
        if
        :: is_running && starts == my_starts ->
          d_step {
            is_writing[me] = true;
            writes_under[me] = my_starts;
            for (other : 1 .. CLIENTS) {
              assert(other == me || !is_writing[other] || is_dead[other] ||
                     writes_under[other] != my_starts)
            }
          };
          d_step {
            is_writing[me] = false;
            writes_under[me] = 0;
            other = 0
          }
        :: else
        fi;
        /* client_tend() */
        assert(ticket[s] == mine);
        if
        :: is_running && starts != my_starts -> is_attached = false
        :: else
        fi
      :: is_attached -> break
      od;
      atomic {
        st = 0;
        v = 0;
        my_starts = 0
      };
      /* client_leave() */
      atomic {
        if
        :: ticket[s] == mine -> ticket[s] = TICKET(me, use, LEAVING)
        :: else
        fi;
        use++;
        was_granted[mine] = false;
        was_refused[mine] = false;
        has_had[mine] = false;
        mine = 0;
        s = 0;
        is_attached = false;
        is_refused = false
      }
    :: else -> break
    od
  }
  unless { is_dead[me] };
  atomic {
    was_granted[mine] = false;
    was_refused[mine] = false;
        has_had[mine] = false;
    mine = 0;
    s = 0;
    st = 0;
    v = 0;
    my_starts = 0;
    use = 0;
    other = 0;
    is_attached = false;
    is_refused = false;
    is_writing[me] = false;
    writes_under[me] = 0;
    has_ended[me] = true
  }
}

/* Death comes when it likes. */
proctype fate()
{
  byte i;
  do
  :: deaths < LIVES - 1 ->
    atomic {
      !engine_is_dead -> engine_is_dead = true;
      deaths++
    }
  :: killed < KILLED ->
    atomic {
      if
      :: !is_dead[1] && !has_ended[1] -> is_dead[1] = true
      :: !is_dead[2] && !has_ended[2] -> is_dead[2] = true
      :: else
      fi;
      killed++
    }
  :: break
  od
}

/* When nothing moves any more. */
proctype judge()
{
  byte i;
  timeout ->
  assert(!engine_is_dead);
  for (i : 1 .. CLIENTS) {
    assert(has_ended[i]) /* nobody waits for an answer that does not come */
  };
  for (i : 0 .. SLOTS - 1) {
    assert(ticket[i] == 0);
    assert(grant_ticket[i] == 0);
    assert(answered[i] == 0)
  };
  assert(owner == 0)
}

init
{
  atomic {
    run engine();
    run client(1);
    run client(2);
    run fate();
    run judge()
  }
}
