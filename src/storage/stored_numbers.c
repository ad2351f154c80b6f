/* Stored numbers: rules from attributes, then blocks of a dataset by these rules. */
#include "stored_numbers.h"

#include "hdf5_tools.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

gz_stored_set gz_stored_set_of(gz_context *context, const char *path, const char *name, hid_t set) {
    gz_stored_set s = {.context = context, .name = name, .set = set};
    gz_excerpt(path, sizeof s.path, s.path);
    gz_excerpt(name, sizeof s.shown, s.shown);
    return s;
}

/* --- rules ---------------------------------------------------------------------------------------------- */

static gz_status refuse(const gz_stored_set *s, const char *attribute, const char *why) {
    return gz_fail(s->context, GZ_ERROR_FILES, "the attribute %s of dataset '%s' of '%s' %s", attribute,
                   s->shown, s->path, why);
}

/* Read an attribute of `least` to `most` numbers. Without the attribute *count is 0. */
static gz_status read_numbers(const gz_stored_set *s, const char *name, int least, int most, double *values,
                              int *count) {
    *count = 0;
    if (H5Aexists(s->set, name) <= 0) return GZ_OK;
    char why[80];
    snprintf(why, sizeof why, "must be %s%d number%s", least < most ? "up to " : "", most,
             most > 1 ? "s" : "");
    *count = gz_hdf5_get_numbers(s->set, name, most, values);
    return *count < least ? refuse(s, name, why) : GZ_OK;
}

static gz_status read_packing(const gz_stored_set *s, gz_number_rules *rules) {
    int factors, offsets;
    GZ_TRY(read_numbers(s, "scale_factor", 1, 1, &rules->factor, &factors));
    GZ_TRY(read_numbers(s, "add_offset", 1, 1, &rules->offset, &offsets));
    if (!isfinite(rules->factor) || rules->factor == 0)
        return refuse(s, "scale_factor", "must be a finite number other than 0");
    if (!isfinite(rules->offset)) return refuse(s, "add_offset", "must be a finite number");
    return GZ_OK;
}

/* The fill value of HDF5 stands for numbers that were never written where netCDF has set it. */
static void add_fill_value(const gz_stored_set *s, size_t bytes, gz_number_rules *rules) {
    const hid_t create = H5Dget_create_plist(s->set);
    H5D_fill_value_t kind = H5D_FILL_VALUE_UNDEFINED;
    double value = 0;
    if (bytes > 1 && H5Aexists_by_name(s->set, "/", "_NCProperties", H5P_DEFAULT) > 0 &&
        H5Pfill_value_defined(create, &kind) >= 0 && kind == H5D_FILL_VALUE_USER_DEFINED &&
        H5Pget_fill_value(create, H5T_NATIVE_DOUBLE, &value) >= 0)
        rules->missing[rules->missing_count++] = value;
    H5Pclose(create);
}

static gz_status read_missing(const gz_stored_set *s, gz_number_rules *rules) {
    double range[2];
    int fills, missing, least, most, ranges;
    GZ_TRY(read_numbers(s, "_FillValue", 1, 1, rules->missing, &fills));
    GZ_TRY(read_numbers(s, "missing_value", 1, GZ_MOST_MISSING - 2, rules->missing + fills, &missing));
    rules->missing_count = fills + missing;
    GZ_TRY(read_numbers(s, "valid_min", 1, 1, &rules->least, &least));
    GZ_TRY(read_numbers(s, "valid_max", 1, 1, &rules->most, &most));
    GZ_TRY(read_numbers(s, "valid_range", 2, 2, range, &ranges));
    if (ranges == 2) {
        rules->least = range[0];
        rules->most = range[1];
    }
    return GZ_OK;
}

static gz_status read_units(const gz_stored_set *s, char *units) {
    if (H5Aexists(s->set, "_Unsigned") > 0)
        return refuse(s, "_Unsigned", "is not applied; store numbers of an unsigned type");
    if (H5Aexists(s->set, "units") <= 0) return GZ_OK;
    if (gz_hdf5_get_text(s->set, "units", units, GZ_UNITS_SIZE) < 0) return refuse(s, "units", "is no text");
    char *end = units;
    const double factor = strtod(units, &end);
    if ((end == units || factor == 1) && units[0] != '%' && strncmp(units, "percent", 7) != 0) return GZ_OK;
    char why[200];
    snprintf(why, sizeof why, "is '%s': units with a factor are not converted; store the numbers in '1'",
             units);
    return refuse(s, "units", why);
}

