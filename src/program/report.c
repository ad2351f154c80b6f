/* Report: a block each for the problem, the work, the seconds and the invariants. */
#include "report.h"

#include "datum.h"
#include "excerpt.h"
#include "version.h"

#include <math.h>
#include <string.h>

/* --- the problem ---------------------------------------------------------------------------------------- */

/* The steps that were taken: their dt, a shortened last one apart, or the range of their dt. */
static void write_dt(FILE *out, const gz_summary *t, const gz_simulation *s) {
    const double last = t->last.report.dt, whole = 1e-9 * t->dt_most;
    if (t->steps == 0)
        fprintf(out, "dt = %.10g", s->deck->dt);
    else if (t->dt_most - t->dt_least <= whole && fabs(last - t->dt_most) <= whole)
        fprintf(out, "dt = %.10g", t->dt_most);
    else if (t->dt_most - t->dt_least <= whole && last < t->dt_most)
        fprintf(out, "dt = %.10g, the last one %.10g", t->dt_most, last);
    else
        fprintf(out, "dt from %.4g to %.4g", fmin(t->dt_least, last), fmax(t->dt_most, last));
}

static void write_problem(FILE *out, const gz_summary *t, const gz_simulation *s) {
    const gz_deck *deck = s->deck;
    const gz_phase_grid *grid = s->grid;
    const int threads = gz_context_threads(s->context), ranks = gz_ranks_count(grid->ranks);
    if (deck->title[0]) {
        gz_print_calmly(out, deck->title);
        fputc('\n', out);
    }
    fprintf(out, "grazing %s (commit %s), %s, ", GZ_VERSION, GZ_COMMIT, deck->integrator.scheme);
    write_dt(out, t, s);
    fputs(", ", out);
    if (grid->species_count > 1) fprintf(out, "%zu species, ", grid->species_count);
    for (int a = 0; a < grid->space_dim; a++) fprintf(out, "%zu x ", grid->cells[a]);
    fprintf(out, "%zu^%d nodes, order %d, %d thread%s", grid->nodes, grid->velocity_dim, deck->problem.order,
            threads, threads == 1 ? "" : "s");
    if (ranks > 1) fprintf(out, " on each of %d ranks", ranks);
    fputc('\n', out);
}

/* --- work ----------------------------------------------------------------------------------------------- */

static void write_count(FILE *out, const char *name, long count, long steps) {
    fprintf(out, "%-24s %9ld", name, count);
    if (steps > 0) fprintf(out, " %9.2f a step", (double)count / (double)steps);
    fputc('\n', out);
}

/* What the counters newton and cg count. */
static void name_iterations(const gz_integrator_settings *integrator, const char **outer,
                            const char **inner) {
    const char *minimizer = integrator->minimizer ? integrator->minimizer : ""; /* rivals have none */
    *outer = "Newton iterations";
    *inner = "CG iterations";
    if (strcmp(integrator->scheme, "cvode_bdf") == 0 || strcmp(integrator->scheme, "arkode_dirk") == 0) {
        *inner = "GMRES iterations";
    } else if (integrator->inner_steps > 0) {
        *outer = "Newton, path evaluations";
        *inner = "CG, path applications";
    } else if (strcmp(minimizer, "lbfgs") == 0 || strcmp(minimizer, "tnewton") == 0) {
        *outer = "NLopt passes";
        *inner = "NLopt evaluations";
    }
}

static void write_work(FILE *out, const gz_summary *t, const gz_simulation *s) {
    const char *outer, *inner;
    name_iterations(&s->deck->integrator, &outer, &inner);
    fprintf(out, "%-24s %9ld\n", "steps", t->steps);
    if (t->restarts > 0)
        fprintf(
            out,
            "%-24s %9ld the last one from step %ld, t = %.10g; version, scheme and threads above are since "
            "then\n",
            "restarts", t->restarts, t->restart_step, t->restart_time);
    if (t->rejected_estimate + t->rejected_solver > 0)
        fprintf(out, "%-24s %9ld inaccurate, %ld not converged\n", "rejected attempts", t->rejected_estimate,
                t->rejected_solver);
    if (strcmp(s->deck->integrator.scheme, "zero_defect4") == 0)
        fprintf(out, "%-24s %9ld refused by zero_defect4, taken by zero_defect; largest |theta| %.1e\n",
                "split steps", t->split, t->theta_max);
    if (t->work.newton > 0) write_count(out, outer, t->work.newton, t->steps);
    if (t->work.cg > 0) write_count(out, inner, t->work.cg, t->steps);
    if (t->steps == 0) return;
    write_count(out, "mobility applications", t->work.applications, t->steps);
    write_count(out, "mobility set-ups", t->work.setups, t->steps - t->tally_step);
}

