/* Work envelope: finds the two neighbours without making the envelope itself. */
#include "work_envelope.h"

#include <math.h>

/* The row that is least in `first`, and of several the one that is least in `second`. */
static bool is_better(size_t k, size_t best, size_t count, const double *first, const double *second) {
    return best == count || first[k] < first[best] || (first[k] == first[best] && second[k] < second[best]);
}

gz_bracket gz_work_bracket(size_t count, const double *errors, const double *work, double error) {
    gz_bracket b = {.good = count, .bad = count, .is_bound = true};
    for (size_t k = 0; k < count; k++) {
        if (!(errors[k] > 0 && work[k] > 0 && isfinite(errors[k]) && isfinite(work[k]))) continue;
        if (errors[k] > error) b.is_bound = false;
        if (errors[k] <= error && is_better(k, b.good, count, work, errors)) b.good = k;
    }
    for (size_t k = 0; k < count && b.good < count; k++)
        if (errors[k] > error && isfinite(errors[k]) && work[k] > 0 && work[k] < work[b.good] &&
            is_better(k, b.bad, count, errors, work))
            b.bad = k;
    if (b.bad == count) b.bad = b.good;
    if (b.bad != b.good) b.share = log(error / errors[b.good]) / log(errors[b.bad] / errors[b.good]);
    return b;
}

double gz_bracket_value(const gz_bracket *b, size_t count, const double *values) {
    if (b->good == count) return NAN;
    const double good = values[b->good], bad = values[b->bad];
    return good > 0 && bad > 0 ? good * pow(bad / good, b->share) : good + b->share * (bad - good);
}
