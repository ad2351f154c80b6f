/* Report: report.txt, which is also the table at the end of a run. All numbers are those of the whole run since
 * step 0, through all restarts; only version, scheme, threads and ranks in the second line are of its last
 * session. With the rows n = 0, 1, .. of history.csv:
 *
 *   steps, iterations, applications   sums of the columns; set-ups and seconds are tallied, history.csv has none
 *   initial.K asks for, the grid has  mass, momentum and energy of the components (datum.h)
 *   largest |J| of a step             max |J|; sum of J: J_total
 *   H                                 first and last; a collision changes it by H[n] - H[n-1] - dH_streaming[n]
 *   H changed by streaming            sum |dH_streaming|
 *   KL to equilibrium                 relative_entropy, first and last; its rate: relaxation.h
 *   left through the walls            mass_left, energy_left of the last row
 *   relative drift                    max |M[n] - M[0]| / M[0] of mass and energy, and for the momentum the
 *                                     Euclidean norm, max |P[n] - P[0]| / sqrt(mass[0] energy[0]); what left
 *                                     through walls is added to M[n] and P[n]
 *   least f, outermost layers of v    min f_min, max tail
 *   relative L2 error                 error of the last row
 *
 * sqrt(mass energy) is the largest |P| that a density of this mass and energy can have. Seconds are those of the
 * first rank.
 */
#ifndef GZ_REPORT_H
#define GZ_REPORT_H

#include "summary.h"
#include "time_notes.h"

#include <stdio.h>

typedef struct gz_report {
    const char *outcome; /* how the run ended, one sentence */
    gz_time_notes notes;
    const char *directory; /* the folder of the results */
} gz_report;

/* Write aligned text. */
void gz_report_write(FILE *out, const gz_report *report, const gz_summary *summary,
                     const gz_simulation *simulation);

#endif
