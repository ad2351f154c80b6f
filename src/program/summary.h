/* Summary: what a run did as a whole since step 0, through all restarts.
 *
 * It is made of the rows of history.csv alone, by gz_summary_add, which a restart calls again for the rows
 * before it. Everything in it can thus be recomputed from that file (report.h has the formulas). What the rows
 * do not hold, set-ups and seconds, is a *tally*; checkpoints carry it along.
 */
#ifndef GZ_SUMMARY_H
#define GZ_SUMMARY_H

#include "relaxation.h"
#include "simulation.h"

enum { GZ_TALLY_COUNT = 9 + GZ_PHASE_COUNT };

typedef struct gz_summary {
    bool begun; /* false: there is no row at all */
    gz_ledger_row initial, last;
    gz_relaxation relaxation; /* set by the caller at the end of the run */
    long steps;
    gz_work work;             /* of these steps */
    double dt_least, dt_most; /* of all steps but the last one; of the only one */
    long rejected_estimate, rejected_solver;
    double theta_max;                                /* largest |theta| of the steps of zero_defect4 */
    long split;                                      /* steps that zero_defect took in its place */
    double defect_max;                               /* |J| of the worst step, defect_step */
    long defect_step, defect_count;                  /* defect_count: steps that have a J */
    gz_ledger_totals totals;                         /* sum of J; what left through the walls of a box */
    double mass_drift, momentum_drift, energy_drift; /* largest, relative to the start, with totals.left */
    double least_max, mean_total; /* of certified steps: largest |J_least|, sum of J_mean */
    long least_count, mean_count; /* number of steps with J_least, with J_mean */
    double entropy_rise;          /* largest rise of H in a collision, with a bath of F; 0: it never rose */
    double entropy_streaming;     /* sum of |dH_streaming| */
    double f_min, tail_max;

    /* The tally, to which work.setups and work.seconds_in belong too. */
    long negative_max;            /* number of values f <= 0 in the worst state */
    double seconds_measure;       /* measuring and certifying states */
    double seconds_files;         /* writing files */
    double seconds_lost;          /* in steps that failed or were given up */
    double clock;                 /* when the run would have begun if it had never stopped */
    double seconds_total;         /* from then to the last gz_summary_keep */
    long restarts, tally_step;    /* tally_step: the tally begins after this step, 0 as a rule */
    double untallied;             /* seconds of the steps up to it */
    double tally[GZ_TALLY_COUNT]; /* these numbers in a checkpoint */

    long restart_step; /* where the last restart went on */
    double restart_time;
} gz_summary;

/* A summary without rows of a run that began at this reading of the clock. */
gz_summary gz_summary_begin(double clock);

/* Add the row of the initial state, and then those of the steps, with the totals up to each row. */
void gz_summary_start(gz_summary *summary, const gz_ledger_row *initial);
void gz_summary_add(gz_summary *summary, const gz_ledger_row *row, const gz_ledger_totals *totals);

/* True if no collision raised H but by round-off: by half the bound that the solver puts on |J|, or by that of
 * H itself. */
bool gz_summary_is_monotone(const gz_summary *summary);

/* The tally as an optional block of a checkpoint. Before it is written, gz_summary_keep takes the clock
 * and puts the present numbers into it. When it has been read and the rows before the restart have been added,
 * gz_summary_resume adds its numbers; if the checkpoint had no tally, it begins here. */
gz_memory_block gz_summary_tally(gz_summary *summary);
void gz_summary_keep(gz_summary *summary);
void gz_summary_resume(gz_summary *summary, const gz_state *state);

#endif
