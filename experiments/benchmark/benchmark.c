/* Speed as ratios, which depend less on the machine than seconds do. Both parts of a ratio come from the same
 * run and are measured in turn, and of each part the shortest of several repeats counts. One thread is timed
 * in processor seconds, two threads in wall seconds.
 *
 *   K apply/bare   the time of w -> K(m) w over the time of the transforms that it cannot do without: in each
 *                  cell d forward and d inverse real transforms of the smallest 7-smooth length >= 2n - 1 an
 *                  axis, and the transforms along x; planned by FFTW_MEASURE, on as many threads
 *   two/one        the time on one thread over the time on two; the transforms show what the machine can give
 *   share          the part of a zero_defect step's time that each of its phases takes
 *   exponent       p in seconds ~ N^p for N phase-space nodes, from the smallest to the largest grid
 *   bytes          memory that the grid, integrator and state allocate, a phase-space node
 *   local/roofline bytes a second that the local stencils of K move if they touch every field once, over the
 *                  bytes a second of memcpy
 *
 * Data: a Maxwellian with temperatures (1, 1.3, ..), with a wave of density in x; gamma = 0 in 2V and -3 in
 * 3V, order 6, kappa exponential, dt = 0.1.
 */
#include "grazing.h"
#include "waiting.h"

#include <fftw3.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REPEATS = 7, STEPS = 2 };                           /* repeats of a kernel and of a step, at least */
static const double KERNEL_SECONDS = 6, STEP_SECONDS = 20; /* measuring on a grid lasts at least so long */

typedef struct grid_case {
    int d;
    size_t cells, nodes;
} grid_case;

static const grid_case CASES[] = {{2, 16, 33}, {2, 32, 65}, {2, 64, 129}, {3, 1, 25}, {3, 1, 33}, {3, 1, 49}};
enum { CASE_COUNT = sizeof CASES / sizeof *CASES, FIRST_3D = 3 };

static double seconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Processor seconds do not depend on what else the machine does, but they add up all threads: two threads are
 * timed by the wall clock. */
static clockid_t clock_of(int threads) {
    return threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
}

static void must(const gz_context *context, gz_status status) {
    if (status == GZ_OK) return;
    fprintf(stderr, "%s\n", gz_context_message(context));
    exit((int)status);
}

/* A problem, its integrator on some threads, and a state. */
typedef struct bench {
    gz_context *context;
    gz_phase_grid *grid;
    gz_integrator *integrator;
    gz_state state;
    double *out, bytes; /* memory allocated, a phase-space node */
} bench;

static void set_state(bench *b) {
    const gz_phase_grid *grid = b->grid;
    const double two_pi = 8 * atan(1);
    for (size_t i = 0; i < grid->size; i++) {
        const size_t cell = i / grid->node_count, node = i % grid->node_count;
        double log_f =
            log(1 + 0.4 * (grid->space_dim ? cos(two_pi * gz_phase_grid_position(grid, cell, 0)) : 0));
        for (int a = 0; a < grid->velocity_dim; a++) {
            const double T = a == 0 ? 1 : 1.3, v = grid->node_velocity[a][node];
            log_f -= v * v / (2 * T) + 0.5 * log(two_pi * T);
        }
        b->state.log_f[i] = log_f;
        b->state.f[i] = exp(log_f);
    }
    b->state.time = 0;
}

