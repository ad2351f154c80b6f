/* Stored numbers: the values of a dataset as its attributes say, by the conventions of CF and of netCDF:
 *
 *   value = scale_factor * stored + add_offset.
 *
 * A stored number is missing if it is _FillValue or missing_value, if it lies outside valid_min and valid_max
 * (valid_range), or if a file of netCDF has never written it. A missing number is refused, and so are the
 * attributes that nothing here applies: _Unsigned, and units with a factor of their own ("1e-3", "percent").
 * Units are not converted: the unit of velocity, say, is the user's own.
 */
#ifndef GZ_STORED_NUMBERS_H
#define GZ_STORED_NUMBERS_H

#include "context.h"
#include "excerpt.h"

#include <hdf5.h>

/* A dataset, and what messages call it. */
typedef struct gz_stored_set {
    gz_context *context;
    const char *name;                               /* of the dataset in the file; it belongs to the caller */
    char path[GZ_SHOWN_PATH], shown[GZ_SHOWN_PATH]; /* the file and the dataset as messages quote them */
    hid_t set;                                      /* open, or negative */
} gz_stored_set;

gz_stored_set gz_stored_set_of(gz_context *context, const char *path, const char *name, hid_t set);

enum { GZ_MOST_MISSING = 8, GZ_UNITS_SIZE = 80 };

/* What the attributes say. */
typedef struct gz_number_rules {
    double factor, offset;
    int missing_count;
    double missing[GZ_MOST_MISSING]; /* stored numbers that stand for no value */
    double least, most;              /* valid stored numbers */
    double precision;                /* error of a value of size 1 by its type */
    double step;                     /* distance of packed whole numbers; 0 if nothing is packed */
    char units[GZ_UNITS_SIZE];       /* "" if there are none */
} gz_number_rules;

/* Read the rules of a dataset. GZ_ERROR_FILES if it does not hold numbers, or if an attribute is none of
 * what is said above. */
gz_status gz_number_rules_read(const gz_stored_set *s, gz_number_rules *rules);

/* How far a value of this size may be from the number that was meant, by its type and packing. */
double gz_number_resolution(const gz_number_rules *rules, double size);

/* Read the block of values from start[rank] on, of the extents part[rank], in the order of the file.
 * GZ_ERROR_FILES with HDF5's reason if they cannot be read, or if one is missing. */
gz_status gz_stored_block(const gz_stored_set *s, const gz_number_rules *rules, int rank,
                          const hsize_t *start, const hsize_t *part, double *values);

/* Read a whole dataset of one axis and `count` values, and its rules. GZ_ERROR_FILES like the functions
 * above, or if it has another shape. */
gz_status gz_stored_list(const gz_stored_set *s, size_t count, gz_number_rules *rules, double *values);

#endif
