/* Free streaming by a Fourier shift of log f (or f) along x; box_streaming.h does it in a box.
 *
 *   l(x, v) <- l(x - v t, v):   l^(k, v) <- l^(k, v) prod_a e^(-i k_a v_a t),   k_a = 2 pi j_a / length_a
 *
 * with the factor 1 along axis a at its unpaired mode j_a = cells_a / 2. A *row* is the values of one
 * velocity node over all cells. Rows are shifted relative to their maximum M, so that log f = -690 loses no
 * digit and a constant row stays as it is. With N the maximum after the shift, each row then gets back its
 * mass:
 *
 *   l <- l + M - N + log( sum e^(l_before - M) / sum e^(l - N) ).
 */
#include "streaming.h"

#include "box_streaming.h"
#include "compensated_sum.h"
#include "space_transform.h"
#include "vector_math.h"

#include <omp.h>
#include <string.h>

enum { BLOCK = GZ_SPACE_BLOCK };

struct gz_streaming {
    const gz_phase_grid *whole, *grid; /* of all species, of one */
    int threads;
    bool still;                       /* nothing moves */
    bool damps;                       /* the unpaired mode decays by exp(-|k v t|) */
    gz_box_streaming *box;            /* NULL on the torus */
    double *left;                     /* box: [species][node_count], outflow of the last shift */
    gz_space_transform transform;     /* without padding */
    fftw_complex *factor[GZ_MAX_DIM]; /* [cells_a][nodes], e^(-i k_a v_a t); factor[0] carries 1/all_cells */
};

static gz_status set_up(gz_context *context, gz_streaming *s) {
    const gz_phase_grid *grid = s->grid;
    if (grid->boundary == GZ_BOX) {
        GZ_TRY(gz_allocate(context, s->whole->species_count * grid->node_count, sizeof(double), &s->left));
        return gz_box_streaming_create(context, grid, &s->box);
    }
    for (int a = 0; a < grid->space_dim; a++)
        GZ_TRY(gz_allocate(context, grid->cells[a] * grid->nodes, sizeof(fftw_complex), &s->factor[a]));
    return gz_space_transform_init(context, grid, grid->cells, &s->transform);
}

gz_status gz_streaming_create(gz_context *context, const gz_phase_grid *grid, gz_streaming **streaming) {
    *streaming = NULL;
    gz_streaming *made = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *made, &made));
    made->whole = grid;
    made->grid = grid = grid->one;
    made->threads = gz_context_threads(context);
    made->still = grid->space_dim == 0 || (grid->all_cells == 1 && grid->boundary == GZ_TORUS);
    const gz_status status = made->still ? GZ_OK : set_up(context, made);
    if (status != GZ_OK) {
        gz_streaming_destroy(made);
        return status;
    }
    *streaming = made;
    return GZ_OK;
}

void gz_streaming_destroy(gz_streaming *s) {
    if (!s) return;
    gz_space_transform_free(&s->transform);
    for (int a = 0; a < GZ_MAX_DIM; a++) gz_release(s->factor[a]);
    gz_box_streaming_destroy(s->box);
    gz_release(s->left);
    gz_release(s);
}

void gz_streaming_damp_unpaired(gz_streaming *s) {
    s->damps = true;
}

static void set_factors(gz_streaming *s, double t) {
    const gz_phase_grid *grid = s->grid;
    const double two_pi = 8 * atan(1);
    for (int a = 0; a < grid->space_dim; a++) {
        const size_t cells = grid->cells[a], nodes = grid->nodes;
        const double scale = a == 0 ? 1 / (double)grid->all_cells : 1;
        for (size_t j = 0; j < cells; j++) {
            const double wave = 2 * j < cells    ? (double)j
                                : 2 * j == cells ? 0
                                                 : -(double)(cells - j),
                         lost = s->damps && 2 * j == cells ? (double)j : 0;
            for (size_t i = 0; i < nodes; i++) {
                const double phase = two_pi * wave / grid->length[a] * grid->axis_velocity[i] * t,
                             decay = two_pi * lost / grid->length[a] * fabs(grid->axis_velocity[i] * t),
                             size = lost > 0 ? scale * exp(-decay) : scale;
                s->factor[a][j * nodes + i][0] = size * cos(phase);
                s->factor[a][j * nodes + i][1] = -size * sin(phase);
            }
        }
    }
}

