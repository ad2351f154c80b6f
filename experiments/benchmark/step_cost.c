/* What a zero_defect step costs, in units of what its applications and set-ups of K cost.
 *
 *   ratio   seconds of a step over the seconds of its applications and set-ups
 *   share   the part of the step's seconds that each of its phases takes (gz_work); rest: what belongs to none
 *   two     wall seconds on one thread over wall seconds on two
 *
 * A case is a few steps from its datum, taken again and again by one integrator on one thread and another one on two.
 * The steps are the same every time, so the shortest time of each step and phase counts: other programs on the machine
 * can only make a time longer.
 */
#include "grazing.h"
#include "waiting.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    STEPS = 4, /* of a case */
    REST = GZ_PHASE_COUNT,
    PARTS
};
static const double CASE_SECONDS = 12; /* measuring a case lasts at least so long */

/* BKW; two bumps; and a bi-Maxwellian, with a wave of density where there is an x. */
static const gz_component BKW[] = {{.shape = GZ_BKW, .time = 0.5}},
                          BUMPS[] = {{.velocity = {1.5}, .temperature = {0.6, 0.6}, .density = 0.5},
                                     {.velocity = {-1.5}, .temperature = {0.6, 0.6}, .density = 0.5}},
                          WAVE[] =
                              {{.temperature = {1, 1.3}, .density = 1, .mode = {1}, .density_wave = 0.4}},
                          OVAL[] = {{.temperature = {1, 1.3, 1.3}, .density = 1}};

typedef struct cost_case {
    const char *name;
    int d;
    size_t cells, nodes;
    double gamma, dt;
    const gz_component *datum;
    size_t components;
} cost_case;

static const cost_case CASES[] = {{"BKW 49^2", 2, 1, 49, 0, 0.0625, BKW, 1},
                                  {"Coulomb 49^2", 2, 1, 49, -3, 0.1, BUMPS, 2},
                                  {"wave 16 x 33^2", 2, 16, 33, 0, 0.1, WAVE, 1},
                                  {"wave 64 x 65^2", 2, 64, 65, 0, 0.1, WAVE, 1},
                                  {"Coulomb 33^3", 3, 1, 33, -3, 0.1, OVAL, 1}};
enum { CASE_COUNT = sizeof CASES / sizeof *CASES };

typedef struct bench {
    gz_context *context;
    gz_phase_grid *grid;
    gz_integrator *integrator;
    gz_state start, state;
    double least[STEPS][PARTS], wall[STEPS]; /* shortest seconds so far */
    gz_work work;                            /* of one run of all steps */
    double defect;                           /* largest |J| over the mass */
} bench;

static void must(const gz_context *context, gz_status status) {
    if (status == GZ_OK) return;
    fprintf(stderr, "%s\n", gz_context_message(context));
    exit((int)status);
}

static void open_bench(const cost_case *c, int threads, bench *b) {
    const gz_problem problem = {.grid = {.space_dim = c->cells > 1,
                                         .velocity_dim = c->d,
                                         .cells = {c->cells},
                                         .length = {1},
                                         .nodes = c->nodes,
                                         .half_width = 6.5},
                                .kernel = {GZ_KERNEL_POWER, .gamma = c->gamma, .strength = 1},
                                .kappa = {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4},
                                .order = 6};
    const gz_integrator_settings settings = {.scheme = "zero_defect"};
    *b = (bench){0};
    if (gz_context_create(threads, &b->context) != GZ_OK) exit(EXIT_FAILURE);
    must(b->context, gz_phase_grid_create(b->context, &problem.grid, &b->grid));
    must(b->context, gz_integrator_create(b->context, b->grid, &problem, &settings, &b->integrator));
    must(b->context, gz_state_init(b->context, b->grid, &b->start));
    must(b->context, gz_state_init(b->context, b->grid, &b->state));
    must(b->context,
         gz_initial_state(b->context, b->grid, &problem.kernel, c->components, c->datum, &b->start));
}

static void close_bench(bench *b) {
    gz_integrator_destroy(b->integrator);
    gz_state_free(&b->start);
    gz_state_free(&b->state);
    gz_phase_grid_destroy(b->grid);
    gz_context_destroy(b->context);
}

static void keep_least(double *least, double value) {
    if (*least == 0 || value < *least) *least = value;
}

static void take_steps(double dt, bench *b) {
    gz_moments moments;
    gz_moments_of(b->grid, b->start.f, &moments);
    b->work = (gz_work){0};
    for (size_t i = 0; i < b->grid->size; i++) {
        b->state.f[i] = b->start.f[i];
        b->state.log_f[i] = b->start.log_f[i];
    }
    for (int k = 0; k < STEPS; k++) {
        gz_step_report report;
        must(b->context, gz_integrator_step(b->integrator, dt, &b->state, &report));
        double rest = report.work.seconds;
        for (int phase = 0; phase < GZ_PHASE_COUNT; phase++) {
            keep_least(&b->least[k][phase], report.work.seconds_in[phase]);
            rest -= report.work.seconds_in[phase];
        }
        keep_least(&b->least[k][REST], rest);
        keep_least(&b->wall[k], report.work.seconds);
        gz_work_add(&b->work, &report.work);
        b->defect = fmax(b->defect, fabs(report.defect) / moments.mass);
    }
}

static void print_case(const cost_case *c, const bench *one, const bench *two) {
    double part[PARTS] = {0}, all = 0, wall[2] = {0};
    for (int k = 0; k < STEPS; k++) {
        for (int p = 0; p < PARTS; p++) {
            part[p] += one->least[k][p];
            all += one->least[k][p];
        }
        wall[0] += one->wall[k];
        wall[1] += two->wall[k];
    }
    printf("%-15s %6.2f %6.2f %6.1f %7.1f %7.1f ", c->name,
           all / (part[GZ_PHASE_SETUP] + part[GZ_PHASE_APPLY]), wall[0] / wall[1],
           (double)one->work.applications / STEPS, (double)one->work.setups / STEPS,
           (double)one->work.newton / STEPS);
    for (int p = 0; p < PARTS; p++) printf(" %5.1f%%", 100 * part[p] / all);
    printf(" %9.1e\n", one->defect);
    fflush(stdout);
}

int main(int argc, char **argv) {
    (void)argc;
    gz_wait_briefly(argv); /* idle OpenMP threads wait as they do in the program grazing */
    printf("%-15s %6s %6s %22s  %34s %9s\n", "", "", "", "a step", "share of a step on one thread",
           "largest");
    printf("%-15s %6s %6s %6s %7s %7s  %6s %6s %6s %6s %6s %9s\n", "case", "ratio", "two", "K", "set-ups",
           "Newton", "stream", "set-up", "apply", "local", "rest", "|J|/mass");
    for (int i = 0; i < CASE_COUNT; i++) {
        bench one, two;
        open_bench(&CASES[i], 1, &one);
        open_bench(&CASES[i], 2, &two);
        for (double seconds = 0; seconds < CASE_SECONDS; seconds += one.work.seconds + two.work.seconds) {
            take_steps(CASES[i].dt, &one);
            take_steps(CASES[i].dt, &two);
        }
        print_case(&CASES[i], &one, &two);
        close_bench(&one);
        close_bench(&two);
    }
    return 0;
}
