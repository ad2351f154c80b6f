/* rkl2_adaptive: its estimate is the error, its tolerance sets the error, and steps that are refused do no harm. */
#include "bkw.h"
#include "functionals.h"
#include "integrator.h"
#include "sample.h"
#include "stability.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(rkl2, .init = open_context, .fini = close_context);

/* What the integrator knows from step to step, in its block "rkl2_adaptive_control". */
enum { NEXT, BEFORE, ERROR_BEFORE, RADIUS };

/* A run on the solution of Bobylev, Krook and Wu, in a line of cells that stream if there are several. */
typedef struct run {
    gz_problem problem;
    gz_phase_grid *grid;
    gz_integrator *integrator;
    gz_state state;
    gz_step_report report;
    double *control;
} run;

static run begin(size_t cells, const gz_integrator_settings *settings) {
    run r = {.problem = {.kernel = {GZ_KERNEL_POWER, .strength = 1}, .order = 6}};
    r.grid = sample_grid(context, cells > 1, 2, cells, 21, 6);
    cr_assert_eq(gz_integrator_create(context, r.grid, &r.problem, settings, &r.integrator), GZ_OK, "%s",
                 gz_context_message(context));
    cr_assert_eq(gz_state_init(context, r.grid, &r.state), GZ_OK);
    bkw(r.grid, 1, 0.5, r.state.log_f, NULL);
    for (size_t i = 0; i < r.grid->size; i++) {
        const double x = (double)(i / r.grid->node_count) / (double)cells;
        r.state.log_f[i] += log1p(cells > 1 ? 0.3 * cos(8 * atan(1) * x) : 0);
        r.state.f[i] = exp(r.state.log_f[i]);
    }
    gz_memory_block blocks[GZ_MEMORY_BLOCKS];
    const size_t count = gz_integrator_memory(r.integrator, blocks);
    for (size_t i = 0; i < count; i++)
        if (strcmp(blocks[i].name, "rkl2_adaptive_control") == 0) r.control = blocks[i].values;
    return r;
}

static void end(run *r) {
    gz_state_free(&r->state);
    gz_integrator_destroy(r->integrator);
    gz_phase_grid_destroy(r->grid);
}

static gz_status step(run *r, double dt) {
    return gz_integrator_step(r->integrator, dt, &r->state, &r->report);
}

/* Advance by dt; returns the applications that it took. */
static long advance(run *r, double dt) {
    cr_assert_eq(step(r, dt), GZ_OK, "%s", gz_context_message(context));
    return r->report.work.applications;
}

/* f after `steps` steps of dt; to be released. */
static double *density(size_t cells, gz_integrator_settings settings, double dt, int steps) {
    run r = begin(cells, &settings);
    for (int k = 0; k < steps; k++) advance(&r, dt);
    double *f = sample_zero(context, r.grid);
    memcpy(f, r.state.f, r.grid->size * sizeof *f);
    end(&r);
    return f;
}

/* With so large a tolerance a collision is one step, whose stages stability alone asks for. */
static const gz_integrator_settings LOOSE = {.scheme = "rkl2_adaptive", .ode_tolerance = 1e3};

/* While dt is small beside what the density itself does, for any number of stages: the radius is said to be larger. */
Test(rkl2, the_estimate_is_the_error_of_the_step) {
    const double dt = 0.001, factors[] = {1, 15, 200};
    for (size_t k = 0; k < 3; k++) {
        run r = begin(1, &LOOSE),
            exact = begin(1, &(gz_integrator_settings){.scheme = "arkode_erk", .ode_tolerance = 1e-13});
        advance(&r, dt);
        r.control[RADIUS] *= factors[k];
        double most = 0, sum = 0, *start = sample_zero(context, r.grid);
        memcpy(start, r.state.f, r.grid->size * sizeof *start);
        memcpy(exact.state.f, r.state.f, r.grid->size * sizeof *start);
        memcpy(exact.state.log_f, r.state.log_f, r.grid->size * sizeof *start);
        advance(&exact, dt);
        const long stages = advance(&r, dt);
        cr_assert_eq(r.control[BEFORE], dt);
        for (size_t i = 0; i < r.grid->size; i++) most = fmax(most, start[i]);
        for (size_t i = 0; i < r.grid->size; i++)
            sum += pow((r.state.f[i] - exact.state.f[i]) / (1e3 * (fabs(start[i]) + 1e-2 * most)), 2);
        const double ratio = r.control[ERROR_BEFORE] / sqrt(sum / (double)r.grid->size);
        cr_log_info("%ld stages: estimate %.3f of the error", stages, ratio);
        cr_assert_eq(stages, gz_stability_stages(1.05 * r.control[RADIUS] * dt));
        cr_assert_float_eq(ratio, 1, 0.04, "%ld stages: %.3f", stages, ratio);
        gz_release(start);
        end(&r);
        end(&exact);
    }
}

