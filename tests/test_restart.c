/* A run that was stopped and goes on is the unbroken run, bit for bit, for all kernels, dimensions,
 * integrators, step control and threads. In between the process forgets what FFTW measured. A step that is
 * given up, wherever in it, leaves no trace.
 * test_restart_command.c asks the same of the program, in processes of their own. */
#include "checkpoint.h"
#include "plans.h"
#include "scratch.h"
#include "simulation.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void open_all(void) {
    scratch_open();
    setenv("XDG_CACHE_HOME", scratch_path("cache"), 1);
}

TestSuite(restart, .init = open_all, .fini = scratch_close);

enum { SETTINGS = 8, STEPS = 4, STOP = 2 };

static const char DECK[] = "model: {kappa: {shape: exponential, k2: 4}}\n"
                           "grid: {v: {nodes: 13, half_width: 5}, unresolved: allow}\n"
                           "initial: [{temperature: 0.8, density_wave: 0.3, mode: 1}, {velocity: 1}]\n"
                           "time: {dt: 0.05, end: 0.2}\n";

/* The variations of the deck, as settings separated by blanks. */
static const char *const VARIATIONS[] = {
    "model.kernel.gamma=0",
    "model.kernel.gamma=-3",
    "model.kernel.gamma=1 grid.v.order=8",
    "model.kernel.shape=bounded model.kernel.gamma=2",
    "solver.mobility=moments",
    "solver.mobility=pairs",
    "model.velocity_dim=3 grid.v.nodes=9 model.kernel.gamma=-3",
    "model.space_dim=1 grid.x.cells=4",
    "model.space_dim=1 grid.x.cells=4 grid.x.boundary=box model.transport=false",
    "model.space_dim=1 grid.x.cells=8 grid.x.boundary=box",
    "model.space_dim=1 grid.x.cells=4 model.kappa.shape=dirac",
    "model.space_dim=2 grid.x.cells=3 grid.v.nodes=9",
    "model.space_dim=1 model.velocity_dim=3 grid.x.cells=3 grid.v.nodes=7 grid.v.order=4",
    "time.scheme=jko time.inner_steps=2 grid.v.nodes=7 grid.v.half_width=3 time.dt=0.01 time.end=0.04",
    "time.scheme=jko",
    "time.scheme=zero_defect4",
    "time.scheme=zero_defect4 model.space_dim=1 grid.x.cells=3",
    "time.scheme=zero_defect4 time.dt=2 time.end=10",
    "time.scheme=zero_defect4 time.dt_control.tolerance=0.003 time.dt_control.by=theta",
    "time.implicitness=0.5",
    "solver.mobility_at=start",
    "solver.mobility_at=extrapolated",
    "solver.mobility_at=extrapolated model.space_dim=1 grid.x.cells=3",
    "solver.mobility_at=fixed_point",
    "solver.mobility_at=local",
    "solver.preconditioner=factor",
    "solver.preconditioner=factor model.space_dim=1 grid.x.cells=3",
    "solver.minimizer=lbfgs grid.v.nodes=9 grid.v.order=2",
    "solver.minimizer=tnewton grid.v.nodes=9 grid.v.order=2",
    "solver.minimizer=dense grid.v.nodes=9",
    "time.dt_control.tolerance=0.003",
    "time.dt_control.tolerance=0.1 time.dt_control.by=certificate",
    "time.dt_control.tolerance=0.1 time.dt_control.by=certificate solver.mobility_at=extrapolated",
    "time.scheme=euler time.dt=1e-4",
    "time.scheme=ssprk3 time.dt=1e-3",
    "time.scheme=rk4 time.dt=1e-3",
    "time.scheme=rk2 time.dt=1e-3 time.zero_defect=true",
    "time.scheme=rkl2",
    "time.scheme=rkl2 model.space_dim=1 grid.x.cells=3",
    "time.scheme=rkl2_adaptive",
    "time.scheme=rkl2_adaptive time.space_form=log time.tolerance=1e-3",
    "time.scheme=rkl2_adaptive model.space_dim=1 grid.x.cells=3",
    "time.scheme=rkl2_adaptive model.space_dim=1 grid.x.cells=3 model.transport=false time.tolerance=1e-4",
    "time.scheme=arkode_erk model.space_dim=1 grid.x.cells=3",
    "time.scheme=cvode_bdf model.space_dim=1 grid.x.cells=3",
    "time.scheme=arkode_dirk model.space_dim=1 grid.x.cells=3",
    "model.space_dim=1 grid.x.cells=4 model.field.shape=ampere",
    "model.space_dim=2 grid.x.cells=3 grid.v.nodes=9 model.field.shape=ampere model.force.shape=cosine "
    "model.force.strength=0.3 model.force.mode=1",
    "model.space_dim=1 grid.x.cells=4 model.field.shape=ampere time.dt_control.tolerance=0.1 "
    "time.dt_control.by=certificate",
    "model.space_dim=1 grid.x.cells=4 model.field.shape=ampere time.scheme=rkl2",
    "model.space_dim=1 grid.x.cells=4 model.field.shape=poisson time.scheme=arkode_erk",
    "model.space_dim=1 grid.x.cells=6 grid.x.boundary=box model.force.shape=harmonic model.force.strength=2",
};

