/* Criterion loads libgit2 for one thing, the difference of two texts that its macros of criterion/new/assert.h print, and with
 * it twenty libraries for the network: half of the time in which a test starts. The tests do not use these macros. So they link
 * a library of libgit2's name, this one, which holds what Criterion calls in every process. A test that used the macros all the
 * same would fail for want of git_diff_buffers.
 */
int git_libgit2_init(void);
int git_libgit2_shutdown(void);

/* The number of initialisations. */
int git_libgit2_init(void) {
    return 1;
}

/* The number of initialisations that are left. */
int git_libgit2_shutdown(void) {
    return 0;
}
