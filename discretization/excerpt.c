/* Excerpt: the cut is at the last space in the second half of what fits; a word that fills this half is cut. */
#include "excerpt.h"

#include <string.h>

const char *gz_excerpt(const char *text, size_t size, char *buffer) {
    return gz_excerpt_of(strlen(text), text, size, buffer);
}

const char *gz_excerpt_of(size_t length, const char *text, size_t size, char *buffer) {
    static const char DOTS[] = " ...";
    const size_t room = size - sizeof DOTS;
    if (length < size) {
        buffer[length] = 0;
        return memcpy(buffer, text, length);
    }
    size_t end = room;
    while (end > room / 2 && text[end] != ' ') end--;
    const int between_words = text[end] == ' ';
    if (!between_words)
        for (end = room; end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80;)
            end--; /* not inside a letter */
    memcpy(buffer, text, end);
    memcpy(buffer + end, between_words ? DOTS : DOTS + 1, sizeof DOTS - !between_words);
    return buffer;
}
