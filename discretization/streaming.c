/* Free streaming by a Fourier shift of log f along x. See streaming.h.
 *
 *   l(x, v) <- l(x - v t, v):   l^(k, v) <- l^(k, v) prod_a e^(-i k_a v_a t),   k_a = 2 pi j_a / length_a
 *
 * with the factor 1 along axis a at its unpaired mode j_a = cells_a / 2. A *row* is one velocity node's
 * values over all cells. Rows are shifted relative to their maximum M, so that log f = -690 loses no digit
 * and a constant row stays as it is; with the maximum N after the shift, each row then gets back its mass: l
 * <- l + M - N + log( sum e^(l_before - M) / sum e^(l - N) ).
 */
#include "streaming.h"

#include "compensated_sum.h"

#include <fftw3.h>
#include <math.h>
#include <omp.h>
#include <string.h>

enum { BLOCK = 32 }; /* rows shifted together: one block of 64 cells fills half a first-level cache */

struct gz_streaming {
    const gz_phase_grid *grid;
    int threads;
    size_t modes;                     /* of the half spectrum */
    fftw_complex *factor[GZ_MAX_DIM]; /* [cells_a][nodes], e^(-i k_a v_a t); factor[0] carries 1/cell_count */
    double *real;                     /* [thread][cell][BLOCK] */
    fftw_complex *spectrum;           /* [thread][modes][BLOCK] */
    fftw_plan forward, backward;      /* NULL: nothing moves */
};

static gz_status set_up(gz_context *context, gz_streaming *s) {
    const gz_phase_grid *grid = s->grid;
    const int rank = grid->space_dim;
    const size_t threads = (size_t)s->threads;
    int shape[GZ_MAX_DIM];
    for (int a = 0; a < rank; a++) {
        shape[a] = (int)grid->cells[a];
        GZ_TRY(gz_allocate(context, grid->cells[a] * grid->nodes, sizeof(fftw_complex), &s->factor[a]));
    }
    s->modes = grid->cell_count / grid->cells[rank - 1] * (grid->cells[rank - 1] / 2 + 1);
    GZ_TRY(gz_allocate(context, threads * grid->cell_count * BLOCK, sizeof(double), &s->real));
    GZ_TRY(gz_allocate(context, threads * s->modes * BLOCK, sizeof(fftw_complex), &s->spectrum));
    s->forward = fftw_plan_many_dft_r2c(rank, shape, BLOCK, s->real, NULL, BLOCK, 1, s->spectrum, NULL, BLOCK,
                                        1, FFTW_MEASURE);
    s->backward = fftw_plan_many_dft_c2r(rank, shape, BLOCK, s->spectrum, NULL, BLOCK, 1, s->real, NULL,
                                         BLOCK, 1, FFTW_MEASURE);
    if (!s->forward || !s->backward)
        return gz_fail(context, GZ_ERROR_INTERNAL, "FFTW made no plan along x; use other numbers of x cells");
    return GZ_OK;
}

gz_status gz_streaming_create(gz_context *context, const gz_phase_grid *grid, gz_streaming **streaming) {
    *streaming = NULL;
    if (grid->boundary != GZ_TORUS && grid->cell_count > 1)
        return gz_fail(
            context, GZ_ERROR_DECK,
            "free streaming needs a periodic x; set grid.x.boundary to torus or transport to false");
    gz_streaming *made = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *made, &made));
    made->grid = grid;
    made->threads = gz_context_threads(context);
    const gz_status status = grid->cell_count > 1 ? set_up(context, made) : GZ_OK;
    if (status != GZ_OK) {
        gz_streaming_destroy(made);
        return status;
    }
    *streaming = made;
    return GZ_OK;
}

void gz_streaming_destroy(gz_streaming *s) {
    if (!s) return;
    if (s->forward) fftw_destroy_plan(s->forward);
    if (s->backward) fftw_destroy_plan(s->backward);
    for (int a = 0; a < GZ_MAX_DIM; a++) gz_release(s->factor[a]);
    gz_release(s->real);
    gz_release(s->spectrum);
    gz_release(s);
}

static void set_factors(gz_streaming *s, double t) {
    const gz_phase_grid *grid = s->grid;
    const double two_pi = 8 * atan(1);
    for (int a = 0; a < grid->space_dim; a++) {
        const size_t cells = grid->cells[a], nodes = grid->nodes;
        const double scale = a == 0 ? 1 / (double)grid->cell_count : 1;
        for (size_t j = 0; j < cells; j++) {
            const double wave = 2 * j < cells ? (double)j : 2 * j == cells ? 0 : -(double)(cells - j);
            for (size_t i = 0; i < nodes; i++) {
                const double phase = two_pi * wave / grid->length[a] * grid->axis_velocity[i] * t;
                s->factor[a][j * nodes + i][0] = scale * cos(phase);
                s->factor[a][j * nodes + i][1] = -scale * sin(phase);
            }
        }
    }
}

