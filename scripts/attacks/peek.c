// Looks into every process that enters the container, until it executes what it is to: through /proc/PID/fd, root, mem, and by
// ptrace(2). Says `reached WHAT` for each of the host's things it gets hold of; the first argument is how long it tries, in seconds.
#define _GNU_SOURCE
#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int looked;

// Whether the process is the runtime still: once it has executed the command, it is the container's.
static int is_runtime(int pid) {
    char path[64], name[64] = "";
    snprintf(path, sizeof path, "/proc/%d/comm", pid);
    const int file = open(path, O_RDONLY);
    if (file < 0) return 0;
    if (read(file, name, sizeof name - 1) < 0) name[0] = 0;
    close(file);
    return strncmp(name, "hako-runtime", 12) == 0 || isdigit((unsigned char)name[0]) || strncmp(name, "exe", 3) == 0;
}

static void look(int pid, dev_t own_root, ino_t own_inode) {
    char path[64];
    int file;
    if (!is_runtime(pid)) return;
    looked++;
    for (int number = 3; number < 20; number++) {
        snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, number);
        file = open(path, O_PATH);
        if (file >= 0 && is_runtime(pid)) printf("reached descriptor %d\n", number);
        if (file >= 0) close(file);
    }
    struct stat status;
    snprintf(path, sizeof path, "/proc/%d/root/.", pid);
    if (stat(path, &status) == 0 && is_runtime(pid) && (status.st_dev != own_root || status.st_ino != own_inode)) printf("reached another root\n");
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    file = open(path, O_RDWR);
    if (file >= 0 && is_runtime(pid)) printf("reached memory\n");
    if (file >= 0) close(file);
    if (ptrace(PTRACE_SEIZE, pid, 0, 0) != 0) return;
    if (is_runtime(pid)) printf("reached by ptrace\n");
    kill(pid, SIGKILL);
}

int main(int count, char **arguments) {
    struct stat root;
    stat("/", &root);
    const time_t end = time(NULL) + (count > 1 ? atoi(arguments[1]) : 5);
    int newest = getpid();
    while (time(NULL) < end) {
        // Ids go up by one: the next processes are looked at before anybody lists them.
        for (int pid = newest + 1; pid < newest + 40; pid++) {
            char path[32];
            snprintf(path, sizeof path, "/proc/%d", pid);
            if (access(path, F_OK) != 0) continue;
            for (int again = 0; again < 200; again++) look(pid, root.st_dev, root.st_ino);
            newest = pid > newest + 4 ? pid - 4 : newest;
        }
    }
    printf("looked %d times\n", looked);
    return 0;
}
