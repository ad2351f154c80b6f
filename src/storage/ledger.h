/* Ledger: history.csv, one row a step, written and flushed as the run goes.
 *
 *   step,time,dt,H,D,D_step,A,J,J_total,dH_streaming,mass,momentum_1..d,energy,P_11,P_12,..,f_min,tail,
 *   newton,cg,applications,seconds[,estimate,rejected_estimate,rejected_solver][,error][,relative_entropy]
 *   [,fisher,cross_fisher][,A_least,J_least,J_mean]
 *   [,mass_left,momentum_left_1..d,energy_left]
 *
 * Numbers carry 17 significant digits, so that reading them back gives the same double. From the file alone
 *
 *   H[n] - H[n-1] = J - dt/2 (D_step + A) + dH_streaming
 *
 * can be checked, and in a box that mass + mass_left and its like stay what they were: what left through the
 * walls since the start, minus what came in. The ledger sees plain numbers only, never a solver; a column is
 * one line of the table in ledger.c. history.h reads the file back. The first rank writes; its status is that
 * of all.
 */
#ifndef GZ_LEDGER_H
#define GZ_LEDGER_H

#include "fisher.h"
#include "functionals.h"
#include "step_certificate.h"

/* What one row is made of. */
typedef struct gz_ledger_row {
    long step;
    double time;
    double entropy;                  /* H(f) of the state at `time` */
    double dissipation;              /* D(f) with log f */
    gz_moments moments;              /* of the state */
    gz_step_report report;           /* of the step that ended here; zeroes for the initial state */
    double error;                    /* relative L2 against the exact solution, where one is known */
    double relative_entropy;         /* KL(f|M) to the run's equilibrium (equilibrium.h), where asked for */
    gz_fisher fisher;                /* of the state, where it is asked for */
    gz_step_certificate certificate; /* of the step, where it is asked for; zeroes for the initial state */
} gz_ledger_row;

typedef struct gz_ledger_settings {
    int velocity_dim; /* 2 | 3 */
    bool error;       /* a column `error`; default without */
    bool equilibrium; /* a column `relative_entropy` */
    bool fisher;      /* columns `fisher`, `cross_fisher` */
    bool certificate; /* columns `A_least`, `J_least`, `J_mean` */
    bool control;     /* columns of step control; default without */
    bool walls;       /* columns `mass_left`, `momentum_left_*`, `energy_left` */
} gz_ledger_settings;

typedef struct gz_ledger gz_ledger;

/* Start a new file at `path` (an older one is replaced) with its header line.
 * GZ_ERROR_FILES if that fails. */
GZ_API gz_status gz_ledger_create(gz_context *context, const gz_ledger_settings *settings, const char *path,
                                  gz_ledger **ledger);

/* Go on in an existing file after the row of `last_step`: later rows, also a half-written last line, are cut
 * off; running sums go on from that row. GZ_ERROR_FILES if the file has other columns or no such row. */
GZ_API gz_status gz_ledger_resume(gz_context *context, const gz_ledger_settings *settings, const char *path,
                                  long last_step, gz_ledger **ledger);

/* Set step, time, entropy and moments of `row` from a state, and clear everything else. */
GZ_API void gz_ledger_measure(const gz_phase_grid *grid, const gz_state *state, gz_ledger_row *row);

/* Append a row and flush it. If it cannot be written (disk full) the file keeps the complete rows before it
 * and GZ_ERROR_FILES comes back. */
GZ_API gz_status gz_ledger_write(gz_ledger *ledger, const gz_ledger_row *row);

/* Running sum of J, the column J_total of the last row. */
GZ_API double gz_ledger_defect_total(const gz_ledger *ledger);

/* Bring the rows to the disk itself (fsync): call before a checkpoint. */
GZ_API gz_status gz_ledger_sync(gz_ledger *ledger);

GZ_API void gz_ledger_destroy(gz_ledger *ledger);

#endif
