// The floor under a container start: what the kernel alone takes for it. One clone3 into the namespaces of the bench
// bundle, its mounts, masked and read-only paths, pivot_root, execve, wait. No configuration is read, no control group
// is made, no state is kept, nothing is checked.
//   floor ROOTFS COMMAND [ARGUMENT...]
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(int failed, const char *what) {
    if (!failed) return;
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    _exit(125);
}

static void attach(const char *type, const char *at, unsigned long flags, const char *data) {
    check(mount(type, at, type, flags, data) != 0, at);
}

static void make_devices(void) {
    static const struct { const char *path; int minor, major; } nodes[] = {
        {"dev/null", 3, 1}, {"dev/zero", 5, 1}, {"dev/full", 7, 1}, {"dev/random", 8, 1}, {"dev/urandom", 9, 1}, {"dev/tty", 0, 5},
    };
    static const char *links[][2] = {
        {"/proc/self/fd", "dev/fd"}, {"/proc/self/fd/0", "dev/stdin"}, {"/proc/self/fd/1", "dev/stdout"},
        {"/proc/self/fd/2", "dev/stderr"}, {"pts/ptmx", "dev/ptmx"},
    };
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        check(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)) != 0, nodes[i].path);
        check(chmod(nodes[i].path, 0666) != 0, nodes[i].path);
    }
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) check(symlink(links[i][0], links[i][1]) != 0, links[i][1]);
}

// The cgroup mount: one cgroup2, or on version 1 a tmpfs with every hierarchy the process is in.
static void mount_cgroups(void) {
    const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME;
    FILE *list = fopen("/proc/self/cgroup", "re");
    check(list == NULL, "/proc/self/cgroup");
    char line[512];
    int hierarchies = 0;
    while (fgets(line, sizeof line, list)) {
        char *names = strchr(line, ':');
        if (!names || names[1] == ':') continue;
        char *end = strchr(++names, ':');
        if (!end) continue;
        *end = 0;
        if (hierarchies++ == 0) attach("tmpfs", "sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755");
        char path[600];
        const char *label = strncmp(names, "name=", 5) == 0 ? names + 5 : names;
        snprintf(path, sizeof path, "sys/fs/cgroup/%s", label);
        check(mkdir(path, 0755) != 0, path);
        attach("cgroup", path, flags, names);
    }
    fclose(list);
    if (hierarchies == 0) attach("cgroup2", "sys/fs/cgroup", flags | MS_RDONLY, NULL);
    else check(mount(NULL, "sys/fs/cgroup", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0, "remount");
}

static void mask(const char *path) {
    if (mount("/dev/null", path, NULL, MS_BIND, NULL) == 0 || errno == ENOENT) return;
    check(errno != ENOTDIR, path);
    attach("tmpfs", path, MS_RDONLY, "size=0k");
}

static void make_read_only(const char *path) {
    if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) != 0) { check(errno != ENOENT, path); return; }
    check(mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0, path);
}

static void become_container(const char *root, char **command) {
    const unsigned long strict = MS_NOSUID | MS_NOEXEC | MS_NODEV;
    check(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0, "/ as slave");
    check(mount(root, root, NULL, MS_BIND | MS_REC, NULL) != 0, root);
    check(chdir(root) != 0, root);
    attach("proc", "proc", 0, NULL);
    attach("tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
    check(mkdir("dev/pts", 0755) != 0 || mkdir("dev/shm", 0755) != 0 || mkdir("dev/mqueue", 0755) != 0, "dev");
    attach("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
    attach("tmpfs", "dev/shm", strict, "mode=1777,size=65536k");
    attach("mqueue", "dev/mqueue", strict, NULL);
    attach("sysfs", "sys", strict | MS_RDONLY, NULL);
    mount_cgroups();
    make_devices();
    check(syscall(SYS_pivot_root, ".", ".") != 0, "pivot_root");
    check(umount2(".", MNT_DETACH) != 0, "umount of the old root");
    check(chdir("/") != 0, "/");
    static const char *masked[] = {"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"};
    static const char *fixed[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
    for (size_t i = 0; i < sizeof masked / sizeof *masked; i++) mask(masked[i]);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) make_read_only(fixed[i]);
    check(sethostname("bench", 5) != 0, "sethostname");
    static char *environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", NULL};
    execve(command[0], command, environment);
    check(1, command[0]);
}

int main(int count, char **arguments) {
    if (count < 3) { fprintf(stderr, "usage: floor ROOTFS COMMAND [ARGUMENT...]\n"); return 125; }
    struct clone_args clone = {
        .flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWCGROUP,
        .exit_signal = SIGCHLD,
    };
    const long child = syscall(SYS_clone3, &clone, sizeof clone);
    check(child < 0, "clone3");
    if (child == 0) become_container(arguments[1], arguments + 2);
    int status = 0;
    while (waitpid((pid_t)child, &status, 0) < 0) check(errno != EINTR, "waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
