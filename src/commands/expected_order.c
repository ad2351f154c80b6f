/* Expected order: one line for each key. */
#include "expected_order.h"

#include "tableau.h"

#include <math.h>
#include <string.h>

double gz_order_in_dt(const gz_integrator_settings *s) {
    const gz_tableau *tableau = gz_tableau_find(s->scheme);
    if (tableau) return tableau->order;
    if (strcmp(s->scheme, "jko") == 0) return 1;
    if (strcmp(s->scheme, "zero_defect4") == 0) return 4;
    const bool first = s->mobility_at == GZ_AT_START || s->fixed_implicitness;
    return strcmp(s->scheme, "zero_defect") == 0 && first ? 1 : 2;
}

bool gz_streams(const gz_deck *deck) {
    const gz_phase_grid_settings *grid = &deck->problem.grid;
    size_t cells = 1;
    for (int a = 0; a < grid->space_dim; a++) cells *= grid->cells[a];
    const bool moves = cells > 1 || (grid->boundary == GZ_BOX && grid->space_dim > 0);
    return !deck->problem.collisions_only && (moves || gz_problem_has_kicks(&deck->problem));
}

static bool is_varied(const gz_convergence *l, const char *key) {
    bool found = false;
    for (size_t k = 0; k < l->key_count; k++) found = found || strcmp(l->keys[k], key) == 0;
    return found;
}

static void write_time(FILE *out, const gz_deck *deck) {
    const char *scheme = deck->integrator.scheme;
    const double order = gz_order_in_dt(&deck->integrator);
    if (gz_integrator_chooses_steps(scheme) && gz_streams(deck))
        fputs("Strang splitting expects order 2 in dt\n", out);
    else if (gz_integrator_chooses_steps(scheme))
        fprintf(out, "%s chooses its steps by time.tolerance; dt gives no order\n", scheme);
    else if (strcmp(scheme, "zero_defect4") == 0 && gz_streams(deck))
        fprintf(out, "%s streams within its stages and expects order %g in dt, where x resolves the data\n",
                scheme, order);
    else if (gz_streams(deck))
        fprintf(out, "%s with Strang splitting expects order %g in dt\n", scheme, fmin(order, 2));
    else
        fprintf(out, "%s expects order %g in dt\n", scheme, order);
}

/* Say at how many nodes of a level the switch has lowered the order. */
static void write_share(FILE *out, const gz_trial *t, size_t nodes) {
    fprintf(out, "%.1f %% of the nodes (%.1e of the mass) with %zu", 100 * t->switched_nodes,
            t->switched_mass, nodes);
}

static void write_velocity(FILE *out, const gz_convergence *l) {
    const size_t last = l->level_count - 1;
    const gz_deck *coarse = l->decks[0], *fine = l->decks[last];
    if (is_varied(l, "grid.v.half_width") || is_varied(l, "grid.v.order")) {
        fputs("no order is expected in grid.v.nodes while the box or the stencil varies too\n", out);
        return;
    }
    fprintf(out, "the stencil of order %d expects order %d in h", fine->problem.order, fine->problem.order);
    if (isfinite(l->trials[0].switched_nodes) && isfinite(l->trials[last].switched_nodes)) {
        fputs("; the switch turns it down to 2 where log f is steep, theta < 1 at ", out);
        write_share(out, &l->trials[0], coarse->problem.grid.nodes);
        fputs(", ", out);
        write_share(out, &l->trials[last], fine->problem.grid.nodes);
    } else if (fine->problem.always_wide) {
        fputs("; the switch is off", out);
    }
    fputc('\n', out);
}

/* Against the exact solution a level has all errors, and an order is seen only while the varied one rules. */
static void write_rest(FILE *out, const gz_convergence *l) {
    bool grid = false;
    const bool time = is_varied(l, "time.dt");
    for (size_t k = 0; k < l->key_count; k++) grid = grid || strncmp(l->keys[k], "grid.", 5) == 0;
    if (l->reference.kind != GZ_REFERENCE_EXACT || grid == time) return;
    if (grid)
        fprintf(out, "all errors hold that of dt = %g", l->decks[0]->dt);
    else
        fputs("all errors hold that of the grid", out);
    fputs(", which stays while the ladder goes on; --reference finest leaves it out\n", out);
}

void gz_expected_order_write(FILE *out, const gz_convergence *l) {
    if (is_varied(l, "time.dt")) write_time(out, l->decks[0]);
    if (is_varied(l, "grid.v.nodes")) write_velocity(out, l);
    if (is_varied(l, "grid.x.cells") && l->decks[0]->problem.grid.boundary == GZ_TORUS)
        fputs("no order is expected in grid.x.cells: x is spectral on a torus, as far as data and kappa are "
              "smooth\n",
              out);
    write_rest(out, l);
}
