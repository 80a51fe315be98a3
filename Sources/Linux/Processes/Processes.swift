internal import CLinux
internal import Glibc
internal import SystemPackage

/// Processes: what one does to itself and to others.
public enum Processes {
    public static var id: Int32 { getpid() }
    public static var parentID: Int32 { getppid() }
    public static var userID: UInt32 { geteuid() }
    public static var groupID: UInt32 { getegid() }
    public static var realUserID: UInt32 { getuid() }
    public static var realGroupID: UInt32 { getgid() }

    /// How many threads this process has: `Threads:` of /proc/self/status, counted by its task directory's links.
    package static var threadCount: Int { ((try? File.status("/proc/self/task").links) ?? 3).threadsFromLinks }

    /// pidfd_open(2): a handle that never names another process.
    public static func open(_ pid: Int32) throws(SystemError) -> Descriptor {
        Descriptor(owning: try systemCall("pidfd_open", "\(pid)") { pidfd_open(pid, 0) })
    }

    /// pidfd_send_signal(2).
    public static func signal(_ process: borrowing Descriptor, _ number: Int32) throws(SystemError) {
        let raw = process.raw
        try systemCall("pidfd_send_signal", "signal \(number)") { pidfd_send_signal(raw, number, nil, 0) }
    }

    /// kill(2). Only for a process the caller is the parent of: anyone else's id may have been given away.
    public static func kill(_ pid: Int32, _ number: Int32) throws(SystemError) {
        try systemCall("kill", "\(pid) signal \(number)") { Glibc.kill(pid, number) }
    }

    /// Waits for a child to end: its exit code, or 128 and its signal. waitpid(2).
    public static func wait(for pid: Int32) throws(SystemError) -> Int32 {
        var status: CInt = 0
        try systemCall("waitpid", "\(pid)") { unsafe waitpid(pid, &status, 0) }
        return hako_exit_code(status)
    }

    /// Reaps a child that has ended; nil when none has. waitpid(2), WNOHANG.
    public static func reapAny() -> (pid: Int32, code: Int32)? {
        var status: CInt = 0
        let pid = unsafe waitpid(-1, &status, WNOHANG)
        return pid > 0 ? (pid, hako_exit_code(status)) : nil
    }

    /// When a process started, in clock ticks since boot: with its id it names a process for ever. proc_pid_stat(5), field 22.
    public static func startTime(of pid: Int32) throws(SystemError) -> UInt64 { try stat(of: pid).start }

    /// Whether the process is there and no zombie, and is the one that started then.
    public static func isAlive(_ pid: Int32, startTime: UInt64) -> Bool {
        guard pid > 0, let found = try? stat(of: pid) else { return false }
        return found.start == startTime && found.state != UInt8(ascii: "Z") && found.state != UInt8(ascii: "X")
    }

    /// By bytes: a list of a thousand containers reads a thousand of them.
    private static func stat(of pid: Int32) throws(SystemError) -> (state: UInt8, start: UInt64) {
        let text = try File.read("/proc/\(pid)/stat", limit: 4096)
        // The command, field 2, stands in parentheses and may hold any character.
        if let close = text.lastIndex(of: UInt8(ascii: ")")) {
            let fields = text[(close + 1)...].split(separator: UInt8(ascii: " "), maxSplits: 20)
            if fields.count > 19, let state = fields[0].first, let start = UInt64(String(decoding: fields[19], as: UTF8.self)) {
                return (state, start)
            }
        }
        throw SystemError("read", "/proc/\(pid)/stat", .invalidArgument)
    }

    /// chdir(2).
    public static func changeDirectory(_ path: String) throws(SystemError) {
        try systemCall("chdir", path) { unsafe chdir(path) }
    }

    /// fchdir(2).
    public static func changeDirectory(to directory: borrowing Descriptor) throws(SystemError) {
        let raw = directory.raw
        try systemCall("fchdir", "fd \(raw)") { fchdir(raw) }
    }

    /// The working directory. getcwd(3).
    public static func workingDirectory() throws(SystemError) -> String {
        guard let path = unsafe getcwd(nil, 0) else { throw SystemError("getcwd", "", Errno(rawValue: Glibc.errno)) }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }

    /// setsid(2).
    public static func startSession() throws(SystemError) { try systemCall("setsid") { setsid() } }

    /// Makes a terminal the session's controlling one. ioctl TIOCSCTTY, tty_ioctl(4).
    public static func setControllingTerminal(_ terminal: borrowing Descriptor) throws(SystemError) {
        let raw = terminal.raw
        try systemCall("ioctl", "TIOCSCTTY") { hako_ioctl_int(raw, hako_tiocsctty, 0) }
    }

    /// umask(2).
    @discardableResult
    public static func setUmask(_ mask: UInt32) -> UInt32 { umask(mask) }

