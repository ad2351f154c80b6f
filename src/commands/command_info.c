/* Command info: what a deck means on this machine, before it is run. It makes grid, integrator and initial
 * state and times the mobility; it integrates nothing, or on request one step.
 *
 * The memory shown is the most that a run of this deck keeps resident: the memory of this process after the
 * integrator is made and K applied, and the memory that writing files takes. Sparse factors, which a run
 * makes later, are estimated (footprint.h).
 */
#include "clock.h"
#include "datum.h"
#include "dense_mobility.h"
#include "excerpt.h"
#include "footprint.h"
#include "info_ranks.h"
#include "program.h"
#include "run_size.h"
#include "simulation.h"
#include "space_convolution.h"
#include "stability.h"
#include "time_notes.h"
#include "velocity_convolution.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static void print_grid(const gz_simulation *simulation) {
    const gz_phase_grid *grid = simulation->grid;
    printf("%-24s", "grid");
    for (int a = 0; a < grid->space_dim; a++) printf("%zu cells on %g, ", grid->cells[a], grid->length[a]);
    printf("%zu^%d nodes on [-%g, %g], spacing %g\n", grid->nodes, grid->velocity_dim, grid->half_width,
           grid->half_width, grid->spacing);
    printf("%-24s", "phase-space nodes");
    if (grid->mixture) printf("%zu species x ", grid->species_count);
    printf("%zu cells x %zu nodes = %zu\n", grid->all_cells, grid->node_count,
           gz_phase_grid_whole_size(grid));
    const int ranks = gz_ranks_count(grid->ranks);
    if (ranks > 1)
        printf("%-24s%d; what follows is of the first one, with %zu cells\n", "ranks", ranks,
               grid->cell_count);
    for (size_t s = 0; grid->mixture && s < grid->species_count; s++) {
        const gz_rates *rates =
            &gz_mobility_get_settings(gz_integrator_mobility(simulation->integrator))->rates;
        printf("%-24s%s, mass %g, charge %g, rates", s ? "" : "species", grid->species[s].name,
               grid->species[s].mass, grid->species[s].charge);
        for (size_t t = 0; t < grid->species_count; t++) printf(" %g", rates->value[s][t]);
        putchar('\n');
    }
}

static void print_stencil(const gz_simulation *s) {
    const gz_derivative *g = gz_mobility_derivative(gz_integrator_mobility(s->integrator));
    printf("%-24sorder %zu, h times the coefficients of f(v + kh) - f(v - kh):", "stencil", 2 * g->reach);
    for (size_t k = 0; k < g->reach; k++) printf(" %.6g", g->wide[k] * s->grid->spacing);
    printf("\n%-24s%s; sawtooth control of degree %zu\n", "",
           s->deck->problem.always_wide ? "no steepness switch" : "order 2 where log f is steep",
           g->saw_degree);
}

static void print_kernel(const gz_simulation *s) {
    const gz_kernel *k = &s->deck->problem.kernel;
    const double z[] = {s->grid->spacing, 1, s->grid->half_width};
    static const char *const NAMES[] = {"power", "bounded", "table"};
    printf("%-24s%s, ", "kernel A(|z|)", NAMES[k->shape]);
    if (k->shape == GZ_KERNEL_TABLE)
        gz_print_calmly(stdout, s->deck->kernel_path), printf(", B = %g:", k->strength);
    else
        printf("gamma = %g, B = %g:", k->gamma, k->strength);
    for (int i = 0; i < 3; i++) printf(" A(%g) = %.4g", z[i], gz_kernel_value(k, z[i] * z[i]));
    const gz_lattice_kernel *near = gz_mobility_lattice(gz_integrator_mobility(s->integrator));
    printf("\n%-24sa(0) = %.15g Id, A(h) = %.15g, A(h sqrt 2) = %.15g instead\n", "near field, h the spacing",
           near->origin, near->near[0], near->near[1]);
}

/* Print the eigenvalues of kappa on plane waves along each axis. On the torus that of mode 0 is 1. */
static void print_kappa(gz_simulation *s) {
    static const char *const NAMES[] = {"uniform", "exponential", "sigma", "dirac", "table"};
    const gz_kappa *kappa = &s->deck->problem.kappa;
    const gz_phase_grid *grid = s->grid;
    if (grid->space_dim == 0) return;
    printf("%-24s%s", "kappa", NAMES[kappa->shape]);
    if (grid->boundary != GZ_TORUS) {
        printf(" in a box, not normalised\n");
        return;
    }
    for (int a = 0; a < grid->space_dim; a++) {
        printf("%s x%d modes 0..3:", a ? ";" : ", eigenvalues along", a + 1);
        for (int m = 0; m <= 3 && (size_t)m <= grid->cells[a] / 2; m++) {
            int mode[GZ_MAX_DIM] = {0};
            mode[a] = m;
            printf(" %.6g", gz_kappa_eigenvalue(kappa, grid, mode, s->work));
        }
    }
    putchar('\n');
}

