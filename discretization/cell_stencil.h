/* Cell stencil: the stencils of K on one velocity cell, fused so that every field is read only once.
 *
 *   out = sum_a G_a^T [ h m (T q - b)_a ] + sum_a S_a^T c_a S_a w,      q = G w
 *
 * A cell is one contiguous range, and all rows of G_a and S_a are treated alike. At the end of a line of
 * nodes theta and c are zero for as many nodes as a stencil reaches, so that what a stencil reads beyond the
 * line does not count. Only the one-sided end rows of G_a are corrected afterwards. The work arrays have a
 * margin of zeros before the first and after the last node of a cell.
 *
 * There are two phases, since G_0^T and S_0^T reach over rows of the first axis: `fluxes` does everything
 * else for its rows, and `gather` adds these two products. `apply` does both phases for a cell, chunk by
 * chunk in cache. Not installed.
 */
#ifndef GZ_CELL_STENCIL_H
#define GZ_CELL_STENCIL_H

#include "derivative.h"

/* Fields of one cell, [node] each, or of all cells, [cell][node]. */
typedef struct gz_cell_fields {
    const double *theta[GZ_MAX_DIM];    /* NULL: wide wherever a wide row fits */
    const double *weight;               /* h m */
    bool same_weight;                   /* true: `weight` is [node] and holds in every cell */
    const double *tensor[GZ_MAX_PAIRS]; /* T */
    const double *sawtooth[GZ_MAX_DIM]; /* c */
    const double *drift[GZ_MAX_DIM];    /* b, or NULL for zero */
} gz_cell_fields;

gz_cell_fields gz_cell_fields_at(const gz_phase_grid *grid, const gz_cell_fields *all, size_t cell);

/* Work arrays of a thread. All threads that share a cell use the first-axis arrays of one of them. */
typedef struct gz_cell_work {
    double *potential;              /* w, [margin + node + margin] */
    double *flux0, *steep0, *rate0; /* F_0 without its end rows, theta F_0, c S_0 w: as potential */
    double *ends0;                  /* F_0 at the first and the last row, [2][row] */
    double *gradient[GZ_MAX_DIM];   /* q, [chunk] */
    double *flux, *steep, *rate;    /* F_a, theta F_a, c S_a w, a > 0: [margin + chunk + margin] */
    double *ends;                   /* F_a at the ends of lines, [chunk] */
} gz_cell_work;

typedef struct gz_cell_stencil {
    const gz_derivative *derivative;
    size_t margin, chunk_margin; /* nodes */
    size_t chunk;                /* rows of the first axis */
    double *wide[GZ_MAX_DIM];    /* theta of a stencil that is wide wherever it can be, [node] */
    int threads;
    gz_cell_work *work; /* [thread] */
    double *memory;     /* holds all work arrays */
} gz_cell_stencil;

/* On failure `stencil` may be half-built: clear it. */
gz_status gz_cell_stencil_init(gz_context *context, const gz_derivative *derivative,
                               gz_cell_stencil *stencil);
void gz_cell_stencil_free(gz_cell_stencil *stencil);

/* q_a = G_a w on these rows, for all axes; q_a: [node]. */
void gz_cell_stencil_gradient(const gz_cell_stencil *stencil, int thread, const double *const theta[],
                              gz_rows rows, const double *w, double *const q[]);

/* Phase one on these rows: out becomes the sum above without the products with G_0^T and S_0^T. shared: the
 * thread whose first-axis arrays are used. */
void gz_cell_stencil_fluxes(const gz_cell_stencil *stencil, int thread, int shared,
                            const gz_cell_fields *fields, gz_rows rows, const double *w, double *out);

/* Phase two on these rows. Phase one must be done on all rows within reach of a stencil. */
void gz_cell_stencil_gather(const gz_cell_stencil *stencil, int shared, gz_rows rows, double *out);

/* Both phases for a whole cell. w and out must not overlap. */
void gz_cell_stencil_apply(const gz_cell_stencil *stencil, int thread, const gz_cell_fields *fields,
                           const double *w, double *out);

#endif