/* spectrum [modes][BLOCK] times the factors of the `count` nodes from `first` on. */
static void multiply_factors(const gz_streaming *s, fftw_complex *spectrum, size_t first, size_t count) {
    const gz_phase_grid *grid = s->grid;
    for (int a = 0; a < grid->space_dim; a++) {
        size_t velocity[BLOCK], inner = 1; /* inner: modes between neighbours along x axis a */
        for (size_t k = 0; k < count; k++) velocity[k] = gz_phase_grid_node_index(grid, first + k, a);
        for (int b = grid->space_dim - 1; b > a; b--)
            inner *= b == grid->space_dim - 1 ? grid->cells[b] / 2 + 1 : grid->cells[b];
        const size_t length = a == grid->space_dim - 1 ? grid->cells[a] / 2 + 1 : grid->cells[a];
        for (size_t mode = 0; mode < s->modes; mode++) {
            fftw_complex *const factor = s->factor[a] + mode / inner % length * grid->nodes;
            fftw_complex *row = spectrum + mode * BLOCK;
            for (size_t k = 0; k < count; k++) {
                const double *e = factor[velocity[k]], re = row[k][0], im = row[k][1];
                row[k][0] = re * e[0] - im * e[1];
                row[k][1] = re * e[1] + im * e[0];
            }
        }
    }
}

/* Subtract from each row its maximum; returns the maxima and the sums of the rows' exponentials, [BLOCK]
 * each. */
static void normalise_rows(double *restrict rows, size_t cells, size_t count, double *restrict maximum,
                           double *restrict mass) {
    gz_sum sum[BLOCK] = {{0}};
    for (size_t k = 0; k < count; k++) maximum[k] = -INFINITY;
    for (size_t c = 0; c < cells; c++)
        for (size_t k = 0; k < count; k++)
            maximum[k] = rows[c * BLOCK + k] > maximum[k] ? rows[c * BLOCK + k] : maximum[k];
    for (size_t c = 0; c < cells; c++)
        for (size_t k = 0; k < count; k++) {
            rows[c * BLOCK + k] -= maximum[k];
            gz_sum_add(&sum[k], exp(rows[c * BLOCK + k]));
        }
    for (size_t k = 0; k < count; k++) mass[k] = gz_sum_value(sum[k]);
}

static void shift_block(const gz_streaming *s, double *log_f, size_t first, size_t count, int thread) {
    const size_t cells = s->grid->cell_count, nodes = s->grid->node_count;
    double *rows = s->real + (size_t)thread * cells * BLOCK;
    fftw_complex *spectrum = s->spectrum + (size_t)thread * s->modes * BLOCK;
    double before[BLOCK], mass_before[BLOCK], after[BLOCK], mass_after[BLOCK];
    if (count < BLOCK) memset(rows, 0, cells * BLOCK * sizeof *rows);
    for (size_t c = 0; c < cells; c++)
        memcpy(rows + c * BLOCK, log_f + c * nodes + first, count * sizeof *rows);
    normalise_rows(rows, cells, count, before, mass_before);
    fftw_execute_dft_r2c(s->forward, rows, spectrum);
    multiply_factors(s, spectrum, first, count);
    fftw_execute_dft_c2r(s->backward, spectrum, rows);
    normalise_rows(rows, cells, count, after, mass_after);
    for (size_t k = 0; k < count; k++) before[k] += log(mass_before[k] / mass_after[k]);
    for (size_t c = 0; c < cells; c++)
        for (size_t k = 0; k < count; k++) log_f[c * nodes + first + k] = rows[c * BLOCK + k] + before[k];
}

void gz_streaming_apply(gz_streaming *s, double t, double *log_f) {
    if (!s->forward || t == 0) return;
    set_factors(s, t);
    const size_t nodes = s->grid->node_count;
#pragma omp parallel for num_threads(s->threads) schedule(static)
    for (size_t first = 0; first < nodes; first += BLOCK) {
        const size_t count = nodes - first < BLOCK ? nodes - first : BLOCK;
        shift_block(s, log_f, first, count, omp_get_thread_num());
    }
}