/* The force, the field, and the energies that they give the initial state. */
static void print_forces(const gz_simulation *s, const gz_ledger_row *row) {
    static const char *const FORCE[] = {"none", "uniform", "cosine", "harmonic", "table"}, *const FIELD[] = {
                                                                                               "none",
                                                                                               "poisson",
                                                                                               "ampere",
                                                                                               "convolution"};
    const gz_problem *problem = &s->deck->problem;
    if (!gz_problem_has_kicks(problem)) return;
    printf("%-24sforce %s, field %s", "transport", FORCE[problem->force.shape], FIELD[problem->field.shape]);
    if (problem->field.shape != GZ_FIELD_NONE) printf(" of strength %g", problem->field.strength);
    printf("; kinetic energy %.10g, potential %.10g, field %.10g\n", row->energies.kinetic,
           row->energies.potential, row->energies.field);
}

static void print_collisions(gz_simulation *s) {
    const gz_collision_model *c = &s->deck->problem.collisions;
    if (c->kind == GZ_LANDAU) print_kernel(s);
    if (c->kind == GZ_LANDAU) print_kappa(s);
    if (c->kind == GZ_LANDAU) return;
    printf("%-24s%s", "collisions", gz_collision_name(c->kind));
    if (c->kind == GZ_FOKKER_PLANCK) printf(": friction %g, bath at %g", c->friction, c->temperature);
    if (c->kind == GZ_DOUGHERTY) printf(": rate %g", c->rate);
    printf("\n");
}

static void print_transforms(const gz_simulation *s) {
    const gz_phase_grid *grid = s->grid;
    const int d = grid->velocity_dim, pairs = gz_pair_count(d);
    if (s->deck->problem.collisions.kind != GZ_LANDAU || strcmp(s->deck->integrator.mobility, "fft") != 0)
        return;
    printf("%-24s%zu >= 2n - 1 an axis; an application of K does %d forward and %d backward a cell, a set-up "
           "1 and "
           "%d%s\n",
           "padded transforms", gz_padded_length(grid->nodes), d, d, pairs,
           gz_mobility_null_space(gz_integrator_mobility(s->integrator))->local ? "" : ", and both along x");
}

static void print_state(const gz_simulation *s, const gz_ledger_row *row) {
    const gz_moments *m = &row->moments;
    printf("%-24smass %.10g, momentum", "initial state", m->mass);
    for (int a = 0; a < s->grid->velocity_dim; a++) printf(" %.3g", m->momentum[a]);
    printf(", energy %.10g, H %.10g, D %.6g\n", m->energy, row->entropy, row->dissipation);
    gz_datum_write(stdout, s, 24);
    printf("%-24sleast f %.2e, %.1e of the mass in the outermost layers of v%s\n", "", m->f_min, m->tail,
           m->tail > 1e-8 ? ": widen grid.v.half_width" : "");
    if (s->has_exact) printf("%-24sknown: history.csv gets a column `error`\n", "exact solution");
}

static const double FILES = 6e6; /* bytes that HDF5 takes while it writes, whatever the grid */

static void print_memory(const gz_simulation *s) {
    const double fields = (double)gz_context_allocated_bytes(s->context), size = (double)s->grid->size;
    struct rusage usage;
    double run = fields + FILES;
    if (getrusage(RUSAGE_SELF, &usage) == 0) run = fmax(run, (double)usage.ru_maxrss * 1024 + FILES);
    run += gz_footprint_factors(s->deck, size);
    printf("%-24s%.4g MB in a run, of which fields and plans %.4g MB, %.0f bytes a node\n", "memory",
           run / 1e6, fields / 1e6, fields / size);
}

/* The seconds of one call of `work`, the least of three calls. */
static double time_of(gz_simulation *s, void (*work)(gz_simulation *)) {
    double least = INFINITY;
    for (int i = 0; i < 3; i++) {
        const double begin = gz_seconds_now();
        work(s);
        least = fmin(least, gz_seconds_now() - begin);
    }
    return least;
}

static void apply(gz_simulation *s) {
    gz_mobility_apply(gz_integrator_mobility(s->integrator), s->state.log_f, s->work);
}

static void set_up(gz_simulation *s) {
    gz_mobility_set_steepness(gz_integrator_mobility(s->integrator), s->state.log_f);
    gz_mobility_set_density(gz_integrator_mobility(s->integrator), s->state.f);
}

