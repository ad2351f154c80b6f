/* zero_defect4: its parts (certified scale, rates that are carried along; test_tail_rule.c), its stages, and what happens to a
 * refused step. The certificate by pairs over its stages is in test_properties.c, its order in test_bkw.c. */
#include "certified_scale.h"
#include "collision_fields.h"
#include "functionals.h"
#include "rate_streaming.h"
#include "sample.h"
#include "tableau.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static gz_context *context;
static gz_phase_grid *grid;
static double *log_f0, *f0;

static void open_context(void) {
    cr_assert_eq(gz_context_create(2, &context), GZ_OK);
    gz_context_guess_plans(context, true); /* measuring takes longer than the tests */
    grid = sample_grid(context, 1, 2, 5, 13, 4);
    log_f0 = sample_log_density(context, grid, 3);
    f0 = sample_exp(context, grid, log_f0);
}

static void close_context(void) {
    gz_release(f0);
    gz_release(log_f0);
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}

TestSuite(zero_defect4, .init = open_context, .fini = close_context);

static const gz_problem PROBLEM = {.kernel = {GZ_KERNEL_POWER, .gamma = -1, .strength = 1},
                                   .kappa = {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 2},
                                   .order = 4};

static gz_state start(void) {
    gz_state state;
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
    memcpy(state.log_f, log_f0, grid->size * sizeof(double));
    memcpy(state.f, f0, grid->size * sizeof(double));
    return state;
}

static gz_integrator *make(const gz_integrator_settings *settings) {
    gz_integrator *integrator = NULL;
    cr_assert_eq(gz_integrator_create(context, grid, &PROBLEM, settings, &integrator), GZ_OK, "%s",
                 gz_context_message(context));
    return integrator;
}

static const gz_integrator_settings FOURTH = {.scheme = "zero_defect4"};

/* J of a scale that was found is zero. It is zero where a sum over all nodes says so too, and an explicit step whose
 * f would be negative at a node leaves that node open. */
Test(zero_defect4, the_scale_has_no_defect) {
    gz_fields fields;
    double *rate = sample_noise(context, grid, 5), *f = sample_zero(context, grid),
           *log_f = sample_zero(context, grid);
    cr_assert_eq(gz_fields_init(context, grid, &fields), GZ_OK);
    double mean = gz_entropy(grid, f0, log_f0) / gz_integral(grid, f0, NULL);
    for (size_t i = 0; i < grid->size; i++)
        rate[i] = grid->node_volume[i % grid->node_count] * f0[i] * (1 + 0.1 * rate[i]) * (log_f0[i] - mean);
    const double D = gz_fields_dot(&fields, log_f0, rate);
    cr_assert_gt(D, 0);
    const gz_scaled_step step = {
        .start = f0, .log_start = log_f0, .rate = rate, .dt = 0.01, .dissipation = D};
    gz_certified_scale scale = {0};
    gz_certified_scale_find(&fields, &step, 0.5, 20, &scale);
    gz_certified_scale_take(&fields, &step, scale.theta, f, log_f);
    cr_assert(fabs(scale.theta) > 1e-6 && fabs(scale.theta) < 0.1, "%g", scale.theta);
    cr_assert_eq(scale.open, 0);
    const double change = gz_entropy(grid, f, log_f) - gz_entropy(grid, f0, log_f0), factor = 1 + scale.theta;
    cr_assert_float_eq(change + step.dt * factor * factor * D, 0, 1e-14);
    for (size_t i = 0; i < grid->size; i++) {
        const double h = grid->node_volume[i % grid->node_count];
        cr_assert_float_eq(h * (f[i] - f0[i]) + step.dt * factor * rate[i], 0, 1e-15);
        cr_assert_float_eq(exp(log_f[i]), f[i], 1e-13 * f[i]);
    }
    rate[7] = 200 * grid->node_volume[7] * f0[7];
    gz_certified_scale_find(&fields, &step, 0.5, 3, &scale);
    cr_assert_gt(scale.open, 0);
    gz_fields_free(&fields);
    gz_release(rate);
    gz_release(f);
    gz_release(log_f);
}

