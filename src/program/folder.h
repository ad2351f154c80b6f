/* Folder: the folder that a command puts its results into. All commands go through this one door.
 *
 *   name        --out, or beside the deck: "cases/bkw.yaml" -> "cases/bkw.out"
 *   one writer  a lock of the kernel (flock) on FOLDER/.lock, for the life of the command, however it ends
 *   protection  results that are there are refused, unless --overwrite is given
 *
 * Nothing in a folder changes before all of this has been checked.
 */
#ifndef GZ_FOLDER_H
#define GZ_FOLDER_H

#include "options.h"

typedef struct gz_folder {
    char *path;
    const char *lock_name; /* the file that is locked */
    int lock;              /* its descriptor, if `locked` */
    bool locked, no_locks; /* no_locks: this file system knows no locks */
    bool made;             /* by this command; it is removed again if it stays empty */
} gz_folder;

/* The files that are locked: by commands that write results, and by `plot`, which may draw a run that goes on. */
#define GZ_LOCK_OF_RESULTS  ".lock"
#define GZ_LOCK_OF_PICTURES ".plot.lock"

/* Choose the folder of a command: the value of --out, else the one beside the deck. Checks, without writing, that it
 * is a folder that one can write into, or that it can be made. Release it with gz_folder_close, also on failure. */
gz_status gz_folder_choose(gz_context *context, const gz_options *options, const char *deck_file,
                           gz_folder *folder);

/* A folder of this path, with this lock, unchecked. Release it with gz_folder_close. */
gz_status gz_folder_of(gz_context *context, const char *path, const char *lock_name, gz_folder *folder);

/* Lock the folder, if there is one and it is not locked yet; with `make` it is made first. Fails with GZ_ERROR_FILES if
 * another command holds the lock. */
gz_status gz_folder_lock(gz_context *context, gz_folder *folder, bool make);

/* Choose, make and lock the folder of a command that writes these files (the list ends with NULL). Fails with
 * GZ_ERROR_FILES if one of them is there and --overwrite is not given; nothing has changed then. */
gz_status gz_folder_open(gz_context *context, const gz_options *options, const char *deck_file,
                         const char *const *names, gz_folder *folder);

/* Unlock the folder and release the memory. A folder that was made and is empty is removed. */
void gz_folder_close(gz_folder *folder);

/* The first of these files that is in the folder, NULL if none is. */
const char *gz_folder_first(const char *directory, const char *const *names);

/* Remove a file of the folder, if it is there. */
gz_status gz_folder_remove(gz_context *context, const char *directory, const char *name);

#endif
