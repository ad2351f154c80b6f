/* Local factor: the entries of M are sums of products of stencil coefficients. Quadrature node i of the form
 * <Gw, h m T Gw> couples the stencil nodes of all axes at i, and a sawtooth window couples its own nodes.
 * `place` says where in the matrix each product goes (sparse_factors.h).
 */
#include "local_factor.h"

#include "sparse_factors.h"

enum { ENTRIES = GZ_MAX_DIM * GZ_MAX_STENCIL };

struct gz_local_factor {
    gz_context *context;
    const gz_mobility *mobility;
    const gz_phase_grid *grid;
    gz_sparse_factors *factors;
    size_t entries;     /* stencil entries of a node, over all axes */
    size_t saw;         /* nodes of a window */
    int *place;         /* [node][entries (entries + 1)/2], then [axis][node][saw (saw + 1)/2]; -1 unused */
    const double *diag; /* of the matrix being assembled */
    double dt;
};

void gz_local_factor_destroy(gz_local_factor *s) {
    if (!s) return;
    gz_sparse_factors_destroy(s->factors);
    gz_release(s->place);
    gz_release(s);
}

/* Stencil entries of all axes at a node: axis, in-cell index difference, coefficient. Returns the count. */
static size_t node_entries(const gz_local_factor *s, const double *const theta[GZ_MAX_DIM], size_t node,
                           int axis[ENTRIES], ptrdiff_t offset[ENTRIES], double coefficient[ENTRIES]) {
    size_t count = 0;
    for (int a = 0; a < s->grid->velocity_dim; a++) {
        const gz_stencil_row row = gz_derivative_row(gz_mobility_derivative(s->mobility), a, theta[a], node);
        for (size_t j = 0; j < row.count; j++, count++) {
            axis[count] = a;
            offset[count] = row.offset[j];
            coefficient[count] = row.coefficient[j];
        }
    }
    return count;
}

/* Keys of all products, in the order of `place`. */
static void list_keys(const gz_local_factor *s, int64_t *keys) {
    const double *const no_switch[GZ_MAX_DIM] = {0};
    const gz_derivative *g = gz_mobility_derivative(s->mobility);
    size_t k = 0;
    for (size_t node = 0; node < s->grid->node_count; node++) {
        int axis[ENTRIES];
        ptrdiff_t offset[ENTRIES];
        double coefficient[ENTRIES];
        const size_t count = node_entries(s, no_switch, node, axis, offset, coefficient);
        for (size_t i = 0; i < s->entries; i++)
            for (size_t j = 0; j <= i; j++)
                keys[k++] = i >= count ? -1
                                       : gz_sparse_key((size_t)((ptrdiff_t)node + offset[i]),
                                                       (size_t)((ptrdiff_t)node + offset[j]));
    }
    for (int a = 0; a < s->grid->velocity_dim; a++)
        for (size_t node = 0; node < s->grid->node_count; node++) {
            const bool starts = gz_derivative_has_window(g, a, node);
            for (size_t i = 0; i < s->saw; i++)
                for (size_t j = 0; j <= i; j++)
                    keys[k++] =
                        !starts ? -1
                                : gz_sparse_key(node + i * s->grid->stride[a], node + j * s->grid->stride[a]);
        }
}

static gz_status fill(gz_local_factor *s) {
    const gz_derivative *g = gz_mobility_derivative(s->mobility);
    const size_t nodes = s->grid->node_count, d = (size_t)s->grid->velocity_dim;
    s->entries = d * (g->reach > 1 ? 2 * g->reach : 3);
    s->saw = g->saw_degree + 1;
    const size_t count = nodes * s->entries * (s->entries + 1) / 2 + d * nodes * s->saw * (s->saw + 1) / 2;
    int64_t *keys = NULL;
    GZ_TRY(gz_allocate(s->context, count, sizeof(int), &s->place));
    GZ_TRY(gz_allocate(s->context, count, sizeof *keys, &keys));
    list_keys(s, keys);
    const gz_status status =
        gz_sparse_factors_create(s->context, s->grid->cell_count, nodes, count, keys, s->place, &s->factors);
    gz_release(keys);
    return status;
}

gz_status gz_local_factor_create(gz_context *context, const gz_mobility *mobility, gz_local_factor **factor) {
    *factor = NULL;
    gz_local_factor *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->context = context;
    s->mobility = mobility;
    s->grid = gz_mobility_grid(mobility);
    const gz_status status = fill(s);
    if (status != GZ_OK) {
        gz_local_factor_destroy(s);
        return status;
    }
    *factor = s;
    return GZ_OK;
}

/* The values of a cell's matrix: sums over quadrature nodes and windows of products of coefficients. */
static void assemble(const void *user, size_t cell, double *value) {
    const gz_local_factor *s = user;
    const int d = s->grid->velocity_dim;
    const gz_derivative *g = gz_mobility_derivative(s->mobility);
    const size_t nodes = s->grid->node_count, shift = cell * nodes;
    const double *weight = gz_mobility_weight(s->mobility) + shift, *theta[GZ_MAX_DIM] = {0},
                 *tensor[GZ_MAX_PAIRS];
    for (int a = 0; a < d; a++) {
        const double *th = gz_mobility_theta(s->mobility, a);
        theta[a] = th ? th + shift : NULL;
        for (int b = a; b < d; b++)
            tensor[gz_pair_index(d, a, b)] = gz_mobility_tensor(s->mobility, a, b) + shift;
    }
    const int *place = s->place;
    for (size_t node = 0; node < nodes; node++, place += s->entries * (s->entries + 1) / 2) {
        int axis[ENTRIES];
        ptrdiff_t offset[ENTRIES];
        double coefficient[ENTRIES];
        const size_t count = node_entries(s, theta, node, axis, offset, coefficient);
        size_t k = 0;
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j <= i; j++, k++) {
                /* clang's analyzer forgets that the first `count` entries were written.
                   NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
                const double T = tensor[gz_pair_index(d, axis[i], axis[j])][node];
                const double twice = i != j && offset[i] == offset[j] ? 2 : 1;
                value[place[k]] += twice * s->dt * weight[node] * T * coefficient[i] * coefficient[j];
            }
    }
    for (int a = 0; a < d; a++) {
        const double *c = gz_mobility_sawtooth(s->mobility, a) + shift;
        for (size_t node = 0; node < nodes; node++, place += s->saw * (s->saw + 1) / 2) {
            if (c[node] == 0) continue;
            size_t k = 0;
            for (size_t i = 0; i < s->saw; i++)
                for (size_t j = 0; j <= i; j++, k++)
                    value[place[k]] += s->dt * c[node] * g->saw[i] * g->saw[j];
        }
    }
    for (size_t node = 0; node < nodes; node++)
        value[gz_sparse_factors_diagonal(s->factors, node)] += s->diag[shift + node];
}

gz_status gz_local_factor_update(gz_local_factor *s, const double *diag, double dt) {
    s->diag = diag;
    s->dt = dt;
    return gz_sparse_factors_update(s->factors, assemble, s);
}

bool gz_local_factor_solve(gz_local_factor *s, size_t cell, int thread, const double *r, double *z) {
    return gz_sparse_factors_solve(s->factors, cell, thread, r, z);
}

bool gz_local_factor_out_of_memory(const gz_local_factor *s) {
    return gz_sparse_factors_out_of_memory(s->factors);
}
