internal import JSON
internal import Linux

/// Decides whether and when a container starts again: at once the first time, and later each time until it has held out.
struct Restarts {
    private let bundle: String
    private var record = RestartRecord()
    private var delay: UInt64 = 0

    /// Milliseconds: of the first wait, and the longest.
    private static let shortest: UInt64 = 100
    private static let longest: UInt64 = 60_000
    /// Whoever ran for so long, in nanoseconds, has held out.
    private static let holdsOut: UInt64 = 10_000_000_000

    init(bundle: String) { self.bundle = bundle }

    /// After an end: writes down what comes next.
    ///
    /// - Returns: milliseconds to wait; nil where it does not start again.
    mutating func next(
        after code: Int32, _ policy: RestartPolicy?, ran nanoseconds: UInt64, isForced: Bool
    ) -> UInt64? {
        let wanted = isForced || (policy?.restarts(after: code, count: record.count) ?? false)
        guard wanted, !StopMark.isSet(in: bundle) else {
            rest()
            return nil
        }
        delay = nanoseconds >= Self.holdsOut || delay == 0 ? Self.shortest : min(delay * 2, Self.longest)
        record.count += 1
        record.isWaiting = true
        record.monitor = Processes.id
        record.monitorStart = (try? Processes.startTime(of: Processes.id)) ?? 0
        save()
        return delay
    }

    /// Waits, unless the container is told to stay stopped meanwhile: then a signal comes.
    ///
    /// - Returns: whether it starts again.
    mutating func wait(_ milliseconds: UInt64, _ signals: borrowing Descriptor) -> Bool {
        let deadline = Trace.now() + milliseconds * 1_000_000
        while !StopMark.isSet(in: bundle) {
            if Trace.now() >= deadline { return true }
            var poll = Poll()
            poll.watch(signals.raw, .readable)
            _ = try? poll.wait(until: deadline)
            while Signals.next(from: signals) != nil {}
        }
        rest()
        return false
    }

    /// Nothing more will be started.
    private mutating func rest() {
        guard record.isWaiting else { return }
        record.isWaiting = false
        save()
    }

    private func save() {
        try? File.replace(RestartRecord.path(bundle), with: record.json.bytes(), mode: 0o600, durable: false)
    }
}
