/* Initial data: moments of Maxwellians with waves, sums in the far tail, BKW against its closed forms,
 * functions of the caller.
 */
#include "functionals.h"
#include "initial.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

static gz_context *context;
static gz_phase_grid *grid;
static gz_state state;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    grid = NULL;
    state = (gz_state){0};
}

static void close_context(void) {
    gz_state_free(&state);
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}

TestSuite(initial, .init = open_context, .fini = close_context);

static void use_grid(int space_dim, int velocity_dim, size_t nodes, double half_width) {
    const gz_phase_grid_settings settings = {.space_dim = space_dim,
                                             .velocity_dim = velocity_dim,
                                             .cells = {6, 4, 3},
                                             .length = {1.5, 1, 2},
                                             .nodes = nodes,
                                             .half_width = half_width};
    gz_state_free(&state);
    gz_phase_grid_destroy(grid);
    cr_assert_eq(gz_phase_grid_create(context, &settings, &grid), GZ_OK, "%s", gz_context_message(context));
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
}

static const gz_kernel MAXWELL = {GZ_KERNEL_POWER, .gamma = 0, .strength = 1};

static void make(size_t count, const gz_component *components) {
    cr_assert_eq(gz_initial_state(context, grid, &MAXWELL, count, components, &state), GZ_OK, "%s",
                 gz_context_message(context));
}

static gz_status refused(const gz_kernel *kernel, const gz_component *component) {
    return gz_initial_state(context, grid, kernel, 1, component, &state);
}

/* h = 0.5 resolves every Gaussian here to round-off. The box cuts off e^(-7.3^2/2.1) = 1e-11 at most. */
Test(initial, waves_shape_the_moments_of_every_cell) {
    const gz_component wave = {.shape = GZ_MAXWELLIAN,
                               .density = 1.3,
                               .velocity = {0.2, -0.1, 0.4},
                               .temperature = {0.9, 0.8, 0.7},
                               .mode = {1, -1, 1},
                               .density_wave = 0.4,
                               .velocity_wave = {0.3, 0.1, -0.2},
                               .temperature_wave = -0.2};
    for (int d = 2; d <= 3; d++)
        for (int dx = 0; dx <= d; dx += d) {
            use_grid(dx, d, 33, 8);
            make(1, &wave);
            cr_assert(state.time == 0 && state.step == 0);
            double *density = NULL, *velocity = NULL, *temperature = NULL;
            cr_assert_eq(gz_allocate(context, grid->cell_count, sizeof(double), &density), GZ_OK);
            cr_assert_eq(gz_allocate(context, 3 * grid->cell_count, sizeof(double), &velocity), GZ_OK);
            cr_assert_eq(gz_allocate(context, grid->cell_count, sizeof(double), &temperature), GZ_OK);
            gz_cell_moments(grid, state.f, density, velocity, temperature);
            for (size_t cell = 0; cell < grid->cell_count; cell++) {
                double phase = 0, mean_temperature = 0;
                for (int a = 0; a < dx; a++)
                    phase += 2 * PI * wave.mode[a] * gz_phase_grid_position(grid, cell, a) / grid->length[a];
                const double cosine = dx ? cos(phase) : 0, sine = dx ? sin(phase) : 0;
                cr_assert_float_eq(density[cell], 1.3 * (1 + 0.4 * cosine), 1e-10);
                for (int a = 0; a < d; a++) {
                    cr_assert_float_eq(velocity[(size_t)a * grid->cell_count + cell],
                                       wave.velocity[a] + wave.velocity_wave[a] * sine, 1e-10);
                    mean_temperature += wave.temperature[a] * (1 - 0.2 * cosine) / d;
                }
                cr_assert_float_eq(temperature[cell], mean_temperature, 1e-9);
            }
            gz_release(density);
            gz_release(velocity);
            gz_release(temperature);
        }
}

/* Far from every component log f is still exact, where a ratio of values of f would have underflowed long
 * ago. Below e^-690 it is floored. */
