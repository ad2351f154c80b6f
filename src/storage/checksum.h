/* Checksum: 64 bits by which a file shows that its bytes are those that were written. It finds accidents; it is no
 * proof of who wrote the file. */
#ifndef GZ_CHECKSUM_H
#define GZ_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of what came before and of these bytes. A sum begins with 0. The last word is filled up with zeros:
 * every block but the last must be a multiple of 8 bytes. */
uint64_t gz_checksum_add(uint64_t sum, const void *bytes, size_t size);

/* The same for texts that grow by pieces of any length, byte by byte (FNV-1a). Such a sum begins with
 * GZ_CHECKSUM_OF_NO_BYTES. */
#define GZ_CHECKSUM_OF_NO_BYTES UINT64_C(0xcbf29ce484222325)
uint64_t gz_checksum_add_bytes(uint64_t sum, const void *bytes, size_t size);

#endif
