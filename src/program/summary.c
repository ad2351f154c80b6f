/* Summary: sums and extremes over rows; a table names the numbers of the tally. */
#include "summary.h"

#include "clock.h"

#include <float.h>
#include <math.h>

static const double ROUND_OFF = 2.5e-14; /* of the mass: half of what the solver leaves in J */

gz_summary gz_summary_begin(double clock) {
    return (gz_summary){.clock = clock,
                        .relaxation = {.first = NAN, .last = NAN, .rate = NAN, .interval = NAN}};
}

void gz_summary_start(gz_summary *t, const gz_ledger_row *initial) {
    t->begun = true;
    t->initial = t->last = *initial;
    t->f_min = initial->moments.f_min;
    t->tail_max = initial->moments.tail;
}

/* --- rows ----------------------------------------------------------------------------------------------- */

static void add_dt(gz_summary *t, double dt) {
    const double before = t->last.report.dt;
    if (t->steps == 0) {
        t->dt_least = t->dt_most = dt;
        return;
    }
    t->dt_least = fmin(t->dt_least, before);
    t->dt_most = fmax(t->dt_most, before);
}

static void add_defects(gz_summary *t, const gz_ledger_row *row) {
    const double defect = row->report.defect;
    t->defect_count += !isnan(defect);
    if (fabs(defect) > t->defect_max) {
        t->defect_max = fabs(defect);
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
}

static void add_drifts(gz_summary *t, const gz_moments *now, const gz_outflow *left) {
    const gz_moments *start = &t->initial.moments;
    double squared = 0;
    for (int a = 0; a < GZ_MAX_DIM; a++) {
        const double change = now->momentum[a] + left->momentum[a] - start->momentum[a];
        squared += change * change;
    }
    t->mass_drift = fmax(t->mass_drift, fabs(now->mass + left->mass - start->mass) / start->mass);
    t->momentum_drift = fmax(t->momentum_drift, sqrt(squared / (start->mass * start->energy)));
}

/* Of int |v|^2 f, or with a force or a field, whose energies are not zero, of twice the total energy, together with what has
 * left through walls and to a bath. */
static double energy_change(const gz_summary *t, const gz_ledger_row *row, const gz_ledger_totals *totals) {
    const bool forces = t->initial.energies.total != 0 || row->energies.total != 0;
    const double kinetic = t->initial.moments.energy,
                 start = forces ? 2 * t->initial.energies.total : kinetic,
                 now = forces ? 2 * row->energies.total : row->moments.energy;
    return fabs(now + totals->left.energy + 2 * totals->bath_energy - start) / kinetic;
}

void gz_summary_add(gz_summary *t, const gz_ledger_row *row, const gz_ledger_totals *totals) {
    const gz_step_report *report = &row->report;
    add_dt(t, report->dt);
    add_defects(t, row);
    add_drifts(t, &row->moments, &totals->left);
    t->energy_drift = fmax(t->energy_drift, energy_change(t, row, totals));
    t->entropy_rise = fmax(t->entropy_rise, row->entropy - t->last.entropy - report->entropy_streaming -
                                                (totals->bath_entropy - t->totals.bath_entropy));
    t->steps++;
    t->totals = *totals;
    gz_work_add(&t->work, &report->work);
    t->rejected_estimate += report->rejected_estimate;
    t->rejected_solver += report->rejected_solver;
    t->theta_max = fmax(t->theta_max, fabs(report->theta));
    t->split += report->split;
    t->entropy_streaming += fabs(report->entropy_streaming);
    t->f_min = fmin(t->f_min, row->moments.f_min);
    if (report->negative > t->negative_max) t->negative_max = report->negative;
    t->tail_max = fmax(t->tail_max, row->moments.tail);
    t->last = *row;
}

bool gz_summary_is_monotone(const gz_summary *t) {
    return t->entropy_rise <=
           ROUND_OFF * t->initial.moments.mass + 4 * DBL_EPSILON * fabs(t->initial.entropy);
}

/* --- the tally ------------------------------------------------------------------------------------------ */

/* Numbers of the tally by their places; the seconds of the phases follow. */
enum { SECONDS, SETUPS, NEGATIVE, MEASURE, FILES, LOST, RESTARTS, TALLY_STEP, UNTALLIED, PHASES };

_Static_assert(PHASES + GZ_PHASE_COUNT == GZ_TALLY_COUNT, "the tally has another length");

gz_memory_block gz_summary_tally(gz_summary *t) {
    return (gz_memory_block){.name = "tally", .count = GZ_TALLY_COUNT, .values = t->tally, .optional = true};
}

void gz_summary_keep(gz_summary *t) {
    t->tally[SECONDS] = t->seconds_total = gz_seconds_now() - t->clock;
    t->tally[SETUPS] = (double)t->work.setups;
    t->tally[NEGATIVE] = (double)t->negative_max;
    t->tally[MEASURE] = t->seconds_measure;
    t->tally[FILES] = t->seconds_files;
    t->tally[LOST] = t->seconds_lost;
    t->tally[RESTARTS] = (double)t->restarts;
    t->tally[TALLY_STEP] = (double)t->tally_step;
    t->tally[UNTALLIED] = t->untallied;
    for (int phase = 0; phase < GZ_PHASE_COUNT; phase++) t->tally[PHASES + phase] = t->work.seconds_in[phase];
}

/* A number of the tally that was read, or 0 if it is none that a run could have written. */
static double number(const gz_summary *t, int place) {
    const double value = t->tally[place];
    return value > 0 && value < 1e15 ? value : 0;
}

void gz_summary_resume(gz_summary *t, const gz_state *state) {
    t->restarts = 1 + (long)number(t, RESTARTS);
    t->restart_step = state->step;
    t->restart_time = state->time;
    const bool tallied = number(t, SECONDS) > 0;
    t->tally_step = tallied ? (long)number(t, TALLY_STEP) : state->step;
    t->untallied = tallied ? number(t, UNTALLIED) : t->work.seconds;
    t->clock -= number(t, SECONDS);
    t->work.setups += (long)number(t, SETUPS);
    t->negative_max = (long)fmax((double)t->negative_max, number(t, NEGATIVE));
    t->seconds_measure += number(t, MEASURE);
    t->seconds_files += number(t, FILES);
    t->seconds_lost += number(t, LOST);
    for (int phase = 0; phase < GZ_PHASE_COUNT; phase++)
        t->work.seconds_in[phase] += number(t, PHASES + phase);
}
