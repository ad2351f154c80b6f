/* Relaxation: choose the rows, and fit a line through log KL. */
#include "relaxation.h"

#include "line_fit.h"

#include <math.h>

/* Below this, KL/mass shows the tolerance of the steps, not the equation. */
static const double ROUND_OFF = 1e-21;

gz_status gz_relaxation_of(gz_context *context, const gz_history *history, double mass, gz_relaxation *fit) {
    const size_t rows = history->row_count;
    double *time = NULL, *logarithm;
    *fit = (gz_relaxation){.first = NAN, .last = NAN, .rate = NAN, .interval = NAN, .begin = NAN, .end = NAN};
    if (rows == 0 || gz_history_column(history, "relative_entropy") == history->column_count) return GZ_OK;
    GZ_TRY(gz_allocate(context, 2 * rows, sizeof *time, &time));
    logarithm = time + rows;
    fit->first = gz_history_value(history, 0, "relative_entropy");
    fit->last = gz_history_value(history, rows - 1, "relative_entropy");
    size_t count = 0; /* number of rows before KL reaches round-off */
    for (; count < rows; count++) {
        const double value = gz_history_value(history, count, "relative_entropy");
        if (!(value > ROUND_OFF * mass)) break;
        time[count] = gz_history_value(history, count, "time");
        logarithm[count] = log(value);
    }
    size_t begin = 0;
    while (begin < count && time[begin] < (time[0] + time[count - 1]) / 2) begin++;
    if (count - begin >= 3) {
        const gz_line_fit line = gz_line_fit_of(count - begin, time + begin, logarithm + begin);
        fit->rate = -line.slope;
        fit->interval = line.interval;
        fit->begin = time[begin];
        fit->end = time[count - 1];
        fit->rows = count - begin;
    }
    gz_release(time);
    return GZ_OK;
}

bool gz_relaxation_falls(const gz_relaxation *fit) {
    return isfinite(fit->rate) && fit->rate > fit->interval;
}