enum { VARIATION_COUNT = sizeof VARIATIONS / sizeof *VARIATIONS };

static gz_deck *load(gz_context *context, const char *variation) {
    char words[400];
    const char *settings[SETTINGS];
    size_t count = 0;
    gz_deck *deck = NULL;
    snprintf(words, sizeof words, "%s", variation);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) settings[count++] = word;
    cr_assert_eq(gz_deck_parse(context, "deck", DECK, strlen(DECK), count, settings, &deck), GZ_OK, "%s: %s",
                 variation, gz_context_message(context));
    return deck;
}

static void create(gz_context *context, const gz_deck *deck, const char *name, gz_simulation *s) {
    cr_assert_eq(gz_simulation_init(context, deck, s), GZ_OK, "%s: %s", name, gz_context_message(context));
}

static void run_steps(gz_simulation *s, const char *name, long last, gz_step_report *report) {
    while (s->state.step < last && !gz_simulation_is_over(s))
        cr_assert_eq(gz_simulation_step(s, report), GZ_OK, "%s: %s", name, gz_context_message(s->context));
}

static void save(gz_simulation *s) {
    char *plans = NULL;
    gz_memory_block blocks[GZ_SIMULATION_BLOCKS];
    cr_assert_eq(gz_plans_text(s->context, &plans), GZ_OK);
    const gz_checkpoint_texts texts = {.plans = plans};
    const size_t count = gz_simulation_memory(s, blocks);
    cr_assert_eq(gz_checkpoint_write(s->context, s->grid, scratch_path(""), &texts, &s->state, count, blocks),
                 GZ_OK);
    gz_release(plans);
}

static void recall_plans(gz_context *context) {
    gz_checkpoint_texts texts;
    gz_plans_forget();
    cr_assert_eq(gz_checkpoint_read_texts(context, scratch_path(""), &texts), GZ_OK);
    cr_assert(gz_plans_learn(texts.plans));
    gz_checkpoint_release_texts(&texts);
}

static void restore(gz_simulation *s) {
    gz_memory_block blocks[GZ_SIMULATION_BLOCKS];
    bool older = false;
    const size_t count = gz_simulation_memory(s, blocks);
    cr_assert_eq(gz_checkpoint_read(s->context, s->grid, scratch_path(""), &s->state, count, blocks, &older),
                 GZ_OK);
    gz_simulation_continue(s);
}

static void check_same(const gz_simulation *a, const gz_step_report *of_a, const gz_simulation *b,
                       const gz_step_report *of_b, const char *name) {
    const size_t bytes = a->grid->size * sizeof(double);
    double difference = 0;
    for (size_t i = 0; i < a->grid->size; i++)
        difference = fmax(difference, fabs(a->state.f[i] - b->state.f[i]));
    cr_assert(a->state.time == b->state.time && a->state.step == b->state.step, "%s: step %ld, %ld", name,
              a->state.step, b->state.step);
    cr_assert_eq(memcmp(a->state.f, b->state.f, bytes), 0, "%s: differs by %g", name, difference);
    cr_assert_eq(memcmp(a->state.log_f, b->state.log_f, bytes), 0, "%s", name);
    const double one[] = {of_a->dt, of_a->defect, of_a->dissipation, of_a->decrement, of_a->estimate},
                 two[] = {of_b->dt, of_b->defect, of_b->dissipation, of_b->decrement, of_b->estimate};
    cr_assert_eq(memcmp(one, two, sizeof one), 0, "%s", name);
    cr_assert(of_a->work.newton == of_b->work.newton && of_a->work.cg == of_b->work.cg, "%s", name);
}

/* Say stop from the question after next `left` ones on. */
static bool say_stop(void *left) {
    return --*(long *)left < 0;
}

