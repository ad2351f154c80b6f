/* Work envelope: the work that a method needs for an error E, from rows with errors e and works W on a ladder of
 * one setting or of several (dt and tolerance).
 *
 *   envelope   rows that no other row beats in both e and W; from the cheapest on, e falls from row to row
 *   good       the cheapest row with e <= E
 *   bad        its neighbour on the envelope: of the rows cheaper than good, the one with the least e > E
 *   W(E)     = W_good (W_bad/W_good)^s,   s = log(E/e_good) / log(e_bad/e_good)
 *
 * A row that another one beats says how its settings were chosen, not what the method needs. So the best row
 * that is too inaccurate does not count if it is dearer than a good one, and a cheaper one takes its place. If
 * no row is cheaper than good, W(E) = W_good. A row whose error is small since two errors cancel is on the
 * envelope like any other.
 */
#ifndef GZ_WORK_ENVELOPE_H
#define GZ_WORK_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct gz_bracket {
    size_t good, bad; /* numbers of rows; good is the number of all rows if no row is good, bad = good if no
                         row is cheaper than good */
    double share;     /* s, 0 if bad = good */
    bool is_bound;    /* no row is worse than E: W_good is an upper bound */
} gz_bracket;

/* The neighbours of `error` on the envelope. Rows count whose error and work are above 0 and finite. */
gz_bracket gz_work_bracket(size_t count, const double *errors, const double *work, double error);

/* Interpolate values[row] between the neighbours: in the logarithm, or linearly in log E if one of them is not
 * above 0. NaN if no row is good. */
double gz_bracket_value(const gz_bracket *bracket, size_t count, const double *values);

#endif
