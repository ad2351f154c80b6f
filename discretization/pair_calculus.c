/* Pair calculus on explicit pairs p = (cell, node), q = (cell*, node*).
 *
 * With R = sqrt(A) P, W = h dx and a general U (not only an antisymmetric one), the adjoint of
 * grad~_{pq} g = R_pq ((Gg)_p - (Gg)_q) is, since R is even in v - v*,
 *   div~ U = - sum_a G_a^T F_a,   F_p = h_p dx sum_q h_q R_pq (U_pq - U_qp).
 * R depends on v - v* alone and is tabulated on the (2n-1)^d differences. Sums over q are compensated, and
 * sums over p are done in order, so results do not depend on the number of threads.
 */
#include "pair_calculus.h"

#include "compensated_sum.h"

#include <math.h>
#include <string.h>

typedef struct pair_space {
    const gz_phase_grid *grid;
    const gz_mobility *mobility;
    int threads;
    double *kappa;   /* [cell][cell*], in a mixture times c_st */
    double *root;    /* [difference][a][b]: R, each axis of differences of length 2n-1 */
    size_t centre;   /* centre + place(p) - place(q) is the place of v_p - v_q among the differences */
    size_t *place;   /* [point] */
    size_t *cell;    /* [point] */
    double *volume;  /* [point]: h */
    double *density; /* [point]: m */
    double *field;   /* [point][a]: Gg/m_s, or F/m_s */
    double *scratch; /* [point] */
    gz_sum *partial; /* [point]: sums over q */
} pair_space;

/* R = a^(1/2) = a / sqrt(A), since a = A P, with A = trace a / (d-1). At z = 0 a is a multiple of Id. */
void gz_pair_root(const gz_lattice_kernel *kernel, const double *z, double *R) {
    const int d = kernel->velocity_dim;
    double a[GZ_MAX_PAIRS], trace = 0, z2 = 0;
    gz_lattice_kernel_tensor(kernel, z, a);
    for (int i = 0; i < d; i++) {
        trace += a[gz_pair_index(d, i, i)];
        z2 += z[i] * z[i];
    }
    const double root = sqrt(trace / (z2 > 0 ? d - 1 : d));
    for (int i = 0; i < d; i++)
        for (int j = 0; j < d; j++) R[i * d + j] = root > 0 ? a[gz_pair_index(d, i, j)] / root : 0;
}

static gz_status tabulate_kappa(gz_context *context, pair_space *s) {
    const gz_phase_grid *grid = s->grid;
    const size_t cells = grid->cell_count;
    size_t extent[GZ_MAX_DIM];
    double *values = NULL;
    GZ_TRY(gz_allocate(context, cells * cells, sizeof(double), &s->kappa));
    GZ_TRY(gz_allocate(context, gz_kappa_extent(grid, extent), sizeof(double), &values));
    gz_kappa_values(&gz_mobility_get_settings(s->mobility)->kappa, grid, values);
    for (size_t i = 0; i < cells; i++)
        for (size_t j = 0; j < cells; j++)
            s->kappa[i * cells + j] =
                gz_mobility_rate(s->mobility, i, j) *
                gz_kappa_between(values, grid, gz_phase_grid_x_cell(grid, i), gz_phase_grid_x_cell(grid, j));
    gz_release(values);
    return GZ_OK;
}

static gz_status tabulate_root(gz_context *context, pair_space *s) {
    const gz_phase_grid *grid = s->grid;
    const int d = grid->velocity_dim;
    const size_t width = 2 * grid->nodes - 1, entries = (size_t)(d * d);
    size_t differences = 1;
    for (int a = 0; a < d; a++) {
        differences *= width;
        s->centre = s->centre * width + grid->nodes - 1;
    }
    GZ_TRY(gz_allocate(context, differences * entries, sizeof(double), &s->root));
    for (size_t i = 0; i < differences; i++) {
        double z[GZ_MAX_DIM];
        size_t rest = i;
        for (int a = d - 1; a >= 0; a--) {
            z[a] = ((double)(rest % width) - (double)(grid->nodes - 1)) * grid->spacing;
            rest /= width;
        }
        gz_pair_root(gz_mobility_lattice(s->mobility), z, s->root + i * entries);
    }
    return GZ_OK;
}

