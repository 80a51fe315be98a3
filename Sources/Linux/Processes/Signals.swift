internal import CLinux
internal import Glibc

/// Signals of this process. signal(7).
public enum Signals {
    public static let hangUp = SIGHUP, interrupt = SIGINT, quit = SIGQUIT, kill = SIGKILL, terminate = SIGTERM
    public static let child = SIGCHLD, windowChange = SIGWINCH, pipe = SIGPIPE, stop = SIGSTOP, resume = SIGCONT
    public static let highest: Int32 = 64

    /// A write to a closed pipe or socket is an error, not the end of the process.
    public static func ignorePipe() { signal(SIGPIPE, SIG_IGN) }

    /// Blocks these signals and makes them readable from a descriptor instead. sigprocmask(2), signalfd(2).
    public static func descriptor(for numbers: [Int32]) throws(SystemError) -> Descriptor {
        var set = set(of: numbers)
        try systemCall("sigprocmask", "block") { unsafe sigprocmask(SIG_BLOCK, &set, nil) }
        let flags = CInt(SFD_CLOEXEC | SFD_NONBLOCK)
        return Descriptor(owning: try systemCall("signalfd4", "\(numbers.count) signals") { unsafe signalfd(-1, &set, flags) })
    }

    /// The next signal that waits in a `descriptor(for:)`; nil when none does.
    public static func next(from descriptor: borrowing Descriptor) -> Int32? {
        let raw = descriptor.raw
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        return unsafe Glibc.read(raw, &info, size) == size ? Int32(info.ssi_signo) : nil
    }

    /// What a program that is executed expects: no signal blocked, none ignored.
    public static func resetAll() {
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigprocmask(SIG_SETMASK, &none, nil)
        signal(SIGPIPE, SIG_DFL)
    }

    private static func set(of numbers: [Int32]) -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in numbers { unsafe sigaddset(&set, number) }
        return set
    }

    /// The number of a signal given as `9`, `KILL` or `SIGKILL`, with real-time ones as `RTMIN+3`; nil when there is none.
    public static func number(of text: String) -> Int32? {
        if let number = Int32(text) { return (1...highest).contains(number) ? number : nil }
        var name = text.uppercased()
        if name.hasPrefix("SIG") { name.removeFirst(3) }
        if let number = names[name] { return number }
        if name == "RTMIN" { return 34 }
        if name == "RTMAX" { return highest }
        if name.hasPrefix("RTMIN+"), let offset = Int32(name.dropFirst(6)), (0...30).contains(offset) { return 34 + offset }
        if name.hasPrefix("RTMAX-"), let offset = Int32(name.dropFirst(6)), (0...30).contains(offset) { return highest - offset }
        return nil
    }

    /// `SIGTERM`; the number of one that has no name.
    public static func text(_ number: Int32) -> String {
        let found = names.filter { $0.value == number }.keys.sorted()
        return found.first.map { "SIG\($0)" } ?? "\(number)"
    }

    private static let names: [String: Int32] = [
        "HUP": SIGHUP, "INT": SIGINT, "QUIT": SIGQUIT, "ILL": SIGILL, "TRAP": SIGTRAP, "ABRT": SIGABRT, "IOT": SIGABRT,
        "BUS": SIGBUS, "FPE": SIGFPE, "KILL": SIGKILL, "USR1": SIGUSR1, "SEGV": SIGSEGV, "USR2": SIGUSR2,
        "PIPE": SIGPIPE, "ALRM": SIGALRM, "TERM": SIGTERM, "STKFLT": 16, "CHLD": SIGCHLD, "CLD": SIGCHLD,
        "CONT": SIGCONT, "STOP": SIGSTOP, "TSTP": SIGTSTP, "TTIN": SIGTTIN, "TTOU": SIGTTOU, "URG": SIGURG,
        "XCPU": SIGXCPU, "XFSZ": SIGXFSZ, "VTALRM": SIGVTALRM, "PROF": SIGPROF, "WINCH": SIGWINCH, "IO": 29,
        "POLL": 29, "PWR": SIGPWR, "SYS": SIGSYS,
    ]
}