static bench open_bench(grid_case c, int threads) {
    const gz_problem problem = {.grid = {.space_dim = c.cells > 1,
                                         .velocity_dim = c.d,
                                         .cells = {c.cells},
                                         .length = {1},
                                         .nodes = c.nodes,
                                         .half_width = 6.5},
                                .kernel = {GZ_KERNEL_POWER, .gamma = c.d == 2 ? 0 : -3, .strength = 1},
                                .kappa = {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4},
                                .order = 6};
    const gz_integrator_settings settings = {0};
    bench b = {0};
    if (gz_context_create(threads, &b.context) != GZ_OK) exit(EXIT_FAILURE);
    must(b.context, gz_phase_grid_create(b.context, &problem.grid, &b.grid));
    must(b.context, gz_integrator_create(b.context, b.grid, &problem, &settings, &b.integrator));
    must(b.context, gz_state_init(b.context, b.grid, &b.state));
    b.bytes = (double)gz_context_allocated_bytes(b.context) / (double)b.grid->size;
    must(b.context, gz_allocate(b.context, b.grid->size, sizeof(double), &b.out));
    set_state(&b);
    gz_mobility *mobility = gz_integrator_mobility(b.integrator);
    gz_mobility_set_steepness(mobility, b.state.log_f);
    gz_mobility_set_density(mobility, b.state.f);
    return b;
}

static void close_bench(bench *b) {
    gz_integrator_destroy(b->integrator);
    gz_state_free(&b->state);
    gz_release(b->out);
    gz_phase_grid_destroy(b->grid);
    gz_context_destroy(b->context);
}

/* --- the transforms alone --- */

typedef struct transforms {
    fftw_plan forward, backward, along_x, back_x; /* of a cell's field; of a block of nodes */
    double *real, *block;                         /* an array for every thread, one after the other */
    fftw_complex *spectrum, *modes;
    size_t real_size, spectrum_size, block_size, modes_size;
    int threads;
} transforms;

enum { X_BLOCK = 16 };

static size_t smallest_smooth(size_t least) {
    size_t rest = least;
    for (size_t prime = 2; prime <= 7; prime++)
        while (rest % prime == 0) rest /= prime;
    return rest == 1 ? least : smallest_smooth(least + 1);
}

static transforms make_transforms(const gz_phase_grid *grid, int threads) {
    const size_t P = smallest_smooth(2 * grid->nodes - 1), nx = grid->cell_count;
    transforms t = {.real_size = 1, .threads = threads};
    int shape[GZ_MAX_DIM];
    for (int a = 0; a < grid->velocity_dim; a++) {
        shape[a] = (int)P;
        t.real_size *= P;
    }
    t.spectrum_size = t.real_size / P * (P / 2 + 1);
    t.block_size = nx * X_BLOCK;
    t.modes_size = (nx / 2 + 1) * X_BLOCK;
    const size_t n = (size_t)threads;
    t.real = fftw_alloc_real(n * t.real_size);
    t.spectrum = fftw_alloc_complex(n * t.spectrum_size);
    t.block = fftw_alloc_real(n * t.block_size);
    t.modes = fftw_alloc_complex(n * t.modes_size);
    t.forward = fftw_plan_dft_r2c(grid->velocity_dim, shape, t.real, t.spectrum, FFTW_MEASURE);
    t.backward = fftw_plan_dft_c2r(grid->velocity_dim, shape, t.spectrum, t.real, FFTW_MEASURE);
    const int length[] = {(int)nx};
    t.along_x = fftw_plan_many_dft_r2c(1, length, X_BLOCK, t.block, NULL, X_BLOCK, 1, t.modes, NULL, X_BLOCK,
                                       1, FFTW_MEASURE);
    t.back_x = fftw_plan_many_dft_c2r(1, length, X_BLOCK, t.modes, NULL, X_BLOCK, 1, t.block, NULL, X_BLOCK,
                                      1, FFTW_MEASURE);
    memset(t.real, 0, n * t.real_size * sizeof *t.real);
    memset(t.block, 0, n * t.block_size * sizeof *t.block);
    return t;
}

static void clear_transforms(transforms *t) {
    fftw_destroy_plan(t->forward);
    fftw_destroy_plan(t->backward);
    fftw_destroy_plan(t->along_x);
    fftw_destroy_plan(t->back_x);
    fftw_free(t->real);
    fftw_free(t->spectrum);
    fftw_free(t->block);
    fftw_free(t->modes);
}

