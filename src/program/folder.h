/* Folder: the folder that a command puts its results into, and which run may write there. */
#ifndef GZ_FOLDER_H
#define GZ_FOLDER_H

#include "context.h"

enum { GZ_FOLDER_NAME = 256 };

/* The default folder for the results of a deck, in the current folder: "cases/bkw.yaml" -> "bkw.out". */
void gz_folder_of_deck(const char *deck_file, char name[GZ_FOLDER_NAME]);

/* Check, without writing, that `directory` is a folder that one can write into, or that it can be made. */
gz_status gz_folder_check(gz_context *context, const char *directory);

/* Make the folder and the folders above it. gz_folder_check must have accepted it. */
gz_status gz_folder_make(gz_context *context, const char *directory);

/* Claim the folder for a run, by a lock on its history.csv, until `*claim` is closed or the process ends,
 * however it ends. `make`: make an empty history.csv if there is none. Fails with GZ_ERROR_FILES if another run
 * has the folder. *claim is -1 if there is nothing to lock, and -2 if this file system knows no locks. */
enum { GZ_NOTHING_TO_CLAIM = -1, GZ_NO_LOCKS = -2 };
gz_status gz_folder_claim(gz_context *context, const char *directory, bool make, int *claim);

#endif
