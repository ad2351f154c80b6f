/* Your own time loop: it writes the rows of history.csv without the program, and checks in each that
 *
 *   H[n] - H[n-1] = J - dt/2 (D_step + A) + dH_streaming.
 *
 *   cc -std=c11 own_loop.c -o own_loop $(pkg-config --cflags --libs grazing) -lm && ./own_loop history.csv
 */
#include <grazing/grazing.h>

#include <math.h>
#include <stdio.h>

static const char DECK[] = "model: {space_dim: 1, kernel: {gamma: -1}, kappa: {shape: exponential, k2: 4}}\n"
                           "grid: {x: {cells: 5}, v: {nodes: 17, half_width: 5.5, order: 4}}\n"
                           "initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3}]\n"
                           "time: {dt: 0.05, end: 0.4}\n";

/* Measures the state and writes one row. report is NULL for the initial state, which no step led to. */
static gz_status record(gz_simulation *simulation, gz_ledger *ledger, const gz_step_report *report,
                        gz_ledger_row *row) {
    GZ_TRY(gz_simulation_measure(simulation, report, row));
    return gz_ledger_write(ledger, row);
}

/* Takes all steps; *worst becomes the largest amount by which a row misses the identity. */
static gz_status integrate(gz_simulation *simulation, gz_ledger *ledger, double *worst) {
    gz_ledger_row row;
    GZ_TRY(record(simulation, ledger, NULL, &row));
    while (!gz_simulation_is_over(simulation)) {
        const double before = row.entropy;
        gz_step_report report;
        GZ_TRY(gz_simulation_step(simulation, &report));
        GZ_TRY(record(simulation, ledger, &report, &row));
        const double wanted =
            report.defect - report.dt / 2 * (report.dissipation + report.action) + report.entropy_streaming;
        *worst = fmax(*worst, fabs(row.entropy - before - wanted));
    }
    return GZ_OK;
}

int main(int count, char **words) {
    gz_context *context = NULL;
    gz_deck *deck = NULL;
    gz_simulation simulation = {0};
    gz_ledger *ledger = NULL;
    double worst = 0;

    gz_status status = gz_context_create(0, &context);
    if (status == GZ_OK) status = gz_deck_parse(context, "own_loop", DECK, sizeof DECK - 1, 0, NULL, &deck);
    if (status == GZ_OK) status = gz_simulation_init(context, deck, &simulation);
    const gz_ledger_settings columns = {.velocity_dim = 2};
    if (status == GZ_OK)
        status = gz_ledger_create(context, &columns, count > 1 ? words[1] : "history.csv", &ledger);
    if (status == GZ_OK) status = integrate(&simulation, ledger, &worst);
    if (status == GZ_OK)
        printf("%ld steps, sum of J %.1e, identity kept to %.1e\n", simulation.state.step,
               gz_ledger_defect_total(ledger), worst);
    else
        fprintf(stderr, "%s\n", context ? gz_context_message(context) : "out of memory");

    gz_ledger_destroy(ledger);
    gz_simulation_free(&simulation);
    gz_deck_destroy(deck);
    gz_context_destroy(context);
    return status == GZ_OK && worst < 1e-12 ? 0 : 1;
}
