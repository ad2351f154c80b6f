/* Iterations, applications of K and seconds of a zero_defect step for every minimizer and every deck, as a
 * Markdown table.
 *
 *   minimizers_benchmark DECK..
 *
 * Seconds are the time of the deck's fastest step; iterations and applications are means over its steps. For
 * a minimizer that would need more than two gigabytes the table says how many. Exit status 1 if a minimizer
 * fails, leaves |J| above 1e-12, or ends further from f of newton than MOST_DIFFERENCE: the minimizers may
 * differ by the error of the predictor.
 */
#include "dense_mobility.h"
#include "minimizer.h"
#include "pair_matrix.h"
#include "simulation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double MOST_BYTES = 2e9, MOST_DIFFERENCE = 1e-3;

/* Memory of the matrices that a minimizer stores. */
static double bytes_of(const char *name, const gz_simulation *s) {
    const double size = (double)s->grid->size;
    if (strcmp(name, "dense") == 0) return size * size * sizeof(double);
    if (strcmp(name, "full_space") != 0) return 0;
    return 3 * gz_pair_matrix_bytes(s->grid, gz_mobility_derivative(gz_integrator_mobility(s->integrator)));
}

/* One row of the table. The first minimizer leaves its final density in *f; the others are compared to it. */
static bool run(gz_context *context, gz_deck *deck, const char *name, double **f) {
    gz_simulation s;
    deck->integrator.minimizer = "newton"; /* with little memory, to learn the sizes */
    if (gz_simulation_init(context, deck, &s) != GZ_OK)
        return fprintf(stderr, "%s\n", gz_context_message(context)), false;
    const double bytes = bytes_of(name, &s);
    gz_simulation_free(&s);
    if (bytes > MOST_BYTES) {
        printf("| %s | %s | | | | needs %.3g GB |\n", deck->title, name, bytes / 1e9);
        return true;
    }
    deck->integrator.minimizer = name;
    if (gz_simulation_init(context, deck, &s) != GZ_OK)
        return fprintf(stderr, "%s\n", gz_context_message(context)), false;
    double fastest = INFINITY, worst = 0, steps = 0;
    long newton = 0, inner = 0, applications = 0;
    bool fine = true;
    while (fine && !gz_simulation_is_over(&s)) {
        gz_step_report report;
        fine = gz_simulation_step(&s, &report) == GZ_OK;
        if (!fine) break;
        fastest = fmin(fastest, report.work.seconds);
        worst = fmax(worst, fabs(report.defect));
        newton += report.work.newton;
        inner += report.work.cg;
        applications += report.work.applications;
        steps++;
    }
    if (fine && !*f && gz_allocate(context, s.grid->size, sizeof(double), f) == GZ_OK)
        memcpy(*f, s.state.f, s.grid->size * sizeof(double));
    const double difference = fine ? gz_relative_l2(s.grid, s.state.f, *f) : NAN;
    if (fine)
        printf("| %s | %s | %.1f | %.1f | %.1f | %.3g |\n", deck->title, name, (double)newton / steps,
               (double)inner / steps, (double)applications / steps, fastest);
    else
        printf("| %s | %s | | | | %s |\n", deck->title, name, gz_context_message(context));
    fine = fine && worst < 1e-12 && difference < MOST_DIFFERENCE;
    if (!fine) fprintf(stderr, "%s: |J| %.1e, f differs by %.1e\n", name, worst, difference);
    gz_simulation_free(&s);
    fflush(stdout);
    return fine;
}

int main(int argc, char **argv) {
    gz_context *context = NULL;
    bool fine = gz_context_create(1, &context) == GZ_OK;
    printf("| problem | minimizer | iterations | inner | applications of K | seconds a step |\n");
    printf("|---|---|---:|---:|---:|---:|\n");
    for (int i = 1; fine && i < argc; i++) {
        gz_deck *deck = NULL;
        double *f = NULL;
        if (gz_deck_load(context, argv[i], 0, NULL, &deck) != GZ_OK) {
            fprintf(stderr, "%s\n", gz_context_message(context));
            fine = false;
            break;
        }
        for (size_t k = 0; gz_minimizer_name(k); k++)
            fine = run(context, deck, gz_minimizer_name(k), &f) && fine;
        gz_release(f);
        gz_deck_destroy(deck);
    }
    gz_context_destroy(context);
    return fine ? 0 : 1;
}
