internal import JSON
internal import Linux

/// Runs a container's health check when it is due, beside everything else that its monitor does: the runtime joins the
/// container in a process of its own, so that nothing in there can hold the monitor up.
final class HealthWatch {
    private struct Running {
        let pid: Int32
        let process: SharedDescriptor
        let output: SharedDescriptor
        let began: UInt64
        let start: String
        var text: [UInt8] = []
        var isOpen = true
        var processIndex: Int?
        var outputIndex: Int?

        private static let mostText = 4096

        /// Takes what is there to be read; of more than enough nothing is kept.
        mutating func read() {
            let bytes = (try? output.descriptor.read(upTo: 4096)) ?? []
            if bytes.isEmpty { isOpen = false }
            text += bytes.prefix(max(0, Self.mostText - text.count))
        }
    }

    private let check: HealthCheck
    private let id: String
    private let root: String
    private let file: String
    /// From when on the start period counts.
    private var born = Trace.now()
    /// Until it has succeeded, only this is asked.
    private var startup: HealthCheck.Startup?
    private var record = HealthRecord()
    private var running: Running?
    private var due: UInt64

    /// What the runtime may take beside the command, in nanoseconds.
    private static let grace: UInt64 = 5_000_000_000

    init(_ check: HealthCheck, id: String, root: String, bundle: String) {
        self.check = check
        self.id = id
        self.root = root
        file = HealthRecord.path(bundle)
        startup = check.startup
        due = born + UInt64(check.startPeriod > 0 ? min(check.startInterval, check.interval) : check.interval)
        if let startup { due = born + UInt64(startup.delay > 0 ? startup.delay : min(startup.interval, 1_000_000_000)) }
        save()
    }

    private var isStarting: Bool {
        record.status == HealthRecord.Status.starting.rawValue && Trace.now() < born + UInt64(check.startPeriod)
    }

    private var timeout: Int64 { startup?.timeout ?? check.timeout }

    /// Whether there is anything to ask once it has started.
    private var hasCheck: Bool { !check.command.isEmpty || check.probe != nil }

    // MARK: The loop

    /// When something has to be done at the latest, in nanoseconds of the monotonic clock.
    var deadline: UInt64 { running.map { $0.began + UInt64(timeout) + Self.grace } ?? due }

    func watch(in poll: inout Poll) {
        guard var now = running else { return }
        now.processIndex = poll.watch(now.process.raw, .readable)
        now.outputIndex = now.isOpen ? poll.watch(now.output.raw, .readable) : nil
        running = now
    }

    /// Begins a check, takes what it says, or its end.
    ///
    /// - Parameter isPaused: then nothing begins.
    /// - Returns: the status, where it has changed.
    func advance(_ poll: Poll, isPaused: () -> Bool) -> HealthRecord.Status? {
        guard var now = running else {
            guard Trace.now() >= due else { return nil }
            if isPaused() { schedule() } else { begin() }
            return nil
        }
        if let index = now.outputIndex, !poll[index].isEmpty { now.read() }
        running = now
        if let index = now.processIndex, !poll[index].isEmpty { return end(now) }
        if Trace.now() > deadline { try? Processes.signal(now.process.descriptor, Signals.kill) }
        return nil
    }

    /// The container has ended: so does a check that still runs.
    func stop() {
        guard let now = running else { return }
        try? Processes.signal(now.process.descriptor, Signals.kill)
        _ = try? Processes.wait(for: now.pid)
        running = nil
    }

    // MARK: One check

    private func begin() {
        let words = ["hako-runtime", "--root", root] + question
        do throws(SystemError) {
            let pipe = try Pipes.make()
            let read = SharedDescriptor(owning: pipe.read)
            let write = Descriptor(owning: pipe.write)
            let null = try File.open("/dev/null", .read)
            let pid = try Spawn(
                path: "/proc/self/exe", arguments: words, environment: [],
                descriptors: [0: null.raw, 1: write.raw, 2: write.raw]
            ).start()
            running = Running(
                pid: pid, process: SharedDescriptor(try Processes.open(pid)), output: read, began: Trace.now(),
                start: WallClock.now())
        } catch {
            finish(start: WallClock.now(), code: 126, text: "cannot run the check: \(error)")
        }
    }

    /// The runtime's command that asks.
    private var question: [String] {
        let limit = ["--timeout", "\(timeout / 1_000_000)"]
        let (command, probe) = startup.map { ($0.command ?? [], $0.probe) } ?? (check.command, check.probe)
        guard let probe else { return ["exec"] + limit + [id] + command }
        var words = ["probe"] + limit
        if let host = probe.host { words += ["--host", host] }
        if let path = probe.path { words += ["--path", path] }
        for header in probe.headers ?? [] { words += ["--header", "\(header.name):\(header.value)"] }
        return words + [id, "\(probe.port)"]
    }

    private func end(_ now: Running) -> HealthRecord.Status? {
        let code = (try? Processes.wait(for: now.pid)) ?? 126
        running = nil
        var now = now
        var poll = Poll()
        let index = poll.watch(now.output.raw, .readable)
        if now.isOpen, (try? poll.wait(milliseconds: 0)) == true, poll[index].contains(.readable) { now.read() }
        let tookTooLong = Trace.now() - now.began >= UInt64(timeout)
        let before = record.status
        finish(
            start: now.start, code: tookTooLong ? -1 : code,
            text: tookTooLong
                ? "the check took longer than \(Self.seconds(timeout)) s" : String(decoding: now.text, as: UTF8.self))
        return record.status == before ? nil : HealthRecord.Status(rawValue: record.status)
    }

    private func finish(start: String, code: Int32, text: String) {
        var result = HealthRecord.Check()
        result.start = start
        result.end = WallClock.now()
        result.exitCode = code
        result.output = text
        if let startup {
            record.add(result, retries: startup.retries, countsFailure: true)
            if code == 0 { hasStarted() }
        } else {
            record.add(result, retries: check.retries, countsFailure: !isStarting)
        }
        save()
        schedule()
    }

    /// How it is, the check itself says from now on; where there is none, it is well.
    private func hasStarted() {
        startup = nil
        born = Trace.now()
        if hasCheck { record.status = HealthRecord.Status.starting.rawValue }
    }

    private func schedule() {
        if let startup { return due = Trace.now() + UInt64(startup.interval) }
        guard hasCheck else { return due = .max }
        due = Trace.now() + UInt64(isStarting ? min(check.startInterval, check.interval) : check.interval)
    }

    /// What is lost here is found again by the next check.
    private func save() { try? File.replace(file, with: record.json.bytes(), mode: 0o600, durable: false) }

    private static func seconds(_ nanoseconds: Int64) -> String {
        nanoseconds % 1_000_000_000 == 0 ? "\(nanoseconds / 1_000_000_000)" : "\(Double(nanoseconds) / 1e9)"
    }
}
