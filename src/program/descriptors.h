/* Descriptors: the standard input, output and error of the program. */
#ifndef GZ_DESCRIPTORS_H
#define GZ_DESCRIPTORS_H

/* Open /dev/null where one of the descriptors 0 to 2 is closed (`grazing run DECK 2>&-`). The next file that is opened
 * would get its number otherwise, and everything that the program says would be written into that file. */
void gz_descriptors_fill(void);

#endif
