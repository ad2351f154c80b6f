/* The program `grazing`. */
#include "version.h"

#include <stdio.h>

int main(void) {
    puts("grazing " GZ_VERSION " (" GZ_COMMIT ", " GZ_COMPILER ")");
    return 0;
}
