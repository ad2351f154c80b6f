/* Plans check: the text of FFTW's wisdom, as version 3.3 writes it, is
 *
 *   (fftw-3.3.10 fftw_wisdom #xSSSSSSSS #xSSSSSSSS #xSSSSSSSS #xSSSSSSSS      version and configuration of FFTW
 *     (NAME ID #xL #xU #xT #xHHHHHHHH #xHHHHHHHH #xHHHHHHHH #xHHHHHHHH)       one line a choice: the solver NAME, ID
 *   )                                                                         is the best for the problem H
 *
 * FFTW keeps the restrictions L and U, under which a choice holds, in 20 bits each and the impatience T in 9, and
 * aborts if they do not fit. It writes L only as a part of U. That is needed, too: a solver that must not meet itself
 * again below itself says so in L, and with a U that lacks it FFTW would call the two in turn without an end.
 */
#include "plans_check.h"

#include <stdint.h>
#include <string.h>

enum { MOST_NAME = 63, MOST_NUMBER = 4, HASH_DIGITS = 8, HASH_WORDS = 4 };

static const uint32_t MOST_RESTRICTIONS = (1u << 20) - 1, MOST_IMPATIENCE = (1u << 9) - 1;

/* Step over a word. False, and no step, if the text does not go on with it. */
static bool take(const char **at, const char *word) {
    const size_t length = strlen(word);
    if (strncmp(*at, word, length) != 0) return false;
    *at += length;
    return true;
}

static bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool take_name(const char **at, bool *timeout) {
    size_t length = 0;
    while (is_name((*at)[length])) length++;
    *timeout = length == 7 && strncmp(*at, "TIMEOUT", length) == 0;
    *at += length;
    return length >= 1 && length <= MOST_NAME;
}

static bool take_number(const char **at) {
    size_t length = 0;
    while ((*at)[length] >= '0' && (*at)[length] <= '9') length++;
    *at += length;
    return length >= 1 && length <= MOST_NUMBER;
}

/* Step over "#x" and `least` to `most` digits. */
static bool take_hex(const char **at, int least, int most, uint32_t *value) {
    static const char DIGITS[] = "0123456789abcdef";
    int count = 0;
    *value = 0;
    if (!take(at, "#x")) return false;
    for (const char *digit; **at && (digit = strchr(DIGITS, **at)) && count < most; count++, ++*at)
        *value = *value << 4 | (uint32_t)(digit - DIGITS);
    return count >= least;
}

static bool take_choice(const char **at) {
    bool timeout;
    uint32_t lower, upper, impatience, hash;
    if (!take(at, "  (") || !take_name(at, &timeout) || !take(at, " ") || !take_number(at)) return false;
    if (!take(at, " ") || !take_hex(at, 1, HASH_DIGITS, &lower)) return false;
    if (!take(at, " ") || !take_hex(at, 1, HASH_DIGITS, &upper)) return false;
    if (!take(at, " ") || !take_hex(at, 1, HASH_DIGITS, &impatience)) return false;
    for (int k = 0; k < HASH_WORDS; k++)
        if (!take(at, " ") || !take_hex(at, HASH_DIGITS, HASH_DIGITS, &hash)) return false;
    return take(at, ")\n") && upper <= MOST_RESTRICTIONS && (lower & ~upper) == 0 &&
           impatience <= (timeout ? MOST_IMPATIENCE : 0);
}

bool gz_plans_check(const char *text, const char *own) {
    const size_t head = strcspn(own, "\n") + 1;
    if (strncmp(own, "(fftw-", 6) != 0 || own[head - 1] != '\n' || strncmp(text, own, head) != 0)
        return false;
    text += head;
    while (text[0] == ' ')
        if (!take_choice(&text)) return false;
    return strcmp(text, ")\n") == 0;
}