/* S_t F is the derivative of exp(S_t B) along F, and keeps mass, momentum and energy to round-off. */
Test(zero_defect4, rates_go_with_the_density) {
    gz_streaming *streaming = NULL;
    gz_rate_streaming s;
    double *rate = sample_noise(context, grid, 8), *carried = sample_zero(context, grid),
           *streamed = sample_zero(context, grid), *moved = sample_zero(context, grid),
           *other = sample_zero(context, grid);
    cr_assert_eq(gz_streaming_create(context, grid, &streaming), GZ_OK);
    cr_assert_eq(gz_rate_streaming_init(context, grid, streaming, &s), GZ_OK);
    for (size_t i = 0; i < grid->size; i++) rate[i] *= grid->node_volume[i % grid->node_count] * f0[i];
    gz_stream_log(&s, 0.07, log_f0, streamed);
    gz_stream_rate(&s, 0.07, rate, log_f0, streamed, carried);
    const double step = 1e-6;
    for (int side = 0; side < 2; side++) {
        double *to = side ? moved : other;
        for (size_t i = 0; i < grid->size; i++) {
            const double h = grid->node_volume[i % grid->node_count];
            to[i] = log_f0[i] + log1p((side ? step : -step) * rate[i] / (h * f0[i]));
        }
        gz_stream_log(&s, 0.07, to, to);
    }
    double sums[2][4] = {{0}}, worst = 0, largest = 0;
    for (size_t i = 0; i < grid->size; i++) {
        const size_t p = i % grid->node_count;
        const double slope = grid->node_volume[p] * (exp(moved[i]) - exp(other[i])) / (2 * step);
        worst = fmax(worst, fabs(slope - carried[i]));
        largest = fmax(largest, fabs(carried[i]));
        const double phi[] = {1, grid->node_velocity[0][p], grid->node_velocity[1][p], grid->node_energy[p]};
        for (int k = 0; k < 4; k++) {
            sums[0][k] += phi[k] * rate[i];
            sums[1][k] += phi[k] * carried[i];
        }
    }
    cr_assert_lt(worst, 1e-8 * largest, "%g", worst / largest);
    for (int k = 0; k < 4; k++) cr_assert_float_eq(sums[0][k], sums[1][k], 1e-14);
    double *all[] = {rate, carried, streamed, moved, other};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) gz_release(all[i]);
    gz_rate_streaming_free(&s);
    gz_streaming_destroy(streaming);
}

/* A giant step is refused and split, and so are the next two; then there is an attempt again. A small step is not. */
Test(zero_defect4, a_refused_step_is_split) {
    gz_integrator *integrator = make(&FOURTH), *plain = make(&(gz_integrator_settings){0});
    gz_state state = start(), same = start();
    const int attempts[] = {1, 0, 0, 1, 0};
    for (int k = 0; k < 5; k++) {
        gz_step_report report, of_plain;
        cr_assert_eq(gz_integrator_step(integrator, 40, &state, &report), GZ_OK, "%s",
                     gz_context_message(context));
        cr_assert_eq(gz_integrator_step(plain, 40, &same, &of_plain), GZ_OK);
        cr_assert(report.split == 1 && isnan(report.theta) && report.converged &&
                  report.defect == of_plain.defect);
        cr_assert_eq(memcmp(state.f, same.f, grid->size * sizeof(double)), 0, "step %d", k);
        const long more = report.work.applications - of_plain.work.applications;
        cr_assert(attempts[k] ? more > 0 && more <= 5 : more == 0, "step %d: %ld", k, more);
        cr_assert_eq(gz_integrator_stages(integrator), 1);
    }
    gz_integrator_destroy(integrator);
    integrator = make(&FOURTH);
    gz_step_report report;
    cr_assert_eq(gz_integrator_step(integrator, 0.01, &state, &report), GZ_OK);
    cr_assert(report.split == 0 && fabs(report.theta) < 0.1 && gz_integrator_stages(integrator) == 3);
    gz_integrator_destroy(integrator);
    gz_integrator_destroy(plain);
    gz_state_free(&state);
    gz_state_free(&same);
}