/* The transforms of two applications: two threads cannot share the three fields of one cell evenly. */
static void run_transforms(const transforms *t, const gz_phase_grid *grid) {
    const size_t d = (size_t)grid->velocity_dim, fields = 2 * d * grid->cell_count,
                 blocks = grid->cell_count > 1 ? 2 * d * (grid->node_count + X_BLOCK - 1) / X_BLOCK : 0;
#pragma omp parallel num_threads(t->threads)
    {
        const size_t thread = (size_t)omp_get_thread_num();
        double *real = t->real + thread * t->real_size, *block = t->block + thread * t->block_size;
        fftw_complex *spectrum = t->spectrum + thread * t->spectrum_size,
                     *modes = t->modes + thread * t->modes_size;
#pragma omp for schedule(static)
        for (size_t j = 0; j < blocks; j++) {
            fftw_execute_dft_r2c(t->along_x, block, modes);
            fftw_execute_dft_c2r(t->back_x, modes, block);
        }
#pragma omp for schedule(static)
        for (size_t j = 0; j < fields; j++) {
            fftw_execute_dft_r2c(t->forward, real, spectrum);
            fftw_execute_dft_c2r(t->backward, spectrum, real);
        }
    }
}

/* --- measurements --- */

/* The first of two applications in a row wakes the threads and fills the caches; the second one is timed. */
static double apply_seconds(const bench *b, clockid_t clock) {
    double begin = 0;
    for (int k = 0; k < 2; k++) {
        begin = seconds(clock);
        gz_mobility_apply(gz_integrator_mobility(b->integrator), b->state.log_f, b->out);
    }
    return seconds(clock) - begin;
}

static double bare_seconds(const transforms *t, const gz_phase_grid *grid, clockid_t clock) {
    double begin = 0;
    for (int k = 0; k < 2; k++) {
        begin = seconds(clock);
        run_transforms(t, grid);
    }
    return (seconds(clock) - begin) / 2;
}

static double local_seconds(const bench *b) {
    const double begin = seconds(clock_of(1));
    gz_mobility_apply_local(gz_integrator_mobility(b->integrator), b->state.log_f, b->out);
    return seconds(clock_of(1)) - begin;
}

/* Bytes that memcpy reads and writes a second, between arrays as large as a field. */
static double copy_rate(const bench *b, double *other) {
    double least = INFINITY;
    for (int k = 0; k < REPEATS; k++) {
        const double begin = seconds(clock_of(1));
        memcpy(other, b->out, b->grid->size * sizeof *other);
        least = fmin(least, seconds(clock_of(1)) - begin);
    }
    return 2 * sizeof *other * (double)b->grid->size / least;
}

/* Bytes that one application of the local stencils moves: it reads w, h m, T, theta and c, and writes out. */
static double local_bytes(const gz_phase_grid *grid) {
    const int d = grid->velocity_dim;
    return sizeof(double) * (double)grid->size * (3 + d * (d + 1) / 2 + 2 * d);
}

typedef struct result {
    double apply, bare, step, size;                   /* seconds of one thread */
    double wall_apply[2], wall_bare[2], wall_step[2]; /* on one and on two threads */
} result;

static void keep_least(double *least, double value) {
    if (*least == 0 || value < *least) *least = value;
}

/* Takes one step from the initial state; *taken becomes its processor seconds. */
static gz_step_report step_of(bench *b, double *taken) {
    gz_step_report report;
    set_state(b);
    const double begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
    must(b->context, gz_integrator_step(b->integrator, 0.1, &b->state, &report));
    *taken = seconds(CLOCK_PROCESS_CPUTIME_ID) - begin;
    return report;
}

