import Glibc

/// What a finished command gave back.
struct Outcome: CustomStringConvertible {
    /// The exit status, or 128 + the number of the signal that ended it.
    var status: Int
    var out: String
    var err: String
    /// The deadline passed and the command was killed.
    var timedOut = false
    var milliseconds = 0.0

    /// Standard output without white space at its ends.
    var text: String { out.trimmed }
    var lines: [String] { out.split(separator: "\n").map(String.init) }
    /// Standard error has exactly one line of text.
    var oneErrorLine: Bool { err.split(separator: "\n").count == 1 }

    var description: String {
        "status \(status)\(timedOut ? " (killed: out of time)" : "")\n-- out --\n\(out)\n-- err --\n\(err)"
    }
}

/// A started process: posix_spawn(3) in a session of its own, so that it can be ended with all it started there.
final class Child {
    let pid: pid_t
    private let output: CInt
    private let errors: CInt
    private var status: Int?

    /// - Parameter terminal: the path of a pseudo terminal that becomes its controlling terminal and standard streams.
    init(
        _ words: [String], environment: [String: String], directory: String? = nil, stdin: String = "", terminal: String? = nil
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(spawnInSession | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var everySignal = sigset_t()
        sigfillset(&everySignal)
        posix_spawnattr_setsigdefault(&attributes, &everySignal)

        let input = terminal == nil ? try inputHolding(stdin) : -1
        defer { if input >= 0 { close(input) } }
        var (outRead, outWrite, errRead, errWrite): (CInt, CInt, CInt, CInt) = (-1, -1, -1, -1)
        if let terminal {
            // The first terminal a session leader opens becomes its controlling terminal.
            posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
        } else {
            (outRead, outWrite) = try pipePair()
            (errRead, errWrite) = try pipePair()
            posix_spawn_file_actions_adddup2(&actions, input, 0)
            posix_spawn_file_actions_adddup2(&actions, outWrite, 1)
            posix_spawn_file_actions_adddup2(&actions, errWrite, 2)
        }

        let words = directory.map { ["/usr/bin/env", "-C", $0] + words } ?? words
        let arguments = words.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var child: pid_t = 0
        let code = posix_spawnp(&child, words[0], &actions, &attributes, arguments, variables)
        if outWrite >= 0 { close(outWrite) }
        if errWrite >= 0 { close(errWrite) }
        guard code == 0 else { throw HarnessError("cannot start \(words[0]): \(String(cString: strerror(code)))") }
        (pid, output, errors) = (child, outRead, errRead)
    }

    deinit {
        if status == nil {
            kill(pid, SIGKILL)
            _ = try? reap(blocking: true)
        }
        if output >= 0 { close(output) }
        if errors >= 0 { close(errors) }
    }

    func send(_ signal: CInt) { kill(pid, signal) }

    /// True while it has not ended.
    var isRunning: Bool { (try? reap(blocking: false)) == .some(nil) }

    @discardableResult
    private func reap(blocking: Bool) throws -> Int? {
        if let status { return status }
        var raw: CInt = 0
        let found = waitpid(pid, &raw, blocking ? 0 : WNOHANG)
        if found == 0 || (found < 0 && errno == EINTR) { return nil }
        guard found == pid else { throw HarnessError("waitpid \(pid) failed") }
        status = raw & 0x7f == 0 ? Int(raw >> 8 & 0xff) : 128 + Int(raw & 0x7f)
        return status
    }

    /// Waits, collecting both outputs; after `seconds` (scaled by the machine's slowness) the command is killed.
    ///
    /// Output that a process left in the background still holds open is waited for a moment only.
    func finish(within seconds: Double = 30) throws -> Outcome {
        let start = monotonic()
        let deadline = start + seconds * Machine.slowness
        var (out, err): ([UInt8], [UInt8]) = ([], [])
        var (outOpen, errOpen) = (output >= 0, errors >= 0)
        var ended = 0.0
        var timedOut = false
        while true {
            if outOpen { outOpen = drain(output, into: &out) }
            if errOpen { errOpen = drain(errors, into: &err) }
            if ended == 0, try reap(blocking: false) != nil { ended = monotonic() }
            if ended > 0, !(outOpen || errOpen) || monotonic() > ended + 0.5 * Machine.slowness { break }
            if ended == 0, monotonic() > deadline {
                timedOut = true
                kill(pid, SIGKILL)
            }
            if outOpen || errOpen, ended == 0 { wait(for: [output, errors], milliseconds: 5) } else { usleep(300) }
        }
        return Outcome(
            status: status ?? -1, out: String(decoding: out, as: UTF8.self), err: String(decoding: err, as: UTF8.self),
            timedOut: timedOut, milliseconds: ((ended - start) * 1000))
    }
}

struct HarnessError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Seconds of CLOCK_MONOTONIC.
func monotonic() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Tries `condition` until it holds or `seconds` (scaled) have passed.
func eventually(within seconds: Double = 5, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = monotonic() + seconds * Machine.slowness
    while true {
        if try condition() { return true }
        if monotonic() > deadline { return false }
        usleep(5000)
    }
}

/// The same for a value that comes.
func eventually<Value>(within seconds: Double = 5, _ find: () throws -> Value?) rethrows -> Value? {
    let deadline = monotonic() + seconds * Machine.slowness
    while true {
        if let value = try find() { return value }
        if monotonic() > deadline { return nil }
        usleep(5000)
    }
}

/// Appends what can be read now; false at the end of file.
func drain(_ descriptor: CInt, into bytes: inout [UInt8]) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count > 0 { bytes += buffer[..<count] } else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
    }
}

func wait(for descriptors: [CInt], milliseconds: CInt) {
    var polls = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    poll(&polls, nfds_t(polls.count), milliseconds)
}

/// POSIX_SPAWN_SETSID, which the C library's headers hide from Swift.
private let spawnInSession: CInt = 0x80

/// A close-on-exec pipe: the end to read, which does not block, and the end to write.
private func pipePair() throws -> (CInt, CInt) {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { throw HarnessError("pipe failed") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    return (ends[0], ends[1])
}

/// A descriptor to read `text` from: a pipe that holds all of it, its other end closed.
private func inputHolding(_ text: String) throws -> CInt {
    if text.isEmpty { return open("/dev/null", O_RDONLY | O_CLOEXEC) }
    let (readEnd, writeEnd) = try pipePair()
    _ = fcntl(readEnd, F_SETFL, 0)
    defer { close(writeEnd) }
    let bytes = Array(text.utf8)
    precondition(bytes.count <= 65536, "a pipe holds 64 KiB")
    guard bytes.withUnsafeBytes({ write(writeEnd, $0.baseAddress, $0.count) }) == bytes.count else {
        throw HarnessError("cannot fill a pipe")
    }
    return readEnd
}

extension String {
    var trimmed: String {
        var view = self[...]
        while view.first?.isWhitespace == true { view = view.dropFirst() }
        while view.last?.isWhitespace == true { view = view.dropLast() }
        return String(view)
    }
}
