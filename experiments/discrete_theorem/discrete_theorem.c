/* The discrete theorem on the first step of a deck: J >= 0 for every feasible pair (f, U), and J = 0 at the
 * zero_defect step.
 *
 *   discrete_theorem DECK FOLDER
 *
 * writes into FOLDER
 *
 *   perturbations.csv  kind,distance,J,J_square      10^4 feasible pairs around the solution
 *   ladder.csv         kind,t,J                      along rays from the solution
 *   descent.csv        start,evaluations,J,f_error   J minimised over (f, U) itself by NLopt
 *
 * and prints what run.sh compares with the expected numbers.
 */
#include "de_giorgi.h"
#include "simulation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PERTURBATIONS = 10000, KINDS = 3, STARTS = 4 };

static const char *const KIND_NAMES[KINDS] = {"rough U", "rough potential", "smooth potential"};

typedef struct study {
    gz_context *context;
    gz_simulation simulation;
    gz_collision collision;
    gz_de_giorgi *theorem;
    size_t columns;
    double *u, *direction, *moved, *potential, *f1;
    const char *folder;
} study;

/* A number in [0, 1) that depends only on its arguments (splitmix64). */
static double uniform(size_t seed, size_t index) {
    uint64_t z = (uint64_t)seed * 0x9E3779B97F4A7C15u + ((uint64_t)index + 1) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return (double)(z >> 11) * 0x1p-53;
}

static FILE *open_table(const study *s, const char *name, const char *header) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", s->folder, name);
    FILE *table = fopen(path, "w");
    if (!table) {
        perror(path);
        exit(GZ_ERROR_FILES);
    }
    fprintf(table, "%s\n", header);
    return table;
}

/* A direction of U. Kind 0 is rough in U, and nearly all of it has no divergence; the kinds 1 and 2 are the U
 * of a rough and of a smooth potential. */
static void choose_direction(study *s, size_t kind, size_t seed) {
    const gz_phase_grid *grid = s->simulation.grid;
    if (kind == 0) {
        for (size_t j = 0; j < s->columns; j++) s->direction[j] = (2 * uniform(seed, j) - 1) * fabs(s->u[j]);
        return;
    }
    for (size_t i = 0; i < grid->size; i++) {
        const double v = grid->node_velocity[seed % 2][i % grid->node_count], phase = 6 * uniform(seed, 0);
        s->potential[i] =
            kind == 1 ? 2 * uniform(seed, i) - 1 : cos((1 + (double)(seed % 4)) * v / 2 + phase);
    }
    gz_pair_matrix_adjoint(gz_de_giorgi_pairs(s->theorem), s->potential, s->direction);
}

/* J at u + t direction; NaN if this U has no admissible density. */
static gz_de_giorgi_value value_at(study *s, double t) {
    gz_de_giorgi_value value;
    for (size_t j = 0; j < s->columns; j++) s->moved[j] = s->u[j] + t * s->direction[j];
    if (!gz_de_giorgi_evaluate(s->theorem, s->moved, &value, NULL)) value.defect = value.square = NAN;
    return value;
}

/* Relative L2 distance between the density evaluated last and the density of the step. */
static double distance(const study *s) {
    return gz_relative_l2(s->simulation.grid, gz_de_giorgi_density(s->theorem), s->f1);
}

static void perturb(study *s) {
    FILE *table = open_table(s, "perturbations.csv", "kind,distance,J,J_square");
    int positive = 0;
    double worst = 0, least = INFINITY;
    for (size_t seed = 0; seed < PERTURBATIONS; seed++) {
        choose_direction(s, seed % KINDS, seed);
        const double most = gz_de_giorgi_range(s->theorem, s->u, s->direction, 1e-6, 1);
        const gz_de_giorgi_value value = value_at(s, most * pow(10, -2 * uniform(seed, 1u << 20)));
        positive += value.defect > 0;
        worst = fmax(worst, fabs(value.defect - value.square));
        least = fmin(least, value.defect);
        fprintf(table, "%s,%.9g,%.9g,%.9g\n", KIND_NAMES[seed % KINDS], distance(s), value.defect,
                value.square);
    }
    fclose(table);
    printf("perturbations_with_positive_J %d\nleast_J_of_them %.2e\n", positive, least);
    printf("J_minus_its_square_form %.1e\n", worst);
}

static void climb(study *s) {
    FILE *table = open_table(s, "ladder.csv", "kind,t,J");
    double worst = 0;
    for (size_t kind = 0; kind < KINDS; kind++) {
        choose_direction(s, kind, 5 + kind);
        const double most = gz_de_giorgi_range(s->theorem, s->u, s->direction, 1e-6, 1);
        double last = NAN;
        for (int k = 0; k < 20; k++) {
            const double t = pow(2, -k), J = value_at(s, t * most).square;
            if (k > 12) worst = fmax(worst, fabs(log2(last / J) - 2));
            last = J;
            fprintf(table, "%s,%.9g,%.9g\n", KIND_NAMES[kind], t, J);
        }
    }
    fclose(table);
    printf("largest_deviation_from_power_2 %.1e\n", worst);
}