/* The error of a step is O(dt^3) and their sum O(dt^2), so a tolerance of a hundredth divides it by 100^{2/3} = 21.5. */
Test(rkl2, the_error_follows_the_tolerance) {
    for (int form = 0; form < 2; form++) {
        double *exact = density(1,
                                (gz_integrator_settings){.scheme = "cvode_bdf",
                                                         .space_form = (gz_space_form)form,
                                                         .ode_tolerance = 1e-11},
                                0.5, 1),
               before = 0;
        for (double tolerance = 1e-3; tolerance > 1e-8; tolerance /= 100) {
            const gz_integrator_settings settings = {
                .scheme = "rkl2_adaptive", .space_form = (gz_space_form)form, .ode_tolerance = tolerance};
            double *f = density(1, settings, 0.5, 1);
            run r = begin(1, &settings);
            const double error = gz_relative_l2(r.grid, f, exact);
            cr_log_info("form %d, tolerance %.0e: error %.2e, %.1f", form, tolerance, error, before / error);
            if (before > 0) cr_assert(before / error > 10 && before / error < 45, "%.1f", before / error);
            before = error;
            gz_release(f);
            end(&r);
        }
        gz_release(exact);
    }
}

/* F at the end of a collision is F at the start of the next one, unless the density is another. */
Test(rkl2, a_collision_goes_on_with_the_rate_of_the_one_before) {
    run r = begin(1, &LOOSE);
    advance(&r, 0.01);
    const long stages = gz_stability_stages(1.05 * r.control[RADIUS] * 0.01);
    for (int k = 0; k < 3; k++) cr_assert_eq(advance(&r, 0.01), stages);
    for (size_t i = 0; i < r.grid->size; i++) {
        r.state.f[i] *= 1.5;
        r.state.log_f[i] += log(1.5);
    }
    cr_assert_gt(advance(&r, 0.01), stages + 3); /* its rate, its radius, and a trial for the first step */
    end(&r);
    r = begin(3, &LOOSE);
    advance(&r, 0.01);
    cr_assert_eq(advance(&r, 0.01), 1 + gz_stability_stages(1.05 * r.control[RADIUS] * 0.01));
    end(&r);
}

/* An integrator that receives the memory of another one takes its steps, at the same work. */
Test(rkl2, its_memory_is_all_that_it_knows) {
    for (size_t cells = 1; cells <= 3; cells += 2) {
        const gz_integrator_settings settings = {.scheme = "rkl2_adaptive", .ode_tolerance = 1e-4};
        run a = begin(cells, &settings), b = begin(cells, &settings);
        gz_memory_block of_a[GZ_MEMORY_BLOCKS], of_b[GZ_MEMORY_BLOCKS];
        for (int k = 0; k < 2; k++) advance(&a, 0.1);
        const size_t count = gz_integrator_memory(a.integrator, of_a),
                     bytes = a.grid->size * sizeof *a.state.f;
        cr_assert_eq(gz_integrator_memory(b.integrator, of_b), count);
        for (size_t i = 0; i < count; i++)
            memcpy(of_b[i].values, of_a[i].values, of_a[i].count * sizeof(double));
        memcpy(b.state.f, a.state.f, bytes);
        memcpy(b.state.log_f, a.state.log_f, bytes);
        for (int k = 0; k < 2; k++) cr_assert_eq(advance(&a, 0.1), advance(&b, 0.1));
        cr_assert_eq(memcmp(a.state.f, b.state.f, bytes), 0);
        end(&a);
        end(&b);
    }
}

