internal import CLinux
internal import Glibc
internal import SystemPackage

/// The trace behind `--explain`: every system call that passes `systemCall`, with its time and what it is for.
///
/// Off, it costs one load and one branch a call. On, each process (hako, the monitor, the init) appends whole lines
/// to the same descriptor, so that one trace shows what all of them did, in the order in which it happened.
public enum Trace {
    public enum Format: String, Sendable { case text, chrome }

    /// Written once, before the process does anything else, and read by its one thread of control.
    nonisolated(unsafe) package private(set) static var isOn = false
    nonisolated(unsafe) private static var sink: CInt = -1
    nonisolated(unsafe) private static var format = Format.text
    nonisolated(unsafe) private static var origin: UInt64 = 0
    nonisolated(unsafe) private static var actor = "hako"
    nonisolated(unsafe) private static var purpose = ""
    /// For fault tests: which process kills itself after so many of its calls.
    nonisolated(unsafe) private static var death: (actor: String, count: Int)?
    nonisolated(unsafe) private static var recorded = 0

    /// Nanoseconds of CLOCK_MONOTONIC, the same in every process of the machine. clock_gettime(2).
    package static func now() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Starts tracing into `descriptor`, which stays open for the life of the process.
    ///
    /// - Parameter origin: the time all processes count from, as `now()` gives it.
    package static func start(into descriptor: CInt, format: Format, origin: UInt64, actor: String) {
        unsafe sink = descriptor
        unsafe self.format = format
        unsafe self.origin = origin
        unsafe self.actor = actor
        unsafe death = Environment.value("HAKO_DIE").flatMap(parseDeath)
        unsafe isOn = true
    }

    /// The kernel keeps process 1 of a namespace from killing itself; it ends without a word all the same.
    private static func die() -> Never {
        kill(getpid(), SIGKILL)
        _exit(128 + SIGKILL)
    }

    /// `init:37`: SIGKILL after the init's 37th system call.
    private static func parseDeath(_ text: String) -> (actor: String, count: Int)? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let count = Int(parts[1]) else { return nil }
        return (String(parts[0]), count)
    }

    package static func stop() { unsafe isOn = false }

    /// Who the following lines are about: `hako`, `monitor`, `init`.
    package static func becomes(_ name: String) {
        unsafe actor = name
        unsafe recorded = 0
    }

    /// What a child process needs to go on with this trace, or nil when it is off: `text:3:81236123`.
    package static var handover: String? {
        unsafe isOn ? "\(format.rawValue):\(sink):\(origin)" : nil
    }

    /// Goes on with the trace that `handover` described in the parent.
    package static func resume(from handover: String, actor: String) {
        let parts = handover.split(separator: ":")
        guard parts.count == 3, let format = Format(rawValue: String(parts[0])), let descriptor = CInt(parts[1]),
            let origin = UInt64(parts[2])
        else { return }
        start(into: descriptor, format: format, origin: origin, actor: actor)
    }

    /// Names what the system calls inside `body` are for.
    @inline(__always)
    package static func purpose<Result: ~Copyable, Failure: Error>(
        _ text: @autoclosure () -> String, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard unsafe isOn else { return try body() }
        let outer = unsafe purpose
        unsafe purpose = text()
        defer { unsafe purpose = outer }
        return try body()
    }

    /// Appends one line for a finished call. Only the funnel calls it, and steps that are more than one call.
    package static func record(_ call: String, _ subject: String, start: UInt64, errno code: CInt) {
        let end = now()
        let line =
            switch unsafe format {
            case .text: textLine(call, subject, start: start, end: end, errno: code)
            case .chrome: chromeEvent(call, subject, start: start, end: end, errno: code)
            }
        var bytes = Array(line.utf8)
        let descriptor = unsafe sink
        let saved = Glibc.errno
        unsafe bytes.withUnsafeMutableBytes { _ = unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        unsafe recorded += 1
        if let death = unsafe death, unsafe death.actor == actor, unsafe death.count == recorded { die() }
        Glibc.errno = saved
    }

    private static func textLine(_ call: String, _ subject: String, start: UInt64, end: UInt64, errno code: CInt) -> String {
        let at = milliseconds(unsafe start &- origin)
        let took = milliseconds(end - start)
        let result = code == 0 ? "" : " = \(Errno(rawValue: code))"
        let reason = unsafe purpose.isEmpty ? "" : "  # \(purpose)"
        return unsafe "\(pad(at, 9)) ms \(actor.padded(to: 8)) +\(took) ms  \(call)(\(subject))\(result)\(reason)\n"
    }

    /// One complete event ("ph":"X") of the Trace Event Format, times in microseconds.
    private static func chromeEvent(_ call: String, _ subject: String, start: UInt64, end: UInt64, errno code: CInt) -> String {
        let at = microseconds(unsafe start &- origin)
        let took = microseconds(end - start)
        let lane = unsafe ["hako": 1, "monitor": 2, "init": 3][actor] ?? 4
        return unsafe """
        {"name":"\(call)","cat":"syscall","ph":"X","ts":\(at),"dur":\(took),"pid":\(lane),"tid":\(lane),\
        "args":{"subject":"\(subject.jsonEscaped)","purpose":"\(purpose.jsonEscaped)","process":"\(actor)","errno":\(code)}},

        """
    }

    private static func milliseconds(_ nanoseconds: UInt64) -> String { fixed(nanoseconds / 1000) }
    private static func microseconds(_ nanoseconds: UInt64) -> String { fixed(nanoseconds) }

    /// A thousandth fixed-point number: 1234 is `1.234`.
    private static func fixed(_ thousandths: UInt64) -> String {
        let rest = String(thousandths % 1000)
        return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    /// The characters of a JSON string, without its quotes.
    fileprivate var jsonEscaped: String {
        var out = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case let control where control.value < 0x20:
                let hex = String(control.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