/* Multiply a spectrum, [modes][BLOCK], by the factors of the `count` own nodes from `first` on. */
static void multiply_factors(const gz_streaming *s, fftw_complex *spectrum, size_t first, size_t count) {
    const gz_phase_grid *grid = s->grid;
    const gz_space_transform *t = &s->transform;
    size_t inner = 1; /* modes between neighbours along x axis a */
    for (int a = grid->space_dim - 1; a >= 0; a--) {
        size_t velocity[BLOCK];
        for (size_t k = 0; k < count; k++)
            velocity[k] = gz_phase_grid_node_index(grid, t->columns.first + first + k, a);
        for (size_t mode = 0; mode < t->modes; mode++) {
            fftw_complex *const factor = s->factor[a] + mode / inner % t->half[a] * grid->nodes;
            fftw_complex *row = spectrum + mode * BLOCK;
            for (size_t k = 0; k < count; k++) {
                const double *e = factor[velocity[k]], re = row[k][0], im = row[k][1];
                row[k][0] = re * e[0] - im * e[1];
                row[k][1] = re * e[1] + im * e[0];
            }
        }
        inner *= t->half[a];
    }
}

/* Subtract from each row its maximum. maximum, mass: the maximum of each row, and then the sum of the
 * exponentials of the row, [BLOCK]. */
static void normalise_rows(double *restrict rows, size_t cells, size_t count, double *restrict maximum,
                           double *restrict mass) {
    gz_sum sum[BLOCK] = {{0}};
    for (size_t k = 0; k < count; k++) maximum[k] = -INFINITY;
    for (size_t c = 0; c < cells; c++)
        for (size_t k = 0; k < count; k++)
            maximum[k] = rows[c * BLOCK + k] > maximum[k] ? rows[c * BLOCK + k] : maximum[k];
    for (size_t c = 0; c < cells; c++) {
        double *restrict row = rows + c * BLOCK, e[BLOCK];
        for (size_t k = 0; k < count; k++) {
            row[k] -= maximum[k];
            e[k] = exp(row[k]);
        }
        for (size_t k = 0; k < count; k++) gz_sum_add(&sum[k], e[k]);
    }
    for (size_t k = 0; k < count; k++) mass[k] = gz_sum_value(sum[k]);
}

/* Shift the rows in the block of a thread. */
static void shift_rows(const gz_streaming *s, size_t first, size_t count, int thread) {
    gz_space_transform_forward(&s->transform, thread);
    multiply_factors(s, gz_space_transform_spectrum(&s->transform, thread), first, count);
    gz_space_transform_backward(&s->transform, thread);
}

/* Add to each row scale times its value, [BLOCK]. */
static void add_to_rows(double *restrict rows, size_t cells, size_t count, double scale,
                        const double *value) {
    for (size_t c = 0; c < cells; c++)
        for (size_t k = 0; k < count; k++) rows[c * BLOCK + k] += scale * value[k];
}

/* Shift `count` of the columns, [cell][own node], from `first` on. */
typedef void shift_block(const gz_streaming *s, double *columns, size_t first, size_t count, int thread);

