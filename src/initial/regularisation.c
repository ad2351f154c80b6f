/* Regularisation: each sum of exponentials is first divided by its largest one, whose logarithm (`level`) is
 * added back at the end. */
#include "regularisation.h"

#include "columns.h"
#include "compensated_sum.h"
#include "kernel.h"

#include <math.h>

/* The largest of `count` numbers `stride` apart; 0 if all are -INFINITY, so that it can be subtracted. */
static double largest(const double *values, size_t count, size_t stride) {
    double most = -INFINITY;
    for (size_t i = 0; i < count; i++) most = fmax(most, values[i * stride]);
    return most == -INFINITY ? 0 : most;
}

/* --- in x ----------------------------------------------------------------------------------------------- */

/* out_i = sum_j M_ij g_j / norm_j, norm_j = sum_i M_ij. M_alpha is the sigma kernel of Remark 2.2 with sigma
 * = alpha^2. g and out are columns of `nodes` nodes; out is zero on entry. */
static void spread(const gz_phase_grid *grid, const double *mollifier, const double *norm, size_t nodes,
                   const double *g, double *out) {
#pragma omp parallel for num_threads(grid->threads)
    for (size_t i = 0; i < grid->all_cells; i++) {
        double *restrict row = out + i * nodes;
        for (size_t j = 0; j < grid->all_cells; j++) {
            const double weight = gz_kappa_between(mollifier, grid, i, j) / norm[j];
            for (size_t p = 0; p < nodes; p++) row[p] += weight * g[j * nodes + p];
        }
    }
}

gz_status gz_mollify_space(gz_context *context, const gz_phase_grid *grid, double alpha, double *log_f) {
    const gz_kappa kernel = {.shape = GZ_KAPPA_SIGMA, .sigma = alpha * alpha};
    const size_t cells = grid->all_cells;
    gz_columns columns = {0};
    size_t extent[GZ_MAX_DIM];
    double *mollifier = NULL, *norm = NULL, *level = NULL, *out = NULL;
    if (cells == 1) return GZ_OK;
    gz_status status = gz_columns_init(context, grid, &columns);
    const size_t nodes = columns.count;
    if (status == GZ_OK)
        status = gz_allocate(context, gz_kappa_extent(grid, extent), sizeof(double), &mollifier);
    if (status == GZ_OK) status = gz_allocate(context, cells, sizeof(double), &norm);
    if (status == GZ_OK) status = gz_allocate(context, nodes, sizeof(double), &level);
    if (status == GZ_OK) status = gz_allocate(context, cells * nodes, sizeof(double), &out);
    GZ_TRY_ELSE(status, gz_agree(context, status), done);
    gz_kappa_values(&kernel, grid, mollifier);
    for (size_t j = 0; j < cells; j++)
        for (size_t i = 0; i < cells; i++) norm[j] += gz_kappa_between(mollifier, grid, i, j);
    double *g = gz_columns_take(&columns, log_f);
    for (size_t p = 0; p < nodes; p++) level[p] = largest(g + p, cells, nodes);
    for (size_t j = 0; j < cells; j++)
        for (size_t p = 0; p < nodes; p++) g[j * nodes + p] = exp(g[j * nodes + p] - level[p]);
    spread(grid, mollifier, norm, nodes, g, out);
    for (size_t j = 0; j < cells; j++)
        for (size_t p = 0; p < nodes; p++) g[j * nodes + p] = log(out[j * nodes + p]) + level[p];
    gz_columns_give(&columns, log_f);
done:
    gz_columns_free(&columns);
    gz_release(mollifier);
    gz_release(norm);
    gz_release(level);
    gz_release(out);
    return status;
}

/* --- in v ----------------------------------------------------------------------------------------------- */

/* Fill exp(1 - <z/beta>) for all differences z of two nodes: 2n - 1 along each axis, row-major. */
static void fill_differences(const gz_phase_grid *grid, double beta, double *table) {
    const size_t width = 2 * grid->nodes - 1;
    size_t total = 1;
    for (int a = 0; a < grid->velocity_dim; a++) total *= width;
    for (size_t i = 0; i < total; i++) {
        double r2 = 0;
        size_t rest = i;
        for (int a = 0; a < grid->velocity_dim; a++, rest /= width) {
            const double z = ((double)(rest % width) - (double)(grid->nodes - 1)) * grid->spacing / beta;
            r2 += z * z;
        }
        table[i] = exp(-r2 / (1 + sqrt(1 + r2)));
    }
}

