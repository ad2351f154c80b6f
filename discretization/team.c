/* Team: contiguous shares of rows, and a barrier. */
#include "team.h"

gz_rows gz_team_share(gz_team team, size_t rows) {
    const size_t rank = (size_t)team.rank, size = (size_t)team.size;
    return (gz_rows){rank * rows / size, (rank + 1) * rows / size};
}

void gz_team_wait(gz_team team) {
    if (team.size > 1) {
#pragma omp barrier
    }
}
