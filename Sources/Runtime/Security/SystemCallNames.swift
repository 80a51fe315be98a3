/// Names of system calls by what they are for, over all architectures (syscalls(2); the kernel's tables up to 6.18).
///
/// A name that an architecture, or libseccomp, does not have is passed over.
enum SystemCallNames {
    /// Allowed always. `clone`, `clone3`, `personality` and `socket` have rules of their own.
    static let ordinary: [String] =
        files + metadata + memory + processes + signals + identity + scheduling + time + waiting + network + messages + machine

    private static let files = names(
        """
        _llseek access close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fadvise64_64
        arm_fadvise64_64 fallocate fcntl fcntl64 fdatasync flock fsync ftruncate ftruncate64 getcwd getdents getdents64 ioctl
        link linkat lseek mkdir mkdirat mknod mknodat open openat openat2 pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev
        pwritev2 read readahead readdir readlink readlinkat readv rename renameat renameat2 rmdir sendfile sendfile64 splice
        symlink symlinkat sync sync_file_range sync_file_range2 arm_sync_file_range syncfs tee truncate truncate64 umask unlink
        unlinkat vmsplice write writev chdir fchdir io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents
        io_pgetevents_time64 name_to_handle_at cachestat
        """)

    private static let metadata = names(
        """
        chmod chown chown32 fchmod fchmodat fchmodat2 fchown fchown32 fchownat lchown lchown32 stat stat64 fstat fstat64 lstat
        lstat64 fstatat64 newfstatat statx statfs statfs64 fstatfs fstatfs64 oldstat oldfstat oldlstat utime utimes utimensat
        utimensat_time64 futimesat getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat listxattr
        llistxattr flistxattr listxattrat removexattr lremovexattr fremovexattr removexattrat inotify_init inotify_init1
        inotify_add_watch inotify_rm_watch fanotify_mark
        """)

    private static let memory = names(
        """
        brk mmap mmap2 mprotect mremap munmap madvise mincore mlock mlock2 mlockall munlock munlockall msync membarrier
        memfd_create memfd_secret mseal pkey_alloc pkey_free pkey_mprotect map_shadow_stack remap_file_pages process_mrelease
        shmat shmctl shmdt shmget
        """)

    private static let processes = names(
        """
        fork vfork execve execveat exit exit_group wait4 waitid waitpid getpid getppid gettid getpgid getpgrp getsid setpgid
        setsid set_tid_address set_robust_list get_robust_list rseq futex futex_time64 futex_wait futex_wake futex_requeue
        futex_waitv prctl arch_prctl ptrace pidfd_open pidfd_send_signal seccomp landlock_create_ruleset landlock_add_rule
        landlock_restrict_self getrlimit ugetrlimit setrlimit prlimit64 getrusage restart_syscall uretprobe
        """)

    private static let signals = names(
        """
        kill tkill tgkill signal sigaction sigaltstack sigpending sigprocmask sigreturn sigsuspend sgetmask ssetmask
        rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
        rt_sigtimedwait_time64 rt_tgsigqueueinfo signalfd signalfd4 pause
        """)

    private static let identity = names(
        """
        getuid getuid32 getgid getgid32 geteuid geteuid32 getegid getegid32 getresuid getresuid32 getresgid getresgid32
        getgroups getgroups32 setuid setuid32 setgid setgid32 setreuid setreuid32 setregid setregid32 setresuid setresuid32
        setresgid setresgid32 setgroups setgroups32 setfsuid setfsuid32 setfsgid setfsgid32 capget capset
        """)

    private static let scheduling = names(
        """
        sched_yield sched_getparam sched_setparam sched_getscheduler sched_setscheduler sched_get_priority_max
        sched_get_priority_min sched_rr_get_interval sched_rr_get_interval_time64 sched_getaffinity sched_setaffinity
        sched_getattr sched_setattr getpriority setpriority nice ioprio_get ioprio_set getcpu
        """)

    private static let time = names(
        """
        time times gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep
        clock_nanosleep_time64 nanosleep alarm getitimer setitimer timer_create timer_delete timer_getoverrun timer_gettime
        timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime
        timerfd_settime64 adjtimex clock_adjtime clock_adjtime64
        """)

    private static let waiting = names(
        """
        poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64 epoll_create epoll_create1 epoll_ctl epoll_ctl_old
        epoll_wait epoll_wait_old epoll_pwait epoll_pwait2 eventfd eventfd2
        """)

    private static let network = names(
        """
        socketcall socketpair bind listen accept accept4 connect getsockname getpeername getsockopt setsockopt send sendto
        sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64 shutdown
        """)

    private static let messages = names(
        """
        ipc msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 mq_open mq_unlink mq_notify
        mq_getsetattr mq_timedsend mq_timedsend_time64 mq_timedreceive mq_timedreceive_time64
        """)

    private static let machine = names(
        """
        uname olduname oldolduname sysinfo getrandom modify_ldt set_thread_area get_thread_area breakpoint cacheflush set_tls
        get_tls riscv_flush_icache riscv_hwprobe
        """)

    /// What a capability brings back.
    static let byCapability: [(CapabilitySet, [String])] = [
        (
            .sysAdmin,
            names(
                """
                bpf perf_event_open fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr move_mount
                open_tree open_tree_attr statmount listmount pivot_root quotactl quotactl_fd setdomainname sethostname setns
                syslog umount umount2 unshare
                """)
        ),
        (.sysPtrace, names("kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev")),
        (.sysChroot, ["chroot"]),
        (.sysTime, names("settimeofday stime clock_settime clock_settime64")),
        (.sysBoot, names("reboot kexec_load kexec_file_load")),
        (.sysModule, names("init_module finit_module delete_module")),
        (.sysPacct, ["acct"]),
        (.sysRawio, names("iopl ioperm")),
        (.sysNice, names("get_mempolicy set_mempolicy set_mempolicy_home_node mbind migrate_pages move_pages")),
        (.sysTTYConfig, ["vhangup"]),
        (.dacReadSearch, ["open_by_handle_at"]),
        (.syslog, ["syslog"]),
        (.bpf, ["bpf"]),
        (.perfmon, ["perf_event_open"]),
    ]

    /// Refused whatever the capabilities: kernel keyrings know no namespace of their own, swap is the host's, and page faults
    /// handled outside the kernel make its races easy to win.
    static let refused = names("add_key keyctl request_key swapon swapoff userfaultfd")

    /// By bytes, as each start does it.
    private static func names(_ text: String) -> [String] {
        text.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }.map { String(Substring($0)) }
    }
}
