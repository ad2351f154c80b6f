/* Dense mobility: K by its columns, all eigenvalues by LAPACK, the known null vectors by multiplication. */
#include "dense_mobility.h"

#include "blas_memory.h"

#include <lapacke.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

gz_status gz_dense_mobility_check(gz_context *context, const gz_phase_grid *grid, const char *user,
                                  const char *remedy) {
    const double size = (double)grid->size;
    GZ_TRY(gz_check_one_rank(context, "a dense mobility", remedy));
    char what[160];
    snprintf(what, sizeof what, "%s: the matrix of %zu x %zu", user, grid->size, grid->size);
    return gz_check_memory(context, 1.1 * size * size * sizeof(double), what, remedy);
}

void gz_dense_mobility_fill(gz_mobility *mobility, double *matrix, double *column) {
    const size_t n = gz_mobility_grid(mobility)->size;
    memset(column, 0, n * sizeof *column);
    for (size_t j = 0; j < n; j++) {
        column[j] = 1;
        gz_mobility_apply(mobility, column, matrix + j * n);
        column[j] = 0;
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < j; i++)
            matrix[i * n + j] = matrix[j * n + i] = (matrix[i * n + j] + matrix[j * n + i]) / 2;
}

/* |S u|/|u| for u = sqrt(h m) phi. phi: NULL for 1 in the cell `which`; else a function of v, [node], times the
 * factors of the cells of the group `which`. */
static double residual(const double *S, const double *root, const gz_phase_grid *grid,
                       const gz_null_space *space, const double *phi, size_t which, double *u) {
    const size_t n = grid->size, nodes = grid->node_count;
    double length = 0, squared = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t cell = i / nodes;
        if (phi && gz_null_space_group(space, cell) == which)
            u[i] = root[i] * gz_null_space_factor(space, cell) * phi[i % nodes];
        else
            u[i] = !phi && cell == which ? root[i] : 0;
        length += u[i] * u[i];
    }
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++) sum += S[i * n + j] * u[j];
        squared += sum * sum;
    }
    return sqrt(squared / length);
}

/* Residuals of all known null vectors. */
static void check_null_vectors(const gz_phase_grid *grid, const gz_null_space *space, const double *S,
                               const double *root, double *u, gz_spectrum *spectrum) {
    const size_t cells = grid->cell_count, groups = space->moments ? gz_null_space_groups(space) : 0;
    const int d = grid->velocity_dim;
    for (size_t c = 0; c < cells; c++)
        spectrum->mass = fmax(spectrum->mass, residual(S, root, grid, space, NULL, c, u));
    for (size_t g = 0; g < groups; g++) {
        for (int a = 0; a < d; a++)
            spectrum->momentum =
                fmax(spectrum->momentum, residual(S, root, grid, space, grid->node_velocity[a], g, u));
        spectrum->energy = fmax(spectrum->energy, residual(S, root, grid, space, grid->node_energy, g, u));
    }
    spectrum->null_expected = cells + groups * ((size_t)d + 1);
}

/* Find where the eigenvalues, raised to the round-off of the largest, jump by the largest factor. */
static void find_gap(gz_spectrum *spectrum) {
    const double floor = 1e-16 * spectrum->eigenvalue[spectrum->size - 1];
    for (size_t i = 0; i + 1 < spectrum->size; i++) {
        const double ratio =
            fmax(spectrum->eigenvalue[i + 1], floor) / fmax(fabs(spectrum->eigenvalue[i]), floor);
        if (ratio > spectrum->gap) {
            spectrum->gap = ratio;
            spectrum->null_found = i + 1;
        }
    }
}

static gz_status decompose(gz_context *context, gz_mobility *mobility, double *S, double *root,
                           gz_spectrum *spectrum) {
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    const size_t n = grid->size;
    gz_dense_mobility_fill(mobility, S, root);
    for (size_t i = 0; i < n; i++) root[i] = sqrt(gz_mobility_weight(mobility)[i]);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) S[j * n + i] /= root[i] * root[j];
    check_null_vectors(grid, gz_mobility_null_space(mobility), S, root, spectrum->eigenvalue, spectrum);
    const lapack_int order = (lapack_int)n;
    GZ_TRY(gz_check_blas_memory(context, 0));
    const lapack_int done = LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'N', 'U', order, S, order, spectrum->eigenvalue);
    if (done == LAPACK_WORK_MEMORY_ERROR)
        return gz_fail(context, GZ_ERROR_MEMORY, "out of memory: eigenvalues of a %zu x %zu matrix", n, n);
    if (done != 0)
        return gz_fail(context, GZ_ERROR_INTERNAL, "LAPACK found no eigenvalues of a %zu x %zu matrix", n, n);
    const double largest = spectrum->eigenvalue[n - 1];
    spectrum->mass /= largest;
    spectrum->momentum /= largest;
    spectrum->energy /= largest;
    find_gap(spectrum);
    return GZ_OK;
}

gz_status gz_spectrum_init(gz_context *context, gz_mobility *mobility, gz_spectrum *spectrum) {
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    *spectrum = (gz_spectrum){.size = grid->size};
    GZ_TRY(gz_dense_mobility_check(context, grid, "the spectrum", "use a smaller grid"));
    double *S = NULL, *root = NULL;
    gz_status status = gz_allocate(context, grid->size * grid->size, sizeof(double), &S);
    if (status == GZ_OK) status = gz_allocate(context, grid->size, sizeof(double), &root);
    if (status == GZ_OK) status = gz_allocate(context, grid->size, sizeof(double), &spectrum->eigenvalue);
    if (status == GZ_OK) status = decompose(context, mobility, S, root, spectrum);
    gz_release(S);
    gz_release(root);
    if (status != GZ_OK) gz_spectrum_free(spectrum);
    return status;
}

void gz_spectrum_free(gz_spectrum *spectrum) {
    gz_release(spectrum->eigenvalue);
    *spectrum = (gz_spectrum){0};
}