static void print_cost(gz_simulation *s) {
    const double seconds_setup = time_of(s, set_up), seconds_apply = time_of(s, apply);
    const int applications = gz_typical_applications(s->deck),
              setups = strcmp(s->deck->integrator.scheme, "jko") != 0 ? 2 : 1;
    printf("%-24s%.3g s an application of K, %.3g s a set-up (measured now, threads: %d)\n", "cost",
           seconds_apply, seconds_setup, gz_context_threads(s->context));
    if (!gz_integrator_is_variational(s->deck->integrator.scheme)) {
        printf("%-24s%.3g s an evaluation of d_t f, which takes one of each\n", "",
               seconds_apply + seconds_setup);
        return;
    }
    printf("%-24s%.3g s a step for the %d applications and %d set-ups that are typical; factors and vectors "
           "come on\n"
           "%-24stop, --step integrates one step to measure all of it\n",
           "", applications * seconds_apply + setups * seconds_setup, applications, setups, "");
}

static gz_status print_step(gz_simulation *s) {
    gz_step_report report;
    struct rusage usage;
    const long steps = s->schedule.last - s->schedule.first;
    if (steps == 0) return GZ_OK;
    GZ_TRY(gz_simulation_step(s, &report));
    printf("%-24s%.3g s with dt = %.10g: %ld applications of K, %ld set-ups, %ld Newton, %ld CG; J = %.1e\n",
           "one step", report.work.seconds, report.dt, report.work.applications, report.work.setups,
           report.work.newton, report.work.cg, report.defect);
    if (!s->control)
        printf("%-24sabout %.3g s for %ld steps\n", "the run", report.work.seconds * (double)steps, steps);
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        printf("%-24s%.4g MB, program included\n", "memory at its peak",
               (double)usage.ru_maxrss * 1024 / 1e6);
    return GZ_OK;
}

static gz_status print_files(gz_simulation *s) {
    gz_run_size size;
    GZ_TRY(gz_run_size_of(s, NULL, &size));
    printf("%-24s%s", "files", s->control ? "about " : "");
    gz_run_size_print(&size);
    putchar('\n');
    return GZ_OK;
}

static void print_times(const gz_simulation *s) {
    const gz_schedule *schedule = &s->schedule;
    const double every = s->deck->output_every;
    const gz_time_notes notes = gz_time_notes_of(s);
    printf("%-24s", "times");
    if (s->control)
        printf("steps as time.dt_control chooses them");
    else
        printf("%ld steps of %.10g", schedule->last - schedule->first, schedule->dt);
    printf(" to t = %.10g; %ld states are stored\n", schedule->end,
           1 + (s->control ? gz_schedule_met(schedule, every) : gz_schedule_stored(schedule, every)));
    if (notes.end[0]) printf("%-24s%s\n", "", notes.end);
    if (notes.states[0]) printf("%-24s%s\n", "", notes.states);
}

/* Print the smallest eigenvalues of the scaled K at the initial state, and what spans its null space. */
static gz_status print_spectrum(gz_simulation *s) {
    enum { A_LINE = 8, SHOWN = 24 };
    const gz_phase_grid *grid = s->grid;
    const gz_null_space *space = gz_mobility_null_space(gz_integrator_mobility(s->integrator));
    const bool local = space->local && grid->cell_count > 1;
    gz_spectrum spectrum;
    set_up(s);
    GZ_TRY(gz_spectrum_init(s->context, gz_integrator_mobility(s->integrator), &spectrum));
    const size_t null = spectrum.null_found,
                 shown = null + SHOWN < spectrum.size ? null + SHOWN : spectrum.size;
    printf("%-24s%zu relaxation rates, the eigenvalues of (h f)^-1/2 K (h f)^-1/2\n", "spectrum of K",
           spectrum.size);
    printf("%-24s%zu expected: mass%s", "null vectors", spectrum.null_expected,
           grid->cell_count > 1 ? " of each cell" : "");
    if (space->moments)
        printf(", momentum v1..v%d and energy%s", grid->velocity_dim, local ? " of each cell" : "");
    printf("\n%-24s|K phi|/|K| |phi|: mass %.1e", "", spectrum.mass);
    if (space->moments) printf(", momentum %.1e, energy %.1e", spectrum.momentum, spectrum.energy);
    putchar('\n');
    printf("%-24s%zu found before the widest gap, a factor %.1e:", "", null, spectrum.gap);
    for (size_t i = 0; i < null; i++)
        printf("%s %9.2e", i % A_LINE ? "" : "\n                       ", spectrum.eigenvalue[i]);
    printf("\n%-24sthe next %zu, and the largest %.6g:", "rates", shown - null,
           spectrum.eigenvalue[spectrum.size - 1]);
    for (size_t i = null; i < shown; i++)
        printf("%s %9.6g", (i - null) % A_LINE ? "" : "\n                       ", spectrum.eigenvalue[i]);
    putchar('\n');
    gz_spectrum_free(&spectrum);
    return GZ_OK;
}

