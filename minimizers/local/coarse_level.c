/* Coarse level: Q1 elements on every ratio-th node. See coarse_level.h. */
#include "coarse_level.h"

#include "coarse_transfer.h"
#include "sparse_factors.h"

#include <omp.h>

enum { CORNERS = 8, CORNER_PAIRS = CORNERS * (CORNERS + 1) / 2 };

struct gz_coarse_level {
    gz_context *context;
    const gz_mobility *mobility;
    const gz_phase_grid *grid;
    gz_coarse_transfer transfer;
    size_t stride[GZ_MAX_DIM];                   /* in a coarse cell */
    size_t elements;                             /* of a cell */
    size_t corners;                              /* 2^d */
    size_t corner[CORNERS];                      /* place of a corner of an element relative to its first */
    double unit[GZ_MAX_PAIRS][CORNERS][CORNERS]; /* int d_a phi_i d_b phi_j + d_b phi_i d_a phi_j (a < b) */
    int *place;                                  /* [element][CORNER_PAIRS]: in the value array */
    gz_sparse_factors *factors;
    double *work; /* [thread][GZ_MAX_PAIRS][coarse node] */
    const double *diag;
    double dt;
};

void gz_coarse_level_destroy(gz_coarse_level *s) {
    if (!s) return;
    gz_sparse_factors_destroy(s->factors);
    gz_coarse_transfer_free(&s->transfer);
    gz_release(s->place);
    gz_release(s->work);
    gz_release(s);
}

/* Bit a of a corner: whether it is at the upper end of axis a. */
static int upper(size_t corner, int axis) {
    return (int)(corner >> axis & 1);
}

/* int d_a phi_i d_b phi_j on the unit cube: a product over axes of  int phi_i' phi_j' = +-1,
 * int phi_i' phi_j = +-1/2,  int phi_i phi_j = 1/3 or 1/6. */
static double unit_integral(int d, int a, int b, size_t i, size_t j) {
    double product = 1;
    for (int k = 0; k < d; k++) {
        const double si = upper(i, k) ? 1 : -1, sj = upper(j, k) ? 1 : -1;
        if (k == a && k == b)
            product *= si * sj;
        else if (k == a || k == b)
            product *= (k == a ? si : sj) / 2;
        else
            product *= si == sj ? 1. / 3 : 1. / 6;
    }
    return product;
}

static void tabulate_unit(gz_coarse_level *s) {
    const int d = s->grid->velocity_dim;
    for (int a = 0; a < d; a++)
        for (int b = a; b < d; b++)
            for (size_t i = 0; i < s->corners; i++)
                for (size_t j = 0; j < s->corners; j++)
                    s->unit[gz_pair_index(d, a, b)][i][j] =
                        unit_integral(d, a, b, i, j) + (a == b ? 0 : unit_integral(d, b, a, i, j));
}

/* First node of an element, and the indices of the element along the axes. */
static size_t element_first(const gz_coarse_level *s, size_t element, size_t index[GZ_MAX_DIM]) {
    size_t first = 0;
    for (int a = s->grid->velocity_dim - 1; a >= 0; a--) {
        index[a] = element % (s->transfer.coarse - 1);
        element /= s->transfer.coarse - 1;
        first += index[a] * s->stride[a];
    }
    return first;
}

static gz_status make_factors(gz_coarse_level *s) {
    const size_t count = s->elements * CORNER_PAIRS;
    int64_t *keys = NULL;
    GZ_TRY(gz_allocate(s->context, count, sizeof *s->place, &s->place));
    GZ_TRY(gz_allocate(s->context, count, sizeof *keys, &keys));
    for (size_t e = 0, k = 0; e < s->elements; e++) {
        size_t index[GZ_MAX_DIM];
        const size_t first = element_first(s, e, index);
        for (size_t i = 0; i < CORNERS; i++)
            for (size_t j = 0; j <= i; j++, k++)
                keys[k] = i < s->corners ? gz_sparse_key(first + s->corner[i], first + s->corner[j]) : -1;
    }
    const gz_status status = gz_sparse_factors_create(s->context, s->grid->cell_count, s->transfer.nodes,
                                                      count, keys, s->place, &s->factors);
    gz_release(keys);
    return status;
}