/* sum_q M(q - p) g_q over the nodes of one cell. */
static double sum_around(const gz_phase_grid *grid, const double *table, const double *g, size_t p) {
    const size_t n = grid->nodes, width = 2 * n - 1, rows = grid->node_count / n;
    double sum = 0;
    for (size_t row = 0; row < rows; row++) {
        size_t place = 0; /* place of q - p in the table, for the first node q of the row */
        for (int a = 0; a < grid->velocity_dim; a++)
            place = place * width + gz_phase_grid_node_index(grid, row * n, a) + (n - 1) -
                    gz_phase_grid_node_index(grid, p, a);
        const double *restrict weight = table + place, *restrict value = g + row * n;
        double part = 0;
        for (size_t q = 0; q < n; q++) part += weight[q] * value[q];
        sum += part;
    }
    return sum;
}

/* out_p = sum_q M(q - p) g_q in every cell. */
static void sum_everywhere(const gz_phase_grid *grid, const double *table, const double *g, size_t size,
                           double *out) {
#pragma omp parallel for num_threads(grid->threads)
    for (size_t i = 0; i < size; i++)
        out[i] = sum_around(grid, table, g + i / grid->node_count * grid->node_count, i % grid->node_count);
}

gz_status gz_mollify_velocity(gz_context *context, const gz_phase_grid *grid, double beta, double *log_f) {
    const size_t nodes = grid->node_count;
    size_t total = 1;
    double *table = NULL, *norm = NULL, *level = NULL, *out = NULL;
    gz_status status = GZ_OK;
    for (int a = 0; a < grid->velocity_dim; a++) total *= 2 * grid->nodes - 1;
    GZ_TRY_ELSE(status, gz_allocate(context, total, sizeof(double), &table), done);
    GZ_TRY_ELSE(status, gz_allocate(context, nodes, sizeof(double), &norm), done);
    GZ_TRY_ELSE(status, gz_allocate(context, grid->cell_count, sizeof(double), &level), done);
    GZ_TRY_ELSE(status, gz_allocate(context, grid->size, sizeof(double), &out), done);
    fill_differences(grid, beta, table);
    sum_everywhere(grid, table, grid->node_volume, nodes, norm);
    for (size_t c = 0; c < grid->cell_count; c++) level[c] = largest(log_f + c * nodes, nodes, 1);
    for (size_t i = 0; i < grid->size; i++)
        log_f[i] = exp(log_f[i] - level[i / nodes]) * grid->node_volume[i % nodes] / norm[i % nodes];
    sum_everywhere(grid, table, log_f, grid->size, out);
    for (size_t i = 0; i < grid->size; i++) log_f[i] = log(out[i]) + level[i / nodes];
done:
    gz_release(table);
    gz_release(norm);
    gz_release(level);
    gz_release(out);
    return status;
}

/* --- lower bound ---------------------------------------------------------------------------------------- */

/* <v> + <x>, with <x> = 1 where x has no origin. */
static double brackets(const gz_phase_grid *grid, size_t i) {
    const size_t cell = i / grid->node_count;
    double x2 = 0;
    for (int a = 0; a < grid->space_dim && grid->boundary == GZ_BOX; a++) {
        const double x = gz_phase_grid_position(grid, cell, a) - grid->length[a] / 2;
        x2 += x * x;
    }
    return sqrt(1 + grid->node_energy[i % grid->node_count]) + sqrt(1 + x2);
}

void gz_bound_below(const gz_phase_grid *grid, double theta, double a, double *log_f) {
    const double least = 2; /* the least value of the brackets; division by it keeps powers near 1 */
    gz_sum sums[2] = {{0}}; /* the mass of f, and that of the bound */
    for (size_t i = 0; i < grid->size; i++) {
        const double h = grid->node_volume[i % grid->node_count];
        gz_sum_add(&sums[0], h * exp(log_f[i]));
        gz_sum_add(&sums[1], h * pow(brackets(grid, i) / least, -a));
    }
    gz_ranks_add_sums(grid->ranks, 2, sums);
    const double keep = log1p(-theta), level = log(theta * gz_sum_value(sums[0]) / gz_sum_value(sums[1]));
    for (size_t i = 0; i < grid->size; i++) {
        const double f = keep + log_f[i], g = level - a * log(brackets(grid, i) / least);
        log_f[i] = fmax(f, g) + log1p(exp(-fabs(f - g)));
    }
}
