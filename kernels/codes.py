"""Numbers that stand for something in tables, flags and states. Without numba, so that a table can be made without importing it."""

import numpy as np

# What is known of a threat (its flags).
FAILED = 1
ON_TARGET = 2
TRACKED = 4
ENGAGED = 8  # by some battery, now
SHOT = 16  # was shot at, ever
BELIEVED_DEAD = 32  # already, or at the end of the present engagement, during which no other battery may fight it
STOPPED = 64  # killed or suppressed, by an intercept that its engagement has already settled
# Alive and called dead at the tick in s.called: batteries whose windows were open then believe it dead.
CALLED_DEAD = 128
LATE = 256  # failed late: fought like one that will miss

# What is known of a threat at a battery (s.state); the low bits count the looks it has had there.
LOOKS = (1 << 20) - 1
ELIGIBLE = 1 << 20
SEEN = 1 << 21
IGNORED = 1 << 22
WAITING = 1 << 23  # stands in the battery's heap

# How a group arrives.
FIXED, UNIFORM, LISTED, POISSON = 0, 1, 2, 3

# How often an uncertain probability is drawn; scope shot has the law of its mean and is a constant.
CONSTANT, STUDY, RAID, EACH_THREAT = 0, 1, 2, 3

# When a channel is free again (battery.hold), and which threat is served first (battery.order).
HOLD_ASSESS, HOLD_INTERCEPT, HOLD_LAUNCH = 0, 1, 2
DEADLINE, ARRIVAL, FEWEST_LOOKS, VALUE = 0, 1, 2, 3

# Reasons for leaking, in order of precedence (rows of the column g_why).
SURVIVED_SHOTS, OUT_OF_INTERCEPTORS, RELOADING, CHANNELS_BUSY, WAS_IGNORED = 0, 1, 2, 3, 4
UNSEEN, OUT_OF_ACTION, NO_WINDOW, UNOPPOSED = 5, 6, 7, 8
REASONS = 9  # how many there are

NEVER = 1 << 60  # a tick later than all
FAR = np.int64((1 << 63) - 1)  # after every tick and every packed key

VECTOR = 16  # how many alarms of batteries, or words of threats, are compared at a time
