/* Team: the threads that work together on one cell. Each calls the same function with its own rank.
 *
 * If there are at least as many cells as threads, every thread has cells of its own and is a team of one.
 * Otherwise all threads of a parallel region share a cell: each works on its share of the rows of the first
 * velocity axis, and waits for the others before it reads what they wrote.
 */
#ifndef GZ_TEAM_H
#define GZ_TEAM_H

#include "phase_grid.h"

typedef struct gz_team {
    int rank, size;
} gz_team;

/* The rows that a member of the team works on, when a cell has `rows` rows. */
GZ_API gz_rows gz_team_share(gz_team team, size_t rows);

/* Wait until all members make this call. A team of one does not wait. */
GZ_API void gz_team_wait(gz_team team);

#endif
