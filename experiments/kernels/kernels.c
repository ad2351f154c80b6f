/* Order in h of the collision operator -K(f) log f / h for several interaction kernels: powers gamma, the
 * bounded kernel, a function of the caller; homogeneous (0D) and fuzzy (1D), d = 2 and 3. One line a grid.
 *
 *   error   relative L2 distance to the operator on the finest grid, on the nodes that both grids have (a
 *           coarse grid takes every 2nd, 3rd or 4th node); stencil of order 8 without the switch, L = 8
 *
 * The homogeneous datum is a Maxwellian with temperatures (1, 1.3, ..). The fuzzy datum adds waves of
 * density, velocity and temperature in x; its kappa is exp(-4<x>).
 *
 * `kernels coulomb` prints the initial d P_11/dt of the homogeneous datum for Coulomb in 3D, n = 21 .. 49 and
 * L = 6.5, with the stencil as runs use it, the switch included. Exact is 0.071687488 (doc/cases.md 4).
 */
#include "grazing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gz_context *context;

static void must(gz_status status) {
    if (status == GZ_OK) return;
    fprintf(stderr, "%s\n", gz_context_message(context));
    exit((int)status);
}

/* A kernel that the library does not know: Coulomb, screened beyond |z| = 1. */
static double screened(double r, void *data) {
    (void)data;
    return exp(-r * r / 2) / sqrt(r * r + 0.04);
}

typedef struct operator_on_grid {
    gz_phase_grid *grid;
    double *rate; /* [cell][node], d_t f */
} operator_on_grid;

static double log_density(const gz_phase_grid *grid, size_t cell, size_t node) {
    const double two_pi = 8 * atan(1), phase = two_pi * gz_phase_grid_position(grid, cell, 0);
    const double wave = grid->space_dim > 0 ? cos(phase) : 0, sine = grid->space_dim > 0 ? sin(phase) : 0;
    double exponent = log(1 + 0.4 * wave);
    for (int a = 0; a < grid->velocity_dim; a++) {
        const double T = (a == 0 ? 1 : 1.3) * (1 + 0.2 * wave);
        const double v = grid->node_velocity[a][node] - (a == 0 ? 0.3 * sine : 0);
        exponent -= v * v / (2 * T) + 0.5 * log(two_pi * T);
    }
    return exponent;
}

static operator_on_grid apply(int d, int space_dim, size_t nodes, double half_width, bool always_wide,
                              const gz_kernel *kernel) {
    const gz_phase_grid_settings settings = {.space_dim = space_dim,
                                             .velocity_dim = d,
                                             .cells = {4},
                                             .length = {1},
                                             .nodes = nodes,
                                             .half_width = half_width};
    const gz_mobility_settings how = {.kernel = *kernel,
                                      .kappa = {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4},
                                      .order = 8,
                                      .always_wide = always_wide};
    operator_on_grid made = {0};
    gz_mobility *mobility = NULL;
    gz_state state;
    must(gz_phase_grid_create(context, &settings, &made.grid));
    must(gz_mobility_create(context, made.grid, &how, &mobility));
    must(gz_state_init(context, made.grid, &state));
    must(gz_allocate(context, made.grid->size, sizeof(double), &made.rate));
    for (size_t i = 0; i < made.grid->size; i++) {
        state.log_f[i] = log_density(made.grid, i / made.grid->node_count, i % made.grid->node_count);
        state.f[i] = exp(state.log_f[i]);
    }
    gz_mobility_set_steepness(mobility, state.log_f);
    gz_mobility_set_density(mobility, state.f);
    gz_mobility_apply(mobility, state.log_f, made.rate);
    for (size_t i = 0; i < made.grid->size; i++)
        made.rate[i] /= -made.grid->node_volume[i % made.grid->node_count];
    gz_state_free(&state);
    gz_mobility_destroy(mobility);
    return made;
}

static void release(operator_on_grid *o) {
    gz_release(o->rate);
    gz_phase_grid_destroy(o->grid);
}

