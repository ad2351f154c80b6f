/* Decks that several tests read. */
#ifndef GZ_TEST_DECKS_H
#define GZ_TEST_DECKS_H

extern const char deck_full[];  /* the deck of the contract, with every key */
extern const char deck_small[]; /* the shortest deck */

#endif
