/* Summary: sums and extremes over the rows of a run, and the report that shows them. */
#include "summary.h"

#include "datum.h"
#include "version.h"

#include <math.h>

gz_summary gz_summary_begin(const gz_simulation *s, const gz_ledger_row *initial) {
    gz_summary summary = {.initial = *initial,
                          .last = *initial,
                          .f_min = initial->moments.f_min,
                          .tail_max = initial->moments.tail};
    for (size_t p = 0; p < s->grid->node_count; p++) s->work[p] = sqrt(s->grid->node_energy[p]);
    summary.momentum_scale = gz_integral(s->grid, s->state.f, s->work);
    return summary;
}

void gz_summary_add(gz_summary *t, const gz_simulation *s, const gz_ledger_row *row) {
    const gz_moments *start = &t->initial.moments, *now = &row->moments;
    const gz_step_report *report = &row->report;
    t->steps++;
    gz_work_add(&t->work, &report->work);
    if (fabs(report->defect) > t->defect_max) {
        t->defect_max = fabs(report->defect);
        t->defect_step = row->step;
    }
    if (!isnan(row->certificate.defect)) {
        t->least_max = fmax(t->least_max, fabs(row->certificate.defect));
        t->least_count++;
    }
    if (!isnan(row->certificate.mean_defect)) {
        t->mean_total += row->certificate.mean_defect;
        t->mean_count++;
    }
    gz_outflow_add(&t->left, report->left);
    t->mass_drift = fmax(t->mass_drift, fabs(now->mass + t->left.mass - start->mass) / start->mass);
    t->energy_drift =
        fmax(t->energy_drift, fabs(now->energy + t->left.energy - start->energy) / start->energy);
    for (int a = 0; a < s->grid->velocity_dim; a++)
        t->momentum_drift =
            fmax(t->momentum_drift,
                 fabs(now->momentum[a] + t->left.momentum[a] - start->momentum[a]) / t->momentum_scale);
    t->entropy_rise = fmax(t->entropy_rise, report->entropy_after - report->entropy_before);
    t->entropy_streaming += fabs(report->entropy_streaming);
    t->f_min = fmin(t->f_min, now->f_min);
    if (report->negative > t->negative_max) t->negative_max = report->negative;
    t->tail_max = fmax(t->tail_max, now->tail);
    t->last = *row;
}

static void write_count(FILE *out, const char *name, long count, long steps) {
    fprintf(out, "%-24s %9ld %9.2f a step\n", name, count, steps > 0 ? (double)count / (double)steps : 0.);
}

static void write_phase(FILE *out, const char *name, double seconds, double total) {
    if (seconds > 0)
        fprintf(out, "%-24s %9.3f %7.1f %%\n", name, seconds, total > 0 ? 100 * seconds / total : 0.);
}

static void write_phases(FILE *out, const gz_summary *t) {
    static const char *const NAMES[GZ_PHASE_COUNT] = {[GZ_PHASE_STREAMING] = "free streaming",
                                                      [GZ_PHASE_SETUP] = "mobility set-up",
                                                      [GZ_PHASE_APPLY] = "mobility applications",
                                                      [GZ_PHASE_LOCAL] = "local solver"};
    const double total = t->seconds_total,
                 other = total - t->work.seconds - t->seconds_measure - t->seconds_files;
    double rest = t->work.seconds;
    fprintf(out, "%-24s %9s %9s\n", "phase", "seconds", "share");
    for (int phase = 0; phase < GZ_PHASE_COUNT; phase++) {
        write_phase(out, NAMES[phase], t->work.seconds_in[phase], total);
        rest -= t->work.seconds_in[phase];
    }
    write_phase(out, "rest of the steps", rest, total);
    write_phase(out, "measuring", t->seconds_measure, total);
    write_phase(out, "files", t->seconds_files, total);
    write_phase(out, "set-up and other", other, total);
    fprintf(out, "%-24s %9.3f\n", "all", total);
}

static void write_problem(FILE *out, const gz_simulation *s) {
    const gz_deck *deck = s->deck;
    const gz_phase_grid *grid = s->grid;
    if (deck->title[0]) fprintf(out, "%s\n", deck->title);
    fprintf(out, "grazing %s (commit %s), %s, dt = %g, ", GZ_VERSION, GZ_COMMIT, deck->integrator.scheme,
            deck->dt);
    for (int a = 0; a < grid->space_dim; a++) fprintf(out, "%zu x ", grid->cells[a]);
    fprintf(out, "%zu^%d nodes, order %d, %d thread%s", grid->nodes, grid->velocity_dim, deck->problem.order,
            gz_context_threads(s->context), gz_context_threads(s->context) == 1 ? "" : "s");
    const int ranks = gz_ranks_count(grid->ranks);
    if (ranks > 1) fprintf(out, " on each of %d ranks", ranks);
    fputc('\n', out);
}