static gz_status fill(gz_coarse_level *s, size_t ratio) {
    const int d = s->grid->velocity_dim;
    const size_t threads = (size_t)gz_context_threads(s->context);
    GZ_TRY(gz_coarse_transfer_init(s->context, s->grid, ratio, &s->transfer));
    size_t nodes = 1;
    s->elements = 1;
    for (int a = d - 1; a >= 0; a--) {
        s->stride[a] = nodes;
        nodes *= s->transfer.coarse;
        s->elements *= s->transfer.coarse - 1;
    }
    s->corners = (size_t)1 << d;
    for (size_t c = 0; c < s->corners; c++)
        for (int a = 0; a < d; a++) s->corner[c] += upper(c, a) ? s->stride[a] : 0;
    tabulate_unit(s);
    GZ_TRY(gz_allocate(s->context, threads * GZ_MAX_PAIRS * nodes, sizeof(double), &s->work));
    return make_factors(s);
}

gz_status gz_coarse_level_create(gz_context *context, const gz_mobility *mobility, size_t ratio,
                                 gz_coarse_level **level) {
    *level = NULL;
    gz_coarse_level *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->context = context;
    s->mobility = mobility;
    s->grid = gz_mobility_grid(mobility);
    const gz_status status = fill(s, ratio);
    if (status != GZ_OK) {
        gz_coarse_level_destroy(s);
        return status;
    }
    *level = s;
    return GZ_OK;
}

static double *thread_work(const gz_coarse_level *s, int thread) {
    return s->work + (size_t)thread * GZ_MAX_PAIRS * s->transfer.nodes;
}

static void assemble(const void *user, size_t cell, double *value) {
    const gz_coarse_level *s = user;
    const gz_coarse_transfer *t = &s->transfer;
    const int d = s->grid->velocity_dim, thread = omp_get_thread_num();
    const size_t shift = cell * s->grid->node_count;
    double *work = thread_work(s, thread);
    gz_coarse_restrict(t, thread, s->diag + shift, work);
    for (size_t node = 0; node < t->nodes; node++)
        value[gz_sparse_factors_diagonal(s->factors, node)] += work[node];
    for (int a = 0; a < d; a++)
        for (int b = a; b < d; b++)
            gz_coarse_collect(t, thread, gz_mobility_weight(s->mobility) + shift,
                              gz_mobility_tensor(s->mobility, a, b) + shift,
                              work + (size_t)gz_pair_index(d, a, b) * t->nodes);
    for (size_t e = 0; e < s->elements; e++) {
        size_t index[GZ_MAX_DIM];
        double length[GZ_MAX_DIM];
        const size_t first = element_first(s, e, index);
        for (int a = 0; a < d; a++)
            length[a] = s->grid->spacing * (double)(t->place[index[a] + 1] - t->place[index[a]]);
        const int *place = s->place + e * CORNER_PAIRS;
        for (int a = 0; a < d; a++)
            for (int b = a; b < d; b++) {
                const int p = gz_pair_index(d, a, b);
                const double C = work[(size_t)p * t->nodes + first],
                             factor = s->dt * C / (length[a] * length[b]);
                for (size_t i = 0, k = 0; i < s->corners; i++)
                    for (size_t j = 0; j <= i; j++, k++) value[place[k]] += factor * s->unit[p][i][j];
            }
    }
}

gz_status gz_coarse_level_update(gz_coarse_level *s, const double *diag, double dt) {
    s->diag = diag;
    s->dt = dt;
    return gz_sparse_factors_update(s->factors, assemble, s);
}

bool gz_coarse_level_correct(gz_coarse_level *s, size_t cell, int thread, const double *r, double *z) {
    double *rhs = thread_work(s, thread), *x = rhs + s->transfer.nodes;
    gz_coarse_restrict(&s->transfer, thread, r, rhs);
    if (!gz_sparse_factors_solve(s->factors, cell, thread, rhs, x)) return false;
    gz_coarse_prolong_add(&s->transfer, thread, x, z);
    return true;
}
