/* Wisdom cache: the file is replaced by one that unites what it said with what this process knows.
 *
 * The file is the line `grazing plans` with length and checksum of the rest, and the text of FFTW. A file that does
 * not fit its first line, as all files without one, counts as none and is replaced.
 */
#include "wisdom_cache.h"

#include "checksum.h"
#include "files.h"
#include "first_rank.h"
#include "plans.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, MOST_BYTES = 1 << 24, HEADER_SIZE = 80 };

static const char header_format[] = "grazing plans, %zu bytes follow, checksum %016" PRIx64 "\n";

static bool is_off(void) {
    const char *wish = getenv("GRAZING_PLANS");
    return wish && strcmp(wish, "guess") == 0;
}

/* Write the cache's folder into `path`, and create it if `make` is set. False if there is no place for it. A
 * relative XDG_CACHE_HOME is ignored. */
static bool find_folder(char path[PATH_SIZE], bool make) {
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const bool xdg = base && base[0] == '/';
    if (!xdg && !(home && home[0] == '/')) return false;
    int length = snprintf(path, PATH_SIZE, "%s%s", xdg ? base : home, xdg ? "" : "/.cache");
    if (length >= PATH_SIZE - 40) return false;
    if (make) mkdir(path, 0700);
    length += snprintf(path + length, PATH_SIZE - (size_t)length, "/grazing");
    if (make) mkdir(path, 0700);
    return length > 0;
}

/* The first line of a file with this text. Returns its length. */
static size_t make_header(const char *text, char header[HEADER_SIZE]) {
    const size_t length = strlen(text);
    return (size_t)snprintf(header, HEADER_SIZE, header_format, length, gz_checksum_add(0, text, length));
}

/* The text of the file without its first line, or NULL if it cannot be read or is damaged. */
static char *read_text(gz_context *context, const char *path) {
    struct stat about;
    char *text = NULL, want[HEADER_SIZE];
    size_t length = 0;
    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size > MOST_BYTES) return NULL;
    if (gz_file_read(context, path, &text, &length) != GZ_OK) return NULL;
    const size_t head = strcspn(text, "\n") + 1;
    if (head <= length && make_header(text + head, want) == head && memcmp(text, want, head) == 0 &&
        strlen(text) == length) {
        memmove(text, text + head, length - head + 1);
        return text;
    }
    gz_release(text);
    return NULL;
}

/* Write a text with its first line, as a file that takes the place of the older one at once. */
static void write_text(gz_context *context, const char *folder, const char *path, const char *text) {
    char fresh[PATH_SIZE + 40], header[HEADER_SIZE], *bytes = NULL;
    const size_t head = make_header(text, header), length = strlen(text);
    snprintf(fresh, sizeof fresh, "%s/plans.%ld", folder, (long)getpid());
    if (gz_allocate(context, head + length + 1, 1, &bytes) != GZ_OK) return;
    snprintf(bytes, head + length + 1, "%s%s", header, text);
    if (gz_file_create(context, fresh, bytes, head + length) == GZ_OK &&
        gz_file_rename(context, fresh, path) != GZ_OK)
        unlink(fresh);
    gz_release(bytes);
}

void gz_wisdom_cache_learn(gz_context *context) {
    char folder[PATH_SIZE], path[PATH_SIZE + 40], *text = NULL;
    const gz_ranks *ranks = gz_context_ranks(context);
    bool off = is_off();
    gz_ranks_broadcast(ranks, 0, sizeof off, &off);
    gz_context_guess_plans(context, off);
    if (off) return;
    if (gz_ranks_own(ranks) == 0 && find_folder(folder, false)) {
        snprintf(path, sizeof path, "%s/plans", folder);
        text = read_text(context, path);
    }
    if (gz_first_rank_hands_out(context, GZ_OK, &text, NULL) == GZ_OK && text) gz_plans_learn(text);
    gz_release(text);
}

/* Write the union of what the file knows (`theirs`) and what this process knows (`mine`). */
static void write_union(gz_context *context, const char *folder, const char *path, const char *mine,
                        const char *theirs) {
    char *both = NULL;
    gz_plans_forget();
    if (theirs) gz_plans_learn(theirs);
    gz_plans_learn(mine);
    if (gz_plans_text(context, &both) == GZ_OK) write_text(context, folder, path, both);
    gz_release(both);
    gz_plans_forget(); /* from here on this process again knows only the plans that it used */
    gz_plans_learn(mine);
}

void gz_wisdom_cache_keep(gz_context *context) {
    char folder[PATH_SIZE], path[PATH_SIZE + 40], *mine = NULL;
    if (gz_ranks_own(gz_context_ranks(context)) > 0) return;
    if (is_off() || !find_folder(folder, true) || gz_plans_text(context, &mine) != GZ_OK) return;
    snprintf(path, sizeof path, "%s/plans", folder);
    char *theirs = read_text(context, path);
    if (!theirs || strlen(theirs) != strlen(mine)) write_union(context, folder, path, mine, theirs);
    gz_release(theirs);
    gz_release(mine);
}
