internal import CLinux
internal import Glibc

/// The three descriptors every process starts with; never closed here.
public enum StandardStreams {
    /// read(2) from standard input: at most `count` bytes, none at its end.
    public static func readInput(upTo count: Int) throws(SystemError) -> [UInt8] {
        try unsafe bytesFromSystemCall("read", "standard input", upTo: count) { unsafe Glibc.read(STDIN_FILENO, $0, count) }
    }

    public static func writeOutput(_ bytes: [UInt8]) throws(SystemError) { try write(bytes, to: STDOUT_FILENO) }
    public static func writeOutput(_ text: String) throws(SystemError) { try writeOutput(Array(text.utf8)) }
    public static func writeError(_ bytes: [UInt8]) throws(SystemError) { try write(bytes, to: STDERR_FILENO) }
    public static func writeError(_ text: String) throws(SystemError) { try writeError(Array(text.utf8)) }

    /// Standard input as a descriptor to own. fcntl(2), F_DUPFD_CLOEXEC.
    public static func duplicateInput() throws(SystemError) -> Descriptor {
        Descriptor(
            owning: try systemCall("fcntl", "standard input F_DUPFD_CLOEXEC") {
                hako_fcntl_int(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
            })
    }

    /// Standard output as a descriptor to own. fcntl(2), F_DUPFD_CLOEXEC.
    public static func duplicateOutput() throws(SystemError) -> Descriptor {
        Descriptor(
            owning: try systemCall("fcntl", "standard output F_DUPFD_CLOEXEC") {
                hako_fcntl_int(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
            })
    }

    /// write(2), until all is written. Where the descriptor was made non-blocking by whoever shares it, waits with poll(2).
    private static func write(_ bytes: [UInt8], to descriptor: CInt) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let part = done
            do throws(SystemError) {
                done += try systemCall("write", "fd \(descriptor) \(bytes.count - part) bytes") {
                    unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress! + part, $0.count - part) }
                }
            } catch {
                guard error.errno == .wouldBlock else { throw error }
                var poll = Poll()
                poll.watch(descriptor, .writable)
                _ = try poll.wait()
            }
        }
    }
}

extension StandardStreams {
    /// Another number for standard error's open file. fcntl(2), F_DUPFD_CLOEXEC.
    public static func duplicateError() throws(SystemError) -> Descriptor {
        try Descriptor.lending(2) { (stream) throws(SystemError) in try stream.duplicate() }
    }
}
