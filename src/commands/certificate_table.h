/* Certificate table: the certificates of a curve's intervals as rows of a CSV file and of a printed table,
 * and a summary of their sums in words.
 *
 * The rate U* of least action along the curve is split into a part along the equation's own rate
 * U_f = -kappa f f* grad~ log f and a rest U':  U* = r U_f + U',
 *   r = -int <log f, sigma> dt / int D dt,   across^2 = int |U'|^2 / int |U_f|^2 = int Act* / int D - r^2,
 *   2 J / int D dt = (r - 1)^2 + across^2.
 * r - 1 says how much too fast the curve moves, `across` how much it moves in a wrong direction. The relative
 * error of the rate is sqrt(2J / int D).
 */
#ifndef GZ_CERTIFICATE_TABLE_H
#define GZ_CERTIFICATE_TABLE_H

#include "certify.h"
#include "functionals.h"

#include <stdio.h>

typedef struct gz_certificate_row {
    size_t interval;
    double begin, end; /* times of the interval's ends */
    gz_certificate interval_form, curve_form;
    double seconds;
} gz_certificate_row;

/* Write the header line, which names the columns, and one line for each row, with 17 significant digits. */
void gz_certificate_csv_header(FILE *out, int velocity_dim);
void gz_certificate_csv_row(FILE *out, int velocity_dim, const gz_certificate_row *row);

void gz_certificate_print_header(FILE *out);
void gz_certificate_print_row(FILE *out, const gz_certificate_row *row);

/* Print what the sums over all intervals say. start: moments of the first state. */
void gz_certificate_print_total(FILE *out, const gz_certificate_row *total, const gz_moments *start);

#endif
