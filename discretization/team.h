/* Team: how threads share work: the items of a loop, or one cell.
 *
 * The threads that work together on one cell are a team. Each calls the same function with its own rank.
 *
 * If there are at least as many cells as threads, every thread has cells of its own and is a team of one.
 * Otherwise all threads of a parallel region share a cell: each works on its share of the rows of the first
 * velocity axis, and waits for the others before it reads what they wrote.
 */
#ifndef GZ_TEAM_H
#define GZ_TEAM_H

#include "phase_grid.h"

/* What a loop does with item j; self: the caller's. */
typedef void gz_item_task(const void *self, size_t j);

/* Call run(self, j) for all j < count. The calls are dealt out evenly among the threads. With one thread this is
 * a plain loop: a parallel region costs a microsecond, as a system call ends it, even with one thread. */
void gz_share(int threads, size_t count, gz_item_task *run, const void *self);

typedef struct gz_team {
    int rank, size;
} gz_team;

/* The rows that a member of the team works on, when a cell has `rows` rows. */
GZ_API gz_rows gz_team_share(gz_team team, size_t rows);

/* Wait until all members make this call. A team of one does not wait. */
GZ_API void gz_team_wait(gz_team team);

#endif
