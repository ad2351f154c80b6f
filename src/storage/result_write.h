/* Result write: one state into the datasets of an open result.h5 (result_layout.h). Where several ranks share the cells, each
 * writes its slab. Not installed.
 */
#ifndef GZ_RESULT_WRITE_H
#define GZ_RESULT_WRITE_H

#include "result_layout.h"

/* Where a state is written. */
typedef struct gz_result_target {
    const gz_phase_grid *grid;
    hid_t file;
    hsize_t index; /* of the state along the time axis */
} gz_result_target;

/* What is written beside f and time. */
typedef struct gz_result_values {
    double *density, *velocity, *temperature; /* [cell], [axis][cell], [cell] */
    double *packed;                           /* with a field: [x axis][cell], scratch */
    const double *field;                      /* E, [x axis][cell of the whole grid]; NULL: none */
    const gz_collision_fields *collision;     /* NULL: none */
} gz_result_values;

/* Set the length of the time axis of all datasets. */
herr_t gz_result_set_counts(hid_t file, gz_result_content content, size_t count);

/* Write the state at to->index, to which the time axes grow or shrink. */
herr_t gz_result_write_state(const gz_result_target *to, gz_result_content content,
                             const gz_result_values *values, const gz_state *state);

#endif