Test(initial, logarithms_are_added_without_underflow) {
    const gz_component cold = {
        .shape = GZ_MAXWELLIAN, .density = 1, .velocity = {2, 0}, .temperature = {0.05, 0.05}};
    const gz_component warm = {
        .shape = GZ_MAXWELLIAN, .density = 1e-8, .velocity = {-2, 0}, .temperature = {0.1, 0.1}};
    const gz_component both[2] = {cold, warm};
    use_grid(0, 2, 41, 6);
    make(2, both);
    size_t floored = 0;
    for (size_t p = 0; p < grid->node_count; p++) {
        const double x = grid->node_velocity[0][p], y = grid->node_velocity[1][p];
        const long double a = -logl(2 * PI * 0.05L) - ((x - 2) * (x - 2) + y * y) / 0.1L;
        const long double b = logl(1e-8L) - logl(2 * PI * 0.1L) - ((x + 2) * (x + 2) + y * y) / 0.2L;
        const double expected = (double)logl(expl(a) + expl(b)); /* long double reaches e^-11000 */
        if (expected < -690) floored++;
        cr_assert_float_eq(state.log_f[p], fmax(expected, -690), 1e-12 * fmax(1, fabs(expected)));
        cr_assert_eq(state.f[p], exp(state.log_f[p]));
        cr_assert_gt(state.f[p], 0);
    }
    make(1, &cold); /* at v = (-6, 6): -(64 + 36)/0.1 = -1000 */
    cr_assert_eq(state.log_f[grid->nodes - 1], -690);
    cr_assert_eq(floored, 0);
}

/* Entropy and fourth moments of BKW in closed form (cases.md), with B = 1/16 (d = 2) and 1/24 (d = 3). */
Test(initial, bkw_matches_its_closed_forms) {
    const gz_kernel two = {GZ_KERNEL_POWER, .strength = 1. / 16};
    const gz_kernel three = {GZ_KERNEL_POWER, .strength = 1. / 24};
    gz_component datum = {.shape = GZ_BKW, .time = 1};
    use_grid(0, 2, 129, 9); /* log f has a pole at |v|^2 = -0.3, so the trapezoidal rule needs small h */
    cr_assert_eq(gz_initial_state(context, grid, &two, 1, &datum, &state), GZ_OK);
    cr_assert_float_eq(gz_entropy(grid, state.f, state.log_f), -2.78904929, 1e-8, "%.10g",
                       gz_entropy(grid, state.f, state.log_f));
    for (int d = 2; d <= 3; d++) {
        const gz_kernel *kernel = d == 2 ? &two : &three;
        use_grid(0, d, 41, 9);
        for (int k = 0; k < 3; k++) {
            datum.time = (d == 2 ? 0.5 : 5.6) + k;
            cr_assert_eq(gz_initial_state(context, grid, kernel, 1, &datum, &state), GZ_OK);
            double *fourth = NULL;
            cr_assert_eq(gz_allocate(context, grid->node_count, sizeof(double), &fourth), GZ_OK);
            for (size_t p = 0; p < grid->node_count; p++)
                fourth[p] = grid->node_energy[p] * grid->node_energy[p];
            const double K = 1 - exp(-datum.time / 6);
            const double expected = d == 2 ? 8 - 2 * exp(-datum.time / 4) : 15 * K * (2 - K);
            cr_assert_float_eq(gz_integral(grid, state.f, NULL), 1, 1e-11);
            cr_assert_float_eq(gz_integral(grid, state.f, grid->node_energy), d, 1e-10);
            cr_assert_float_eq(gz_integral(grid, state.f, fourth), expected, 1e-9);
            gz_release(fourth);
        }
    }
}

