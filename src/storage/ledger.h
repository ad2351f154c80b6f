/* Ledger: writes history.csv, one row for each step, and flushes each row at once.
 *
 *   step,time,dt,H,D,D_step,A,J,J_total,dH_streaming,mass,momentum_1..d,energy,P_11,P_12,..,f_min,tail,
 *   newton,cg,applications,seconds[,theta,split][,estimate,rejected_estimate,rejected_solver][,error][,relative_entropy]
 *   [,fisher,cross_fisher][,A_least,J_least,J_mean]
 *   [,mass_left,momentum_left_1..d,energy_left]
 *   [,potential_energy,field_energy,energy_total,dE_transport,gauss_defect][,bath_energy]
 *   [,density_NAME..,momentum_NAME_1..,temperature_NAME..]
 *
 * Numbers have 17 significant digits, so that reading them back gives the same double. With the file
 * alone one can check that
 *
 *   H[n] - H[n-1] = J - dt/2 (D_step + A) + dH_streaming,
 *
 * and in a box, that mass + mass_left, momentum + momentum_left and energy + energy_left stay constant. The
 * *_left columns are what has left through the walls since the start, minus what came in. With a heat bath of the
 * temperature theta, whose energy has grown by bath_energy since the start, energy/2 + bath_energy stays constant, and
 *
 *   H[n] - H[n-1] = J - dt/2 (D_step + A) + dH_streaming + (bath_energy[n] - bath_energy[n-1])/theta.
 *
 * With a force or a field energy_total = energy/2 + potential_energy + field_energy, of which streaming and kicks made
 * dE_transport in the step; gauss_defect is the largest |E - E of poisson| of ampere.
 *
 * The ledger sees plain numbers only, never a solver. A column is one line of the table in ledger.c.
 * history.h reads the file back. Of several ranks the first one writes, and all get its status.
 */
#ifndef GZ_LEDGER_H
#define GZ_LEDGER_H

#include "field.h"
#include "fisher.h"
#include "functionals.h"
#include "history.h"
#include "step_certificate.h"

/* What one row is made of. */
typedef struct gz_ledger_row {
    long step;
    double time;
    double entropy;                  /* H(f) of the state at `time` */
    double dissipation;              /* D(f) with log f */
    gz_moments moments;              /* of the state at `time` */
    gz_species_moments species;      /* the same of a mixture's species */
    gz_step_report report;           /* of the step that ended at `time`; zeros for the initial state */
    double error;                    /* relative L2 against the exact solution, where one is known */
    double relative_entropy;         /* KL(f|M) to the run's equilibrium M (equilibrium.h), if asked for */
    gz_fisher fisher;                /* of the state at `time`, if asked for */
    gz_energies energies;            /* of the state at `time`, with a force or a field */
    gz_step_certificate certificate; /* of the step, NaN if not asked for; zeros for the initial state */
} gz_ledger_row;

/* Sums over all rows so far, as they stand in a row. */
typedef struct gz_ledger_totals {
    double defect;                    /* J_total */
    gz_outflow left;                  /* mass_left, momentum_left_*, energy_left */
    double bath_energy, bath_entropy; /* column bath_energy; it over the temperature of the bath */
} gz_ledger_totals;

/* Add what a step did. */
GZ_API void gz_ledger_totals_add(gz_ledger_totals *totals, const gz_step_report *report);

typedef struct gz_ledger_settings {
    int velocity_dim; /* 2 | 3: must be given */
    bool error;       /* add the column `error`; by default this and the following are not there */
    bool equilibrium; /* add the column `relative_entropy` */
    bool fisher;      /* add the columns `fisher`, `cross_fisher` */
    bool certificate; /* add the columns `A_least`, `J_least`, `J_mean` */
    bool theta;       /* add the columns `theta`, `split` of zero_defect4 and certified explicit methods */
    bool control;     /* add the columns `estimate`, `rejected_estimate`, `rejected_solver` */
    bool forces;      /* add the columns `potential_energy` .. `gauss_defect` */
    bool walls;       /* add the columns `mass_left`, `momentum_left_*`, `energy_left` */
    double bath_temperature; /* of a heat bath: add the column `bath_energy`; 0: none */
    size_t
        species_count; /* add the columns `density_*`, `momentum_*_1`.., `temperature_*` of a mixture's species */
    const gz_species *species; /* of the caller, who keeps them as long as the ledger */
} gz_ledger_settings;

typedef struct gz_ledger gz_ledger;

/* Start a new file at `path` with its header line; an older file is replaced. Fails with GZ_ERROR_FILES. */
GZ_API gz_status gz_ledger_create(gz_context *context, const gz_ledger_settings *settings, const char *path,
                                  gz_ledger **ledger);

/* Go on in an existing file after the row of `last_step`. Later rows, and a half-written last line, are cut
 * off; the running sums continue from there. Fails with GZ_ERROR_FILES if the columns differ, if the row is missing,
 * or if its seal was not this one (NULL or "": any); the file has not changed then. */
GZ_API gz_status gz_ledger_resume(gz_context *context, const gz_ledger_settings *settings, const char *path,
                                  long last_step, const char *seal, gz_ledger **ledger);

/* The seal of all rows so far, which tells this history from that of any other run. Known to the first rank. */
enum { GZ_SEAL = 64 };
GZ_API const char *gz_ledger_seal(const gz_ledger *ledger, char seal[GZ_SEAL]);

/* Set step, time, entropy and moments of `row` from a state, and clear everything else. */
GZ_API void gz_ledger_measure(const gz_phase_grid *grid, const gz_state *state, gz_ledger_row *row);

/* The bytes of a history.csv with so many rows, within a few per cent. */
GZ_API double gz_ledger_size(const gz_ledger_settings *settings, double rows);

/* Append a row and flush it. If the row cannot be written (the disk is full), the file keeps the complete
 * rows before it and GZ_ERROR_FILES is returned. */
GZ_API gz_status gz_ledger_write(gz_ledger *ledger, const gz_ledger_row *row);

/* The sum of J over all steps so far, which is J_total in the last row. */
GZ_API double gz_ledger_defect_total(const gz_ledger *ledger);

/* The sums over all rows so far. */
GZ_API gz_ledger_totals gz_ledger_totals_of(const gz_ledger *ledger);

/* Take row `index` of a history that this ledger has written or resumed, and the totals in it. What has no
 * column is zero in the row, and NaN in its certificate. */
GZ_API void gz_ledger_read(const gz_ledger *ledger, const gz_history *history, size_t index,
                           gz_ledger_row *row, gz_ledger_totals *totals);

/* Bring the rows to the disk itself (fsync). To be called before a checkpoint. */
GZ_API gz_status gz_ledger_sync(gz_ledger *ledger);

GZ_API void gz_ledger_destroy(gz_ledger *ledger);

#endif