/* What is remembered changes only with a step that is done: here the split step fails too. */
Test(zero_defect4, a_step_that_fails_is_not_remembered) {
    const gz_integrator_settings settings = {.scheme = "zero_defect4", .max_iterations = 1};
    gz_integrator *integrator = make(&settings);
    gz_memory_block blocks[GZ_MEMORY_BLOCKS];
    gz_state state = start();
    gz_step_report report;
    cr_assert_eq(gz_integrator_step(integrator, 0.01, &state, &report), GZ_OK);
    const size_t count = gz_integrator_memory(integrator, blocks);
    double before[GZ_MEMORY_BLOCKS];
    for (size_t i = 0; i < count; i++) before[i] = blocks[i].values[blocks[i].count / 2];
    for (int k = 0; k < 3; k++) {
        cr_assert_eq(gz_integrator_step(integrator, 40, &state, &report), GZ_ERROR_NOT_CONVERGED);
        for (size_t i = 0; i < count; i++)
            cr_assert_eq(blocks[i].values[blocks[i].count / 2], before[i], "%s", blocks[i].name);
    }
    gz_state_free(&state);
    gz_integrator_destroy(integrator);
}

/* Where a refused step is not to be split, it fails, and nothing has changed. */
Test(zero_defect4, a_step_that_is_never_split_fails) {
    const gz_integrator_settings settings = {.scheme = "zero_defect4", .never_split = true};
    gz_integrator *integrator = make(&settings);
    gz_state state = start();
    gz_step_report report;
    gz_collision collision;
    cr_assert_eq(gz_integrator_step(integrator, 40, &state, &report), GZ_ERROR_NOT_CONVERGED);
    cr_assert(strstr(gz_context_message(context), "zero_defect4") &&
              strstr(gz_context_message(context), "use a smaller dt"));
    cr_assert(state.step == 0 && memcmp(state.f, f0, grid->size * sizeof(double)) == 0 &&
              memcmp(state.log_f, log_f0, grid->size * sizeof(double)) == 0);
    cr_assert_eq(gz_integrator_collision(integrator, 0, &collision), GZ_ERROR_USAGE);
    gz_integrator_destroy(integrator);
    gz_state_free(&state);
}

/* A step that is not split knows nothing of the minimizer and the preconditioner of a split one. */
Test(zero_defect4, is_a_function_of_its_datum) {
    const gz_integrator_settings others[] = {{.scheme = "zero_defect4", .preconditioner = "factor"},
                                             {.scheme = "zero_defect4", .minimizer = "lbfgs"},
                                             {.scheme = "zero_defect4", .mobility_at = GZ_AT_EXTRAPOLATED}};
    double *f = NULL;
    for (int k = -1; k < 3; k++) {
        gz_integrator *integrator = make(k < 0 ? &FOURTH : &others[k]);
        gz_state state = start();
        for (int n = 0; n < 3; n++) {
            gz_step_report report;
            cr_assert_eq(gz_integrator_step(integrator, 0.02, &state, &report), GZ_OK);
            cr_assert_eq(report.split, 0);
        }
        if (k < 0) f = sample_exp(context, grid, state.log_f);
        for (size_t i = 0; i < grid->size; i++) cr_assert_eq(f[i], exp(state.log_f[i]), "%d, %zu", k, i);
        gz_state_free(&state);
        gz_integrator_destroy(integrator);
    }
    gz_release(f);
}

/* Round-off of K, here by pairs in place of transforms, stays round-off: the local systems, whose cycles work in single
 * precision, are solved well enough. */
Test(zero_defect4, round_off_does_not_grow) {
    const gz_integrator_settings pairs = {.scheme = "zero_defect4", .mobility = "pairs"};
    gz_state state[] = {start(), start()};
    for (int k = 0; k < 2; k++) {
        gz_integrator *integrator = make(k ? &pairs : &FOURTH);
        gz_step_report report;
        for (int n = 0; n < 2; n++)
            cr_assert_eq(gz_integrator_step(integrator, 0.05, &state[k], &report), GZ_OK);
        cr_assert_eq(report.split, 0);
        gz_integrator_destroy(integrator);
    }
    double largest = 0, worst = 0;
    for (size_t i = 0; i < grid->size; i++) {
        largest = fmax(largest, state[0].f[i]);
        worst = fmax(worst, fabs(state[0].f[i] - state[1].f[i]));
    }
    cr_log_info("f differs by %.1e", worst / largest);
    cr_assert_lt(worst, 5e-15 * largest, "%g", worst / largest);
    for (int k = 0; k < 2; k++) gz_state_free(&state[k]);
}