static void write_seconds(FILE *out, const char *name, double seconds) {
    fprintf(out, seconds < 100 ? "%-24s %9.3g" : "%-24s %9.1f", name, seconds);
}

static void write_phase(FILE *out, const char *name, double seconds, double total) {
    if (!(seconds > 0)) return;
    write_seconds(out, name, seconds);
    fprintf(out, " %7.1f %%\n", total > 0 ? 100 * seconds / total : 0.);
}

static void write_phases(FILE *out, const gz_summary *t) {
    static const char *const NAMES[GZ_PHASE_COUNT] = {[GZ_PHASE_STREAMING] = "free streaming",
                                                      [GZ_PHASE_SETUP] = "mobility set-up",
                                                      [GZ_PHASE_APPLY] = "mobility applications",
                                                      [GZ_PHASE_LOCAL] = "local solver"};
    const double total = t->seconds_total, steps = t->work.seconds - t->untallied,
                 other = total - steps - t->seconds_measure - t->seconds_files - t->seconds_lost;
    double rest = steps;
    fprintf(out, "%-24s %9s %9s", "phase", "seconds", "share");
    if (t->tally_step > 0) fprintf(out, " (since step %ld)", t->tally_step);
    fputc('\n', out);
    for (int phase = 0; phase < GZ_PHASE_COUNT; phase++) {
        write_phase(out, NAMES[phase], t->work.seconds_in[phase], total);
        rest -= t->work.seconds_in[phase];
    }
    write_phase(out, "rest of the steps", rest, total);
    write_phase(out, "steps that failed", t->seconds_lost, total);
    write_phase(out, "measuring", t->seconds_measure, total);
    write_phase(out, "files", t->seconds_files, total);
    write_phase(out, "set-up and other", other, total);
    write_seconds(out, "all", total);
    fputc('\n', out);
}

/* --- invariants ----------------------------------------------------------------------------------------- */

static void write_defect(FILE *out, const gz_summary *t) {
    if (t->defect_count == 0) return;
    fprintf(out, "%-24s %.2e", "largest |J| of a step", t->defect_max);
    if (t->defect_max > 0) fprintf(out, " (step %ld)", t->defect_step);
    if (t->defect_count < t->steps)
        fprintf(out, ", of the %ld steps of %ld that have a J\n", t->defect_count, t->steps);
    else
        fprintf(out, ", sum of J %.2e\n", t->totals.defect);
}

static void write_certificate(FILE *out, const gz_summary *t) {
    fprintf(out, "%-24s ", "certificate");
    if (t->least_count > 0) fprintf(out, "|J_least| <= %.2e (%ld steps), ", t->least_max, t->least_count);
    fprintf(out, "sum of J_mean %.2e (%ld of %ld steps)\n", t->mean_total, t->mean_count, t->steps);
}

/* With a heat bath it is F = H + int |v|^2/(2 theta) f that no collision raises. */
static void write_entropy(FILE *out, const gz_summary *t, const gz_simulation *s) {
    const char *falling = gz_simulation_bath_temperature(s) > 0 ? "the free energy F" : "it";
    fprintf(out, "%-24s %.12g", "H", t->initial.entropy);
    if (t->steps == 0) {
        fputc('\n', out);
        return;
    }
    fprintf(out, " -> %.12g; ", t->last.entropy);
    if (!gz_summary_is_monotone(t))
        fprintf(out, "a collision RAISED %s by %.2e", falling, t->entropy_rise);
    else if (t->entropy_rise > 0)
        fprintf(out, "no collision raised %s by more than round-off, %.1e", falling, t->entropy_rise);
    else
        fprintf(out, "no collision raised %s", falling);
    fputs(t->negative_max > 0 ? " (with log|f| where f <= 0)\n" : "\n", out);
    if (t->entropy_streaming > 0)
        fprintf(out, "%-24s %.2e, the sum of |dH_streaming|\n", "H changed by streaming",
                t->entropy_streaming);
}

