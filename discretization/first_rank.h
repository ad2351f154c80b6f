/* First rank: what the first rank has read is handed out to all ranks, so that all of them decide from the same text.
 *
 * Ranks on different machines may see different files under one path, and different environments. Whatever a run
 * decides from those is read by the first rank alone.
 */
#ifndef GZ_FIRST_RANK_H
#define GZ_FIRST_RANK_H

#include "context.h"

/* Give all ranks the first rank's status, and if that is GZ_OK its bytes[size]. The other ranks bring NULL and get a
 * copy with a closing 0; a single rank keeps what it has. On failure *bytes is released and NULL. size may be NULL,
 * for a text. Release the bytes with gz_release. Collective. */
gz_status gz_first_rank_hands_out(gz_context *context, gz_status status, char **bytes, size_t *size);

/* Fails with GZ_ERROR_FILES on all ranks unless each of them has the first rank's `own`: "rank N has another WHAT than
 * the first rank; REMEDY". status: how this rank has fared so far, which goes first. Collective. */
gz_status gz_first_rank_compare(gz_context *context, gz_status status, uint64_t own, const char *what,
                                const char *remedy);

#endif
