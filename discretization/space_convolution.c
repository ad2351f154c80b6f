/* Space convolution by real FFTs along x of blocks of nodes. See space_convolution.h. */
#include "space_convolution.h"

#include <fftw3.h>
#include <math.h>
#include <omp.h>
#include <string.h>

enum { BLOCK = 32 }; /* nodes transformed together: one block of 64 cells fills half a first-level cache */

typedef enum action { IDENTITY, MEAN, TRANSFORM } action;

struct gz_space_convolution {
    gz_context *context;
    const gz_phase_grid *grid;
    action action;
    double weight;             /* MEAN: kappa dx */
    size_t extent[GZ_MAX_DIM]; /* TRANSFORM: cells, doubled in a box */
    size_t total, modes;       /* product of extents; of the half spectrum */
    double *symbol;            /* [modes], kappa^ dx / total */
    int threads;
    double *real;           /* [thread][total][BLOCK] */
    fftw_complex *spectrum; /* [thread][modes][BLOCK] */
    fftw_plan forward, backward;
};

static gz_status plan(gz_space_convolution *s, const gz_kappa *kappa) {
    gz_context *context = s->context;
    const gz_phase_grid *grid = s->grid;
    s->total = gz_kappa_extent(grid, s->extent);
    int shape[GZ_MAX_DIM], rank = grid->space_dim;
    for (int a = 0; a < rank; a++) shape[a] = (int)s->extent[a];
    s->modes = s->total / s->extent[rank - 1] * (s->extent[rank - 1] / 2 + 1);
    const size_t threads = (size_t)s->threads;
    GZ_TRY(gz_allocate(context, s->modes, sizeof(double), &s->symbol));
    GZ_TRY(gz_allocate(context, threads * s->total * BLOCK, sizeof(double), &s->real));
    GZ_TRY(gz_allocate(context, threads * s->modes * BLOCK, sizeof(fftw_complex), &s->spectrum));
    s->forward = fftw_plan_many_dft_r2c(rank, shape, BLOCK, s->real, NULL, BLOCK, 1, s->spectrum, NULL, BLOCK,
                                        1, FFTW_MEASURE);
    s->backward = fftw_plan_many_dft_c2r(rank, shape, BLOCK, s->spectrum, NULL, BLOCK, 1, s->real, NULL,
                                         BLOCK, 1, FFTW_MEASURE);
    if (!s->forward || !s->backward) return gz_fail(context, GZ_ERROR_INTERNAL, "FFTW made no plan along x");
    /* The symbol is the transform of kappa itself, put in column 0 of a block; real because kappa is even. */
    double *values = NULL;
    GZ_TRY(gz_allocate(context, s->total, sizeof(double), &values));
    gz_kappa_values(kappa, grid, values);
    memset(s->real, 0, s->total * BLOCK * sizeof(double));
    for (size_t i = 0; i < s->total; i++)
        s->real[i * BLOCK] = values[i] * grid->cell_volume / (double)s->total;
    fftw_execute(s->forward);
    for (size_t k = 0; k < s->modes; k++) s->symbol[k] = s->spectrum[k * BLOCK][0];
    gz_release(values);
    return GZ_OK;
}

gz_status gz_space_convolution_create(gz_context *context, const gz_phase_grid *grid, const gz_kappa *kappa,
                                      gz_space_convolution **convolution) {
    *convolution = NULL;
    GZ_TRY(gz_kappa_check(context, kappa));
    gz_space_convolution *made = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *made, &made));
    made->context = context;
    made->grid = grid;
    made->threads = gz_context_threads(context);
    gz_status status = GZ_OK;
    const bool normalised = grid->boundary == GZ_TORUS || grid->space_dim == 0;
    if (kappa->shape == GZ_KAPPA_DIRAC || (grid->cell_count == 1 && normalised)) {
        made->action = IDENTITY;
    } else if (kappa->shape == GZ_KAPPA_UNIFORM) {
        made->action = MEAN;
        made->weight = 1 / (double)grid->cell_count;
    } else {
        made->action = TRANSFORM;
        status = plan(made, kappa);
    }
    if (status != GZ_OK) {
        gz_space_convolution_destroy(made);
        return status;
    }
    *convolution = made;
    return GZ_OK;
}

