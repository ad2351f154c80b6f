/* Local multigrid, internal: what its two cycles share. local_multigrid.c has the set-up and the cycle in double precision,
 * single_cycle.c the one in single precision. */
#ifndef GZ_LOCAL_MULTIGRID_INTERNAL_H
#define GZ_LOCAL_MULTIGRID_INTERNAL_H

#include "compact_level.h"
#include "level_transfer.h"
#include "local_multigrid.h"
#include "single_level.h"

#include <omp.h>

enum {
    MAX_LEVELS = 24,
    SMALL_LEVEL = 1000 /* nodes below which one thread is faster than several */
};

static const gz_team GZ_ALONE = {0, 1};

/* Arrays of one level, [node], with margins. */
enum { FIELD_B, FIELD_X, FIELD_T, FIELD_RESIDUAL, FIELDS };
typedef struct level_work {
    double *field[FIELDS];
} level_work;

struct gz_local_multigrid {
    gz_context *context;
    const gz_mobility *mobility;
    const gz_phase_grid *grid;
    int levels;
    gz_compact_level level[MAX_LEVELS];
    gz_single_level single[MAX_LEVELS];
    gz_level_transfer transfer[MAX_LEVELS]; /* [l]: between levels l and l + 1 */
    double *factor;                         /* [cell][row][column]: L of the coarsest B = L L^T */
    level_work *work;                       /* [place][level] */
    double *memory;                         /* of all work arrays */
    size_t scratch_size;
    double *scratch;       /* [thread][scratch_size] */
    float *single_scratch; /* [thread][scratch_size] */
    size_t slots;          /* of the levels in single precision: the cells, or fewer, one for each place */
    size_t *held;          /* [slot]: the cell that is there; cell_count: none */
    bool *large;           /* [thread]: what a member of a team has met (single_cycle.c) */
    size_t setups;         /* of the mobility when the couplings were made, and their dt */
    double dt;
};

static inline level_work *gz_multigrid_work(const gz_local_multigrid *s, int place, int level) {
    return s->work + (size_t)place * (size_t)s->levels + (size_t)level;
}

static inline double *gz_multigrid_field(const gz_local_multigrid *s, int place, int level, int field) {
    return gz_multigrid_work(s, place, level)->field[field];
}

static inline double *gz_multigrid_scratch(const gz_local_multigrid *s) {
    return s->scratch + (size_t)omp_get_thread_num() * s->scratch_size;
}

/* Put a cell on all levels in single precision into a slot. */
void gz_multigrid_fill_slot(const gz_local_multigrid *multigrid, size_t slot, size_t cell, gz_team team);

/* x = B^-1 b on the coarsest level, [node]. */
void gz_multigrid_solve_coarsest(const gz_local_multigrid *multigrid, size_t cell, const double *b,
                                 double *x);

/* Copy rows of the first axis, line by line, from lines of `n` values `from` apart to lines `to` apart: the
 * finest level may have one node more an axis than the grid. */
void gz_multigrid_copy_lines(const gz_local_multigrid *multigrid, gz_rows rows, const double *in, size_t from,
                             double *out, size_t to);

#endif
