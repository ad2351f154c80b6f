/* Checksum: for every word, exclusive or, a rotation and a multiplication by an odd number,
 *
 *   sum <- rotate(sum ^ word, 29 bits) * 0x9e3779b97f4a7c15.
 *
 * For a fixed word this is a bijection of the sum, and for a fixed sum a bijection of the word. No change of a single
 * word therefore goes unnoticed.
 */
#include "checksum.h"

#include <string.h>

uint64_t gz_checksum_add(uint64_t sum, const void *bytes, size_t size) {
    const unsigned char *next = bytes;
    for (size_t done = 0; done < size; done += sizeof(uint64_t)) {
        uint64_t word = 0;
        const size_t left = size - done;
        memcpy(&word, next + done, left < sizeof word ? left : sizeof word);
        sum ^= word;
        sum = sum << 29 | sum >> 35;
        sum *= UINT64_C(0x9e3779b97f4a7c15);
    }
    return sum;
}

uint64_t gz_checksum_add_bytes(uint64_t sum, const void *bytes, size_t size) {
    const unsigned char *next = bytes;
    for (size_t i = 0; i < size; i++) sum = (sum ^ next[i]) * UINT64_C(0x100000001b3);
    return sum;
}
