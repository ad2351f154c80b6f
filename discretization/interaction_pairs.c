/* Interaction by pair sums: the reference, O(N^2) in the nodes.
 *
 * kappa is applied first, by a plain sum over cells along x. Then a(v - v*) is summed over all pairs of
 * nodes, from a table on the (2n-1)^d velocity differences.
 */
#include "columns.h"
#include "interaction.h"

#include <string.h>

typedef struct pair_sums {
    const gz_phase_grid *grid;
    double *kappa; /* gz_kappa_values */
    gz_columns columns;
    double *table[GZ_MAX_PAIRS]; /* [difference]: a_ab, each axis of length 2n-1 */
    size_t *place; /* [node]: centre + place(p) - place(q) is the table index of the difference p - q */
    size_t centre;
    double *smooth[GZ_MAX_DIM]; /* [cell][node]: the fields after kappa */
    double *sums;               /* [cell of the whole grid][own node]: columns after kappa */
} pair_sums;

static void destroy(void *self) {
    pair_sums *s = self;
    if (!s) return;
    gz_release(s->kappa);
    gz_release(s->place);
    for (int p = 0; p < GZ_MAX_PAIRS; p++) gz_release(s->table[p]);
    for (int a = 0; a < GZ_MAX_DIM; a++) gz_release(s->smooth[a]);
    gz_release(s->sums);
    gz_columns_free(&s->columns);
    gz_release(s);
}

static gz_status create(gz_context *context, const gz_phase_grid *grid, const gz_mobility_settings *settings,
                        const gz_lattice_kernel *kernel, void **self) {
    pair_sums *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    *self = s;
    s->grid = grid;
    const int d = grid->velocity_dim, pairs = gz_pair_count(d);
    const size_t width = 2 * grid->nodes - 1;
    size_t extent[GZ_MAX_DIM], differences = 1;
    GZ_TRY(gz_allocate(context, gz_kappa_extent(grid, extent), sizeof(double), &s->kappa));
    gz_kappa_values(&settings->kappa, grid, s->kappa);
    for (int a = 0; a < d; a++) {
        differences *= width;
        s->centre = s->centre * width + grid->nodes - 1;
        GZ_TRY(gz_allocate(context, grid->size, sizeof(double), &s->smooth[a]));
    }
    GZ_TRY(gz_columns_init(context, grid, &s->columns));
    GZ_TRY(gz_allocate(context, grid->all_cells * s->columns.count, sizeof(double), &s->sums));
    for (int p = 0; p < pairs; p++) GZ_TRY(gz_allocate(context, differences, sizeof(double), &s->table[p]));
    GZ_TRY(gz_allocate(context, grid->node_count, sizeof(size_t), &s->place));
    for (size_t i = 0; i < differences; i++) {
        double z[GZ_MAX_DIM], a[GZ_MAX_PAIRS];
        size_t rest = i;
        for (int k = d - 1; k >= 0; k--) {
            z[k] = ((double)(rest % width) - (double)(grid->nodes - 1)) * grid->spacing;
            rest /= width;
        }
        gz_lattice_kernel_tensor(kernel, z, a);
        for (int p = 0; p < pairs; p++) s->table[p][i] = a[p];
    }
    for (size_t node = 0; node < grid->node_count; node++)
        for (int a = 0; a < d; a++)
            s->place[node] = s->place[node] * width + gz_phase_grid_node_index(grid, node, a);
    return GZ_OK;
}

/* smooth_i = sum_j kappa_ij dx g_j. */
static void apply_kappa(pair_sums *s, const double *g, double *smooth) {
    const gz_phase_grid *grid = s->grid;
    const size_t nodes = s->columns.count, size = grid->all_cells * nodes;
    memcpy(smooth, g, grid->size * sizeof *smooth);
    double *columns = gz_columns_take(&s->columns, smooth), *sums = s->sums;
    memset(sums, 0, size * sizeof *sums);
#pragma omp parallel for num_threads(s->grid->threads)
    for (size_t i = 0; i < grid->all_cells; i++)
        for (size_t j = 0; j < grid->all_cells; j++) {
            const double weight = gz_kappa_between(s->kappa, grid, i, j) * grid->cell_volume;
            for (size_t k = 0; k < nodes; k++) sums[i * nodes + k] += weight * columns[j * nodes + k];
        }
    memcpy(columns, sums, size * sizeof *columns);
    gz_columns_give(&s->columns, smooth);
}

/* sum_q table(p - q) g(q) over the nodes q of a cell. */
static double sum_over_nodes(const pair_sums *s, const double *table, const double *g, size_t p) {
    double sum = 0;
    for (size_t q = 0; q < s->grid->node_count; q++)
        sum += table[s->centre + s->place[p] - s->place[q]] * g[q];
    return sum;
}

static void tensor(void *self, double *g, double *const out[GZ_MAX_PAIRS]) {
    pair_sums *s = self;
    const size_t nodes = s->grid->node_count;
    const int pairs = gz_pair_count(s->grid->velocity_dim);
    apply_kappa(s, g, s->smooth[0]);
#pragma omp parallel for num_threads(s->grid->threads)
    for (size_t i = 0; i < s->grid->size; i++)
        for (int pair = 0; pair < pairs; pair++)
            out[pair][i] = sum_over_nodes(s, s->table[pair], s->smooth[0] + i / nodes * nodes, i % nodes);
}

static void drift(void *self, double *const field[GZ_MAX_DIM]) {
    pair_sums *s = self;
    const size_t nodes = s->grid->node_count;
    const int d = s->grid->velocity_dim;
    for (int a = 0; a < d; a++) apply_kappa(s, field[a], s->smooth[a]);
#pragma omp parallel for num_threads(s->grid->threads)
    for (size_t i = 0; i < s->grid->size; i++)
        for (int a = 0; a < d; a++) {
            double sum = 0;
            for (int b = 0; b < d; b++)
                sum += sum_over_nodes(s, s->table[gz_pair_index(d, a, b)], s->smooth[b] + i / nodes * nodes,
                                      i % nodes);
            field[a][i] = sum;
        }
}

const gz_interaction_method gz_interaction_pairs = {"pairs", create, destroy, tensor, drift};
