/* Folder: name, check, creation and lock. The file of the lock is removed with the lock held; who waited for it then
 * holds the lock of a file that is gone, sees this, and opens the next one. */
#include "folder.h"

#include "excerpt.h"
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_PATH = 4096, LONGEST_NAME = 256 };

/* --- name ----------------------------------------------------------------------------------------------- */

/* "cases/bkw.yaml" -> "cases/bkw.out" */
static gz_status beside_deck(gz_context *context, const char *deck_file, char **path) {
    const char *slash = strrchr(deck_file, '/'), *base = slash ? slash + 1 : deck_file;
    const char *dot = strrchr(base, '.');
    const size_t length = dot && dot > base ? (size_t)(dot - deck_file) : strlen(deck_file);
    GZ_TRY(gz_allocate(context, length + sizeof ".out", 1, path));
    memcpy(*path, deck_file, length);
    memcpy(*path + length, ".out", sizeof ".out");
    return GZ_OK;
}

gz_status gz_folder_of(gz_context *context, const char *path, const char *lock_name, gz_folder *folder) {
    *folder = (gz_folder){.lock_name = lock_name};
    if (!*path) return gz_fail(context, GZ_ERROR_USAGE, "--out is empty; give a folder for the results");
    GZ_TRY(gz_allocate(context, strlen(path) + 1, 1, &folder->path));
    memcpy(folder->path, path, strlen(path));
    return GZ_OK;
}

/* Check, without writing, that `directory` is a folder that one can write into, or that it can be made. */
static gz_status check(gz_context *context, const char *directory) {
    char path[LONGEST_PATH];
    struct stat about;
    if (strlen(directory) >= sizeof path) return gz_fail_file(context, "make folder", "..", ENAMETOOLONG);
    snprintf(path, sizeof path, "%s", directory);
    while (stat(path, &about) != 0) { /* find the nearest folder above that exists */
        if (errno != ENOENT) return gz_fail_file(context, "make folder", directory, errno);
        char *end = path + strlen(path);
        while (end > path && end[-1] == '/') *--end = 0;
        char *slash = strrchr(path, '/');
        if (!slash)
            snprintf(path, sizeof path, ".");
        else if (slash == path)
            slash[1] = 0;
        else
            *slash = 0;
    }
    if (!S_ISDIR(about.st_mode)) return gz_fail_file(context, "make folder", directory, ENOTDIR);
    if (access(path, W_OK | X_OK) != 0) return gz_fail_file(context, "write into", path, errno);
    return GZ_OK;
}

gz_status gz_folder_choose(gz_context *context, const gz_options *options, const char *deck_file,
                           gz_folder *folder) {
    const char *out = gz_options_value(options, "out");
    *folder = (gz_folder){.lock_name = GZ_LOCK_OF_RESULTS};
    GZ_TRY(out ? gz_folder_of(context, out, GZ_LOCK_OF_RESULTS, folder)
               : beside_deck(context, deck_file, &folder->path));
    const gz_status status = check(context, folder->path);
    if (status != GZ_ERROR_FILES || out) return status;
    char reason[LONGEST_NAME];
    gz_excerpt(gz_context_message(context), sizeof reason, reason);
    return gz_fail(context, status, "%s; results go beside the deck, or into another folder with --out DIR",
                   reason);
}

/* --- creation and lock ---------------------------------------------------------------------------------- */

static gz_status make_one(gz_context *context, const char *path, bool *made) {
    if (mkdir(path, 0777) == 0) {
        *made = true;
        return GZ_OK;
    }
    *made = false;
    return errno == EEXIST ? GZ_OK : gz_fail_file(context, "make folder", path, errno);
}

/* Make the folder and the folders above it. */
static gz_status make(gz_context *context, gz_folder *folder) {
    char path[LONGEST_PATH];
    snprintf(path, sizeof path, "%s", folder->path); /* its length has been checked */
    for (char *slash = path + 1; *slash; slash++) {
        if (*slash != '/') continue;
        *slash = 0;
        GZ_TRY(make_one(context, path, &folder->made));
        *slash = '/';
    }
    return make_one(context, path, &folder->made);
}