/* Begin the next step again and again, to be given up ever later, until it comes to its end. */
static void take_step_after_giving_up(gz_simulation *s, const char *name, gz_step_report *report) {
    gz_state *before = &(gz_state){0};
    gz_memory_block blocks[GZ_SIMULATION_BLOCKS];
    const size_t bytes = s->grid->size * sizeof(double);
    gz_status status = GZ_INTERRUPTED;
    long given_up = 0;
    cr_assert_eq(gz_state_init(s->context, s->grid, before), GZ_OK);
    memcpy(before->f, s->state.f, bytes);
    memcpy(before->log_f, s->state.log_f, bytes);
    for (long questions = 0; status == GZ_INTERRUPTED; questions += 1 + questions / 2, given_up++) {
        long left = questions;
        gz_context_set_stop(s->context, say_stop, &left);
        status = gz_simulation_step(s, report);
        gz_context_set_stop(s->context, NULL, NULL);
        if (status != GZ_INTERRUPTED) break;
        cr_assert(s->state.step == STOP && left < 0, "%s", name);
        cr_assert_eq(memcmp(before->f, s->state.f, bytes), 0, "%s", name);
        cr_assert_eq(memcmp(before->log_f, s->state.log_f, bytes), 0, "%s", name);
        const double *kept = s->kept;
        const size_t count = gz_simulation_memory(s, blocks);
        for (size_t i = 0; i < count; kept += blocks[i++].count)
            cr_assert_eq(memcmp(kept, blocks[i].values, blocks[i].count * sizeof *kept), 0, "%s: %s", name,
                         blocks[i].name);
    }
    cr_assert_eq(status, GZ_OK, "%s: %s", name, gz_context_message(s->context));
    cr_assert_gt(given_up, 0, "%s asks nobody whether to stop", name);
    gz_state_free(before);
}

static void check_variation(const char *variation, int threads) {
    gz_context *context = NULL;
    gz_simulation whole, rest;
    gz_step_report of_whole, of_rest;
    cr_assert_eq(gz_context_create(threads, &context), GZ_OK);
    gz_deck *deck = load(context, variation);
    gz_plans_forget();
    create(context, deck, variation, &whole);
    run_steps(&whole, variation, STOP, &of_whole);
    save(&whole);
    take_step_after_giving_up(&whole, variation, &of_whole);
    run_steps(&whole, variation, STEPS, &of_whole);
    recall_plans(context);
    create(context, deck, variation, &rest);
    restore(&rest);
    run_steps(&rest, variation, STEPS, &of_rest);
    check_same(&whole, &of_whole, &rest, &of_rest, variation);
    gz_simulation_free(&whole);
    gz_simulation_free(&rest);
    gz_deck_destroy(deck);
    gz_context_destroy(context);
}

Test(restart, is_the_unbroken_run) {
    for (size_t i = 0; i < VARIATION_COUNT; i++) check_variation(VARIATIONS[i], 1 + (int)(i % 2));
}

/* Sums over threads are taken in an order that does not depend on which thread comes first. */
Test(restart, more_threads_than_processors_do_not_matter) {
    const size_t some[] = {1, 7, 31, 33};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) check_variation(VARIATIONS[some[i]], 3);
}

/* A text that is no wisdom is refused, and what is known stays. */
Test(restart, damaged_plans_are_refused) {
    gz_context *context = NULL;
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_deck *deck = load(context, VARIATIONS[0]);
    gz_simulation s;
    create(context, deck, "", &s);
    char *plans = NULL, *after = NULL;
    cr_assert_eq(gz_plans_text(context, &plans), GZ_OK);
    const size_t size = strlen(plans);
    for (size_t at = 0; at < size; at += 1 + size / 60) {
        char *damaged = calloc(size + 1, 1);
        memcpy(damaged, plans, at);
        gz_plans_learn(damaged);
        memcpy(damaged, plans, size);
        damaged[at] = '#';
        gz_plans_learn(damaged);
        free(damaged);
        gz_simulation again;
        create(context, deck, "", &again);
        gz_simulation_free(&again);
    }
    cr_assert_not(gz_plans_learn("not at all"));
    cr_assert_eq(gz_plans_text(context, &after), GZ_OK);
    cr_assert_geq(strlen(after), size);
    gz_release(plans);
    gz_release(after);
    gz_simulation_free(&s);
    gz_deck_destroy(deck);
    gz_context_destroy(context);
}
