/* Result file: DIR/result.h5, the states of a run with named axes, and DIR/result.xmf beside it for ParaView.
 *
 *   f[time,x1..,v1..]  density[time,x1..]  velocity[time,x1..,component]  temperature[time,x1..]  step[time]
 *
 * `time` (unlimited), `x1..`, `v1..` and `component` are dimension scales, so that h5py and xarray (h5netcdf)
 * open the file with named axes. Root attributes: title, deck, version, commit, compiler, threads.
 * With collision fields also action_density[time,x1..,v1..], divergence[time,x1..,v1..] and, where they have
 * pairs, the grazing rate U[time,x1..,v1..,x1_star..,v1_star..,component], V[time,component,x1..,v1..]; NaN
 * at the first state. With density = false there is no f but f_last[x1..,v1..], the last state written
 * (attributes time, step).
 *
 * At every moment result.h5 is a complete, closed file: a new state goes into a hidden twin which then takes
 * its name. A killed run loses nothing that was written, and a running one can be read and plotted. The
 * price is twice the disk space while the run lasts.
 *
 * Where several ranks share the cells all calls are collective, and the file is the same whatever their
 * number.
 */
#ifndef GZ_RESULT_FILE_H
#define GZ_RESULT_FILE_H

#include "collision_fields.h"

typedef struct gz_result_settings {
    const char *title; /* NULL means "" */
    const char *deck;  /* text of the resolved deck; NULL means "" */
    bool density;      /* true: f at every output; false: moments, and f of the last output only */
    const gz_collision_fields *collision; /* of the step that ended at a state, written with it; NULL: none */
} gz_result_settings;

typedef struct gz_result_file gz_result_file;

/* Start a new result in the existing folder `directory` (an older one is replaced). The grid must outlive it.
 * GZ_ERROR_FILES if the folder is missing, read-only or full. */
GZ_API gz_status gz_result_create(gz_context *context, const gz_phase_grid *grid,
                                  const gz_result_settings *settings, const char *directory,
                                  gz_result_file **result);

/* Go on in an existing result: states after `last_step` are dropped. GZ_ERROR_FILES if it was written for
 * another grid. */
GZ_API gz_status gz_result_resume(gz_context *context, const gz_phase_grid *grid,
                                  const gz_result_settings *settings, const char *directory, long last_step,
                                  gz_result_file **result);

/* Append a state. When this returns GZ_OK the state survives the end of the process, however it ends. On
 * GZ_ERROR_FILES (disk full) result.h5 still holds all states before it. */
GZ_API gz_status gz_result_append(gz_result_file *result, const gz_state *state);

/* Number of states in the file. */
GZ_API size_t gz_result_count(const gz_result_file *result);

/* Bring the file to the disk itself (fsync) and remove the twin. The result is unusable afterwards but for
 * gz_result_destroy. */
GZ_API gz_status gz_result_finish(gz_result_file *result);

/* Release memory; removes the twin too. */
GZ_API void gz_result_destroy(gz_result_file *result);

#endif