static void shift_block_of_log(const gz_streaming *s, double *log_f, size_t first, size_t count, int thread) {
    const gz_space_transform *t = &s->transform;
    const size_t cells = s->grid->all_cells;
    double *rows = gz_space_transform_real(t, thread);
    double before[BLOCK], mass_before[BLOCK], after[BLOCK], mass_after[BLOCK];
    gz_space_transform_load(t, log_f, first, count, thread);
    normalise_rows(rows, cells, count, before, mass_before);
    shift_rows(s, first, count, thread);
    normalise_rows(rows, cells, count, after, mass_after);
    for (size_t k = 0; k < count; k++) before[k] += log(mass_before[k] / mass_after[k]);
    add_to_rows(rows, cells, count, 1, before);
    gz_space_transform_store(t, log_f, first, count, thread);
}

/* Rows are shifted relative to their value in the first cell, so that a constant row stays as it is. */
static void shift_block_of_density(const gz_streaming *s, double *f, size_t first, size_t count, int thread) {
    const gz_space_transform *t = &s->transform;
    const size_t cells = s->grid->all_cells;
    double *rows = gz_space_transform_real(t, thread), level[BLOCK];
    gz_space_transform_load(t, f, first, count, thread);
    memcpy(level, rows, sizeof level);
    add_to_rows(rows, cells, count, -1, level);
    shift_rows(s, first, count, thread);
    add_to_rows(rows, cells, count, 1, level);
    gz_space_transform_store(t, f, first, count, thread);
}

/* Shift the field of a species. */
static void shift(gz_streaming *s, shift_block *block, double *field) {
    double *columns = gz_columns_take(&s->transform.columns, field);
    const size_t nodes = s->transform.columns.count;
#pragma omp parallel for num_threads(s->threads)
    for (size_t first = 0; first < nodes; first += BLOCK) {
        const size_t count = nodes - first < BLOCK ? nodes - first : BLOCK;
        block(s, columns, first, count, omp_get_thread_num());
    }
    gz_columns_give(&s->transform.columns, field);
}

static void apply(gz_streaming *s, double t, bool linear, double *field) {
    if (s->still || (!s->box && t == 0)) return;
    if (!s->box) set_factors(s, t);
    for (size_t k = 0; k < s->whole->species_count; k++) {
        double *part = field + k * s->grid->size;
        if (s->box)
            gz_box_streaming_apply(s->box, t, linear, part, s->left + k * s->grid->node_count);
        else
            shift(s, linear ? shift_block_of_density : shift_block_of_log, part);
    }
}

void gz_streaming_apply(gz_streaming *s, double t, double *log_f) {
    apply(s, t, false, log_f);
}

void gz_streaming_apply_linear(gz_streaming *s, double t, double *f) {
    apply(s, t, true, f);
}

gz_outflow gz_streaming_outflow(const gz_streaming *s) {
    const gz_phase_grid *grid = s->grid;
    const int d = grid->velocity_dim;
    gz_sum sums[2 + GZ_MAX_DIM] = {{0}}; /* mass, energy, momentum [d] */
    gz_outflow left = {0};
    if (!s->box) return left;
    for (size_t i = 0; i < s->whole->species_count * grid->node_count; i++) {
        const size_t p = i % grid->node_count;
        const double part = s->left[i] * grid->node_volume[p] * grid->cell_volume *
                            s->whole->species[i / grid->node_count].mass;
        gz_sum_add(&sums[0], part);
        gz_sum_add(&sums[1], part * grid->node_energy[p]);
        for (int a = 0; a < d; a++) gz_sum_add(&sums[2 + a], part * grid->node_velocity[a][p]);
    }
    gz_ranks_add_sums(grid->ranks, (size_t)(2 + d), sums);
    left.mass = gz_sum_value(sums[0]);
    left.energy = gz_sum_value(sums[1]);
    for (int a = 0; a < d; a++) left.momentum[a] = gz_sum_value(sums[2 + a]);
    return left;
}

void gz_outflow_add(gz_outflow *sum, gz_outflow part) {
    sum->mass += part.mass;
    sum->energy += part.energy;
    for (int a = 0; a < GZ_MAX_DIM; a++) sum->momentum[a] += part.momentum[a];
}
