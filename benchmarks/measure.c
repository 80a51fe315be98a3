// Runs several commands in turn, A B C A B C ..., and prints one line for each run: `INDEX NANOSECONDS KIBIBYTES`.
//
// The time is CLOCK_MONOTONIC from just before fork to the return of wait4 for the command itself. The memory is the
// largest resident set (ru_maxrss) of any process of its tree: this program is the subreaper, waits for what the command
// leaves running (not timed), and is small itself, as a child counts its parent's memory up to its exec.
//   measure ROUNDS WARMUPS FILE
// FILE has one command a line, words parted by tabs; the first word is the path of a mount namespace to run in, or `-`. A word `;;`
// ends a command that comes before, untimed, and the next one begins one that comes after: BEFORE ;; TIMED ;; AFTER.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { mostCommands = 64, mostWords = 96 };
struct command { int space; char *words[mostWords]; };

static void fail(const char *what) { fprintf(stderr, "measure: %s: %s\n", what, strerror(errno)); exit(1); }

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int read_commands(const char *path, struct command *commands) {
    FILE *file = fopen(path, "re");
    if (!file) fail(path);
    char *line = NULL;
    size_t room = 0;
    int count = 0;
    while (count < mostCommands && getline(&line, &room, file) > 0) {
        line[strcspn(line, "\n")] = 0;
        char *copy = strdup(line), *space = strsep(&copy, "\t");
        struct command *command = &commands[count++];
        command->space = -1;
        if (strcmp(space, "-") != 0 && (command->space = open(space, O_RDONLY | O_CLOEXEC)) < 0) fail(space);
        for (int i = 0; i < mostWords - 1 && copy; i++) command->words[i] = strsep(&copy, "\t");
    }
    free(line);
    fclose(file);
    return count;
}

// Waits for what the command left behind; what does not end in five seconds is an error, not a wrong number.
static long reap_rest(long most) {
    const long long deadline = now() + 5000000000LL;
    for (;;) {
        int status;
        struct rusage usage;
        const pid_t pid = wait4(-1, &status, WNOHANG, &usage);
        if (pid < 0 && errno == ECHILD) return most;
        if (pid > 0 && usage.ru_maxrss > most) most = usage.ru_maxrss;
        if (pid == 0) {
            if (now() > deadline) { fprintf(stderr, "measure: a process of a command still runs after 5 s\n"); exit(1); }
            usleep(200);
        }
    }
}

// Runs one command with nothing on its streams; any failure of it ends the measurement.
static long long execute(char **words, long *most) {
    const long long start = now();
    const pid_t child = fork();
    if (child == 0) {
        const int nothing = open("/dev/null", O_RDWR);
        dup2(nothing, 0);
        dup2(nothing, 1);
        execv(words[0], words);
        fprintf(stderr, "measure: %s: %s\n", words[0], strerror(errno));
        _exit(127);
    }
    int status;
    struct rusage usage;
    while (wait4(child, &status, 0, &usage) < 0) if (errno != EINTR) fail("wait4");
    const long long took = now() - start;
    if (status != 0) {
        fprintf(stderr, "measure: %s %s %s %s ended with status 0x%x\n", words[0], words[1], words[2], words[3], status);
        exit(1);
    }
    if (usage.ru_maxrss > *most) *most = usage.ru_maxrss;
    return took;
}

static void run(const struct command *command, int own, int index, int silent) {
    if (command->space >= 0 && setns(command->space, CLONE_NEWNS) != 0) fail("setns");
    long most = 0, untimed = 0;
    char *words[mostWords + 1];
    memcpy(words, command->words, sizeof command->words);
    words[mostWords] = NULL;
    char **phases[3] = {words, NULL, NULL};
    int phase = 0;
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], ";;") != 0) continue;
        words[i] = NULL;
        if (phase < 2) phases[++phase] = &words[i + 1];
    }
    char **timed = phase == 2 ? phases[1] : phases[0];
    if (phase == 2 && phases[0][0]) execute(phases[0], &untimed);
    const long long took = execute(timed, &most);
    if (phase == 2 && phases[2][0]) execute(phases[2], &untimed);
    most = reap_rest(most);
    if (command->space >= 0 && setns(own, CLONE_NEWNS) != 0) fail("setns");
    if (!silent) printf("%d %lld %ld\n", index, took, most);
}

int main(int count, char **arguments) {
    if (count != 4) { fprintf(stderr, "usage: measure ROUNDS WARMUPS FILE\n"); return 2; }
    static struct command commands[mostCommands];
    const int rounds = atoi(arguments[1]), warmups = atoi(arguments[2]), total = read_commands(arguments[3], commands);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    for (int round = -warmups; round < rounds; round++)
        for (int i = 0; i < total; i++) run(&commands[i], own, i, round < 0);
    return 0;
}
