// Writes down which functions a command and what it starts execute, in the order of their first call.
//   calls FUNCTIONS OUT COMMAND...
// FUNCTIONS/NAME holds the address of each function of the executable NAME, hexadecimal, one a line; OUT.NAME gets those that were
// called. Each function's first byte becomes a breakpoint, which goes when it is met: the command runs at nearly its own speed.
// ptrace(2), proc_pid_mem(5). For executables that are linked to fixed addresses.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, BREAKPOINT = 0xcc, MOST = 256 };
static const unsigned long low = 0x200000, high = 0x4000000;

struct program {
    char name[NAME_MAX + 1];
    uint8_t *code;
    bool *is_function, *was_called;
    FILE *called;
};
struct process {
    pid_t pid;
    struct program *program;
    int memory;
};
static struct program programs[MOST];
static struct process processes[MOST];
static size_t program_count, process_count;
static const char *functions, *out;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static FILE *open_file(const char *form, const char *directory, const char *name, const char *mode) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, form, directory, name);
    return fopen(path, mode);
}

// NULL for one whose functions nobody asks about.
static struct program *program_of(pid_t pid) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/%d/exe", pid);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return NULL;
    path[length] = 0;
    const char *name = strrchr(path, '/') + 1;
    // The runtime's file, mounted by itself for `exec`, is the root of its mount.
    if (!*name) name = "hako-runtime";
    for (size_t i = 0; i < program_count; i++)
        if (!strcmp(programs[i].name, name)) return &programs[i];
    FILE *list = open_file("%s/%s", functions, name, "r");
    if (!list || program_count == MOST) return NULL;
    struct program *program = &programs[program_count++];
    snprintf(program->name, sizeof program->name, "%s", name);
    program->code = calloc(1, high - low);
    program->is_function = calloc(high - low, sizeof(bool));
    program->was_called = calloc(high - low, sizeof(bool));
    program->called = open_file("%s.%s", out, name, "w");
    if (!program->code || !program->is_function || !program->was_called || !program->called) fail(name);
    for (unsigned long address; fscanf(list, "%lx", &address) == 1;)
        if (address >= low && address < high) program->is_function[address - low] = true;
    fclose(list);
    return program;
}

static struct process *find(pid_t pid) {
    for (size_t i = 0; i < process_count; i++)
        if (processes[i].pid == pid) return &processes[i];
    if (process_count == MOST) exit(1);
    struct process *process = &processes[process_count++];
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    *process = (struct process){pid, program_of(pid), open(path, O_RDWR | O_CLOEXEC)};
    return process;
}

static void forget(pid_t pid) {
    struct process *process = find(pid);
    close(process->memory);
    *process = processes[--process_count];
}

static void plant(struct process *process) {
    struct program *program = process->program;
    for (unsigned long page = 0; page < high - low; page += PAGE) {
        if (!memchr(program->is_function + page, true, PAGE)) continue;
        uint8_t code[PAGE];
        if (pread(process->memory, code, PAGE, (off_t)(low + page)) != PAGE) continue;
        memcpy(program->code + page, code, PAGE);
        for (size_t i = 0; i < PAGE; i++)
            if (program->is_function[page + i]) code[i] = BREAKPOINT;
        if (pwrite(process->memory, code, PAGE, (off_t)(low + page)) != PAGE) fail("write breakpoints");
    }
}

static bool meet(struct process *process) {
    struct user_regs_struct registers;
    if (!process->program || ptrace(PTRACE_GETREGS, process->pid, 0, &registers)) return false;
    unsigned long address = registers.rip - 1, index = address - low;
    if (address < low || address >= high || !process->program->is_function[index]) return false;
    if (pwrite(process->memory, process->program->code + index, 1, (off_t)address) != 1) fail("take a breakpoint away");
    registers.rip = address;
    if (ptrace(PTRACE_SETREGS, process->pid, 0, &registers)) fail("set the instruction pointer");
    if (!process->program->was_called[index]) fprintf(process->program->called, "%016lx\n", address);
    process->program->was_called[index] = true;
    return true;
}

static void go_on(pid_t pid, int status) {
    int signal = WSTOPSIG(status), event = status >> 16;
    if (event == PTRACE_EVENT_EXEC) {
        forget(pid);
        struct process *process = find(pid);
        if (!process->program) {
            forget(pid);
            ptrace(PTRACE_DETACH, pid, 0, 0);
            return;
        }
        plant(process);
    }
    struct process *process = find(pid);
    bool is_ours = event || signal == SIGSTOP || (signal == SIGTRAP && meet(process));
    ptrace(PTRACE_CONT, pid, 0, is_ours ? 0 : signal);
}

int main(int count, char **arguments) {
    if (count < 4) return fprintf(stderr, "usage: calls FUNCTIONS OUT COMMAND...\n"), 2;
    functions = arguments[1];
    out = arguments[2];
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (!child) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execv(arguments[3], arguments + 3);
        _exit(127);
    }
    int status;
    waitpid(child, &status, 0);
    ptrace(PTRACE_SETOPTIONS, child, 0,
           PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
    ptrace(PTRACE_CONT, child, 0, 0);
    int code = 1;
    for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;) {
        if (WIFSTOPPED(status)) {
            go_on(pid, status);
            continue;
        }
        if (pid == child) code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
        forget(pid);
    }
    return code;
}