/* Minimises J from pairs far from the step: -U of the solution, with large rough parts added. Returns how
 * many descents reached the step. */
static int descend(study *s) {
    FILE *table = open_table(s, "descent.csv", "start,evaluations,J,f_error");
    int landed = 0;
    double worst = 0;
    for (size_t start = 0; start < STARTS; start++) {
        long all = 0;
        gz_status status = GZ_OK;
        choose_direction(s, 1 + start % 2, 40 + start);
        memset(s->moved, 0, s->columns * sizeof *s->moved);
        for (size_t j = 0; j < s->columns; j++)
            s->direction[j] = 3 * s->direction[j] - s->u[j] + 2 * (uniform(start, j) - 0.5) * fabs(s->u[j]);
        const double far = gz_de_giorgi_range(s->theorem, s->moved, s->direction, 0.1, 1);
        for (size_t j = 0; j < s->columns; j++) s->moved[j] = far * s->direction[j];
        for (int power = 1; power <= 20 && status == GZ_OK; power++) {
            gz_de_giorgi_value value;
            long evaluations = 0;
            if (!gz_de_giorgi_evaluate(s->theorem, s->moved, &value, NULL)) break;
            fprintf(table, "%zu,%ld,%.9g,%.9g\n", start, all, value.square, distance(s));
            if (value.square > pow(10, -power))
                status = gz_de_giorgi_minimise(s->theorem, s->moved, pow(10, -power), 20000, &evaluations);
            all += evaluations;
        }
        gz_de_giorgi_value value;
        if (gz_de_giorgi_evaluate(s->theorem, s->moved, &value, NULL)) {
            fprintf(table, "%zu,%ld,%.9g,%.9g\n", start, all, value.square, distance(s));
            worst = fmax(worst, distance(s));
            landed += status == GZ_OK;
        }
    }
    fclose(table);
    printf("descents_that_landed %d\ntheir_distance_from_the_step %.1e\n", landed, worst);
    return landed;
}

static gz_status prepare(study *s) {
    const gz_phase_grid *grid = s->simulation.grid;
    gz_step_report report;
    gz_de_giorgi_value value;
    GZ_TRY(gz_simulation_step(&s->simulation, &report));
    GZ_TRY(gz_integrator_collision(s->simulation.integrator, 0, &s->collision));
    GZ_TRY(gz_de_giorgi_create(s->context, gz_integrator_mobility(s->simulation.integrator), &s->theorem));
    const gz_de_giorgi_step step = {.f0 = s->collision.f0, .log_f0 = s->collision.log_f0, .dt = report.dt};
    gz_de_giorgi_begin(s->theorem, &step);
    s->columns = gz_de_giorgi_pairs(s->theorem)->columns;
    double **rates[] = {&s->u, &s->direction, &s->moved}, **fields[] = {&s->potential, &s->f1};
    for (size_t i = 0; i < 3; i++) GZ_TRY(gz_allocate(s->context, s->columns, sizeof(double), rates[i]));
    for (size_t i = 0; i < 2; i++) GZ_TRY(gz_allocate(s->context, grid->size, sizeof(double), fields[i]));
    gz_pair_matrix_adjoint(gz_de_giorgi_pairs(s->theorem), s->collision.w, s->u);
    for (size_t j = 0; j < s->columns; j++) s->u[j] = -s->u[j];
    if (!gz_de_giorgi_evaluate(s->theorem, s->u, &value, NULL))
        return gz_fail(s->context, GZ_ERROR_INTERNAL, "the step is no admissible pair");
    memcpy(s->f1, gz_de_giorgi_density(s->theorem), grid->size * sizeof *s->f1);
    printf("unknowns_of_U %zu\nJ_of_the_step %.1e\nJ_of_it_as_a_square %.1e\n", s->columns, value.defect,
           value.square);
    return GZ_OK;
}

int main(int argc, char **argv) {
    study s = {0};
    gz_deck *deck = NULL;
    if (argc != 3) return fprintf(stderr, "usage: discrete_theorem DECK FOLDER\n"), GZ_ERROR_USAGE;
    s.folder = argv[2];
    gz_status status = gz_context_create(1, &s.context);
    if (status == GZ_OK) status = gz_deck_load(s.context, argv[1], 0, NULL, &deck);
    if (status == GZ_OK) status = gz_simulation_init(s.context, deck, &s.simulation);
    if (status == GZ_OK) status = prepare(&s);
    if (status == GZ_OK) {
        perturb(&s);
        climb(&s);
        descend(&s);
    } else {
        fprintf(stderr, "%s\n", gz_context_message(s.context));
    }
    double *all[] = {s.u, s.direction, s.moved, s.potential, s.f1};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) gz_release(all[i]);
    gz_de_giorgi_destroy(s.theorem);
    gz_simulation_free(&s.simulation);
    gz_deck_destroy(deck);
    gz_context_destroy(s.context);
    return (int)status;
}
