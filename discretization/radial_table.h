/* Radial table: a function of r >= 0, given by its values at points and by monotone cubic pieces in between.
 *
 * Each piece is a Hermite cubic. Its slopes are limited so that it has no extremum that the data do not have
 * (Fritsch and Carlson, SIAM J. Numer. Anal. 17, 1980; harmonic means of the neighbouring secants). Positive
 * data therefore stay positive. The function is once continuously differentiable, and of order 2 at extrema
 * and 3 elsewhere.
 */
#ifndef GZ_RADIAL_TABLE_H
#define GZ_RADIAL_TABLE_H

#include "context.h"

typedef struct gz_radial_table gz_radial_table;

/* count >= 2 values >= 0 at increasing r, the first at r = 0 (GZ_ERROR_SETTINGS otherwise); both are copied.
 */
GZ_API gz_status gz_radial_table_create(gz_context *context, size_t count, const double *r,
                                        const double *value, gz_radial_table **table);
GZ_API void gz_radial_table_destroy(gz_radial_table *table);

/* The last point r. Beyond it the function keeps its value there. */
GZ_API double gz_radial_table_end(const gz_radial_table *table);

GZ_API double gz_radial_table_value(const gz_radial_table *table, double r);

/* Its derivative, of one order less. Zero from the last point on. */
GZ_API double gz_radial_table_slope(const gz_radial_table *table, double r);

#endif