static gz_status list_points(gz_context *context, pair_space *s) {
    const gz_phase_grid *grid = s->grid;
    const size_t d = (size_t)grid->velocity_dim, width = 2 * grid->nodes - 1;
    GZ_TRY(gz_allocate(context, grid->size, sizeof(size_t), &s->place));
    GZ_TRY(gz_allocate(context, grid->size, sizeof(size_t), &s->cell));
    GZ_TRY(gz_allocate(context, grid->size, sizeof(double), &s->volume));
    GZ_TRY(gz_allocate(context, grid->size, sizeof(double), &s->density));
    GZ_TRY(gz_allocate(context, grid->size * d, sizeof(double), &s->field));
    GZ_TRY(gz_allocate(context, grid->size, sizeof(double), &s->scratch));
    GZ_TRY(gz_allocate(context, grid->size, sizeof(gz_sum), &s->partial));
    for (size_t p = 0; p < grid->size; p++) {
        const size_t node = p % grid->node_count;
        for (size_t a = 0; a < d; a++)
            s->place[p] = s->place[p] * width + gz_phase_grid_node_index(grid, node, (int)a);
        s->cell[p] = p / grid->node_count;
        s->volume[p] = grid->node_volume[node];
        s->density[p] = gz_mobility_weight(s->mobility)[p] / s->volume[p];
    }
    return GZ_OK;
}

static void close_space(pair_space *s) {
    gz_release(s->kappa);
    gz_release(s->root);
    gz_release(s->place);
    gz_release(s->cell);
    gz_release(s->volume);
    gz_release(s->density);
    gz_release(s->field);
    gz_release(s->scratch);
    gz_release(s->partial);
}

static gz_status open_space(gz_context *context, const gz_mobility *mobility, pair_space *s) {
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    *s = (pair_space){.grid = grid, .mobility = mobility, .threads = gz_context_threads(context)};
    gz_status status = GZ_OK;
    GZ_TRY_ELSE(status, tabulate_kappa(context, s), fail);
    GZ_TRY_ELSE(status, tabulate_root(context, s), fail);
    GZ_TRY_ELSE(status, list_points(context, s), fail);
    return GZ_OK;
fail:
    close_space(s);
    return status;
}

static const double *theta_of(const pair_space *s, int axis, size_t cell) {
    const double *theta = gz_mobility_theta(s->mobility, axis);
    return theta ? theta + cell * s->grid->node_count : NULL;
}

/* field = Gg/m_s. */
static void take_gradient(pair_space *s, const double *g) {
    const size_t nodes = s->grid->node_count, d = (size_t)s->grid->velocity_dim;
    for (size_t a = 0; a < d; a++)
        for (size_t cell = 0; cell < s->grid->cell_count; cell++) {
            gz_derivative_apply(gz_mobility_derivative(s->mobility), (int)a, theta_of(s, (int)a, cell),
                                g + cell * nodes, s->scratch);
            const double mass = gz_phase_grid_mass(s->grid, cell);
            for (size_t p = 0; p < nodes; p++) s->field[(cell * nodes + p) * d + a] = s->scratch[p] / mass;
        }
}

/* V_a = S_a w, or, if optimal, V_a = -c_a S_a w. */
static void take_sawtooth(const pair_space *s, const double *w, bool optimal, double *V) {
    const size_t nodes = s->grid->node_count, size = s->grid->size;
    for (int a = 0; a < s->grid->velocity_dim; a++)
        for (size_t cell = 0; cell < s->grid->cell_count; cell++) {
            const double *c = gz_mobility_sawtooth(s->mobility, a) + cell * nodes;
            double *rate = V + (size_t)a * size + cell * nodes;
            gz_derivative_sawtooth(gz_mobility_derivative(s->mobility), a, w + cell * nodes, rate);
            for (size_t p = 0; optimal && p < nodes; p++) rate[p] *= -c[p];
        }
}

