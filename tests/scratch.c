/* Scratch folders, made by mkdtemp. A limit on the size of files stands for a full disk. */
#include "scratch.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <hdf5.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 1024, PATHS = 16 };

static char folder[PATH_SIZE];

void scratch_open(void) {
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/grazing-test-XXXXXX", base ? base : "/tmp");
    cr_assert_not_null(mkdtemp(folder));
    /* Let HDF5 keep its tables of half a megabyte, which the address sanitizer would map and unmap for each file. */
    cr_assert_geq(H5set_free_list_limits(-1, -1, -1, -1, -1, -1), 0);
}

static void remove_all(const char *path) {
    DIR *entries = opendir(path);
    for (struct dirent *e = entries ? readdir(entries) : NULL; e; e = readdir(entries)) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        char below[2 * PATH_SIZE];
        snprintf(below, sizeof below, "%s/%s", path, e->d_name);
        struct stat info;
        if (lstat(below, &info) == 0 && S_ISDIR(info.st_mode))
            remove_all(below);
        else
            unlink(below);
    }
    if (entries) closedir(entries);
    rmdir(path);
}

void scratch_close(void) {
    scratch_limit(0);
    remove_all(folder);
}

const char *scratch_path(const char *name) {
    static char paths[PATHS][2 * PATH_SIZE];
    static size_t next;
    char *path = paths[next++ % PATHS];
    snprintf(path, sizeof *paths, "%s%s%s", folder, *name ? "/" : "", name);
    return path;
}

char *scratch_read(const char *name, size_t *size) {
    FILE *file = fopen(scratch_path(name), "rb");
    cr_assert_not_null(file, "%s is missing", name);
    fseek(file, 0, SEEK_END);
    const size_t length = (size_t)ftell(file);
    rewind(file);
    char *text = calloc(length + 1, 1);
    cr_assert_not_null(text);
    cr_assert_eq(fread(text, 1, length, file), length);
    fclose(file);
    if (size) *size = length;
    return text;
}

void scratch_write(const char *name, const char *text, size_t size) {
    FILE *file = fopen(scratch_path(name), "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
}

gz_history *scratch_history(const char *name) {
    gz_context *context = NULL;
    gz_history *history = NULL;
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    cr_assert_eq(gz_history_read(context, scratch_path(name), &history), GZ_OK, "%s",
                 gz_context_message(context));
    gz_context_destroy(context);
    return history;
}

size_t scratch_count(void) {
    size_t count = 0;
    DIR *entries = opendir(folder);
    for (struct dirent *e = readdir(entries); e; e = readdir(entries))
        count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(entries);
    return count;
}

void scratch_limit(size_t bytes) {
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes > 0 ? (rlim_t)bytes : limit.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}
