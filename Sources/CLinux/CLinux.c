#include "CLinux.h"

#include <errno.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

// As in linux/sched.h, which cannot be included beside sched.h.
struct clone_arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

const uint64_t hako_clone_newtime = 0x80, hako_clone_into_cgroup = 0x200000000ULL, hako_clone_pidfd = 0x1000;
const uint64_t hako_resolve_in_root = RESOLVE_IN_ROOT, hako_resolve_no_magiclinks = RESOLVE_NO_MAGICLINKS,
               hako_resolve_no_symlinks = RESOLVE_NO_SYMLINKS, hako_resolve_beneath = RESOLVE_BENEATH,
               hako_resolve_no_xdev = RESOLVE_NO_XDEV;
const unsigned long hako_tiocsctty = TIOCSCTTY, hako_tiocgwinsz = TIOCGWINSZ, hako_tiocswinsz = TIOCSWINSZ,
                    hako_tiocgptpeer = TIOCGPTPEER, hako_tiocsptlck = TIOCSPTLCK;

pid_t hako_clone3(uint64_t flags, int *pidfd, int exit_signal, int cgroup_fd) {
    struct clone_arguments a = {.flags = flags, .exit_signal = (uint64_t)exit_signal};
    if (pidfd) {
        a.flags |= hako_clone_pidfd;
        a.pidfd = (uint64_t)(uintptr_t)pidfd;
    }
    if (cgroup_fd >= 0) {
        a.flags |= hako_clone_into_cgroup;
        a.cgroup = (uint64_t)cgroup_fd;
    }
    pid_t pid = (pid_t)syscall(SYS_clone3, &a, sizeof a);
    // Under a container's filter there is no clone3, as there is for nobody else: its flags cannot be looked at.
    if (pid < 0 && errno == ENOSYS && !pidfd && cgroup_fd < 0)
        pid = (pid_t)syscall(SYS_clone, flags | (uint64_t)exit_signal, 0, 0, 0, 0);
    return pid;
}

int hako_execute_descriptor(int fd, char *const argv[], char *const envp[]) {
    return (int)syscall(SYS_execveat, fd, "", argv, envp, 0x1000);
}

int hako_memfd(const char *name) { return (int)syscall(SYS_memfd_create, name, 1U); }

int hako_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
    return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
}

int hako_pivot_root(const char *new_root, const char *put_old) {
    return (int)syscall(SYS_pivot_root, new_root, put_old);
}

int hako_fsconfig_string(int fs, const char *key, const char *value) {
    return fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0);
}
int hako_fsconfig_flag(int fs, const char *key) { return fsconfig(fs, FSCONFIG_SET_FLAG, key, NULL, 0); }
int hako_fsconfig_create(int fs) { return fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0); }
int hako_ioctl_int(int fd, unsigned long request, long argument) { return ioctl(fd, request, argument); }
int hako_ioctl_pointer(int fd, unsigned long request, void *argument) { return ioctl(fd, request, argument); }
int hako_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return prctl(option, a, b, c, d);
}
int hako_fcntl_int(int fd, int command, int argument) { return fcntl(fd, command, argument); }
int hako_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }
int hako_openat(int dirfd, const char *path, int flags, mode_t mode) { return openat(dirfd, path, flags, mode); }

int hako_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
    struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct d[2] = {
        {(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
        {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)}};
    return (int)syscall(SYS_capset, &h, d);
}

int hako_capget(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable) {
    struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct d[2] = {0};
    int r = (int)syscall(SYS_capget, &h, d);
    *effective = d[0].effective | (uint64_t)d[1].effective << 32;
    *permitted = d[0].permitted | (uint64_t)d[1].permitted << 32;
    *inheritable = d[0].inheritable | (uint64_t)d[1].inheritable << 32;
    return r;
}

long hako_join_session_keyring(const char *name) {
    return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name, 0, 0, 0);
}

