/* Ladder: the values of an option that a study climbs, from coarse to fine.
 *
 * The values are finite numbers above 0, each of them once, in any order. Fineness is h, and the smallest h is
 * the finest level:
 *
 *   h = 1/(n - 1)   of grid.v.nodes
 *   h = 1/n         of other whole numbers
 *   h = 1/L         of grid.v.half_width, since a wider box is a better one
 *   h = the value   of every other key
 */
#ifndef GZ_LADDER_H
#define GZ_LADDER_H

#include "study.h"

/* Fails with GZ_ERROR_USAGE, the option ("--dt", "--vary time.dt") and the value unless all values are
 * numbers above 0 and different from each other. */
gz_status gz_ladder_check(gz_context *context, const char *option, size_t count,
                          char (*values)[GZ_LONGEST_WORD]);

/* h of one level, from the value of a key that is a whole number or not. */
double gz_ladder_h(const char *key, bool whole, const char *value);

/* Sort levels by h[level], coarse to fine, with the values[key][level] of all keys. */
void gz_ladder_sort(size_t level_count, double *h, size_t key_count, char (*const values[])[GZ_LONGEST_WORD]);

/* True if the values rise from level to level, or if they fall. */
bool gz_ladder_is_monotone(size_t count, char (*values)[GZ_LONGEST_WORD]);

#endif
