/* Tail rule of zero_defect4: its weights, and a tail that stays where it was. */
#include "bkw.h"
#include "integrator.h"
#include "mobility_cap.h"
#include "sample.h"
#include "tail_rule.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static gz_context *context;
static gz_phase_grid *grid;

static void open_context(void) {
    cr_assert_eq(gz_context_create(2, &context), GZ_OK);
    gz_context_guess_plans(context, true); /* measuring takes longer than the tests */
    grid = sample_grid(context, 1, 2, 5, 13, 4);
}

static void close_context(void) {
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}

TestSuite(tail_rule, .init = open_context, .fini = close_context);

static const gz_problem PROBLEM = {.kernel = {GZ_KERNEL_POWER, .gamma = -1, .strength = 1},
                                   .kappa = {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4},
                                   .order = 6};

/* The mobilities of the stages, with their weights in the last row, sum up to that of f everywhere; chi is 1 for small
 * dt, and 0 in a stiff tail. */
Test(tail_rule, keeps_the_sum_of_weights) {
    gz_mobility *mobility = NULL;
    gz_tail_rule rule;
    const gz_mobility_settings settings = gz_problem_mobility(&PROBLEM, NULL);
    double *log_f = sample_zero(context, grid), *sum = sample_zero(context, grid);
    cr_assert_eq(gz_mobility_create(context, grid, &settings, &mobility), GZ_OK);
    cr_assert_eq(gz_tail_rule_init(context, mobility, &rule), GZ_OK);
    for (size_t i = 0; i < grid->size; i++) log_f[i] = -1.5 * grid->node_energy[i % grid->node_count];
    for (int small = 0; small < 2; small++) {
        double *f = sample_exp(context, grid, log_f), least = 1;
        gz_tail_rule_begin(&rule, small ? 1e-13 : 5, f, false);
        memset(sum, 0, grid->size * sizeof *sum);
        for (gz_stage stage = GZ_STAGE_START; stage <= GZ_STAGE_END; stage++) {
            gz_tail_rule_set(&rule, stage, log_f, mobility);
            for (size_t i = 0; i < grid->size; i++)
                sum[i] += (stage == GZ_STAGE_MIDDLE ? 4 : 1) / 6. * gz_mobility_weight(mobility)[i];
        }
        gz_mobility_apply(mobility, log_f, f);
        gz_tail_rule_precondition(&rule, mobility);
        gz_tail_rule_restore(&rule, mobility);
        double *again = sample_zero(context, grid);
        gz_mobility_apply(mobility, log_f, again);
        cr_assert_eq(memcmp(f, again, grid->size * sizeof *f), 0);
        gz_release(again);
        gz_mobility_set_capped(mobility, log_f, rule.limiter.lambda, f);
        for (size_t i = 0; i < grid->size; i++)
            cr_assert_float_eq(sum[i], gz_mobility_weight(mobility)[i], 1e-14 * sum[i]);
        for (size_t p = 0; p < grid->node_count; p++) least = fmin(least, rule.chi[p]);
        cr_assert(small ? least > 1 - 1e-12 : least < 1e-3, "%g", least);
        gz_release(f);
    }
    gz_release(log_f);
    gz_release(sum);
    gz_tail_rule_free(&rule);
    gz_mobility_destroy(mobility);
}

/* The wave of experiments/work_precision, with steps that are stiff in its tail: log f falls to no new depth. */
Test(tail_rule, a_stiff_tail_is_not_drained) {
    gz_phase_grid *wide = sample_grid(context, 1, 2, 9, 33, 6.5);
    const gz_integrator_settings settings = {.scheme = "zero_defect4"};
    gz_integrator *integrator = NULL;
    gz_state state;
    double first = 0, least = 0;
    cr_assert_eq(gz_integrator_create(context, wide, &PROBLEM, &settings, &integrator), GZ_OK);
    cr_assert_eq(gz_state_init(context, wide, &state), GZ_OK);
    for (size_t i = 0; i < wide->size; i++) {
        const size_t p = i % wide->node_count;
        const double wave = cos(8 * atan(1) * (double)(i / wide->node_count) / 9), T = 1 + 0.1 * wave,
                     across = wide->node_velocity[1][p] * wide->node_velocity[1][p];
        state.log_f[i] = log((1 + 0.3 * wave) / (5.5 * T)) - (wide->node_energy[p] - across) / (2 * T) -
                         across / (1.54 * T);
        state.f[i] = exp(state.log_f[i]);
        first = fmin(first, state.log_f[i]);
    }
    for (int n = 0; n < 5; n++) {
        gz_step_report report;
        cr_assert_eq(gz_integrator_step(integrator, 0.1, &state, &report), GZ_OK);
        cr_assert_eq(report.split, 0, "step %d", n);
    }
    for (size_t i = 0; i < wide->size; i++) least = fmin(least, state.log_f[i]);
    cr_log_info("log f: %.1f, then %.1f", first, least);
    cr_assert_gt(least, first - 5, "%g, %g", first, least);
    gz_state_free(&state);
    gz_integrator_destroy(integrator);
    gz_phase_grid_destroy(wide);
}

/* Near equilibrium nothing drains, and the limit opens: the tail follows the bulk, and D falls as far as the equation says,
 * like e^(-16 t), not to where the limited tail relaxes. */
Test(tail_rule, near_equilibrium_the_tail_follows) {
    gz_phase_grid *one = sample_grid(context, 0, 2, 1, 33, 6);
    const gz_problem maxwell = {.kernel = {GZ_KERNEL_POWER, .gamma = 0, .strength = 1}, .order = 6};
    const gz_integrator_settings settings = {.scheme = "zero_defect4"};
    gz_integrator *integrator = NULL;
    gz_state state;
    gz_step_report report;
    cr_assert_eq(gz_integrator_create(context, one, &maxwell, &settings, &integrator), GZ_OK);
    cr_assert_eq(gz_state_init(context, one, &state), GZ_OK);
    bkw(one, 1, 0.5, state.log_f, NULL);
    for (size_t i = 0; i < one->size; i++) state.f[i] = exp(state.log_f[i]);
    for (int n = 0; n < 84; n++) cr_assert_eq(gz_integrator_step(integrator, 0.05, &state, &report), GZ_OK);
    cr_log_info("D = %.1e", report.dissipation);
    cr_assert_lt(report.dissipation, 1e-16, "%g", report.dissipation);
    gz_state_free(&state);
    gz_integrator_destroy(integrator);
    gz_phase_grid_destroy(one);
}