Test(initial, bkw_is_refused_where_it_is_negative) {
    const gz_kernel three = {GZ_KERNEL_POWER, .strength = 1. / 24};
    gz_component datum = {.shape = GZ_BKW};
    use_grid(0, 3, 9, 5);
    for (int k = 0; k < 3; k++) {
        datum.time = (double[]){0, 1, 5.4}[k];
        cr_assert_eq(refused(&three, &datum), GZ_ERROR_SETTINGS);
        cr_assert_not_null(strstr(gz_context_message(context), "from time 5.498 on"), "%s",
                           gz_context_message(context));
    }
    datum.time = 5.5;
    cr_assert_eq(refused(&three, &datum), GZ_OK);
    use_grid(0, 2, 9, 5); /* d = 2 starts with f = 0 at v = 0, floored */
    datum.time = 0;
    cr_assert_eq(refused(&MAXWELL, &datum), GZ_OK);
    cr_assert_eq(state.log_f[grid->node_count / 2], -690);
}

Test(initial, exact_solutions_are_known_where_they_hold) {
    gz_problem problem = {.grid = {.velocity_dim = 2}, .kernel = MAXWELL};
    gz_component bkw = {.shape = GZ_BKW, .time = 0.1};
    gz_component rest = {.shape = GZ_MAXWELLIAN, .density = 2, .velocity = {0.3}, .temperature = {0.8, 0.8}};
    const gz_component two[2] = {bkw, rest};
    cr_assert(gz_initial_has_exact(&problem, 1, &bkw));
    cr_assert(gz_initial_has_exact(&problem, 1, &rest));
    cr_assert_not(gz_initial_has_exact(&problem, 2, two));
    problem.kernel.gamma = -1;
    cr_assert_not(gz_initial_has_exact(&problem, 1, &bkw));
    cr_assert(gz_initial_has_exact(&problem, 1, &rest));
    problem.kernel.gamma = 0;
    problem.kernel.shape = GZ_KERNEL_BOUNDED;
    cr_assert_not(gz_initial_has_exact(&problem, 1, &bkw));
    problem.kernel.shape = GZ_KERNEL_POWER;
    problem.grid.space_dim = 1;
    cr_assert(gz_initial_has_exact(&problem, 1, &bkw)); /* f is uniform in x, kappa has integral 1 */
    problem.grid.boundary = GZ_BOX;
    cr_assert_not(gz_initial_has_exact(&problem, 1, &bkw));
    problem.grid.boundary = GZ_TORUS;
    rest.density_wave = 0.1;
    cr_assert_not(gz_initial_has_exact(&problem, 1, &rest));
    rest.density_wave = 0;
    rest.temperature[1] = 0.9;
    cr_assert_not(gz_initial_has_exact(&problem, 1, &rest));
    rest.temperature[1] = 0.8;

    use_grid(1, 2, 33, 7);
    double *f = NULL;
    cr_assert_eq(gz_allocate(context, grid->size, sizeof(double), &f), GZ_OK);
    gz_initial_exact(grid, &problem, 1, &bkw, 0.25, f);
    bkw.time = 0.35;
    make(1, &bkw);
    cr_assert_lt(gz_relative_l2(grid, f, state.f), 1e-15);
    make(1, &rest);
    gz_initial_exact(grid, &problem, 1, &rest, 3, f);
    cr_assert_lt(gz_relative_l2(grid, f, state.f), 1e-15);
    gz_release(f);
}

/* The BKW formula solves d_t f = (d-1) B div(grad f + v f), the equation for radial data of temperature 1. It
 * is checked by differences of the formula itself, so that a wrong constant in it would show. */
