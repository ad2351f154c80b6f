/* The program `grazing`. */
#include <stdio.h>

int main(void) {
    puts("grazing 0.1.0");
    return 0;
}