static void print_case(grid_case c, const result *r, const gz_step_report *s, double bytes, double roofline) {
    double rest = s->work.seconds;
    char name[32];
    snprintf(name, sizeof name, "%zu x %zu^%d", c.cells, c.nodes, c.d);
    printf("%-12s %6.2f %6.2f %8.2f %6.2f %6.2f %7.1f %5ld ", name, r->apply / r->bare,
           r->wall_apply[1] / r->wall_bare[1], r->wall_bare[0] / r->wall_bare[1],
           r->wall_apply[0] / r->wall_apply[1], r->wall_step[0] / r->wall_step[1], r->step / r->bare,
           s->work.applications);
    for (int phase = 0; phase < GZ_PHASE_COUNT; phase++) {
        printf(" %5.0f%%", 100 * s->work.seconds_in[phase] / s->work.seconds);
        rest -= s->work.seconds_in[phase];
    }
    printf(" %5.0f%% %7.0f %9.2f\n", 100 * rest / s->work.seconds, bytes, roofline);
    fflush(stdout);
}

static void measure(grid_case c, result *r) {
    bench one = open_bench(c, 1), two = open_bench(c, 2);
    bench *const both[] = {&one, &two};
    transforms bare[] = {make_transforms(one.grid, 1), make_transforms(one.grid, 2)};
    double local = 0, taken;
    *r = (result){.size = (double)one.grid->size};
    double begin = seconds(CLOCK_MONOTONIC);
    for (int k = 0; k < REPEATS || seconds(CLOCK_MONOTONIC) - begin < KERNEL_SECONDS; k++) {
        keep_least(&r->apply, apply_seconds(&one, clock_of(1)));
        keep_least(&r->bare, bare_seconds(&bare[0], one.grid, clock_of(1)));
        for (int t = 0; t < 2; t++) {
            keep_least(&r->wall_apply[t], apply_seconds(both[t], clock_of(2)));
            keep_least(&r->wall_bare[t], bare_seconds(&bare[t], one.grid, clock_of(2)));
        }
        keep_least(&local, local_seconds(&one));
    }
    const double rate = copy_rate(&one, two.out);
    gz_step_report report = {0};
    begin = seconds(CLOCK_MONOTONIC);
    for (int k = 0; k < STEPS || seconds(CLOCK_MONOTONIC) - begin < STEP_SECONDS; k++)
        for (int t = 0; t < 2; t++) {
            const gz_step_report done = step_of(both[t], &taken);
            if (t == 0) keep_least(&r->step, taken);
            if (t == 0 && (k == 0 || done.work.seconds < report.work.seconds)) report = done;
            keep_least(&r->wall_step[t], done.work.seconds);
        }
    print_case(c, r, &report, one.bytes, local_bytes(one.grid) / local / rate);
    for (int t = 0; t < 2; t++) {
        clear_transforms(&bare[t]);
        close_bench(both[t]);
    }
}

static void print_exponents(const char *what, const result *first, const result *last) {
    const double N = log(last->size / first->size);
    printf("%s  K apply %.2f, transforms %.2f, step %.2f\n", what, log(last->apply / first->apply) / N,
           log(last->bare / first->bare) / N, log(last->step / first->step) / N);
}

int main(int argc, char **argv) {
    (void)argc;
    gz_wait_briefly(argv); /* idle OpenMP threads wait as they do in the program grazing */
    result all[CASE_COUNT];
    printf("%-12s %13s %22s %7s %5s  %37s %7s %9s\n", "", "K apply/bare", "two threads/one", "step", "K",
           "share of a step on one thread", "bytes", "local");
    printf("%-12s %6s %6s %8s %6s %6s %7s %5s %9s %6s %6s %6s %6s %7s %9s\n", "grid", "1 thr", "2 thr",
           "transf.", "K", "step", "/bare", "a st.", "stream", "set-up", "apply", "local", "rest", "a node",
           "/roofline");
    for (size_t k = 0; k < CASE_COUNT; k++) measure(CASES[k], &all[k]);
    print_exponents("\nexponent of seconds in N, 2V:", &all[0], &all[FIRST_3D - 1]);
    print_exponents("exponent of seconds in N, 3V:", &all[FIRST_3D], &all[CASE_COUNT - 1]);
    return 0;
}
