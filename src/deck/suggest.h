/* Suggestion: the known word nearest to a mistyped one, by the number of single-letter slips (letters added,
 * dropped, replaced or two neighbours swapped: the optimal string alignment distance).
 */
#ifndef GZ_SUGGEST_H
#define GZ_SUGGEST_H

typedef struct gz_suggestion {
    const char *typed;
    const char *word; /* nearest candidate so far, NULL while none is near */
    int slips;        /* of `word`; before there is one, one more than is still called near */
} gz_suggestion;

/* Start looking for what was meant by `typed`: near is at most one slip in three letters. */
gz_suggestion gz_suggestion_for(const char *typed);

/* Consider one candidate; it must outlive the suggestion. */
void gz_suggestion_consider(gz_suggestion *suggestion, const char *candidate);

/* Number of slips between two words; words over 63 letters count as far away. */
int gz_slips(const char *a, const char *b);

#endif
