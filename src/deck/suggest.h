/* Suggestion: the known word that is nearest to a mistyped one.
 *
 * The distance is the number of single-letter slips between them: a letter added, dropped or replaced, or two
 * neighbours swapped (the optimal string alignment distance).
 */
#ifndef GZ_SUGGEST_H
#define GZ_SUGGEST_H

typedef struct gz_suggestion {
    const char *typed;
    const char *word; /* the nearest candidate so far, NULL while no candidate is near */
    int slips;        /* from `typed` to `word`; only a candidate with fewer slips replaces `word` */
} gz_suggestion;

/* Start looking for what `typed` was meant to be. Near is at most one slip in three letters. */
gz_suggestion gz_suggestion_for(const char *typed);

/* Consider one candidate, a string that must outlive the suggestion. */
void gz_suggestion_consider(gz_suggestion *suggestion, const char *candidate);

/* The number of slips between two words. Words of more than 63 letters count as far away. */
int gz_slips(const char *a, const char *b);

#endif
