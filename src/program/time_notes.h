/* Time notes: what a user should know about the times of a run before it begins. Where time.dt does not divide
 * the time to the end, the last step is shorter; where it does not divide output.every, states are stored at the
 * ends of other steps. Nothing of this is changed silently, and the report repeats it.
 */
#ifndef GZ_TIME_NOTES_H
#define GZ_TIME_NOTES_H

#include "simulation.h"

enum { GZ_TIME_NOTE = 600 };

typedef struct gz_time_notes {
    char end[GZ_TIME_NOTE];    /* "note: time.dt = 0.3 does not divide ..", or "" */
    char states[GZ_TIME_NOTE]; /* "warning: output.every = 0.25 is no multiple of ..", or "" */
} gz_time_notes;

/* The notes on the simulation's schedule. There are none with step control, which meets all these times. */
gz_time_notes gz_time_notes_of(const gz_simulation *simulation);

#endif