gz_status gz_number_rules_read(const gz_stored_set *s, gz_number_rules *rules) {
    const hid_t type = H5Dget_type(s->set);
    const H5T_class_t class = H5Tget_class(type);
    const size_t bytes = H5Tget_size(type);
    size_t where, mantissa = 0, rest[3];
    if (class == H5T_FLOAT) H5Tget_fields(type, &where, &rest[0], &rest[1], &rest[2], &mantissa);
    H5Tclose(type);
    *rules = (gz_number_rules){.factor = 1, .least = -INFINITY, .most = INFINITY};
    GZ_TRY(read_packing(s, rules));
    GZ_TRY(read_missing(s, rules));
    GZ_TRY(read_units(s, rules->units));
    add_fill_value(s, bytes, rules);
    if (class == H5T_FLOAT) rules->precision = ldexp(1, -(int)mantissa);
    if (class == H5T_INTEGER && (rules->factor != 1 || rules->offset != 0)) rules->step = fabs(rules->factor);
    return GZ_OK;
}

double gz_number_resolution(const gz_number_rules *rules, double size) {
    return (1e-9 + rules->precision) * size + rules->step / 2;
}

/* --- blocks --------------------------------------------------------------------------------------------- */

static bool is_missing(const gz_number_rules *rules, double stored) {
    bool missing = stored < rules->least || stored > rules->most;
    for (int k = 0; k < rules->missing_count; k++)
        missing = missing || stored == rules->missing[k] || (isnan(stored) && isnan(rules->missing[k]));
    return missing;
}

static gz_status refuse_missing(const gz_stored_set *s, const gz_number_rules *rules, int rank,
                                const hsize_t *start, const hsize_t *part, const double *values, size_t count,
                                size_t first) {
    size_t missing = 0, rest = first;
    hsize_t place[H5S_MAX_RANK];
    char text[256];
    for (size_t i = 0; i < count; i++) missing += is_missing(rules, values[i]);
    for (int a = rank; a-- > 0; rest /= part[a]) place[a] = start[a] + rest % part[a];
    gz_hdf5_print_shape(rank, place, text, sizeof text);
    return gz_fail(s->context, GZ_ERROR_FILES,
                   "dataset '%s' of '%s' has %zu missing values by its own attributes (_FillValue, "
                   "missing_value, valid_range); the first is the stored number %g at %s; fill them before",
                   s->shown, s->path, missing, values[first], text);
}

/* HDF5's reason, and what to do if the reason is a filter that this machine does not have. */
static gz_status refuse_reading(const gz_stored_set *s) {
    char action[GZ_SHOWN_PATH + 20];
    snprintf(action, sizeof action, "read dataset '%s' of", s->shown);
    const gz_status status = gz_hdf5_fail(s->context, action, s->path);
    const hid_t create = H5Dget_create_plist(s->set);
    for (int k = 0; k < H5Pget_nfilters(create); k++) {
        char name[64] = "";
        size_t values = 0;
        unsigned flags, config;
        const H5Z_filter_t filter =
            H5Pget_filter2(create, (unsigned)k, &flags, &values, NULL, sizeof name, name, &config);
        if (filter < 0 || H5Zfilter_avail(filter) > 0) continue;
        gz_fail(s->context, status,
                "%s; the filter '%s' (number %d) is missing here: name the folder of its plugin in "
                "HDF5_PLUGIN_PATH, or write the file anew with gzip or without a filter",
                gz_context_message(s->context), name, (int)filter);
    }
    H5Pclose(create);
    return status;
}

gz_status gz_stored_block(const gz_stored_set *s, const gz_number_rules *rules, int rank,
                          const hsize_t *start, const hsize_t *part, double *values) {
    size_t count = 1;
    for (int a = 0; a < rank; a++) count *= part[a];
    const hid_t space = H5Dget_space(s->set), memory = H5Screate_simple(rank, part, NULL);
    herr_t done = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, part, NULL);
    if (done >= 0) done = H5Dread(s->set, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values);
    H5Sclose(memory);
    H5Sclose(space);
    if (done < 0) return refuse_reading(s);
    for (size_t i = 0; i < count; i++)
        if (is_missing(rules, values[i]))
            return refuse_missing(s, rules, rank, start, part, values, count, i);
    if (rules->factor != 1 || rules->offset != 0)
        for (size_t i = 0; i < count; i++) values[i] = rules->factor * values[i] + rules->offset;
    return GZ_OK;
}

gz_status gz_stored_list(const gz_stored_set *s, size_t count, gz_number_rules *rules, double *values) {
    hsize_t shape[H5S_MAX_RANK] = {0};
    char text[256];
    const hid_t space = H5Dget_space(s->set);
    const int rank = H5Sget_simple_extent_dims(space, shape, NULL);
    H5Sclose(space);
    gz_hdf5_print_shape(rank < 0 ? 0 : rank, shape, text, sizeof text);
    if (rank != 1 || shape[0] != count)
        return gz_fail(s->context, GZ_ERROR_FILES,
                       "dataset '%s' of '%s' has the shape %s; the axis needs [%zu]", s->shown, s->path, text,
                       count);
    GZ_TRY(gz_number_rules_read(s, rules));
    return gz_stored_block(s, rules, 1, (const hsize_t[]){0}, shape, values);
}
