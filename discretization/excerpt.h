/* Excerpt: long texts in messages and tables, cut between words.
 *
 * A text that does not fit ends in " ...", after its last whole word that does; a single long word ends in
 * "...". Not installed.
 */
#ifndef GZ_EXCERPT_H
#define GZ_EXCERPT_H

#include <stddef.h>
#include <stdio.h>

/* Room for a word of the user, and for a path, as messages quote them. */
enum { GZ_SHOWN = 64, GZ_SHOWN_PATH = 200 };

/* Copy the text into the buffer of `size` >= 8 characters, or as many of its words as fit. Returns the
 * buffer. */
const char *gz_excerpt(const char *text, size_t size, char *buffer);

/* What users write, titles and paths, may hold control characters, which a terminal would obey. Messages and excerpts hold
 * none: they become spaces, also those of 8 bits, alone or in UTF-8. gz_calm does that to a text, and gz_print_calmly
 * prints one so. */
void gz_calm(char *text);
void gz_print_calmly(FILE *out, const char *text);

/* The same of the first `length` characters of the text. */
const char *gz_excerpt_of(size_t length, const char *text, size_t size, char *buffer);

#endif