/* out = R_pq (x - y). */
static inline void root_times(const pair_space *s, size_t p, size_t q, const double *x, const double *y,
                              double *restrict out) {
    const size_t d = (size_t)s->grid->velocity_dim;
    const double *R = s->root + (s->centre + s->place[p] - s->place[q]) * d * d;
    for (size_t a = 0; a < d; a++) {
        out[a] = 0;
        for (size_t b = 0; b < d; b++) out[a] += R[a * d + b] * (x[b] - y[b]);
    }
}

/* out = grad~_{pq} g, from field = Gg/m_s. */
static inline void pair_gradient(const pair_space *s, size_t p, size_t q, double *restrict out) {
    const size_t d = (size_t)s->grid->velocity_dim;
    root_times(s, p, q, s->field + p * d, s->field + q * d, out);
}

static inline double kappa_of(const pair_space *s, size_t p, size_t q) {
    return s->kappa[s->cell[p] * s->grid->cell_count + s->cell[q]];
}

static double total_of_partial(const pair_space *s) {
    gz_sum sum = {0};
    for (size_t p = 0; p < s->grid->size; p++) gz_sum_add(&sum, gz_sum_value(s->partial[p]));
    return gz_sum_value(sum);
}

static gz_status check_rate(gz_context *context, const gz_mobility *mobility, const gz_grazing_rate *rate) {
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    if (rate->points == grid->size && rate->velocity_dim == grid->velocity_dim) return GZ_OK;
    return gz_fail(
        context, GZ_ERROR_USAGE,
        "the grazing rate has %zu points in dimension %d, the mobility %zu in %d; make it on the same grid",
        rate->points, rate->velocity_dim, grid->size, grid->velocity_dim);
}

gz_status gz_grazing_rate_init(gz_context *context, const gz_phase_grid *grid, gz_grazing_rate *rate) {
    const size_t points = grid->size, d = (size_t)grid->velocity_dim;
    *rate = (gz_grazing_rate){.points = points, .velocity_dim = grid->velocity_dim};
    GZ_TRY(gz_check_one_rank(context, "a grazing rate on explicit pairs", "take fewer ranks"));
    if (points > SIZE_MAX / sizeof(double) / d / points)
        return gz_fail(context, GZ_ERROR_MEMORY,
                       "a grazing rate on %zu points has too many pairs; use a smaller grid", points);
    gz_status status = gz_allocate(context, points * points * d, sizeof(double), &rate->U);
    if (status == GZ_OK) status = gz_allocate(context, points * d, sizeof(double), &rate->V);
    if (status != GZ_OK) gz_grazing_rate_free(rate);
    return status;
}

void gz_grazing_rate_free(gz_grazing_rate *rate) {
    if (!rate) return;
    gz_release(rate->U);
    gz_release(rate->V);
    *rate = (gz_grazing_rate){0};
}

/* rate = (grad~ g, S g), or, if optimal, (-kappa m m* grad~ g, -c S g). */
static gz_status fill_rate(gz_context *context, const gz_mobility *mobility, const double *g, bool optimal,
                           gz_grazing_rate *rate) {
    GZ_TRY(check_rate(context, mobility, rate));
    pair_space s;
    GZ_TRY(open_space(context, mobility, &s));
    const size_t size = s.grid->size, d = (size_t)s.grid->velocity_dim;
    take_gradient(&s, g);
#pragma omp parallel for num_threads(s.threads) schedule(static)
    for (size_t p = 0; p < size; p++)
        for (size_t q = 0; q < size; q++) {
            double *U = rate->U + (p * size + q) * d;
            pair_gradient(&s, p, q, U);
            if (!optimal) continue;
            const double mobility_pq = kappa_of(&s, p, q) * s.density[p] * s.density[q];
            for (size_t a = 0; a < d; a++) U[a] *= -mobility_pq;
        }
    take_sawtooth(&s, g, optimal, rate->V);
    close_space(&s);
    return GZ_OK;
}

