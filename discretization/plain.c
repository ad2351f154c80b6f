/* Plain texts: the locale "C" for one thread. With glibc it is an object that always exists: nothing is allocated. */
#include "plain.h"

gz_plain gz_plain_enter(void) {
    gz_plain scope = {.own = newlocale(LC_ALL_MASK, "C", (locale_t)0)};
    scope.callers = scope.own ? uselocale(scope.own) : (locale_t)0;
    return scope;
}

void gz_plain_leave(const gz_plain *scope) {
    if (!scope->own) return;
    uselocale(scope->callers);
    freelocale(scope->own);
}
