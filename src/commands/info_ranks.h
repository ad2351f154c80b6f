/* Info of ranks: `grazing info --ranks`, the memory and the messages of a rank. */
#ifndef GZ_INFO_RANKS_H
#define GZ_INFO_RANKS_H

#include "deck.h"
#include "options.h"

/* Applications of K in a step, as they are typical. */
int gz_typical_applications(const gz_deck *deck);

gz_status gz_info_of_ranks(gz_context *context, const gz_options *options, const gz_deck *deck);

#endif
