/* API: the mark of public functions. Headers that mark their functions with GZ_API are installed, and the
 * shared library exports exactly the marked functions (`nm -D`). Every other header is private to the
 * library.
 */
#ifndef GZ_API_H
#define GZ_API_H

#if defined(__GNUC__)
#    define GZ_API __attribute__((visibility("default")))
#else
#    define GZ_API
#endif

#endif
