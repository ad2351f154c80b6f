/* The corpus of the fuzzer of decks, fuzz/corpus/deck: every input that ever broke something, and what is like it. The
 * fuzzer begins with these files; here each is given to it once, with what it demands of the answer.
 */
#include "fuzz/fuzz_deck.c"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

/* A scalar of many pieces: libfyaml 0.7 leaks their list, 4 kB. fuzz.sh, which knows this leak by its function, reads
 * the file under the address sanitizer; here the sanitizer sees no name and would complain. */
static bool leaks(const char *name) {
#ifdef __SANITIZE_ADDRESS__
    return strcmp(name, "many_quotes") == 0;
#else
    (void)name;
    return false;
#endif
}

Test(corpus, every_deck_is_read_or_refused, .timeout = 60) {
    DIR *folder = opendir(CORPUS "/deck");
    int count = 0;
    cr_assert_not_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        char path[1000];
        static uint8_t bytes[LONGEST];
        if (entry->d_name[0] == '.' || leaks(entry->d_name)) continue;
        snprintf(path, sizeof path, "%s/deck/%s", CORPUS, entry->d_name);
        FILE *file = fopen(path, "rb");
        cr_assert_not_null(file, "%s", path);
        const size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        cr_assert_eq(LLVMFuzzerTestOneInput(bytes, size), 0);
        count++;
    }
    closedir(folder);
    cr_assert_gt(count, 40);
}
