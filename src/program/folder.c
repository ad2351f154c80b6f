/* Folder: the default name, the check, the creation and the lock of a folder for results. */
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

enum { LONGEST_PATH = 4096 };

void gz_folder_of_deck(const char *deck_file, char name[GZ_FOLDER_NAME]) {
    const char *slash = strrchr(deck_file, '/'), *base = slash ? slash + 1 : deck_file;
    const char *dot = strrchr(base, '.');
    const size_t length = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    snprintf(name, GZ_FOLDER_NAME, "%.*s.out", (int)(length < 200 ? length : 200), base);
}

gz_status gz_folder_check(gz_context *context, const char *directory) {
    char path[LONGEST_PATH];
    if (strlen(directory) >= sizeof path) return gz_fail_file(context, "make folder", "..", ENAMETOOLONG);
    if (!*directory) return gz_fail(context, GZ_ERROR_USAGE, "--out is empty; give a folder for the results");
    snprintf(path, sizeof path, "%s", directory);
    struct stat about;
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

gz_status gz_folder_make(gz_context *context, const char *directory) {
    char path[LONGEST_PATH];
    snprintf(path, sizeof path, "%s", directory); /* gz_folder_check has checked the length */
    for (char *slash = path + 1; *slash; slash++) {
        if (*slash != '/') continue;
        *slash = 0;
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return gz_fail_file(context, "make folder", path, errno);
        *slash = '/';
    }
    if (mkdir(path, 0777) != 0 && errno != EEXIST) return gz_fail_file(context, "make folder", path, errno);
    return GZ_OK;
}

gz_status gz_folder_claim(gz_context *context, const char *directory, bool make, int *claim) {
    char *path = NULL;
    GZ_TRY(gz_path_join(context, directory, "history.csv", &path));
    *claim = open(path, O_RDWR | O_CLOEXEC | (make ? O_CREAT : 0), 0666);
    const int unopened = *claim < 0 ? errno : 0;
    const int unlocked = unopened == 0 && flock(*claim, LOCK_EX | LOCK_NB) != 0 ? errno : 0;
    gz_status status = GZ_OK;
    char shown[GZ_SHOWN_PATH];
    if (unlocked != 0) {
        close(*claim);
        *claim = GZ_NO_LOCKS;
    }
    if (unopened == ENOENT)
        *claim = GZ_NOTHING_TO_CLAIM;
    else if (unopened != 0)
        status = gz_fail_file(context, "write", path, unopened);
    else if (unlocked == EWOULDBLOCK)
        status = gz_fail(context, GZ_ERROR_FILES,
                         "another run is writing into '%s'; wait for its end, or take another folder (--out)",
                         gz_excerpt(directory, sizeof shown, shown));
    gz_release(path);
    return status;
}
