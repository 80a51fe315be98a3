internal import Linux

/// A small program that the runtime runs and waits for: a hook, newuidmap(1), what comes after a container's end.
struct HelperProgram {
    struct Result {
        /// The exit code, or 128 and the signal.
        var code: Int32
        /// What it printed, on both streams; the beginning of it.
        var output: String

        /// Why it failed, in one line.
        var reason: String {
            let said = output.split(separator: "\n").first.map { ": \($0)" } ?? ""
            return (code > 128 ? "it was killed by signal \(code - 128)" : "exit code \(code)") + said
        }
    }

    let path: String
    /// The whole argv.
    let arguments: [String]
    var environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
    /// What it reads from standard input.
    var input: [UInt8] = []
    /// A descriptor that it gets as number 3.
    var handed: CInt?
    /// Seconds until it is killed; nil is never.
    var timeout: Int?

    private static let mostOutput = 4096

    /// - Throws: when it cannot be started, or takes too long.
    func run() throws(RuntimeError) -> Result {
        let sockets = try explaining("make a socket pair") { () throws(SystemError) in try Sockets.pair(.stream) }
        switch try explaining("start \(path)", { () throws(SystemError) in try Namespaces.clone([]) }) {
        case .child: become(sockets.keepFar())
        case .parent(let child):
            let end = sockets.keepNear()
            do throws(SystemError) {
                return try accompany(child, end)
            } catch {
                try? Processes.kill(child, Signals.kill)
                _ = try? Processes.wait(for: child)
                guard error.errno == .timedOut else { throw RuntimeError("cannot wait for \(path): \(error)") }
                throw RuntimeError("\(path) did not end in \(timeout ?? 0) s and was killed")
            }
        }
    }

    private func become(_ end: consuming Descriptor) -> Never {
        do throws(SystemError) {
            Signals.resetAll()
            let standard = input.isEmpty ? try File.open("/dev/null", .read) : try File.inMemory("input", holding: input)
            try Processes.assign(standard.raw, to: 0)
            try Processes.assign(end.raw, to: 1)
            try Processes.assign(end.raw, to: 2)
            if let handed { try Processes.assign(handed, to: 3) }
            try Processes.closeOnExec(from: handed == nil ? 3 : 4)
            try Processes.execute(path, arguments: arguments, environment: environment)
        } catch {
            try? StandardStreams.writeError("\(error)\n")
            Processes.exitNow(127)
        }
    }

    /// Until the program ends, not what it may leave running with its streams.
    private func accompany(_ child: Int32, _ end: borrowing Descriptor) throws(SystemError) -> Result {
        let process = try Processes.open(child)
        let deadline = timeout.map { Trace.now() + UInt64($0) * 1_000_000_000 }
        var output: [UInt8] = []
        var isOpen = true
        while true {
            var poll = Poll()
            let ended = poll.watch(process.raw, .readable)
            let spoke = isOpen ? poll.watch(end.raw, .readable) : nil
            if let deadline, Trace.now() >= deadline { throw SystemError("poll", path, .timedOut) }
            _ = try poll.wait(until: deadline)
            if let spoke, !poll[spoke].isEmpty {
                let bytes = (try? end.read(upTo: 4096)) ?? []
                if bytes.isEmpty { isOpen = false }
                output += bytes.prefix(max(0, Self.mostOutput - output.count))
                continue
            }
            guard !poll[ended].isEmpty else { continue }
            return Result(code: try Processes.wait(for: child), output: String(decoding: output, as: UTF8.self))
        }
    }
}
