/* Certificate table: certificates of the intervals of a curve as rows of a CSV file and of a printed table,
 * and their sums in words.
 *
 * The rate U* of least action along the curve is split into its part along the equation's own rate
 * U_f = -kappa f f* grad~ log f and the rest:  U* = r U_f + U',
 *   r = -int <log f, sigma> dt / int D dt,   across^2 = int |U'|^2 / int |U_f|^2 = int Act* / int D - r^2,
 *   2 J / int D dt = (r - 1)^2 + across^2.
 * r - 1 is how much too fast the curve goes, across how much in a wrong direction; sqrt(2J / int D) is the
 * relative error of the rate.
 */
#ifndef GZ_CERTIFICATE_TABLE_H
#define GZ_CERTIFICATE_TABLE_H

#include "certify.h"
#include "functionals.h"

#include <stdio.h>

typedef struct gz_certificate_row {
    size_t interval;
    double begin, end; /* times */
    gz_certificate interval_form, curve_form;
    double seconds;
} gz_certificate_row;

/* One line each; 17 significant digits. Columns: see the header line. */
void gz_certificate_csv_header(FILE *out, int velocity_dim);
void gz_certificate_csv_row(FILE *out, int velocity_dim, const gz_certificate_row *row);

void gz_certificate_print_header(FILE *out);
void gz_certificate_print_row(FILE *out, const gz_certificate_row *row);

/* What the sums over all intervals say. start: moments of the first state. */
void gz_certificate_print_total(FILE *out, const gz_certificate_row *total, const gz_moments *start);

#endif