    /// dup2(2): `descriptor` under the number `number`, inherited by what is executed.
    public static func assign(_ descriptor: CInt, to number: CInt) throws(SystemError) {
        if descriptor == number {
            try systemCall("fcntl", "fd \(number) F_SETFD") { hako_fcntl_int(number, F_SETFD, 0) }
        } else {
            try systemCall("dup2", "fd \(descriptor) \(number)") { dup2(descriptor, number) }
        }
    }

    /// Marks all descriptors from `first` on close-on-exec. close_range(2).
    public static func closeOnExec(from first: UInt32) throws(SystemError) {
        try systemCall("close_range", "\(first)..., CLOEXEC") { hako_close_on_exec_from(first) }
    }

    /// Closes all descriptors from `first` on. close_range(2).
    public static func closeOthers(from first: UInt32) throws(SystemError) {
        try systemCall("close_range", "\(first)...") { hako_close_from(first) }
    }

    /// The process that gets orphans of its descendants. prctl(2), PR_SET_CHILD_SUBREAPER.
    public static func becomeSubreaper() throws(SystemError) {
        try systemCall("prctl", "PR_SET_CHILD_SUBREAPER") { hako_prctl(CInt(PR_SET_CHILD_SUBREAPER), 1, 0, 0, 0) }
    }

    /// Dies by `number` when the parent does. prctl(2), PR_SET_PDEATHSIG.
    public static func dieWithParent(_ number: Int32) throws(SystemError) {
        try systemCall("prctl", "PR_SET_PDEATHSIG") { hako_prctl(CInt(PR_SET_PDEATHSIG), UInt(number), 0, 0, 0) }
    }

    /// prctl(2), PR_SET_DUMPABLE: whether others of the same user may trace it and read its /proc files.
    public static func setDumpable(_ dumpable: Bool) throws(SystemError) {
        try systemCall("prctl", "PR_SET_DUMPABLE \(dumpable)") { hako_prctl(CInt(PR_SET_DUMPABLE), dumpable ? 1 : 0, 0, 0, 0) }
    }

    /// The name ps shows. prctl(2), PR_SET_NAME.
    public static func setName(_ name: String) {
        _ = unsafe name.withCString { hako_prctl(CInt(PR_SET_NAME), UInt(bitPattern: $0), 0, 0, 0) }
    }

    /// Replaces the whole command line that ps and /proc/PID/cmdline show. The words lie one after another in memory, from
    /// where the kernel put them; a title is cut to their length.
    public static func setTitle(_ title: String) {
        setName(title)
        let words = unsafe CommandLine.unsafeArgv
        guard let first = unsafe words[0], CommandLine.argc > 0 else { return }
        guard let last = unsafe words[Int(CommandLine.argc) - 1] else { return }
        let size = unsafe last - first + strlen(last)
        unsafe memset(first, 0, size)
        for (index, byte) in title.utf8.prefix(size).enumerated() { unsafe first[index] = CChar(bitPattern: byte) }
    }

    /// A new session keyring, so that the container does not see the caller's. keyctl(2), KEYCTL_JOIN_SESSION_KEYRING.
    public static func joinNewSessionKeyring(_ name: String) throws(SystemError) {
        try systemCall("keyctl", "join session keyring \(name)") { unsafe hako_join_session_keyring(name) }
    }

    /// execve(2). Returns only by throwing.
    public static func execute(_ path: String, arguments: [String], environment: [String]) throws(SystemError) -> Never {
        let argv = unsafe CStrings(arguments)
        let envp = unsafe CStrings(environment)
        // It does not return to be recorded.
        if unsafe Trace.isOn {
            Trace.record("execve", "\(path) \(arguments.dropFirst().joined(separator: " "))", start: Trace.now(), errno: 0)
        }
        try systemCall("execve", path) { unsafe execve(path, argv.pointer, envp.pointer) }
        throw SystemError("execve", path, .invalidArgument)
    }

    /// Executes an open file, which closes with that. execveat(2). Returns only by throwing.
    package static func execute(
        _ file: borrowing Descriptor, arguments: [String], environment: [String]
    ) throws(SystemError) -> Never {
        let argv = unsafe CStrings(arguments)
        let envp = unsafe CStrings(environment)
        let raw = file.raw
        try systemCall("execveat", "fd \(raw)") { unsafe hako_execute_descriptor(raw, argv.pointer, envp.pointer) }
        throw SystemError("execveat", "fd \(raw)", .invalidArgument)
    }

    /// _exit(2): ends the process at once, without atexit handlers or flushing what was copied by clone.
    public static func exitNow(_ code: Int32) -> Never { _exit(code) }
}

extension UInt64 {
    /// A task directory has two links and one for each thread.
    fileprivate var threadsFromLinks: Int { Int(self) - 2 }
}

/// A NULL-terminated array of C strings, for execve. Freed by nobody: the process becomes another one, or ends.
@unsafe
private struct CStrings {
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    init(_ strings: [String]) {
        unsafe pointer = .allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() { unsafe pointer[index] = strdup(string) }
        unsafe pointer[strings.count] = nil
    }
}
