/* Folder: where a command puts its results. */
#ifndef GZ_FOLDER_H
#define GZ_FOLDER_H

#include "context.h"

enum { GZ_FOLDER_NAME = 256 };

/* The default folder of a deck, in the current folder: "cases/bkw.yaml" -> "bkw.out". */
void gz_folder_of_deck(const char *deck_file, char name[GZ_FOLDER_NAME]);

/* Check, without writing, that `directory` is a folder one can write into, or could be made. */
gz_status gz_folder_check(gz_context *context, const char *directory);

/* Make the folder and those above it; gz_folder_check has accepted it. */
gz_status gz_folder_make(gz_context *context, const char *directory);

#endif
