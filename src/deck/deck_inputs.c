/* Deck inputs: a line "KEY SUM" for each file that a deck names, in the order of the schema. */
#include "deck_schema.h"
#include "excerpt.h"
#include "files.h"
#include "first_rank.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool names_file(const gz_key *key) {
    const char *dot = strrchr(key->path, '.');
    return key->type == GZ_KEY_TEXT && strcmp(dot ? dot + 1 : key->path, "path") == 0;
}

/* `above` is the path of the table: "" or "initial.0.". */
static gz_status list_files(gz_context *context, const gz_deck *deck, const gz_component *component,
                            const char *above, FILE *out) {
    const void *base = component ? (const void *)component : deck;
    for (const gz_key *key = component ? gz_component_keys : gz_deck_keys; key->path; key++) {
        uint64_t sum;
        if (!names_file(key) || !gz_key_used(key, deck, component)) continue;
        if (!**(const char *const *)((const char *)base + key->offset))
            continue; /* a file that need not be */
        GZ_TRY(gz_file_sum(context, *(const char *const *)((const char *)base + key->offset), &sum));
        fprintf(out, "%s%s %016" PRIx64 "\n", above, key->path, sum);
    }
    return GZ_OK;
}

gz_status gz_deck_inputs(gz_context *context, const gz_deck *deck, char **text) {
    size_t length = 0;
    *text = NULL;
    FILE *out = open_memstream(text, &length);
    if (!out) return gz_fail(context, GZ_ERROR_MEMORY, "out of memory");
    gz_status status = list_files(context, deck, NULL, "", out);
    for (size_t i = 0; i < deck->component_count && status == GZ_OK; i++) {
        char above[40];
        snprintf(above, sizeof above, "initial.%zu.", i);
        status = list_files(context, deck, &deck->components[i], above, out);
    }
    if (fclose(out) != 0 && status == GZ_OK) status = gz_fail(context, GZ_ERROR_MEMORY, "out of memory");
    if (status == GZ_OK) return GZ_OK;
    free(*text);
    *text = NULL;
    return status;
}

gz_status gz_deck_check_inputs(gz_context *context, const gz_deck *deck, const char *name, const char *text) {
    char *now = NULL, key[GZ_SHOWN];
    GZ_TRY(gz_deck_inputs(context, deck, &now));
    const char *line = now;
    while (*line && strncmp(line, text, strcspn(line, "\n") + 1) == 0) {
        const size_t length = strcspn(line, "\n") + 1;
        line += length;
        text += length;
    }
    const bool same = strcmp(line, text) == 0;
    gz_excerpt_of(strcspn(*line ? line : text, " "), *line ? line : text, sizeof key, key);
    free(now);
    if (same) return GZ_OK;
    return gz_fail(
        context, GZ_ERROR_SETTINGS,
        "the file of %s has changed since the run of %s began; put the former one there, or start a new "
        "run in another folder",
        key, name);
}

gz_status gz_deck_check_ranks(gz_context *context, const gz_deck *deck) {
    if (gz_ranks_count(gz_context_ranks(context)) == 1) return GZ_OK;
    for (size_t i = 0; i < deck->component_count; i++) {
        char key[40];
        uint64_t sum = 0;
        if (deck->components[i].shape != GZ_FROM_FILE) continue;
        snprintf(key, sizeof key, "initial.%zu.path", i);
        const gz_status status = gz_file_sum(context, deck->components[i].path, &sum);
        GZ_TRY(gz_first_rank_compare(context, status, sum, key, "put it on a disk that all ranks share"));
    }
    return GZ_OK;
}