/* Relative L2 distance between both operators on the nodes of the coarse grid. */
static double distance(const operator_on_grid *coarse, const operator_on_grid *fine) {
    const gz_phase_grid *grid = coarse->grid;
    const size_t ratio = (fine->grid->nodes - 1) / (grid->nodes - 1);
    double above = 0, below = 0;
    for (size_t i = 0; i < grid->size; i++) {
        size_t place = i / grid->node_count * fine->grid->node_count;
        for (int a = 0; a < grid->velocity_dim; a++)
            place += gz_phase_grid_node_index(grid, i % grid->node_count, a) * ratio * fine->grid->stride[a];
        const double h = grid->node_volume[i % grid->node_count], exact = fine->rate[place];
        above += h * (coarse->rate[i] - exact) * (coarse->rate[i] - exact);
        below += h * exact * exact;
    }
    return sqrt(above / below);
}

/* d P_11/dt of the operator. */
static double stress_rate(const operator_on_grid *o) {
    double sum = 0;
    for (size_t i = 0; i < o->grid->size; i++) {
        const size_t node = i % o->grid->node_count;
        sum += o->grid->node_volume[node] * o->grid->node_velocity[0][node] *
               o->grid->node_velocity[0][node] * o->rate[i] * o->grid->cell_volume;
    }
    return sum;
}

static void study(const char *name, int d, int space_dim, const gz_kernel *kernel) {
    static const size_t NODES[2][4] = {{49, 65, 97, 193}, {25, 37, 73, 0}};
    const size_t *nodes = NODES[d - 2], levels = d == 2 ? 4 : 3;
    operator_on_grid fine = apply(d, space_dim, nodes[levels - 1], 8, true, kernel);
    double previous = 0, spacing = 0;
    for (size_t k = 0; k + 1 < levels; k++) {
        operator_on_grid coarse = apply(d, space_dim, nodes[k], 8, true, kernel);
        const double error = distance(&coarse, &fine);
        const double order = previous > 0 ? log(previous / error) / log(spacing / coarse.grid->spacing) : NAN;
        printf("%d,%d,%s,%zu,%.6f,%.3e,%.3f\n", d, space_dim, name, nodes[k], coarse.grid->spacing, error,
               order);
        fflush(stdout);
        previous = error;
        spacing = coarse.grid->spacing;
        release(&coarse);
    }
    release(&fine);
}

static void coulomb(void) {
    const gz_kernel kernel = {GZ_KERNEL_POWER, .gamma = -3, .strength = 1};
    double previous = NAN, spacing = NAN;
    printf("n,h,rate,error,order\n");
    for (size_t nodes = 21; nodes <= 49; nodes += 4) {
        operator_on_grid made = apply(3, 0, nodes, 6.5, false, &kernel);
        const double rate = stress_rate(&made), error = fabs(rate / 0.071687488 - 1), h = made.grid->spacing;
        printf("%zu,%.6f,%.9f,%.3e,%.3f\n", nodes, h, rate, error, log(previous / error) / log(spacing / h));
        previous = error;
        spacing = h;
        release(&made);
    }
}

static void orders(void) {
    static const double GAMMAS[] = {-3, -2, -1, 0, 1};
    printf("d,space,kernel,n,h,error,order\n");
    for (int d = 2; d <= 3; d++)
        for (int space_dim = 0; space_dim <= 1; space_dim++) {
            for (size_t k = 0; k < sizeof GAMMAS / sizeof *GAMMAS; k++) {
                char name[40];
                const gz_kernel power = {GZ_KERNEL_POWER, .gamma = GAMMAS[k], .strength = 1};
                snprintf(name, sizeof name, "power %g", GAMMAS[k]);
                study(name, d, space_dim, &power);
            }
            const gz_kernel bounded = {GZ_KERNEL_BOUNDED, .gamma = -3, .strength = 1},
                            own = {GZ_KERNEL_FUNCTION, .strength = 1, .function = screened};
            study("bounded -3", d, space_dim, &bounded);
            study("function", d, space_dim, &own);
        }
}

int main(int count, char **arguments) {
    if (gz_context_create(0, &context) != GZ_OK) return 1;
    if (count > 1 && strcmp(arguments[1], "coulomb") == 0)
        coulomb();
    else
        orders();
    gz_context_destroy(context);
    return 0;
}
