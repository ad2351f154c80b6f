/* Descriptors: a file that is opened gets the lowest number that is free. */
#include "descriptors.h"

#include <fcntl.h>
#include <unistd.h>

void gz_descriptors_fill(void) {
    int descriptor = 0;
    while (descriptor >= 0 && descriptor <= STDERR_FILENO) descriptor = open("/dev/null", O_RDWR);
    if (descriptor > STDERR_FILENO) close(descriptor);
}
