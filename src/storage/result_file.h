/* Result file: DIR/result.h5 with the states of a run, and DIR/result.xmf, through which ParaView opens it.
 *
 *   f[time,x1..,v1..]  density[time,x1..]  velocity[time,x1..,component]  temperature[time,x1..]  step[time]
 *
 * A mixture has the axis `species` before x1 in all of these but step, and species_mass[species], species_charge[species].
 *
 * `time` (unlimited), `species`, `x1..`, `v1..` and `component` are dimension scales, so that h5py and xarray (h5netcdf)
 * open the file with named axes. Root attributes: title, deck, version, commit, compiler, threads, which a
 * restart sets to its own, and run, the name of the run through all restarts.
 *
 * With a field the file also holds field[time,x1..], or in more dimensions field[time,direction,x1..].
 *
 * With collision fields the file also holds action_density, divergence, potential and mobility, each
 * [time,x1..,v1..], and theta and sawtooth, both [time,component,x1..,v1..]; if the fields have pairs, also the
 * grazing rate U[time,x1..,v1..,x1_star..,v1_star..,component] and V[time,component,x1..,v1..]. All are NaN at
 * the first state, which no collision comes before. A sparse file has no f but f_last[x1..,v1..], the last state
 * written, with the attributes time and step.
 *
 * At every moment result.h5 is a complete, closed file: a new state goes into a hidden twin, which then takes
 * the name result.h5. A killed run thus loses nothing that was written, and the file of a running one can be
 * read and plotted. The price is twice the disk space while the run lasts.
 *
 * Where several ranks share the cells all calls are collective. The file is the same for any number of ranks.
 */
#ifndef GZ_RESULT_FILE_H
#define GZ_RESULT_FILE_H

#include "collision_fields.h"

typedef struct gz_result_settings {
    const char *title; /* NULL means "" */
    const char *deck;  /* text of the resolved deck; NULL means "" */
    const char *run;   /* the name of the run, which its checkpoints have too; NULL: any */
    bool sparse; /* only the moments at every output, and f of the last one; default f at every output */
    const double
        *field; /* E of the state, [x axis][cell of the whole grid], written with it; NULL: there is none */
    const gz_collision_fields *collision; /* of the step before a state, written with the state; NULL: none */
} gz_result_settings;

typedef struct gz_result_file gz_result_file;

/* Start a new result in the existing folder `directory`; an older result is replaced. The grid must outlive
 * the result. Fails with GZ_ERROR_FILES if the folder is missing, read-only or full. */
GZ_API gz_status gz_result_create(gz_context *context, const gz_phase_grid *grid,
                                  const gz_result_settings *settings, const char *directory,
                                  gz_result_file **result);

/* Fails with GZ_ERROR_FILES if the result in `directory` cannot be gone on with, since it was written for
 * another grid, by another run, or has other datasets. Changes nothing. */
GZ_API gz_status gz_result_check(gz_context *context, const gz_phase_grid *grid,
                                 const gz_result_settings *settings, const char *directory);

/* Go on in an existing result, without its states after `last_step`. Fails with GZ_ERROR_FILES where
 * gz_result_check does. */
GZ_API gz_status gz_result_resume(gz_context *context, const gz_phase_grid *grid,
                                  const gz_result_settings *settings, const char *directory, long last_step,
                                  gz_result_file **result);

/* Append a state. When this returns GZ_OK, the state survives the end of the process, however the process
 * ends. If it fails with GZ_ERROR_FILES (the disk is full), result.h5 still holds all earlier states. */
GZ_API gz_status gz_result_append(gz_result_file *result, const gz_state *state);

/* The number of states in the file. */
GZ_API size_t gz_result_count(const gz_result_file *result);

/* The number of states in the result at `path`; 0 if there is no file. Fails with GZ_ERROR_FILES. */
GZ_API gz_status gz_result_states(gz_context *context, const char *path, size_t *count);

/* Bring the file to the disk itself (fsync) and remove the twin. Only gz_result_destroy may follow. */
GZ_API gz_status gz_result_finish(gz_result_file *result);

/* Release the memory and remove the twin. */
/* The bytes of a result.h5 with so many states, within a few per cent; nothing is written. */
GZ_API gz_status gz_result_size(gz_context *context, const gz_phase_grid *grid,
                                const gz_result_settings *settings, double states, double *bytes);

GZ_API void gz_result_destroy(gz_result_file *result);

#endif
