public import SystemPackage

/// A system call that failed: which, on what, and why (errno).
///
/// Its text is the one line a user reads: `open /etc/x: No such file or directory`.
public struct SystemError: Error, CustomStringConvertible, Sendable {
    /// The system call's name, as its manual page has it.
    public let call: String
    /// What it was done to: a path, `fd 4 -> /proc`, a process id. Empty where there is nothing to name.
    public let subject: String
    public let errno: Errno

    public init(_ call: String, _ subject: String, _ errno: Errno) {
        self.call = call
        self.subject = subject
        self.errno = errno
    }

    public var description: String {
        subject.isEmpty ? "\(call): \(errno)" : "\(call) \(subject): \(errno)"
    }
}
