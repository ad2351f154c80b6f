/* Suggestion: the distance table of the optimal string alignment, row by row. Entry (i, j) is the number of
 * slips between the first i letters of one word and the first j letters of the other. */
#include "suggest.h"

#include <string.h>

enum { LONGEST = 63, FAR_AWAY = 1000 };

static int least(int a, int b) {
    return a < b ? a : b;
}

int gz_slips(const char *a, const char *b) {
    const size_t m = strlen(a), n = strlen(b);
    if (m > LONGEST || n > LONGEST) return FAR_AWAY;
    int before[LONGEST + 1], last[LONGEST + 1], row[LONGEST + 1]; /* rows i-2, i-1, i */
    for (size_t j = 0; j <= n; j++) before[j] = last[j] = (int)j;
    for (size_t i = 1; i <= m; i++) {
        row[0] = (int)i;
        for (size_t j = 1; j <= n; j++) {
            const int replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(replaced, 1 + least(last[j], row[j - 1]));
            const int swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = least(row[j], before[j - 2] + 1);
        }
        memcpy(before, last, sizeof before);
        memcpy(last, row, sizeof last);
    }
    return last[n];
}

gz_suggestion gz_suggestion_for(const char *typed) {
    const int letters = (int)strnlen(typed, LONGEST);
    return (gz_suggestion){.typed = typed, .slips = letters / 3 + 1};
}

void gz_suggestion_consider(gz_suggestion *suggestion, const char *candidate) {
    const int slips = gz_slips(suggestion->typed, candidate);
    if (slips >= suggestion->slips) return;
    suggestion->slips = slips;
    suggestion->word = candidate;
}
