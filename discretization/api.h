/* API: the mark of public functions. A header that marks its functions with GZ_API is installed, and what it
 * marks is all that the shared library exports (`nm -D`); every other header is private to the house.
 */
#ifndef GZ_API_H
#define GZ_API_H

#if defined(__GNUC__)
#    define GZ_API __attribute__((visibility("default")))
#else
#    define GZ_API
#endif

#endif
