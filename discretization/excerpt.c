/* Excerpt: the cut is at the last space in the second half of what fits; a word that fills this half is cut. */
#include "excerpt.h"

#include <string.h>

/* The bytes of the control character at `text`; 0 if there is another one, of which *length bytes belong together. */
static size_t control_at(const char *text, size_t *length) {
    const unsigned char c = (unsigned char)text[0], next = c ? (unsigned char)text[1] : 0;
    const size_t more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc2 ? 1 : 0;
    *length = 1;
    if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return 1;
    if (c == 0xc2 && next >= 0x80 && next < 0xa0) return 2;
    while (*length <= more && ((unsigned char)text[*length] & 0xc0) == 0x80) ++*length;
    return 0;
}

void gz_calm(char *text) {
    for (size_t length; *text; text += length) {
        const size_t control = control_at(text, &length);
        if (control > 0) memset(text, ' ', length = control);
    }
}

void gz_print_calmly(FILE *out, const char *text) {
    for (size_t length; *text; text += length) {
        const size_t control = control_at(text, &length);
        if (control > 0) length = control;
        if (control > 0)
            fputc(' ', out);
        else
            fwrite(text, 1, length, out);
    }
}

const char *gz_excerpt(const char *text, size_t size, char *buffer) {
    return gz_excerpt_of(strlen(text), text, size, buffer);
}

const char *gz_excerpt_of(size_t length, const char *text, size_t size, char *buffer) {
    static const char DOTS[] = " ...";
    const size_t room = size - sizeof DOTS;
    if (length < size) {
        memcpy(buffer, text, length);
        buffer[length] = 0;
        gz_calm(buffer);
        return buffer;
    }
    size_t end = room;
    while (end > room / 2 && text[end] != ' ') end--;
    const int between_words = text[end] == ' ';
    if (!between_words)
        for (end = room; end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80;)
            end--; /* not inside a letter */
    memcpy(buffer, text, end);
    buffer[end] = 0;
    gz_calm(buffer);
    memcpy(buffer + end, between_words ? DOTS : DOTS + 1, sizeof DOTS - !between_words);
    return buffer;
}