static void write_relaxation(FILE *out, const gz_relaxation *r, long steps) {
    if (!isfinite(r->first)) return;
    fprintf(out, "%-24s %.3e", "KL to equilibrium", r->first);
    if (steps > 0) fprintf(out, " -> %.3e", r->last);
    if (gz_relaxation_falls(r))
        fprintf(out, "; falls like exp(-%.4g t), +- %.1g (95 %%), for t from %.10g to %.10g", r->rate,
                r->interval, r->begin, r->end);
    else if (isfinite(r->rate))
        fprintf(out, "; no longer falls for t from %.10g to %.10g", r->begin, r->end);
    fputc('\n', out);
}

static void write_balance(FILE *out, const gz_summary *t, const gz_simulation *s) {
    const bool walls = gz_simulation_has_walls(s), kicks = gz_problem_has_kicks(&s->deck->problem);
    if (t->steps == 0) return;
    if (walls)
        fprintf(out, "%-24s mass %.10g, energy %.10g\n", "left through the walls", t->totals.left.mass,
                t->totals.left.energy);
    if (gz_simulation_bath_temperature(s) > 0) {
        fprintf(out, "%-24s %.10g; a bath keeps no momentum\n", "energy of the bath", t->totals.bath_energy);
        fprintf(out, "%-24s mass %.1e, %s with the bath %.1e%s\n", "relative drift", t->mass_drift,
                kicks ? "total energy" : "energy", t->energy_drift, walls ? ", with what left" : "");
        return;
    }
    fprintf(out, "%-24s mass %.1e, momentum %.1e of sqrt(mass energy), %s %.1e%s\n", "relative drift",
            t->mass_drift, t->momentum_drift, kicks ? "total energy, of the kinetic one," : "energy",
            t->energy_drift, walls ? ", with what left" : "");
}

/* Density, momentum and temperature of each species of a mixture, first and last. */
static void write_species(FILE *out, const gz_summary *t, const gz_phase_grid *grid) {
    const gz_species_moments *first = &t->initial.species, *last = &t->last.species;
    const int d = grid->velocity_dim;
    for (size_t s = 0; grid->mixture && s < grid->species_count; s++) {
        fprintf(out, "%-24s density %.6g -> %.6g, temperature %.6g -> %.6g, momentum (",
                grid->species[s].name, first->density[s], last->density[s], first->temperature[s],
                last->temperature[s]);
        for (int a = 0; a < d; a++) fprintf(out, "%s%.4g", a ? ", " : "", first->momentum[(int)s * d + a]);
        fputs(") -> (", out);
        for (int a = 0; a < d; a++) fprintf(out, "%s%.4g", a ? ", " : "", last->momentum[(int)s * d + a]);
        fputs(")\n", out);
    }
}

static void write_invariants(FILE *out, const gz_summary *t, const gz_simulation *s) {
    write_defect(out, t);
    if (s->certifier && t->steps > 0) write_certificate(out, t);
    write_entropy(out, t, s);
    write_relaxation(out, &t->relaxation, t->steps);
    write_balance(out, t, s);
    write_species(out, t, s->grid);
    fprintf(out, "%-24s %.2e", "least f", t->f_min);
    if (t->negative_max > 0)
        fprintf(out, "; up to %ld values f <= 0 of %zu", t->negative_max, gz_phase_grid_whole_size(s->grid));
    fputc('\n', out);
    fprintf(out, "%-24s %.1e of the mass%s%s\n", "outermost layers of v", t->tail_max,
            t->steps > 0 ? " at most" : "", t->tail_max > 1e-8 ? ": widen grid.v.half_width" : "");
    if (s->has_exact)
        fprintf(out, "%-24s %.3e at t = %.10g\n", "relative L2 error", t->last.error, t->last.time);
}

void gz_report_write(FILE *out, const gz_report *report, const gz_summary *t, const gz_simulation *s) {
    write_problem(out, t, s);
    fprintf(out, "%s\n", report->outcome);
    if (report->notes.end[0]) fprintf(out, "%s\n", report->notes.end);
    if (report->notes.states[0]) fprintf(out, "%s\n", report->notes.states);
    fputc('\n', out);
    if (t->begun) {
        write_work(out, t, s);
        fputc('\n', out);
        write_phases(out, t);
        fputc('\n', out);
        gz_datum_write(out, s, 25);
        write_invariants(out, t, s);
        fputc('\n', out);
    }
    gz_print_calmly(out, report->directory);
    fputs(": history.csv result.h5 result.xmf deck.yaml checkpoint.h5 report.txt\n", out);
}
