/* Same start: a block of fixed size says the version, whatever else may differ between two of them. */
#include "same_start.h"

#include "first_rank.h"

#include <stdio.h>
#include <string.h>

enum { VERSION_BLOCK = 128 };

gz_status gz_same_version(gz_context *context, const char *version, const char *commit) {
    const gz_ranks *ranks = gz_context_ranks(context);
    char own[VERSION_BLOCK] = "", first[VERSION_BLOCK];
    snprintf(own, sizeof own, "grazing %s, commit %s", version, commit);
    memcpy(first, own, sizeof first);
    gz_ranks_broadcast(ranks, 0, sizeof first, first);
    first[sizeof first - 1] = 0;
    if (strcmp(own, first) == 0) return gz_agree(context, GZ_OK);
    return gz_agree(context, gz_fail(context, GZ_ERROR_USAGE,
                                     "rank %d runs %s, and the first rank %s; start the same program on all "
                                     "machines",
                                     gz_ranks_own(ranks), own, first));
}

/* Put the words one behind the other, each closed by 0. */
static gz_status join(gz_context *context, size_t count, const char *const *given, char **text,
                      size_t *size) {
    for (size_t i = 0; i < count; i++) *size += strlen(given[i]) + 1;
    GZ_TRY(gz_allocate(context, *size, 1, text));
    char *at = *text;
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(given[i]) + 1;
        memcpy(at, given[i], length);
        at += length;
    }
    return GZ_OK;
}

gz_status gz_same_words(gz_context *context, size_t count, const char *const *given, gz_words *words) {
    size_t size = 0, next = 0;
    *words = (gz_words){0};
    gz_status status = gz_ranks_own(gz_context_ranks(context)) == 0
                           ? join(context, count, given, &words->text, &size)
                           : GZ_OK;
    GZ_TRY(gz_first_rank_hands_out(context, status, &words->text, &size));
    for (size_t i = 0; i < size; i++) words->count += words->text[i] == 0;
    status = gz_agree(context, gz_allocate(context, words->count + 1, sizeof *words->words, &words->words));
    if (status != GZ_OK) {
        gz_words_free(words);
        return status;
    }
    for (const char *at = words->text; next < words->count; at += strlen(at) + 1) words->words[next++] = at;
    return GZ_OK;
}

void gz_words_free(gz_words *words) {
    gz_release(words->words);
    gz_release(words->text);
    *words = (gz_words){0};
}
