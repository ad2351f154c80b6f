/* At error: the work that each method of a comparison needs for one and the same error, and the ratio of the
 * first method's work to it.
 *
 * Of the rows of a method whose error is small enough, the cheapest one counts. If the best row whose error
 * is too large is cheaper still, the work is interpolated between the two, on a line in log work over log
 * error. This is what the method would have needed for exactly this error. If every row is good enough, the
 * cheapest is an upper bound.
 */
#ifndef GZ_AT_ERROR_H
#define GZ_AT_ERROR_H

#include "context.h"

#include <stdbool.h>

typedef struct gz_work_row {
    const char *method;
    double error, seconds, processor, applications;
} gz_work_row;

/* Print the table, unless quiet, and write directory/at_error.csv and .md. */
gz_status gz_at_error_write(gz_context *context, size_t count, const gz_work_row *rows, double error,
                            const char *directory, bool quiet);

/* The work at `error`, from rows with errors[k] > 0 or not finite and work[k] > 0; NaN if no row is that
 * good. *is_bound is set if every row is better, so that the work is an upper bound. */
double gz_work_at_error(size_t count, const double *errors, const double *work, double error, bool *is_bound);

#endif
