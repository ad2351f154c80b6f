/* Interaction by moments, O(N): for Maxwell molecules (power, gamma = 0) a(z) = B (|z|^2 Id - z z^T) is a
 * quadratic polynomial in v and v*, so the sums over v* are moments of each cell, which kappa then mixes:
 *
 *   T_ab = B [ delta_ab (rho |v|^2 - 2 v.m + E) - (rho v_a v_b - v_a m_b - v_b m_a + P_ab) ]
 *   b_a  = B [ rho_a |v|^2 - 2 v.m_a + E_a - v_a v.r + v_a tr + v.s_a - Q_a ]
 *
 * where rho, m, P, E = tr P are the moments 1, v*, v* v*^T, |v*|^2 of g; rho_a, m_a, E_a the moments 1, v*,
 * |v*|^2 of the field g_a; r = (rho_a)_a; s_ab the moment v*_a of g_b and tr the trace of s; and Q_a the sum
 * over b of the moment v*_a v*_b of g_b.
 */
#include "interaction.h"

#include "compensated_sum.h"
#include "space_convolution.h"

enum { MOST = GZ_MAX_DIM * (GZ_MAX_DIM + 3) }; /* moments of a cell */

typedef struct moments {
    const gz_phase_grid *grid;
    double strength;
    size_t counts[2];               /* moments of a cell for a tensor, and for a drift */
    gz_phase_grid small[2];         /* the cells of the grid, with moments in place of nodes */
    gz_space_convolution *kappa[2]; /* on the grids `small` */
    double *moment;                 /* [cell][count] */
} moments;

static void destroy(void *self) {
    moments *s = self;
    if (!s) return;
    for (int k = 0; k < 2; k++) gz_space_convolution_destroy(s->kappa[k]);
    gz_release(s->moment);
    gz_release(s);
}

static gz_status create(gz_context *context, const gz_phase_grid *grid, const gz_mobility_settings *settings,
                        const gz_lattice_kernel *kernel, void **self) {
    const gz_kernel *k = &kernel->kernel;
    if (k->shape != GZ_KERNEL_POWER || k->gamma != 0)
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "mobility 'moments' needs a power kernel with gamma = 0; use fft for others");
    moments *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    *self = s;
    s->grid = grid;
    s->strength = gz_kernel_strength(k);
    const size_t d = (size_t)grid->velocity_dim;
    s->counts[0] = 1 + d + (size_t)gz_pair_count((int)d);
    s->counts[1] = d * (d + 3);
    for (int j = 0; j < 2; j++) {
        s->small[j] = *grid;
        s->small[j].node_count = s->counts[j];
        s->small[j].size = grid->cell_count * s->counts[j];
        GZ_TRY(gz_space_convolution_create(context, &s->small[j], &settings->kappa, &s->kappa[j]));
    }
    return gz_allocate(context, grid->cell_count * s->counts[1], sizeof(double), &s->moment);
}

/* 1, v_a, v_a v_b (pairs) at a node: 1 + d + d(d+1)/2 entries. */
static size_t monomials(const gz_phase_grid *grid, size_t node, double *phi) {
    const int d = grid->velocity_dim;
    size_t count = 0;
    phi[count++] = 1;
    for (int a = 0; a < d; a++) phi[count++] = grid->node_velocity[a][node];
    for (int a = 0; a < d; a++)
        for (int b = a; b < d; b++)
            phi[count++] = grid->node_velocity[a][node] * grid->node_velocity[b][node];
    return count;
}

static void tensor(void *self, double *g, double *const out[GZ_MAX_PAIRS]) {
    moments *s = self;
    const gz_phase_grid *grid = s->grid;
    const int d = grid->velocity_dim;
    const size_t nodes = grid->node_count, count = s->counts[0];
#pragma omp parallel for num_threads(grid->threads)
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        gz_sum sum[MOST] = {{0}};
        for (size_t node = 0; node < nodes; node++) {
            double phi[MOST];
            monomials(grid, node, phi);
            for (size_t k = 0; k < count; k++) gz_sum_add(&sum[k], phi[k] * g[cell * nodes + node]);
        }
        for (size_t k = 0; k < count; k++) s->moment[cell * count + k] = gz_sum_value(sum[k]);
    }
    gz_space_convolution_apply(s->kappa[0], s->moment);
#pragma omp parallel for num_threads(grid->threads)
    for (size_t i = 0; i < grid->size; i++) {
        const size_t node = i % nodes;
        const double *M = s->moment + i / nodes * count, *m = M + 1, *P = m + d;
        double v[GZ_MAX_DIM], isotropic = M[0] * grid->node_energy[node];
        for (int a = 0; a < d; a++) {
            v[a] = grid->node_velocity[a][node];
            isotropic += P[gz_pair_index(d, a, a)] - 2 * v[a] * m[a];
        }
        for (int a = 0; a < d; a++)
            for (int b = a; b < d; b++) {
                const int p = gz_pair_index(d, a, b);
                const double outer = M[0] * v[a] * v[b] - v[a] * m[b] - v[b] * m[a] + P[p];
                out[p][i] = s->strength * ((a == b ? isotropic : 0) - outer);
            }
    }
}

/* The moments of a cell for a drift: rho_a [d], moment v_b of g_a [a][b], E_a [d], Q_a [d]. */
static void drift(void *self, double *const field[GZ_MAX_DIM]) {
    moments *s = self;
    const gz_phase_grid *grid = s->grid;
    const int d = grid->velocity_dim;
    const size_t nodes = grid->node_count, count = s->counts[1];
#pragma omp parallel for num_threads(grid->threads)
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        gz_sum sum[MOST] = {{0}};
        for (size_t node = 0; node < nodes; node++) {
            double along = 0; /* v . g */
            for (int a = 0; a < d; a++) along += grid->node_velocity[a][node] * field[a][cell * nodes + node];
            for (int a = 0; a < d; a++) {
                const double g = field[a][cell * nodes + node];
                gz_sum_add(&sum[a], g);
                for (int b = 0; b < d; b++) gz_sum_add(&sum[d + a * d + b], grid->node_velocity[b][node] * g);
                gz_sum_add(&sum[d + d * d + a], grid->node_energy[node] * g);
                gz_sum_add(&sum[2 * d + d * d + a], grid->node_velocity[a][node] * along);
            }
        }
        for (size_t k = 0; k < count; k++) s->moment[cell * count + k] = gz_sum_value(sum[k]);
    }
    gz_space_convolution_apply(s->kappa[1], s->moment);
#pragma omp parallel for num_threads(grid->threads)
    for (size_t i = 0; i < grid->size; i++) {
        const size_t node = i % nodes;
        const double *rho = s->moment + i / nodes * count, *S = rho + d, *E = S + d * d, *Q = E + d;
        double v[GZ_MAX_DIM], along = 0, trace = 0; /* v . rho, sum_a moment v_a of g_a */
        for (int a = 0; a < d; a++) {
            v[a] = grid->node_velocity[a][node];
            along += v[a] * rho[a];
            trace += S[a * d + a];
        }
        for (int a = 0; a < d; a++) {
            double b = rho[a] * grid->node_energy[node] + E[a] - v[a] * along + v[a] * trace - Q[a];
            for (int k = 0; k < d; k++) b += v[k] * (S[k * d + a] - 2 * S[a * d + k]);
            field[a][i] = s->strength * b;
        }
    }
}

const gz_interaction_method gz_interaction_moments = {"moments", create, destroy, tensor, drift};