/* What cannot be is refused when the integrator is made. */
Test(zero_defect4, refusals) {
    gz_integrator *integrator = NULL;
    const gz_integrator_settings many = {.scheme = "zero_defect4", .collisions = 2};
    cr_assert_eq(gz_integrator_create(context, grid, &PROBLEM, &many, &integrator), GZ_ERROR_SETTINGS);
    gz_phase_grid *box = NULL;
    gz_problem walls = PROBLEM;
    walls.grid = (gz_phase_grid_settings){.space_dim = 1,
                                          .velocity_dim = 2,
                                          .cells = {5},
                                          .length = {1},
                                          .nodes = 13,
                                          .half_width = 4,
                                          .boundary = GZ_BOX,
                                          .inflow = 1e-30};
    cr_assert_eq(gz_phase_grid_create(context, &walls.grid, &box), GZ_OK);
    cr_assert_eq(gz_integrator_create(context, box, &walls, &FOURTH, &integrator), GZ_ERROR_SETTINGS);
    cr_assert(strstr(gz_context_message(context), "in a box use zero_defect"));
    walls.collisions_only = true;
    cr_assert_eq(gz_integrator_create(context, box, &walls, &FOURTH, &integrator), GZ_OK);
    gz_integrator_destroy(integrator);
    gz_phase_grid_destroy(box);
}

/* Stored fields: the action density sums up to A over all stages, the divergence to nothing; U is that of the middle. */
Test(zero_defect4, stored_fields_sum_over_the_stages) {
    gz_integrator *integrator = make(&FOURTH);
    gz_collision_fields *fields = NULL;
    gz_state state = start();
    gz_step_report report;
    cr_assert_eq(gz_collision_fields_create(context, grid, GZ_LANDAU, &fields), GZ_OK);
    cr_assert_eq(gz_integrator_step(integrator, 0.02, &state, &report), GZ_OK);
    cr_assert_eq(gz_collision_fields_measure(fields, integrator), GZ_OK);
    cr_assert_float_eq(gz_integral(grid, fields->action_density, NULL), report.action, 1e-12 * report.action);
    cr_assert_float_eq(gz_integral(grid, fields->divergence, NULL), 0, 1e-13);
    double weights = 0, action;
    for (size_t k = 0; k < 3; k++) {
        gz_collision stage;
        cr_assert_eq(gz_integrator_collision(integrator, k, &stage), GZ_OK);
        weights += stage.weight;
        cr_assert_eq(stage.after, 0);
    }
    cr_assert_float_eq(weights, 1, 1e-15);
    gz_collision middle;
    cr_assert_eq(gz_integrator_collision(integrator, 3, &middle), GZ_ERROR_USAGE);
    cr_assert_eq(gz_integrator_collision(integrator, 1, &middle), GZ_OK);
    cr_assert_eq(memcmp(middle.w, fields->potential, grid->size * sizeof(double)), 0);
    gz_mobility *mobility = gz_integrator_mobility(integrator);
    double *Kw = sample_zero(context, grid);
    gz_mobility_apply(mobility, middle.w, Kw);
    cr_assert_eq(gz_pair_action(context, mobility, &fields->rate, &action), GZ_OK);
    cr_assert_float_eq(gz_mobility_dissipation(mobility, middle.w, Kw), action, 1e-11 * action);
    gz_release(Kw);
    gz_collision_fields_destroy(fields);
    gz_integrator_destroy(integrator);
    gz_state_free(&state);
}

/* Run an explicit method with J = 0, without transport. Returns f, [cell][node]. */
static double *run_explicit(const char *scheme, int steps, double end) {
    const gz_integrator_settings settings = {.scheme = scheme, .zero_defect = true};
    gz_problem problem = PROBLEM;
    gz_integrator *integrator = NULL;
    gz_state state = start();
    problem.collisions_only = true;
    problem.order = 2; /* nothing switches */
    cr_assert_eq(gz_integrator_create(context, grid, &problem, &settings, &integrator), GZ_OK);
    for (int k = 0; k < steps; k++) {
        gz_step_report report;
        cr_assert_eq(gz_integrator_step(integrator, end / steps, &state, &report), GZ_OK, "%s %d: %s", scheme,
                     steps, gz_context_message(context));
        cr_assert(fabs(report.defect) < 1e-14 && report.entropy_after < report.entropy_before);
        cr_assert(fabs(report.theta) < 0.1 && report.split == 0);
    }
    cr_assert_eq(gz_integrator_stages(integrator), (size_t)gz_tableau_find(scheme)->stages);
    gz_integrator_destroy(integrator);
    gz_release(state.log_f);
    gz_release(state.field);
    return state.f;
}