gz_status gz_pair_gradient(gz_context *context, const gz_mobility *mobility, const double *g,
                           gz_grazing_rate *rate) {
    return fill_rate(context, mobility, g, false, rate);
}

gz_status gz_pair_optimal_rate(gz_context *context, const gz_mobility *mobility, const double *w,
                               gz_grazing_rate *rate) {
    return fill_rate(context, mobility, w, true, rate);
}

/* field = F. */
static void take_flux(pair_space *s, const double *U) {
    const size_t size = s->grid->size, d = (size_t)s->grid->velocity_dim;
#pragma omp parallel for num_threads(s->threads) schedule(static)
    for (size_t p = 0; p < size; p++) {
        gz_sum sum[GZ_MAX_DIM] = {{0}};
        for (size_t q = 0; q < size; q++) {
            double turned[GZ_MAX_DIM];
            root_times(s, p, q, U + (p * size + q) * d, U + (q * size + p) * d, turned);
            for (size_t a = 0; a < d; a++) gz_sum_add(&sum[a], s->volume[q] * turned[a]);
        }
        for (size_t a = 0; a < d; a++)
            s->field[p * d + a] = s->volume[p] * s->grid->cell_volume * gz_sum_value(sum[a]);
    }
}

gz_status gz_pair_half_divergence(gz_context *context, const gz_mobility *mobility,
                                  const gz_grazing_rate *rate, double *half_divergence) {
    GZ_TRY(check_rate(context, mobility, rate));
    pair_space s;
    GZ_TRY(open_space(context, mobility, &s));
    const size_t nodes = s.grid->node_count, d = (size_t)s.grid->velocity_dim;
    const gz_derivative *derivative = gz_mobility_derivative(mobility);
    take_flux(&s, rate->U);
    for (size_t cell = 0; cell < s.grid->cell_count; cell++) {
        double *out = half_divergence + cell * nodes, *column = s.scratch;
        memset(out, 0, nodes * sizeof *out);
        for (size_t a = 0; a < d; a++) {
            const double half = 0.5 / gz_phase_grid_mass(s.grid, cell);
            for (size_t p = 0; p < nodes; p++) column[p] = half * s.field[(cell * nodes + p) * d + a];
            gz_derivative_adjoint(derivative, (int)a, theta_of(&s, (int)a, cell), column, out);
            gz_derivative_sawtooth_adjoint(derivative, (int)a, rate->V + a * s.grid->size + cell * nodes,
                                           out);
        }
        for (size_t p = 0; p < nodes; p++) out[p] = -out[p];
    }
    close_space(&s);
    return GZ_OK;
}

gz_status gz_pair_dissipation(gz_context *context, const gz_mobility *mobility, const double *w,
                              double *dissipation) {
    pair_space s;
    GZ_TRY(open_space(context, mobility, &s));
    const size_t size = s.grid->size, nodes = s.grid->node_count;
    const int d = s.grid->velocity_dim;
    const double *weight = gz_mobility_weight(mobility);
    take_gradient(&s, w);
#pragma omp parallel for num_threads(s.threads) schedule(static)
    for (size_t p = 0; p < size; p++) {
        gz_sum sum = {0};
        for (size_t q = 0; q < size; q++) {
            const double kappa = kappa_of(&s, p, q);
            double r[GZ_MAX_DIM], square = 0;
            pair_gradient(&s, p, q, r);
            for (int a = 0; a < d; a++) square += r[a] * r[a];
            gz_sum_add(&sum, kappa * weight[q] * square);
        }
        s.partial[p] = (gz_sum){0.5 * s.grid->cell_volume * weight[p] * gz_sum_value(sum), 0};
    }
    for (int a = 0; a < d; a++) {
        const double *c = gz_mobility_sawtooth(mobility, a);
        for (size_t cell = 0; cell < s.grid->cell_count; cell++)
            gz_derivative_sawtooth(gz_mobility_derivative(mobility), a, w + cell * nodes,
                                   s.scratch + cell * nodes);
        for (size_t p = 0; p < size; p++) gz_sum_add(&s.partial[p], c[p] * s.scratch[p] * s.scratch[p]);
    }
    *dissipation = total_of_partial(&s) * s.grid->cell_volume;
    close_space(&s);
    return GZ_OK;
}