Test(initial, bkw_solves_its_equation) {
    for (int d = 2; d <= 3; d++) {
        const gz_kernel k = {GZ_KERNEL_POWER, .strength = 0.7};
        const gz_problem problem = {.grid = {.velocity_dim = d}, .kernel = k};
        const gz_component datum = {.shape = GZ_BKW, .time = 0.5};
        use_grid(0, d, 41, 4); /* h = 0.2 */
        const double h = grid->spacing, dt = 1e-4;
        double *before = NULL, *now = NULL, *after = NULL;
        double **all[] = {&before, &now, &after};
        for (int i = 0; i < 3; i++) {
            cr_assert_eq(gz_allocate(context, grid->size, sizeof(double), all[i]), GZ_OK);
            gz_initial_exact(grid, &problem, 1, &datum, (i - 1) * dt, *all[i]);
        }
        double worst = 0, scale = 0;
        for (size_t p = 0; p < grid->node_count; p++) {
            bool inside = true;
            double right = d * now[p];
            for (int a = 0; a < d; a++) {
                const size_t i = gz_phase_grid_node_index(grid, p, a), s = grid->stride[a];
                inside = inside && i >= 2 && i + 2 < grid->nodes;
                if (!inside) break;
                const double first =
                    (8 * (now[p + s] - now[p - s]) - (now[p + 2 * s] - now[p - 2 * s])) / (12 * h);
                const double second =
                    (16 * (now[p + s] + now[p - s]) - (now[p + 2 * s] + now[p - 2 * s]) - 30 * now[p]) /
                    (12 * h * h);
                right += second + grid->node_velocity[a][p] * first;
            }
            if (!inside) continue;
            const double left = (after[p] - before[p]) / (2 * dt);
            scale = fmax(scale, fabs(left));
            worst = fmax(worst, fabs(left - (d - 1) * k.strength * right));
        }
        cr_assert_lt(worst, 2e-3 * scale, "d = %d: %g", d, worst / scale); /* fourth order: h^4 = 1.6e-3 */
        for (int i = 0; i < 3; i++) gz_release(*all[i]);
    }
}

static double gaussian(const double *x, const double *v, void *data) {
    const double temperature = *(const double *)data;
    return log1p(0.4 * cos(2 * PI * x[0] / 1.5)) - log(2 * PI * temperature) -
           (v[0] * v[0] + v[1] * v[1]) / (2 * temperature);
}

static double constant(const double *x, const double *v, void *data) {
    (void)x;
    return v[0] > 0 && v[1] > 1 ? *(const double *)data : -1;
}

Test(initial, a_function_of_the_caller) {
    double temperature = 0.8;
    const gz_component same = {
        .shape = GZ_MAXWELLIAN, .density = 1, .temperature = {0.8, 0.8}, .mode = {1}, .density_wave = 0.4};
    use_grid(1, 2, 17, 5);
    make(1, &same);
    double *f = NULL;
    cr_assert_eq(gz_allocate(context, grid->size, sizeof(double), &f), GZ_OK);
    memcpy(f, state.f, grid->size * sizeof(double));
    cr_assert_eq(gz_initial_from_function(context, grid, gaussian, &temperature, &state), GZ_OK);
    cr_assert_lt(gz_relative_l2(grid, state.f, f), 1e-14);
    gz_release(f);
    double value = NAN;
    cr_assert_eq(gz_initial_from_function(context, grid, constant, &value, &state), GZ_ERROR_SETTINGS);
    cr_assert_not_null(strstr(gz_context_message(context), "v = ("));
    value = INFINITY;
    cr_assert_eq(gz_initial_from_function(context, grid, constant, &value, &state), GZ_ERROR_SETTINGS);
    value = -INFINITY;
    cr_assert_eq(gz_initial_from_function(context, grid, constant, &value, &state), GZ_OK);
    cr_assert_eq(state.log_f[grid->node_count - 1], -690);
}

/* Random data are equal for equal seeds and different for others. They are positive, have the density that
 * was asked for, and a velocity and temperature near those asked for. */
