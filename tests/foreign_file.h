/* Files as other programs write them: a density with the axes, coordinates, attributes and filters that a test
 * asks for. */
#ifndef GZ_TESTS_FOREIGN_FILE_H
#define GZ_TESTS_FOREIGN_FILE_H

#include <hdf5.h>

/* Write a dataset of doubles converted to `type`, with these creation properties (H5P_DEFAULT). Returns the
 * open dataset. */
hid_t foreign_set(hid_t file, const char *name, int rank, const hsize_t *shape, hid_t type, hid_t create,
                  const double *values);

/* Write the coordinates `first + step i` of `count` points as a dataset. */
void foreign_axis(hid_t file, const char *name, size_t count, double first, double step, hid_t type);

/* Attach a dataset of the file to an axis of another one as its dimension scale. title: NULL for the name. */
void foreign_attach(hid_t file, const char *set, unsigned axis, const char *scale, const char *title);

/* Give an axis of a dataset a label; NULL for none. */
void foreign_label(hid_t file, const char *set, unsigned axis, const char *label);

/* Give a dataset an attribute: numbers, or a text of fixed length. */
void foreign_numbers(hid_t file, const char *set, const char *name, int count, const double *values);
void foreign_text(hid_t file, const char *set, const char *name, const char *text);

/* Write f in chunks through a filter: "fletcher32" or "deflate", whose first chunk is then damaged, or the
 * number of another filter, which this process forgets again. path: of a scratch file, created anew. */
void foreign_filtered(const char *path, const char *filter, int number, size_t nodes, const double *f);

#endif