/* U^2 / (kappa m m*), without the underflow of m m*; infinite for U != 0 where kappa m m* = 0. */
static inline double cost(double U, double kappa, double m, double other) {
    if (U == 0) return 0;
    return kappa > 0 && m > 0 && other > 0 ? (U / m) * (U / other) / kappa : INFINITY;
}

gz_status gz_pair_action(gz_context *context, const gz_mobility *mobility, const gz_grazing_rate *rate,
                         double *action) {
    GZ_TRY(check_rate(context, mobility, rate));
    pair_space s;
    GZ_TRY(open_space(context, mobility, &s));
    const size_t size = s.grid->size, d = (size_t)s.grid->velocity_dim;
#pragma omp parallel for num_threads(s.threads) schedule(static)
    for (size_t p = 0; p < size; p++) {
        gz_sum sum = {0};
        for (size_t q = 0; q < size; q++)
            for (size_t a = 0; a < d; a++)
                gz_sum_add(&sum, s.volume[q] * cost(rate->U[(p * size + q) * d + a], kappa_of(&s, p, q),
                                                    s.density[p], s.density[q]));
        s.partial[p] = (gz_sum){0.5 * s.grid->cell_volume * s.volume[p] * gz_sum_value(sum), 0};
        for (size_t a = 0; a < d; a++)
            gz_sum_add(&s.partial[p],
                       cost(rate->V[a * size + p], 1, 1, gz_mobility_sawtooth(mobility, (int)a)[p]));
    }
    *action = total_of_partial(&s) * s.grid->cell_volume;
    close_space(&s);
    return GZ_OK;
}

gz_status gz_pair_action_density(gz_context *context, const gz_mobility *mobility,
                                 const gz_grazing_rate *rate, double *density) {
    GZ_TRY(check_rate(context, mobility, rate));
    pair_space s;
    GZ_TRY(open_space(context, mobility, &s));
    const size_t size = s.grid->size, d = (size_t)s.grid->velocity_dim;
    const gz_derivative *g = gz_mobility_derivative(mobility);
#pragma omp parallel for num_threads(s.threads) schedule(static)
    for (size_t p = 0; p < size; p++) {
        gz_sum sum = {0};
        for (size_t q = 0; q < size; q++)
            for (size_t a = 0; a < d; a++)
                gz_sum_add(&sum, s.volume[q] * cost(rate->U[(p * size + q) * d + a], kappa_of(&s, p, q),
                                                    s.density[p], s.density[q]));
        density[p] = 0.5 * s.grid->cell_volume * gz_sum_value(sum);
    }
    for (size_t a = 0; a < d; a++)
        for (size_t p = 0; p < size; p++) {
            const double c = gz_mobility_sawtooth(mobility, (int)a)[p];
            const double share = cost(rate->V[a * size + p], 1, 1, c) / (double)(g->saw_degree + 1);
            for (size_t j = 0; share > 0 && j <= g->saw_degree; j++) {
                const size_t at = p + j * s.grid->stride[a];
                density[at] += share / s.volume[at];
            }
        }
    close_space(&s);
    return GZ_OK;
}