/* At equilibrium H may rise by round-off. The limit is half the bound that the solver puts on |J|. */
static bool entropy_is_monotone(const gz_summary *t) {
    return t->entropy_rise <= 2.5e-14 * t->initial.moments.mass;
}

static void write_certificate(FILE *out, const gz_summary *t) {
    fprintf(out, "%-24s ", "certificate");
    if (t->least_count > 0) fprintf(out, "|J_least| <= %.2e (%ld steps), ", t->least_max, t->least_count);
    fprintf(out, "sum of J_mean %.2e (%ld of %ld steps)\n", t->mean_total, t->mean_count, t->steps);
}

static void write_relaxation(FILE *out, const gz_relaxation *r) {
    if (!isfinite(r->first)) return;
    fprintf(out, "%-24s %.3e -> %.3e", "KL to equilibrium", r->first, r->last);
    if (gz_relaxation_falls(r))
        fprintf(out, "; falls like exp(-%.4g t), +- %.1g, for t from %.4g to %.4g", r->rate, r->interval,
                r->begin, r->end);
    else if (isfinite(r->rate))
        fprintf(out, "; no longer falls for t from %.4g to %.4g", r->begin, r->end);
    fputc('\n', out);
}

static void write_invariants(FILE *out, const gz_summary *t, const gz_simulation *s) {
    if (!isnan(t->last.report.defect)) {
        fprintf(out, "%-24s %.2e%s", "largest |J| of a step", t->defect_max, t->defect_max > 0 ? "" : "\n");
        if (t->defect_max > 0) fprintf(out, " (step %ld), sum of J %.2e\n", t->defect_step, t->defect_total);
    }
    if (s->certifier) write_certificate(out, t);
    fprintf(out, "%-24s %.10g -> %.10g; ", "H", t->initial.entropy, t->last.entropy);
    if (entropy_is_monotone(t))
        fputs("no collision raised it\n", out);
    else
        fprintf(out, "a collision RAISED it by %.2e\n", t->entropy_rise);
    if (t->entropy_streaming > 0)
        fprintf(out, "%-24s %.2e\n", "H changed by streaming", t->entropy_streaming);
    write_relaxation(out, &t->relaxation);
    if (gz_simulation_has_walls(s))
        fprintf(out, "%-24s mass %.10g, energy %.10g\n", "left through the walls", t->left.mass,
                t->left.energy);
    fprintf(out, "%-24s mass %.1e, momentum %.1e, energy %.1e\n", "relative drift", t->mass_drift,
            t->momentum_drift, t->energy_drift);
    fprintf(out, "%-24s %.2e", "least f", t->f_min);
    if (t->negative_max > 0) fprintf(out, "; up to %ld values f <= 0 of %zu", t->negative_max, s->grid->size);
    fputc('\n', out);
    fprintf(out, "%-24s %.1e of the mass%s\n", "outermost layers of v", t->tail_max,
            t->tail_max > 1e-8 ? ": widen grid.v.half_width" : "");
    if (s->has_exact) fprintf(out, "%-24s %.3e\n", "relative L2 error", t->last.error);
}

void gz_summary_write(FILE *out, const gz_summary *t, const gz_simulation *s, const char *outcome,
                      const char *directory) {
    write_problem(out, s);
    fprintf(out, "%s\n\n", outcome);
    fprintf(out, "%-24s %9ld\n", "steps", t->steps);
    write_count(out, "Newton iterations", t->work.newton, t->steps);
    write_count(out, "CG iterations", t->work.cg, t->steps);
    write_count(out, "mobility applications", t->work.applications, t->steps);
    write_count(out, "mobility set-ups", t->work.setups, t->steps);
    fputc('\n', out);
    write_phases(out, t);
    fputc('\n', out);
    gz_datum_write(out, s, 25);
    write_invariants(out, t, s);
    fprintf(out, "\n%s: history.csv result.h5 result.xmf deck.yaml report.txt\n", directory);
}
