/* At error: the work of every method of a comparison at one and the same error, and its ratio to the first's.
 *
 * Of the rows of a method that are as good as the error, the cheapest counts, moved along the line in log
 * work over log error to the best row that is not (if that is cheaper): what the method would have needed for
 * exactly this error. A method whose every row is better has its cheapest row as a bound from above.
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

/* Work at `error` from rows (errors[k] > 0 or not finite, work[k] > 0); NaN where no row is that good.
 * *is_bound: every row is better, so that the work is an upper bound. */
double gz_work_at_error(size_t count, const double *errors, const double *work, double error, bool *is_bound);

#endif
