/* Part of a test program: lets one allocation of it, or of a library that it has loaded, fail. */
#ifndef GZ_TESTS_FAIL_MALLOC_H
#define GZ_TESTS_FAIL_MALLOC_H

/* From now on count the allocations, in this process and those forked from it, and let number `n` fail; 0: none.
 * Only those by the program itself count or, if `of` is not NULL, those by the library with this in its path. */
void fail_malloc_at(long n, const char *of);

/* The same, but memory stays exhausted: number `n` and every later one fail. */
void fail_malloc_from(long n, const char *of);

/* End it. Returns the number of allocations counted. */
long fail_malloc_end(void);

#endif
