/* Space convolution: the symbol kappa^ is made once, and each thread multiplies the spectra of its blocks of
 * nodes by it. The mean for uniform kappa needs no transform.
 */
#include "space_convolution.h"

#include "space_transform.h"

#include <math.h>
#include <omp.h>
#include <string.h>

enum { BLOCK = GZ_SPACE_BLOCK };

typedef enum action { IDENTITY, MEAN, TRANSFORM } action;

struct gz_space_convolution {
    const gz_phase_grid *grid;
    action action;
    int threads;
    double weight;                /* MEAN: kappa dx */
    double *mean;                 /* MEAN: [node] */
    gz_space_transform transform; /* TRANSFORM: cells, doubled in a box */
    double *symbol;               /* [modes], kappa^ dx / total */
};

/* The symbol is the transform of kappa, done in column 0 of a block. It is real because kappa is even. */
static gz_status plan(gz_context *context, const gz_kappa *kappa, gz_space_convolution *s) {
    const gz_phase_grid *grid = s->grid;
    gz_space_transform *t = &s->transform;
    size_t extent[GZ_MAX_DIM];
    double *values = NULL;
    gz_kappa_extent(grid, extent);
    GZ_TRY(gz_space_transform_init(context, grid, extent, t));
    GZ_TRY(gz_allocate(context, t->modes, sizeof(double), &s->symbol));
    GZ_TRY(gz_allocate(context, t->total, sizeof(double), &values));
    gz_kappa_values(kappa, grid, values);
    double *real = gz_space_transform_real(t, 0);
    memset(real, 0, t->total * BLOCK * sizeof *real);
    for (size_t i = 0; i < t->total; i++) real[i * BLOCK] = values[i] * grid->cell_volume / (double)t->total;
    gz_release(values);
    gz_space_transform_forward(t, 0);
    for (size_t k = 0; k < t->modes; k++) s->symbol[k] = gz_space_transform_spectrum(t, 0)[k * BLOCK][0];
    return GZ_OK;
}

gz_status gz_space_convolution_create(gz_context *context, const gz_phase_grid *grid, const gz_kappa *kappa,
                                      gz_space_convolution **convolution) {
    *convolution = NULL;
    GZ_TRY(gz_kappa_check(context, grid, kappa));
    gz_space_convolution *made = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *made, &made));
    made->grid = grid;
    made->threads = gz_context_threads(context);
    gz_status status = GZ_OK;
    const bool normalised = grid->boundary == GZ_TORUS || grid->space_dim == 0;
    if (kappa->shape == GZ_KAPPA_DIRAC || (grid->all_cells == 1 && normalised)) {
        made->action = IDENTITY;
    } else if (kappa->shape == GZ_KAPPA_UNIFORM) {
        made->action = MEAN;
        made->weight = 1 / (double)grid->all_cells;
        status = gz_allocate(context, grid->node_count, sizeof(double), &made->mean);
    } else {
        made->action = TRANSFORM;
        status = plan(context, kappa, made);
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
    gz_space_transform_free(&s->transform);
    gz_release(s->symbol);
    gz_release(s->mean);
    gz_release(s);
}

/* The mean over all cells, written to each. */
static void take_mean(gz_space_convolution *s, double *field) {
    const size_t cells = s->grid->cell_count, nodes = s->grid->node_count;
    double *restrict mean = s->mean;
#pragma omp parallel for num_threads(s->threads)
    for (size_t first = 0; first < nodes; first += BLOCK) {
        const size_t end = nodes - first < BLOCK ? nodes : first + BLOCK;
        for (size_t k = first; k < end; k++) mean[k] = 0;
        for (size_t c = 0; c < cells; c++)
            for (size_t k = first; k < end; k++) mean[k] += field[c * nodes + k];
    }
    gz_ranks_sum(s->grid->ranks, nodes, mean);
    for (size_t k = 0; k < nodes; k++) mean[k] *= s->weight;
#pragma omp parallel for num_threads(s->threads)
    for (size_t c = 0; c < cells; c++) memcpy(field + c * nodes, mean, nodes * sizeof *field);
}

static void transform_block(const gz_space_convolution *s, double *columns, size_t first, size_t count,
                            int thread) {
    const gz_space_transform *t = &s->transform;
    fftw_complex *spectrum = gz_space_transform_spectrum(t, thread);
    gz_space_transform_load(t, columns, first, count, thread);
    gz_space_transform_forward(t, thread);
    for (size_t k = 0; k < t->modes; k++) {
        double *row = (double *)(spectrum + k * BLOCK);
        for (size_t j = 0; j < 2 * BLOCK; j++) row[j] *= s->symbol[k];
    }
    gz_space_transform_backward(t, thread);
    gz_space_transform_store(t, columns, first, count, thread);
}

static void transform(gz_space_convolution *s, double *field) {
    double *columns = gz_columns_take(&s->transform.columns, field);
    const size_t nodes = s->transform.columns.count;
#pragma omp parallel for num_threads(s->threads)
    for (size_t first = 0; first < nodes; first += BLOCK) {
        const size_t count = nodes - first < BLOCK ? nodes - first : BLOCK;
        transform_block(s, columns, first, count, omp_get_thread_num());
    }
    gz_columns_give(&s->transform.columns, field);
}

void gz_space_convolution_apply(gz_space_convolution *s, double *field) {
    if (s->action == MEAN) take_mean(s, field);
    if (s->action == TRANSFORM) transform(s, field);
}

double gz_kappa_eigenvalue(const gz_kappa *kappa, const gz_phase_grid *grid, const int mode[GZ_MAX_DIM],
                           double *values_scratch) {
    const double two_pi = 8 * atan(1);
    double sum = 0;
    gz_kappa_values(kappa, grid, values_scratch);
    for (size_t c = 0; c < grid->all_cells; c++) {
        double phase = 0;
        for (int a = 0; a < grid->space_dim; a++)
            phase += two_pi * mode[a] * (double)gz_phase_grid_cell_index(grid, c, a) / (double)grid->cells[a];
        sum += values_scratch[c] * cos(phase) * grid->cell_volume;
    }
    return sum;
}
