/* Plain texts: inside a scope numbers have a decimal point and letters are those of ASCII, in this thread, whatever
 * locale the calling program has set. Every text of the library that a file or a message holds is made and read in
 * one. The caller's locale comes back at its end; the locale of the process is never touched.
 */
#ifndef GZ_PLAIN_H
#define GZ_PLAIN_H

#include <locale.h>

typedef struct gz_plain {
    locale_t own, callers;
} gz_plain;

gz_plain gz_plain_enter(void);
void gz_plain_leave(const gz_plain *scope);

#endif