void gz_space_convolution_destroy(gz_space_convolution *s) {
    if (!s) return;
    if (s->forward) fftw_destroy_plan(s->forward);
    if (s->backward) fftw_destroy_plan(s->backward);
    gz_release(s->symbol);
    gz_release(s->real);
    gz_release(s->spectrum);
    gz_release(s);
}

static void mean_block(const gz_space_convolution *s, double *field, size_t first, size_t count) {
    const size_t cells = s->grid->cell_count, nodes = s->grid->node_count;
    double sum[BLOCK] = {0};
    for (size_t c = 0; c < cells; c++)
        for (size_t k = 0; k < count; k++) sum[k] += field[c * nodes + first + k];
    for (size_t k = 0; k < count; k++) sum[k] *= s->weight;
    for (size_t c = 0; c < cells; c++)
        for (size_t k = 0; k < count; k++) field[c * nodes + first + k] = sum[k];
}

/* Place of a cell in the (possibly doubled) transform array. */
static size_t padded_place(const gz_space_convolution *s, size_t cell) {
    if (s->total == s->grid->cell_count) return cell;
    size_t place = 0;
    for (int a = 0; a < GZ_MAX_DIM; a++)
        place = place * s->extent[a] + gz_phase_grid_cell_index(s->grid, cell, a);
    return place;
}

static void transform_block(const gz_space_convolution *s, double *field, size_t first, size_t count,
                            int thread) {
    const size_t cells = s->grid->cell_count, nodes = s->grid->node_count;
    double *real = s->real + (size_t)thread * s->total * BLOCK;
    fftw_complex *spectrum = s->spectrum + (size_t)thread * s->modes * BLOCK;
    if (s->total != cells || count < BLOCK) memset(real, 0, s->total * BLOCK * sizeof *real);
    for (size_t c = 0; c < cells; c++)
        memcpy(real + padded_place(s, c) * BLOCK, field + c * nodes + first, count * sizeof *real);
    fftw_execute_dft_r2c(s->forward, real, spectrum);
    for (size_t k = 0; k < s->modes; k++) {
        double *row = (double *)(spectrum + k * BLOCK);
        for (size_t j = 0; j < 2 * BLOCK; j++) row[j] *= s->symbol[k];
    }
    fftw_execute_dft_c2r(s->backward, spectrum, real);
    for (size_t c = 0; c < cells; c++)
        memcpy(field + c * nodes + first, real + padded_place(s, c) * BLOCK, count * sizeof *real);
}

void gz_space_convolution_apply(gz_space_convolution *s, double *field) {
    if (s->action == IDENTITY) return;
    const size_t nodes = s->grid->node_count;
#pragma omp parallel for num_threads(s->threads) schedule(static)
    for (size_t first = 0; first < nodes; first += BLOCK) {
        const size_t count = nodes - first < BLOCK ? nodes - first : BLOCK;
        if (s->action == MEAN)
            mean_block(s, field, first, count);
        else
            transform_block(s, field, first, count, omp_get_thread_num());
    }
}

double gz_kappa_eigenvalue(const gz_kappa *kappa, const gz_phase_grid *grid, const int mode[GZ_MAX_DIM],
                           double *values_scratch) {
    const double two_pi = 8 * atan(1);
    double sum = 0;
    gz_kappa_values(kappa, grid, values_scratch);
    for (size_t c = 0; c < grid->cell_count; c++) {
        double phase = 0;
        for (int a = 0; a < grid->space_dim; a++)
            phase += two_pi * mode[a] * (double)gz_phase_grid_cell_index(grid, c, a) / (double)grid->cells[a];
        sum += values_scratch[c] * cos(phase) * grid->cell_volume;
    }
    return sum;
}
