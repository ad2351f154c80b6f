/* Space transform: one plan of FFTW transforms the GZ_SPACE_BLOCK interleaved columns of a block at once. */
#include "space_transform.h"

#include "plans.h"

#include <string.h>

gz_status gz_space_transform_init(gz_context *context, const gz_phase_grid *grid,
                                  const size_t extent[GZ_MAX_DIM], gz_space_transform *t) {
    const int rank = grid->space_dim;
    int shape[GZ_MAX_DIM];
    *t = (gz_space_transform){.grid = grid, .total = 1, .modes = 1, .threads = gz_context_threads(context)};
    for (int a = 0; a < GZ_MAX_DIM; a++) {
        t->extent[a] = extent[a];
        t->half[a] = a == rank - 1 ? extent[a] / 2 + 1 : extent[a];
        t->total *= t->extent[a];
        t->modes *= t->half[a];
        shape[a] = (int)extent[a];
    }
    const size_t threads = (size_t)t->threads;
    GZ_TRY(gz_columns_init(context, grid, &t->columns));
    GZ_TRY(gz_allocate(context, threads * t->total * GZ_SPACE_BLOCK, sizeof(double), &t->real));
    GZ_TRY(gz_allocate(context, threads * t->modes * GZ_SPACE_BLOCK, sizeof(fftw_complex), &t->spectrum));
    const unsigned effort = gz_plans_effort(context);
    gz_plans_lock();
    t->forward = fftw_plan_many_dft_r2c(rank, shape, GZ_SPACE_BLOCK, t->real, NULL, GZ_SPACE_BLOCK, 1,
                                        t->spectrum, NULL, GZ_SPACE_BLOCK, 1, effort);
    t->backward = fftw_plan_many_dft_c2r(rank, shape, GZ_SPACE_BLOCK, t->spectrum, NULL, GZ_SPACE_BLOCK, 1,
                                         t->real, NULL, GZ_SPACE_BLOCK, 1, effort);
    gz_plans_unlock();
    if (!t->forward || !t->backward)
        return gz_fail(context, GZ_ERROR_INTERNAL, "FFTW made no plan along x; use other numbers of x cells");
    return GZ_OK;
}

void gz_space_transform_free(gz_space_transform *t) {
    gz_plans_lock();
    fftw_destroy_plan(t->forward);
    fftw_destroy_plan(t->backward);
    gz_plans_unlock();
    gz_release(t->real);
    gz_release(t->spectrum);
    gz_columns_free(&t->columns);
    *t = (gz_space_transform){0};
}

double *gz_space_transform_real(const gz_space_transform *t, int thread) {
    return t->real + (size_t)thread * t->total * GZ_SPACE_BLOCK;
}

fftw_complex *gz_space_transform_spectrum(const gz_space_transform *t, int thread) {
    return t->spectrum + (size_t)thread * t->modes * GZ_SPACE_BLOCK;
}

/* Place of a cell among the (possibly padded) places. */
static size_t place_of(const gz_space_transform *t, size_t cell) {
    if (t->total == t->grid->all_cells) return cell;
    size_t place = 0;
    for (int a = 0; a < GZ_MAX_DIM; a++)
        place = place * t->extent[a] + gz_phase_grid_cell_index(t->grid, cell, a);
    return place;
}

void gz_space_transform_load(const gz_space_transform *t, const double *columns, size_t first, size_t count,
                             int thread) {
    const size_t cells = t->grid->all_cells, nodes = t->columns.count;
    double *real = gz_space_transform_real(t, thread);
    if (t->total != cells || count < GZ_SPACE_BLOCK)
        memset(real, 0, t->total * GZ_SPACE_BLOCK * sizeof *real);
    for (size_t c = 0; c < cells; c++)
        memcpy(real + place_of(t, c) * GZ_SPACE_BLOCK, columns + c * nodes + first, count * sizeof *real);
}

void gz_space_transform_store(const gz_space_transform *t, double *columns, size_t first, size_t count,
                              int thread) {
    const double *real = gz_space_transform_real(t, thread);
    const size_t nodes = t->columns.count;
    for (size_t c = 0; c < t->grid->all_cells; c++)
        memcpy(columns + c * nodes + first, real + place_of(t, c) * GZ_SPACE_BLOCK, count * sizeof *real);
}

void gz_space_transform_forward(const gz_space_transform *t, int thread) {
    fftw_execute_dft_r2c(t->forward, gz_space_transform_real(t, thread),
                         gz_space_transform_spectrum(t, thread));
}

void gz_space_transform_backward(const gz_space_transform *t, int thread) {
    fftw_execute_dft_c2r(t->backward, gz_space_transform_spectrum(t, thread),
                         gz_space_transform_real(t, thread));
}
