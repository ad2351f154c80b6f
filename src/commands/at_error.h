/* At error: the work that each method of a comparison needs for one and the same error, and the ratio of the
 * first method's work to it.
 *
 * Each kind of seconds is interpolated on its own work envelope (work_envelope.h). A right-hand side of a rival
 * is a set-up of the mobility and an application, so that only their sum, `work`, compares like with like: it
 * has the envelope, and applications and set-ups are those of the two rows that it finds.
 */
#ifndef GZ_AT_ERROR_H
#define GZ_AT_ERROR_H

#include "context.h"

#include <stdbool.h>

typedef struct gz_work_row {
    const char *method;
    double error, seconds, processor, applications, setups;
    bool positive; /* f > 0 everywhere after every step */
} gz_work_row;

/* Print one table for each of the errors, unless quiet, and write directory/at_error.csv and .md, which hold the
 * rows of all errors. The column `positive` tells whether all rows that were used have f > 0. */
gz_status gz_at_error_write(gz_context *context, size_t count, const gz_work_row *rows, size_t error_count,
                            const double *errors, const char *directory, bool quiet);

#endif
