internal import CLinux
internal import Glibc

/// A terminal in raw mode for as long as this value lives: every key goes to the container. termios(3), cfmakeraw.
///
/// The mode from before comes back when the value goes away, and also when the process dies of a fault (a Swift trap is
/// SIGILL or SIGTRAP): the shell the user returns to must not be left deaf.
public struct TerminalMode: ~Copyable {
    private let descriptor: CInt

    /// - Throws: ENOTTY where the descriptor is no terminal.
    public init(raw descriptor: CInt) throws(SystemError) {
        try Self.enter(descriptor, RestoreOnFault.faults) { unsafe cfmakeraw(&$0) }
        self.descriptor = descriptor
    }

    /// What is typed does not show: for passwords. An interrupt ends the process with the mode restored.
    public init(hidingInputOf descriptor: CInt) throws(SystemError) {
        try Self.enter(descriptor, RestoreOnFault.faults + [SIGINT, SIGTERM, SIGHUP]) { $0.c_lflag &= ~tcflag_t(ECHO) }
        self.descriptor = descriptor
    }

    private static func enter(
        _ descriptor: CInt, _ signals: [CInt], _ change: (inout termios) -> Void
    ) throws(SystemError) {
        var before = termios()
        try systemCall("tcgetattr", "fd \(descriptor)") { unsafe tcgetattr(descriptor, &before) }
        unsafe RestoreOnFault.saved = before
        unsafe RestoreOnFault.descriptor = descriptor
        RestoreOnFault.install(signals)
        var wanted = before
        change(&wanted)
        try systemCall("tcsetattr", "fd \(descriptor)") { unsafe tcsetattr(descriptor, TCSADRAIN, &wanted) }
    }

    deinit { RestoreOnFault.restore() }
}

/// What the fault handlers need; set before they are installed, so that they only read.
private enum RestoreOnFault {
    nonisolated(unsafe) static var saved = termios()
    nonisolated(unsafe) static var descriptor: CInt = -1
    static let faults = [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGSYS]

    /// tcsetattr is async-signal-safe. signal-safety(7).
    static func restore() {
        guard unsafe descriptor >= 0 else { return }
        unsafe tcsetattr(descriptor, TCSADRAIN, &saved)
        unsafe descriptor = -1
    }

    static func install(_ signals: [CInt]) {
        for fault in signals {
            var action = sigaction()
            unsafe action.__sigaction_handler.sa_handler = { number in
                RestoreOnFault.restore()
                signal(number, SIG_DFL)
                raise(number)
            }
            unsafe sigaction(fault, &action, nil)
        }
    }
}
