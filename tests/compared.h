/* What the tests of the command compare share: three decks in the scratch folder, and the words of its tables. */
#ifndef GZ_TESTS_COMPARED_H
#define GZ_TESTS_COMPARED_H

#include <stddef.h>

/* Open the scratch folder and write bkw.yaml (with an exact solution), fuzzy.yaml (with transport) and walls.yaml (one
 * cell with walls). */
void compared_open(void);

/* The word in a row (0 is the first) and a column of a CSV file in the scratch folder, whose words must have no
 * commas. Valid until the next call. */
const char *compared_word(const char *name, size_t row, const char *column);

/* The number there in bkw.out/compare.csv. */
double compared_value(size_t row, const char *column);

#endif