/* A step that is far too long costs work, and not accuracy; with streaming the next collision begins with it. */
Test(rkl2, a_refused_step_is_tried_again) {
    for (size_t cells = 1; cells <= 3; cells += 2) {
        const gz_integrator_settings settings = {.scheme = "rkl2_adaptive", .ode_tolerance = 1e-5};
        run plain = begin(cells, &settings), spoilt = begin(cells, &settings);
        for (int k = 0; k < 3; k++) {
            const long work = advance(&plain, 0.2);
            if (k > 0) spoilt.control[NEXT] = 10;
            const long more = advance(&spoilt, 0.2) - work;
            cr_log_info("%zu cells: %ld applications, and %ld more", cells, work, more);
            if (k > 0)
                cr_assert_geq(more, 10);
            else
                cr_assert_eq(more, 0);
        }
        cr_assert_lt(gz_relative_l2(plain.grid, spoilt.state.f, plain.state.f), 2e-5);
        end(&plain);
        end(&spoilt);
    }
}

/* The same step is beyond the log form where its length is given. */
Test(rkl2, lost_positivity_is_a_reason_to_take_a_smaller_step) {
    const gz_integrator_settings fixed = {.scheme = "rkl2", .space_form = GZ_LOG_FORM},
                                 free = {.scheme = "rkl2_adaptive",
                                         .space_form = GZ_LOG_FORM,
                                         .ode_tolerance = 1e3};
    run r = begin(3, &fixed);
    cr_assert_eq(step(&r, 1), GZ_ERROR_NOT_CONVERGED);
    cr_assert_not_null(strstr(gz_context_message(context), "lost positivity"), "%s",
                       gz_context_message(context));
    end(&r);
    r = begin(3, &free);
    for (int k = 0; k < 3; k++) {
        advance(&r, 1);
        cr_assert(r.report.converged && r.report.negative == 0);
        cr_assert_lt(r.control[BEFORE], 1);
    }
    end(&r);
}

/* No step can have an error below round-off. */
Test(rkl2, a_tolerance_that_cannot_be_met_ends_the_attempts) {
    const gz_integrator_settings settings = {.scheme = "rkl2_adaptive", .ode_tolerance = 1e-25};
    run r = begin(1, &settings);
    double *before = sample_zero(context, r.grid);
    memcpy(before, r.state.f, r.grid->size * sizeof *before);
    cr_assert_eq(step(&r, 0.1), GZ_ERROR_NOT_CONVERGED);
    const char *message = gz_context_message(context);
    cr_assert_not_null(
        strstr(message, "rkl2_adaptive stopped after 0 of dt = 0.1: the estimated error of a step"), "%s",
        message);
    cr_assert_not_null(strstr(message, "try a smaller dt or another time.tolerance"), "%s", message);
    cr_assert_not(r.report.blew_up);
    cr_assert_eq(memcmp(before, r.state.f, r.grid->size * sizeof *before), 0);
    gz_release(before);
    end(&r);
}

/* Count the questions; say stop from the question after next `left` ones on. */
typedef struct listener {
    long asked, left;
} listener;

static bool say_stop(void *data) {
    listener *l = data;
    return ++l->asked > l->left;
}

/* Wherever the stop comes, refused steps included, nothing is evaluated after it. */
Test(rkl2, a_stop_ends_it_at_once) {
    run r = begin(1, &(gz_integrator_settings){.scheme = "rkl2_adaptive"});
    for (long left = 0; left < 60; left++) {
        listener l = {.left = left};
        if (left > 0) r.control[NEXT] = 10;
        gz_context_set_stop(context, say_stop, &l);
        cr_assert_eq(step(&r, 0.2), GZ_INTERRUPTED, "%ld", left);
        cr_assert_eq(l.asked, left + 1);
    }
    gz_context_set_stop(context, NULL, NULL);
    end(&r);
}

/* A rate that belongs to no density any more would spoil the next step. */
Test(rkl2, a_step_that_is_given_up_leaves_no_rate_behind) {
    const gz_integrator_settings settings = {.scheme = "rkl2_adaptive", .ode_tolerance = 1e-5};
    run plain = begin(1, &settings), stopped = begin(1, &settings);
    advance(&plain, 0.4);
    advance(&stopped, 0.4);
    const long whole = advance(&plain, 0.4);
    listener l = {.left = whole - 1};
    gz_context_set_stop(context, say_stop, &l);
    cr_assert_eq(step(&stopped, 0.4), GZ_INTERRUPTED);
    gz_context_set_stop(context, NULL, NULL);
    advance(&stopped, 0.4);
    cr_assert_lt(gz_relative_l2(plain.grid, stopped.state.f, plain.state.f), 1e-5);
    cr_assert_lt(stopped.report.work.applications, 2 * whole);
    end(&plain);
    end(&stopped);
}