Test(initial, random_data_depend_on_the_seed_only) {
    gz_component random = {.shape = GZ_RANDOM, .density = 1.5, .velocity = {0.5}, .temperature = {2, 1, 1}};
    double entropy[2] = {0};
    for (int d = 2; d <= 3; d++)
        for (int seed = 0; seed < 5; seed++) {
            use_grid(d - 1, d, 31, 9.5);
            random.seed = seed;
            make(1, &random);
            gz_moments moments;
            gz_moments_of(grid, state.f, &moments);
            const double volume = d == 2 ? 1.5 : 1.5 * 1;
            cr_assert_float_eq(moments.mass, 1.5 * volume, 1e-7);
            cr_assert_leq(fabs(moments.momentum[0] / moments.mass - 0.5), 0.8 * sqrt(2) + 0.3);
            const double temperature = moments.energy / moments.mass / d;
            cr_assert(temperature > 0.5 && temperature < 4, "%g", temperature);
            for (size_t i = 0; i < grid->size; i++) cr_assert_gt(state.f[i], 0);
            const double now = gz_entropy(grid, state.f, state.log_f);
            cr_assert_neq(now, entropy[0]);
            entropy[0] = now;
            make(1, &random);
            cr_assert_eq(gz_entropy(grid, state.f, state.log_f), now);
        }
    /* This number must never change, since results of other people depend on it. */
    use_grid(0, 2, 9, 4);
    random = (gz_component){.shape = GZ_RANDOM, .seed = 7};
    make(1, &random);
    cr_assert_float_eq(state.log_f[40], -2.21873121731658, 1e-13, "%.15g", state.log_f[40]);
}

/* Components are added: Maxwellians, BKW and random data, each with its own density and regularisation. */
Test(initial, mixtures_are_sums) {
    const gz_component parts[] = {
        {.shape = GZ_MAXWELLIAN, .density = 0.7, .velocity = {1}, .temperature = {1, 0.5}, .theta = 0.01},
        {.shape = GZ_BKW, .time = 0.3, .density = 2},
        {.shape = GZ_RANDOM, .seed = 3, .density = 0.2, .beta = 0.1},
        {.shape = GZ_MAXWELLIAN,
         .density = 0.1,
         .temperature = {2, 2},
         .mode = {1},
         .density_wave = 0.3,
         .phase = 0.25,
         .alpha = 0.1}};
    enum { PARTS = sizeof parts / sizeof *parts };
    use_grid(1, 2, 17, 7);
    double *sum = NULL;
    cr_assert_eq(gz_allocate(context, grid->size, sizeof(double), &sum), GZ_OK);
    for (size_t k = 0; k < PARTS; k++) {
        make(1, &parts[k]);
        for (size_t i = 0; i < grid->size; i++) sum[i] += state.f[i];
    }
    make(PARTS, parts);
    for (size_t i = 0; i < grid->size; i++) cr_assert_float_eq(state.f[i], sum[i], 1e-13 * sum[i]);
    gz_release(sum);

    /* BKW with density n is a solution for the strength n B. */
    const gz_component thick = parts[1], thin = {.shape = GZ_BKW, .time = 0.6};
    const gz_problem problem = {.grid = {.velocity_dim = 2}, .kernel = MAXWELL};
    make(1, &thin);
    double *f = NULL;
    cr_assert_eq(gz_allocate(context, grid->size, sizeof(double), &f), GZ_OK);
    for (size_t i = 0; i < grid->size; i++) f[i] = 2 * state.f[i];
    make(1, &thick);
    cr_assert_lt(gz_relative_l2(grid, state.f, f), 1e-15);
    gz_initial_exact(grid, &problem, 1, &thick, 0, f);
    cr_assert_lt(gz_relative_l2(grid, state.f, f), 1e-15);
    cr_assert(gz_initial_has_exact(&problem, 1, &thick));
    cr_assert_not(gz_initial_has_exact(&problem, 1, &parts[2]));
    gz_component lifted = {.shape = GZ_MAXWELLIAN, .temperature = {1, 1}, .theta = 0.1};
    cr_assert_not(gz_initial_has_exact(&problem, 1, &lifted));
    gz_release(f);
}

Test(initial, a_datum_outside_the_box_is_refused) {
    use_grid(0, 2, 17, 5);
    const gz_component outside = {
        .shape = GZ_MAXWELLIAN, .density = 1, .velocity = {500}, .temperature = {1, 1}};
    cr_assert_eq(refused(&MAXWELL, &outside), GZ_ERROR_SETTINGS);
    cr_assert_not_null(strstr(gz_context_message(context), "half_width 5"));
}
