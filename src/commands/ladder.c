/* Ladder: checks and sorts values as words, since that is what goes into the decks of the levels. */
#include "ladder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

gz_status gz_ladder_check(gz_context *context, const char *option, size_t count,
                          char (*values)[GZ_LONGEST_WORD]) {
    static const char ALLOWED[] = "allowed: numbers above 0, each of them once, in any order";
    for (size_t i = 0; i < count; i++) {
        char *end = NULL;
        const double number = strtod(values[i], &end);
        if (end == values[i] || *end || !isfinite(number))
            return gz_fail(context, GZ_ERROR_USAGE, "%s: %s is no number; %s", option, values[i], ALLOWED);
        if (!(number > 0))
            return gz_fail(context, GZ_ERROR_USAGE,
                           "%s: %s is not above 0, as the levels of a ladder must be; %s", option, values[i],
                           ALLOWED);
        for (size_t k = 0; k < i; k++)
            if (strtod(values[k], NULL) == number)
                return gz_fail(context, GZ_ERROR_USAGE, "%s: %s and %s are the same level twice; %s", option,
                               values[k], values[i], ALLOWED);
    }
    return GZ_OK;
}

double gz_ladder_h(const char *key, bool whole, const char *value) {
    const double number = strtod(value, NULL);
    if (strcmp(key, "grid.v.nodes") == 0) return 1 / (number - 1);
    return whole || strcmp(key, "grid.v.half_width") == 0 ? 1 / number : number;
}

static void swap(char a[GZ_LONGEST_WORD], char b[GZ_LONGEST_WORD]) {
    char kept[GZ_LONGEST_WORD];
    memcpy(kept, a, sizeof kept);
    memcpy(a, b, sizeof kept);
    memcpy(b, kept, sizeof kept);
}

void gz_ladder_sort(size_t level_count, double *h, size_t key_count,
                    char (*const values[])[GZ_LONGEST_WORD]) {
    for (size_t i = 1; i < level_count; i++)
        for (size_t k = i; k > 0 && h[k] > h[k - 1]; k--) {
            const double kept = h[k];
            h[k] = h[k - 1];
            h[k - 1] = kept;
            for (size_t key = 0; key < key_count; key++) swap(values[key][k - 1], values[key][k]);
        }
}

bool gz_ladder_is_monotone(size_t count, char (*values)[GZ_LONGEST_WORD]) {
    size_t rises = 0;
    for (size_t i = 1; i < count; i++) rises += strtod(values[i], NULL) > strtod(values[i - 1], NULL);
    return rises == 0 || rises == count - 1;
}
