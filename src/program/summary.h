/* Summary: what a run did as a whole: its work, its seconds by phase, and how well its invariants held.
 * report.txt and the table at the end of a run show it.
 */
#ifndef GZ_SUMMARY_H
#define GZ_SUMMARY_H

#include "relaxation.h"
#include "simulation.h"

#include <stdio.h>

typedef struct gz_summary {
    gz_ledger_row initial, last;
    gz_relaxation relaxation;        /* set by the caller at the end of the run */
    double momentum_scale;           /* int |v| f at the start */
    long steps;                      /* number of steps, without the steps before a restart */
    gz_work work;                    /* of these steps */
    double defect_max, defect_total; /* |J| of the worst step; sum of J since step 0 */
    long defect_step;
    gz_outflow left;                                 /* what left through the walls of a box */
    double mass_drift, momentum_drift, energy_drift; /* largest, relative to the start, counting `left` */
    double least_max, mean_total; /* of certified steps: largest |J_least|, sum of J_mean */
    long least_count, mean_count; /* number of steps with J_least, with J_mean */
    double entropy_rise;          /* largest rise of H in a collision; 0: it never rose */
    double entropy_streaming;     /* sum of |dH_streaming| */
    double f_min, tail_max;
    long negative_max;                                    /* number of values f <= 0 in the worst state */
    double seconds_measure, seconds_files, seconds_total; /* set by the caller */
} gz_summary;

/* Begin a summary with the row of the initial state. */
gz_summary gz_summary_begin(const gz_simulation *simulation, const gz_ledger_row *initial);

/* Add the row of a step. */
void gz_summary_add(gz_summary *summary, const gz_simulation *simulation, const gz_ledger_row *row);

/* Write aligned text. outcome: how the run ended, one sentence; directory: the folder of the results. */
void gz_summary_write(FILE *out, const gz_summary *summary, const gz_simulation *simulation,
                      const char *outcome, const char *directory);

#endif
