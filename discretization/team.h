/* Team: the threads that work together on one cell, each calling the same function with its own rank.
 *
 * Where there are as many cells as threads every thread has cells of its own and is a team of one. Otherwise
 * all threads of a parallel region share a cell: each works on its share of the rows of the first velocity
 * axis and waits for the others where it reads what they wrote.
 */
#ifndef GZ_TEAM_H
#define GZ_TEAM_H

#include "phase_grid.h"

typedef struct gz_team {
    int rank, size;
} gz_team;

/* The share of a rank in `rows` rows. */
GZ_API gz_rows gz_team_share(gz_team team, size_t rows);

/* Until all members are here; nothing for a team of one. */
GZ_API void gz_team_wait(gz_team team);

#endif
