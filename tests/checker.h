/* Checker: what one thread of one process finds is written into a reference, and what several ranks or several threads
 * find is compared with it. It works without Criterion, whose processes MPI does not allow.
 *
 * The reference holds records in the order of the calls: a name, and the values of all cells. Whoever compares must
 * make the same calls, or the test ends. A difference is measured relative to a scale that the caller gives, and may
 * not exceed a bound, which is zero for a checker that is `exact`.
 */
#ifndef GZ_TESTS_CHECKER_H
#define GZ_TESTS_CHECKER_H

#include "phase_grid.h"

#include <stdio.h>

enum { CHECKER_NAME = 200 };

typedef struct checker {
    gz_ranks *ranks; /* that compare; NULL for a process by itself */
    gz_context *context;
    FILE *reference;
    bool writes; /* the reference; else: reads it */
    bool exact;  /* values must agree to the last bit */
    char name[CHECKER_NAME];
    int cases, failures;
} checker;

/* Name the case that the next checks belong to. */
void checker_name(checker *c, const char *format, ...);

/* End all ranks, since the test cannot go on: with a reason, or if a call has failed. */
_Noreturn void checker_stop(const checker *c, const char *why);
void checker_need(const checker *c, gz_status status);

/* Compare the largest difference on any rank with its bound. */
void checker_compare(checker *c, const char *what, double difference, double bound);

/* A value that all ranks know, whose difference is measured in units of `scale`. */
void checker_value(checker *c, const char *what, double value, double scale, double bound);

/* A field, relative to its largest value; NaN agrees with NaN. own: [cells of this rank][nodes]. */
void checker_field(checker *c, const char *what, const gz_phase_grid *grid, const double *own, double bound);

/* Of who compares: no record of the reference may be left over. Print the numbers of comparisons and differences. */
void checker_finish(checker *c, const char *who);

#endif
