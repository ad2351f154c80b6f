/* Summary: what a run did as a whole: work, seconds by phase, and how well its invariants held. The table at
 * the end of a run and report.txt are this.
 */
#ifndef GZ_SUMMARY_H
#define GZ_SUMMARY_H

#include "relaxation.h"
#include "simulation.h"

#include <stdio.h>

typedef struct gz_summary {
    gz_ledger_row initial, last;
    gz_relaxation relaxation;        /* set by the run, at its end */
    double momentum_scale;           /* int |v| f at the start */
    long steps;                      /* taken here, without those before a restart */
    gz_work work;                    /* of these steps */
    double defect_max, defect_total; /* |J| of the worst step, sum of J since step 0 */
    long defect_step;
    gz_outflow left;                                 /* through the walls of a box */
    double mass_drift, momentum_drift, energy_drift; /* largest, relative to the start, what left included */
    double least_max, mean_total; /* certified steps: |J_least| of the worst, sum of J_mean */
    long least_count, mean_count; /* steps that have them */
    double entropy_rise;          /* largest rise of H in a collision, 0: none */
    double entropy_streaming;     /* sum of |dH_streaming| */
    double f_min, tail_max;
    long negative_max;                                    /* values f <= 0 of the worst state */
    double seconds_measure, seconds_files, seconds_total; /* set by the run */
} gz_summary;

/* From the row of the initial state. */
gz_summary gz_summary_begin(const gz_simulation *simulation, const gz_ledger_row *initial);

/* Take in the row of a step. */
void gz_summary_add(gz_summary *summary, const gz_simulation *simulation, const gz_ledger_row *row);

/* Aligned text. outcome: one sentence; directory: where the files are. */
void gz_summary_write(FILE *out, const gz_summary *summary, const gz_simulation *simulation,
                      const char *outcome, const char *directory);

#endif
