/* Mobility: the action density of the optimal rate, without a sum over pairs. With q = Gw,
 *
 *   e_p = sum_q (h dx)_q kappa m_q |grad~_pq w|^2 = (q.T q - 2 q.b + s)_p,
 *   s = sum_ab (kappa (x) a_ab) * (h m q_a q_b),
 *
 * since |grad~_pq w|^2 = (q_p - q_q).a (q_p - q_q). For one a, the sum over b in s is a component of the
 * drift convolution of (h m q_a q_b)_b, so s takes d drift convolutions. m e/2 is the action density of U =
 * -kappa m m* grad~ w, and h e is the derivative of <w, K(m) w> by m. In a mixture q_s/m_s stands for q, and s has
 * c_st/m_t^2 where the drift convolution has c_st/(m_s m_t).
 *
 * Of collisions other than Landau's the density is m (q - b/T).T (q - b/T) = m (q.T q - 2 q.b + b.b/T), T being
 * a multiple of Id.
 */
#include "mobility_internal.h"

#include <omp.h>
#include <string.h>

/* An operation on the gradient q of a cell, [axis][node]. */
typedef void (*use)(gz_mobility *k, size_t cell, int axis, double *const q[], double *e);

/* q of every cell in turn, in arrays of the thread that are free between applications. */
static void for_gradients(gz_mobility *k, const double *w, use run, int axis, double *e) {
    const gz_cell_fields form = gz_mobility_form(k);
#pragma omp parallel for num_threads(gz_context_threads(k->context))
    for (size_t cell = 0; cell < k->grid->cell_count; cell++) {
        const int thread = omp_get_thread_num();
        const gz_cell_work *work = &k->stencil.work[thread];
        const gz_cell_fields fields = gz_cell_fields_at(k->grid, &form, cell);
        double *const q[GZ_MAX_DIM] = {work->flux0, work->steep0, work->rate0};
        gz_cell_stencil_gradient(&k->stencil, thread, fields.theta, (gz_rows){0, k->grid->nodes},
                                 w + cell * k->grid->node_count, q);
        run(k, cell, axis, q, e);
    }
}

/* drift_b = h m q_a q_b/m_t for one a. */
static void square(gz_mobility *k, size_t cell, int a, double *const q[], double *e) {
    (void)e;
    const size_t shift = cell * k->grid->node_count;
    const double mass = gz_phase_grid_mass(k->grid, cell);
    for (int b = 0; b < k->grid->velocity_dim; b++)
        for (size_t p = 0; p < k->grid->node_count; p++)
            k->drift[b][shift + p] = k->weight[shift + p] * q[a][p] * q[b][p] / mass;
}

/* e += b.b/T, where the drift holds b. */
static void add_drift(gz_mobility *k, double *e) {
    for (int a = 0; a < k->grid->velocity_dim; a++) {
        const double *T = k->tensor[gz_pair_index(k->grid->velocity_dim, a, a)], *b = k->drift[a];
        for (size_t p = 0; p < k->grid->size; p++) e[p] += T[p] > 0 ? b[p] * b[p] / T[p] : 0;
    }
}

/* e = q.T q - 2 q.b, where the drift holds b. */
static void quadratic(gz_mobility *k, size_t cell, int axis, double *const q[], double *e) {
    (void)axis;
    const int d = k->grid->velocity_dim;
    const size_t shift = cell * k->grid->node_count;
    for (size_t p = 0; p < k->grid->node_count; p++) {
        double sum = 0;
        for (int a = 0; a < d; a++) {
            double Tq = 0;
            for (int b = 0; b < d; b++) Tq += k->tensor[gz_pair_index(d, a, b)][shift + p] * q[b][p];
            sum += q[a][p] * (Tq - 2 * k->drift[a][shift + p]);
        }
        e[shift + p] = sum;
    }
}

/* e = q.T q - 2 q.b of w, and b in the drift. */
static void make_quadratic(gz_mobility *k, const double *w, double *e) {
    gz_cell_fields form = gz_mobility_form(k);
    if (!k->method->drift)
        for (int a = 0; a < k->grid->velocity_dim; a++)
            memset(k->drift[a], 0, k->grid->size * sizeof(double));
    gz_mobility_make_drift(k, w, &form);
    for_gradients(k, w, quadratic, 0, e);
}

void gz_mobility_pair_energy(gz_mobility *k, const double *w, double *e) {
    const size_t nodes = k->grid->node_count;
    make_quadratic(k, w, e);
    for (int a = 0; a < k->grid->velocity_dim; a++) {
        for_gradients(k, w, square, a, e);
        k->method->drift(k->interaction, k->drift);
        for (size_t p = 0; p < k->grid->size; p++)
            e[p] += gz_phase_grid_mass(k->grid, p / nodes) * k->drift[a][p];
    }
}

/* Each window of a cell adds c (S w)^2 to the density, in equal parts at its nodes. */
static void add_sawtooth(gz_mobility *k, size_t cell, const double *w, double *density, double *rate) {
    const gz_derivative *g = &k->derivative;
    const size_t nodes = k->grid->node_count, shift = cell * nodes;
    for (int a = 0; a < k->grid->velocity_dim; a++) {
        gz_derivative_sawtooth(g, a, w + shift, rate);
        for (size_t node = 0; node < nodes; node++) {
            const double c = k->sawtooth[a][shift + node];
            for (size_t j = 0; c > 0 && j <= g->saw_degree; j++) {
                const size_t at = node + j * k->grid->stride[a];
                density[shift + at] +=
                    c * rate[node] * rate[node] / ((double)(g->saw_degree + 1) * k->grid->node_volume[at]);
            }
        }
    }
}

void gz_mobility_action_density(gz_mobility *k, const double *w, double *density) {
    const size_t nodes = k->grid->node_count;
    const bool pairs = k->settings.collisions.kind == GZ_LANDAU;
    if (pairs)
        gz_mobility_pair_energy(k, w, density);
    else
        make_quadratic(k, w, density);
    if (!pairs && k->method->drift) add_drift(k, density);
    for (size_t p = 0; p < k->grid->size; p++)
        density[p] *= k->weight[p] / ((pairs ? 2 : 1) * k->grid->node_volume[p % nodes]);
    double *rate = k->stencil.work[0].rate0; /* free between applications */
    for (size_t cell = 0; cell < k->grid->cell_count; cell++) add_sawtooth(k, cell, w, density, rate);
}
