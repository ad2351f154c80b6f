/* Folder: the folder that a command puts its results into. */
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

#endif
