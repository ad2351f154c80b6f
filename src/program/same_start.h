/* Same start: what all ranks of a program must have in common before they do anything together.
 *
 * `mpirun` may start other programs on other machines, with other words. Programs of different versions would wait for
 * each other for ever, so this is asked first. The command line is the first rank's, as are all files that are read.
 */
#ifndef GZ_SAME_START_H
#define GZ_SAME_START_H

#include "context.h"

/* Fails with GZ_ERROR_USAGE on all ranks unless all of them are of the first rank's version and commit. Collective. */
gz_status gz_same_version(gz_context *context, const char *version, const char *commit);

/* The words of the first rank's command line. */
typedef struct gz_words {
    size_t count;
    const char **words; /* [count], and NULL */
    char *text;         /* the words, each closed by 0 */
} gz_words;

/* Give all ranks the words of the first one. Collective. Release them with gz_words_free. */
gz_status gz_same_words(gz_context *context, size_t count, const char *const *given, gz_words *words);
void gz_words_free(gz_words *words);

#endif