/* True if the open file is still the one of this name. */
static bool is_file_at(int descriptor, const char *path) {
    struct stat open_one, named;
    return fstat(descriptor, &open_one) == 0 && stat(path, &named) == 0 && open_one.st_dev == named.st_dev &&
           open_one.st_ino == named.st_ino;
}

/* Open and lock the file. Returns 0 or errno; *descriptor is -1 on failure. */
static int lock_file(const char *path, int *descriptor) {
    for (;;) {
        *descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (*descriptor < 0) return errno;
        const int error = flock(*descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
        if (error == 0 && is_file_at(*descriptor, path)) return 0;
        close(*descriptor);
        *descriptor = -1;
        if (error != 0 && error != EINTR) return error;
    }
}

gz_status gz_folder_lock(gz_context *context, gz_folder *folder, bool make_it) {
    char *path = NULL, shown[GZ_SHOWN_PATH];
    struct stat about;
    if (folder->locked || folder->no_locks) return GZ_OK;
    if (make_it) GZ_TRY(make(context, folder));
    if (stat(folder->path, &about) != 0 || !S_ISDIR(about.st_mode)) return GZ_OK;
    GZ_TRY(gz_path_join(context, folder->path, folder->lock_name, &path));
    const int error = lock_file(path, &folder->lock);
    gz_status status = GZ_OK;
    folder->locked = error == 0;
    if (error == EWOULDBLOCK)
        status =
            gz_fail(context, GZ_ERROR_FILES,
                    "another command is writing into '%s'; wait for its end, or take another folder (--out)",
                    gz_excerpt(folder->path, sizeof shown, shown));
    else if (error == ENOLCK || error == EOPNOTSUPP || error == ENOSYS || error == EINVAL)
        folder->no_locks = unlink(path) == 0;
    else if (error != 0)
        status = gz_fail_file(context, "write", path, error);
    gz_release(path);
    return status;
}

void gz_folder_close(gz_folder *folder) {
    char path[LONGEST_PATH + LONGEST_NAME];
    if (folder->locked) {
        snprintf(path, sizeof path, "%s/%s", folder->path, folder->lock_name);
        unlink(path);
        close(folder->lock);
    }
    if (folder->made) rmdir(folder->path);
    gz_release(folder->path);
    *folder = (gz_folder){0};
}

/* --- what is there -------------------------------------------------------------------------------------- */

const char *gz_folder_first(const char *directory, const char *const *names) {
    char path[LONGEST_PATH + LONGEST_NAME];
    for (; *names; names++) {
        snprintf(path, sizeof path, "%s/%s", directory, *names);
        if (access(path, F_OK) == 0) return *names;
    }
    return NULL;
}

gz_status gz_folder_remove(gz_context *context, const char *directory, const char *name) {
    char *path = NULL;
    GZ_TRY(gz_path_join(context, directory, name, &path));
    const int error = unlink(path) == 0 || errno == ENOENT ? 0 : errno;
    const gz_status status = error ? gz_fail_file(context, "remove", path, error) : GZ_OK;
    gz_release(path);
    return status;
}

gz_status gz_folder_open(gz_context *context, const gz_options *options, const char *deck_file,
                         const char *const *names, gz_folder *folder) {
    char shown[GZ_SHOWN_PATH];
    GZ_TRY(gz_folder_choose(context, options, deck_file, folder));
    GZ_TRY(gz_folder_lock(context, folder, true));
    const char *there = gz_options_has(options, "overwrite") ? NULL : gz_folder_first(folder->path, names);
    if (!there) return GZ_OK;
    return gz_fail(context, GZ_ERROR_FILES, "'%s' holds %s; --overwrite or another --out",
                   gz_excerpt(folder->path, sizeof shown, shown), there);
}
