/* Files of other programs, by HDF5 alone. */
#include "foreign_file.h"

#include <criterion/criterion.h>
#include <hdf5_hl.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 4096 };

hid_t foreign_set(hid_t file, const char *name, int rank, const hsize_t *shape, hid_t type, hid_t create,
                  const double *values) {
    const hid_t space = H5Screate_simple(rank, shape, NULL);
    const hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    cr_assert_geq(set, 0);
    cr_assert_geq(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
    H5Sclose(space);
    return set;
}

void foreign_axis(hid_t file, const char *name, size_t count, double first, double step, hid_t type) {
    double values[MOST];
    for (size_t i = 0; i < count; i++) values[i] = first + step * (double)i;
    H5Dclose(foreign_set(file, name, 1, &(hsize_t){count}, type, H5P_DEFAULT, values));
}

void foreign_attach(hid_t file, const char *set, unsigned axis, const char *scale, const char *title) {
    const hid_t to = H5Dopen2(file, set, H5P_DEFAULT), from = H5Dopen2(file, scale, H5P_DEFAULT);
    if (!H5DSis_scale(from)) cr_assert_geq(H5DSset_scale(from, title ? title : scale), 0);
    cr_assert_geq(H5DSattach_scale(to, from, axis), 0);
    H5Dclose(from);
    H5Dclose(to);
}

void foreign_label(hid_t file, const char *set, unsigned axis, const char *label) {
    const hid_t to = H5Dopen2(file, set, H5P_DEFAULT);
    if (label) cr_assert_geq(H5DSset_label(to, axis, label), 0);
    H5Dclose(to);
}

void foreign_numbers(hid_t file, const char *set, const char *name, int count, const double *values) {
    cr_assert_geq(H5LTset_attribute_double(file, set, name, values, (size_t)count), 0);
}

void foreign_text(hid_t file, const char *set, const char *name, const char *text) {
    cr_assert_geq(H5LTset_attribute_string(file, set, name, text), 0);
}

/* A filter that changes nothing. */
static size_t pass(unsigned flags, size_t count, const unsigned *values, size_t bytes, size_t *size,
                   void **buffer) {
    (void)flags, (void)count, (void)values, (void)size, (void)buffer;
    return bytes;
}

static void damage(const char *path, long offset) {
    FILE *file = fopen(path, "r+b");
    cr_assert_not_null(file);
    for (long i = offset; i < offset + 16; i++) {
        fseek(file, i, SEEK_SET);
        const int byte = fgetc(file);
        fseek(file, i, SEEK_SET);
        fputc(byte ^ 0x55, file);
    }
    cr_assert_eq(fclose(file), 0);
}

void foreign_filtered(const char *path, const char *filter, int number, size_t nodes, const double *f) {
    const H5Z_class2_t class = {H5Z_CLASS_T_VERS, number, 1, 1, filter, NULL, NULL, pass};
    const hsize_t shape[] = {nodes, nodes}, chunk[] = {5, 7};
    const hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(create, 2, chunk);
    if (number > 0) {
        cr_assert_geq(H5Zregister(&class), 0);
        cr_assert_geq(H5Pset_filter(create, number, H5Z_FLAG_MANDATORY, 0, NULL), 0);
    } else {
        cr_assert_geq(strcmp(filter, "deflate") == 0 ? H5Pset_deflate(create, 4) : H5Pset_fletcher32(create),
                      0);
    }
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t set = foreign_set(file, "f", 2, shape, H5T_IEEE_F64LE, create, f);
    const hid_t space = H5Dget_space(set);
    haddr_t where = 0;
    cr_assert_geq(H5Dget_chunk_info(set, space, 0, NULL, NULL, &where, NULL), 0);
    H5Sclose(space);
    H5Dclose(set);
    H5Pclose(create);
    H5Fclose(file);
    if (number > 0)
        cr_assert_geq(H5Zunregister(number), 0);
    else
        damage(path, (long)where + 10);
}