/* theta costs an explicit method no order; f that would turn negative ends the step with a reason. */
Test(zero_defect4, certified_explicit_methods_keep_their_order) {
    const double end = 0.02;
    double *reference = run_explicit("rk4", 64, end);
    for (int m = 0; gz_tableau_name(m); m++) {
        double error[2];
        for (int k = 0; k < 2; k++) {
            double *f = run_explicit(gz_tableau_name(m), 4 << k, end);
            error[k] = gz_relative_l2(grid, f, reference);
            gz_release(f);
        }
        const double order = log2(error[0] / error[1]);
        cr_log_info("%s: %.2e, order %.2f", gz_tableau_name(m), error[0], order);
        cr_assert_gt(order, gz_tableau_find(gz_tableau_name(m))->order - 0.2, "%s: %g", gz_tableau_name(m),
                     order);
    }
    gz_release(reference);
    const gz_integrator_settings settings[] = {{.scheme = "euler", .zero_defect = true},
                                               {.scheme = "jko", .zero_defect = true}};
    gz_integrator *integrator = make(&settings[0]);
    gz_state state = start();
    gz_step_report report;
    cr_assert_eq(gz_integrator_step(integrator, 10, &state, &report), GZ_ERROR_NOT_CONVERGED);
    cr_assert(strstr(gz_context_message(context), "f lost positivity at the end of the step"));
    cr_assert_eq(memcmp(state.f, f0, grid->size * sizeof(double)), 0);
    gz_state_free(&state);
    gz_integrator_destroy(integrator);
    cr_assert_eq(gz_integrator_create(context, grid, &PROBLEM, &settings[1], &integrator), GZ_ERROR_SETTINGS);
}

/* With streaming, at equal steps: a tenth of the error of zero_defect, and order 3.5 where x resolves the wave. */
Test(zero_defect4, streaming_keeps_the_order) {
    gz_phase_grid *fine = sample_grid(context, 1, 2, 11, 15, 5);
    double *reference = NULL, error[4];
    const struct {
        const char *scheme;
        int steps;
    } runs[] = {{"zero_defect4", 40}, {"zero_defect", 5}, {"zero_defect4", 5}, {"zero_defect4", 10}};
    for (int k = 0; k < 4; k++) {
        const gz_integrator_settings settings = {.scheme = runs[k].scheme};
        gz_integrator *integrator = NULL;
        gz_state state;
        cr_assert_eq(gz_integrator_create(context, fine, &PROBLEM, &settings, &integrator), GZ_OK);
        cr_assert_eq(gz_state_init(context, fine, &state), GZ_OK);
        for (size_t i = 0; i < fine->size; i++) {
            const size_t p = i % fine->node_count;
            const double wave = cos(8 * atan(1) * (double)(i / fine->node_count) / 11);
            state.log_f[i] =
                log(1 + 0.3 * wave) - 0.5 * fine->node_energy[p] - 0.2 * pow(fine->node_velocity[1][p], 2);
            state.f[i] = exp(state.log_f[i]);
        }
        for (int n = 0; n < runs[k].steps; n++) {
            gz_step_report report;
            cr_assert_eq(gz_integrator_step(integrator, 0.3 / runs[k].steps, &state, &report), GZ_OK);
            cr_assert(report.split == 0 && fabs(report.defect) < 1e-13);
        }
        if (k == 0) reference = sample_exp(context, fine, state.log_f);
        error[k] = gz_relative_l2(fine, state.f, reference);
        gz_state_free(&state);
        gz_integrator_destroy(integrator);
    }
    cr_log_info("5 steps: zero_defect %.2e, zero_defect4 %.2e; order %.2f", error[1], error[2],
                log2(error[2] / error[3]));
    cr_assert_lt(error[2], 0.1 * error[1], "%g, %g", error[1], error[2]);
    cr_assert_gt(log2(error[2] / error[3]), 3.5, "%g, %g", error[2], error[3]);
    gz_release(reference);
    gz_phase_grid_destroy(fine);
}