int hako_seccomp_set_filter(unsigned int flags, const void *instructions, unsigned short count) {
    struct sock_fprog program = {.len = count, .filter = (struct sock_filter *)instructions};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

int hako_bpf_load_cgroup_device(const void *instructions, uint32_t count, char *log, uint32_t log_size) {
    union bpf_attr a;
    memset(&a, 0, sizeof a);
    a.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    a.insns = (uint64_t)(uintptr_t)instructions;
    a.insn_cnt = count;
    a.license = (uint64_t)(uintptr_t) "Apache-2.0";
    if (log_size) {
        a.log_buf = (uint64_t)(uintptr_t)log;
        a.log_size = log_size;
        a.log_level = 1;
    }
    return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof a);
}

int hako_bpf_attach_cgroup_device(int cgroup_fd, int program_fd) {
    union bpf_attr a;
    memset(&a, 0, sizeof a);
    a.attach_type = BPF_CGROUP_DEVICE;
    a.target_fd = (uint32_t)cgroup_fd;
    a.attach_bpf_fd = (uint32_t)program_fd;
    a.attach_flags = BPF_F_ALLOW_MULTI;
    return (int)syscall(SYS_bpf, BPF_PROG_ATTACH, &a, sizeof a);
}

enum { most_descriptors = 32 };

ssize_t hako_send_descriptors(int socket, const void *data, size_t size, const int *fds, size_t count) {
    if (count > most_descriptors) {
        errno = EINVAL;
        return -1;
    }
    union {
        char space[CMSG_SPACE(sizeof(int) * most_descriptors)];
        struct cmsghdr align;
    } control;
    memset(&control, 0, sizeof control);
    struct iovec part = {.iov_base = (void *)data, .iov_len = size};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (count) {
        m.msg_control = control.space;
        m.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * count);
    }
    return sendmsg(socket, &m, MSG_NOSIGNAL);
}

ssize_t hako_receive_descriptors(int socket, void *data, size_t size, int *fds, size_t *count) {
    union {
        char space[CMSG_SPACE(sizeof(int) * most_descriptors)];
        struct cmsghdr align;
    } control;
    struct iovec part = {.iov_base = data, .iov_len = size};
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    ssize_t n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
    size_t room = *count;
    *count = 0;
    if (n < 0) return n;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        size_t came = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        int *got = (int *)(void *)CMSG_DATA(c);
        for (size_t i = 0; i < came; i++) {
            if (*count < room) fds[(*count)++] = got[i];
            else close(got[i]);
        }
    }
    return n;
}

int hako_interface_up(const char *name) {
    struct ifreq r;
    memset(&r, 0, sizeof r);
    strncpy(r.ifr_name, name, IFNAMSIZ - 1);
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s < 0) return -1;
    int result = ioctl(s, SIOCGIFFLAGS, &r);
    if (result == 0) {
        r.ifr_flags |= IFF_UP;
        result = ioctl(s, SIOCSIFFLAGS, &r);
    }
    int e = errno;
    close(s);
    errno = e;
    return result;
}

int hako_exit_code(int status) {
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
    return 255;
}

int hako_setresuid(uint32_t uid) { return (int)syscall(SYS_setresuid, uid, uid, uid); }
int hako_setresgid(uint32_t gid) { return (int)syscall(SYS_setresgid, gid, gid, gid); }
int hako_setgroups(const uint32_t *groups, size_t count) { return (int)syscall(SYS_setgroups, count, groups); }

int hako_setns(int fd, int kind) { return setns(fd, kind); }
int hako_unshare(int flags) { return unshare(flags); }
int hako_accept(int socket) { return accept4(socket, NULL, NULL, SOCK_CLOEXEC); }
int hako_accept_nonblocking(int socket, struct sockaddr *address, socklen_t *size) {
    return accept4(socket, address, size, SOCK_CLOEXEC | SOCK_NONBLOCK);
}
int hako_close_on_exec_from(unsigned int first) { return close_range(first, ~0U, CLOSE_RANGE_CLOEXEC); }
int hako_pipe(int fds[2]) { return pipe2(fds, O_CLOEXEC); }
int hako_close_from(unsigned int first) { return close_range(first, ~0U, 0); }
int hako_prlimit(pid_t pid, int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
    return prlimit(pid, (enum __rlimit_resource)resource, &limit, NULL);
}
