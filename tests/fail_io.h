/* Part of a test program: lets one call of the system that changes files fail, in the program or in a library. */
#ifndef GZ_TESTS_FAIL_IO_H
#define GZ_TESTS_FAIL_IO_H

/* From now on count the calls of open for writing, write, pwrite, fsync, ftruncate, truncate, posix_fallocate, fallocate, rename, renameat2 and link on
 * files below the folder `below`, in this process and those forked from it, and let number `n` fail with EIO; 0: none.
 */
void fail_io_at(long n, const char *below);

/* End it. Returns the number of calls counted; *what is the name of the one that failed, "" if there was none. */
long fail_io_end(const char **what);

#endif