/* Print the largest stable dt of the explicit schemes, and the stages of rkl2 for time.dt. */
static gz_status print_stability(gz_simulation *s) {
    static const char *const FORMS[] = {"flux", "log"};
    for (int form = 0; form < 2; form++) {
        double radius;
        GZ_TRY(gz_stability_radius(s->context, gz_integrator_mobility(s->integrator), (gz_space_form)form,
                                   s->state.f, &radius));
        printf("%-24s%-4s form: spectral radius %.5g; dt at most", form ? "" : "stability", FORMS[form],
               radius);
        for (size_t i = 0; gz_integrator_name(i); i++) {
            const double interval = gz_stability_interval(gz_integrator_name(i));
            if (interval > 0) printf(" %s %.4g,", gz_integrator_name(i), interval / radius);
        }
        printf(" rkl2 %ld stages for %g\n", gz_stability_stages(radius * s->deck->dt), s->deck->dt);
    }
    return GZ_OK;
}

static gz_status inform(gz_context *context, const gz_options *options) {
    if (gz_options_has(options, "keys")) {
        gz_deck_print_keys(stdout);
        return GZ_OK;
    }
    if (options->argument_count == 0)
        return gz_fail(context, GZ_ERROR_USAGE, "something is missing; usage: grazing info DECK (or --keys)");
    gz_deck *deck = NULL;
    gz_simulation s = {0};
    gz_ledger_row row;
    gz_status status;
    GZ_TRY(gz_agree(context, gz_deck_load(context, options->arguments[0], options->setting_count,
                                          options->settings, &deck)));
    if (gz_options_has(options, "ranks")) {
        status = gz_info_of_ranks(context, options, deck);
        goto done;
    }
    if (deck->notes[0]) printf("%-24s%s\n", "without effect here", deck->notes);
    GZ_TRY_ELSE(status, gz_simulation_prepare(context, deck, &s), done);
    print_grid(&s);
    print_times(&s);
    print_stencil(&s);
    print_collisions(&s);
    print_transforms(&s);
    GZ_TRY_ELSE(status, gz_simulation_measure(&s, NULL, &row), done);
    print_state(&s, &row);
    print_forces(&s, &row);
    GZ_TRY_ELSE(status, gz_datum_check(&s), done);
    char warning[GZ_DATUM_TEXT];
    if (gz_datum_warning(&s, warning)) printf("%-24s%s\n", "warning", warning);
    if (gz_datum_species_warning(&s, warning)) printf("%-24s%s\n", "warning", warning);
    print_cost(&s);
    print_memory(&s);
    GZ_TRY_ELSE(status, print_files(&s), done);
    const bool collides = deck->problem.collisions.kind != GZ_NO_COLLISIONS; /* else K = 0 */
    if (collides && gz_options_has(options, "spectrum")) GZ_TRY_ELSE(status, print_spectrum(&s), done);
    if (collides && gz_options_has(options, "stability")) GZ_TRY_ELSE(status, print_stability(&s), done);
    if (gz_options_has(options, "step")) status = print_step(&s);
done:
    gz_simulation_free(&s);
    gz_deck_destroy(deck);
    return status;
}

static const gz_option OPTIONS[] = {
    {"keys", NULL, "list every key of a deck with its default and what it allows"},
    {"ranks", "N", "what N ranks would need and send a rank, for grids of any size; makes nothing"},
    {"step", NULL, "integrate one step to measure its seconds and memory; nothing is written"},
    {"spectrum", NULL,
     "relaxation rates at the initial state and the null space of K; for small grids, O(nodes^3)"},
    {"stability", NULL, "largest dt of the explicit schemes at the initial state, by a power iteration"},
    {.name = NULL},
};

const gz_command gz_command_info = {
    .name = "info",
    .summary = "say what a deck means: sizes, memory, kernels, seconds a step",
    .arguments = "DECK",
    .least = 0,
    .most = 1,
    .options = OPTIONS,
    .run = inform,
    .shared = true,
    .help =
        "Makes the grid, the integrator and the initial state of DECK, times the mobility K on it, and "
        "runs nothing.\n"
        "It shows what each component of the initial state asks for and what the grid has of it, and ends "
        "with status 3\n"
        "where a run would be refused for that.\n"
        "Use it to plan: --set grid.v.nodes=65 shows at once what a refinement costs, --ranks 64 what "
        "each of 64 "
        "ranks needs.\n"
        "`grazing info --keys` is the reference of all deck keys.",
};
