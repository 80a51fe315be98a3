internal import Linux
internal import Runtime

/// Signals to a container, and waiting for its end.
package struct ContainerSignal {
    private let engine: Engine
    private let record: ContainerRecord

    package init(_ engine: Engine, _ record: ContainerRecord) {
        self.engine = engine
        self.record = record
    }

    /// Sends a signal to the container's first process.
    package func send(_ number: Int32) throws(EngineError) {
        switch try engine.status(record.id) {
        case .running, .paused: break
        default: throw EngineError("container \(record.name) is not running")
        }
        let operations = try engine.operations(record.id)
        do throws(RuntimeError) { try operations.kill(number) } catch {
            throw EngineError("cannot signal container \(record.name): \(error.message)")
        }
    }

    /// Asks it to end, and makes it end when it does not in time.
    ///
    /// - Parameters:
    ///   - seconds: how long to wait before SIGKILL; negative waits for ever.
    package func stop(_ number: Int32, seconds: Int) throws(EngineError) {
        guard try engine.status(record.id).isLive else { return }
        StopMark.set(in: engine.locations.bundle(record.id))
        if try endWaiting() { return }
        let attachment = try? Attachment.connect(engine.locations, record.id)
        try? send(number)
        // A frozen process takes no signal.
        if case .paused = try engine.status(record.id) { try? engine.resume(record) }
        if waitForEnd(attachment, milliseconds: seconds < 0 ? -1 : Int32(clamping: seconds * 1000)) {
            // Its monitor may have decided to start it again just before the mark was there: it has to see the mark first.
            if try endWaiting() { return }
        }
        try end()
    }

    /// One whose monitor waits to start it again is told not to. The mark is set before.
    ///
    /// - Returns: false where it runs, or has been started meanwhile.
    private func endWaiting() throws(EngineError) -> Bool {
        while case .restarting(let monitor, _) = try engine.status(record.id) {
            guard let process = try? Processes.open(monitor), case .restarting = try engine.status(record.id) else { continue }
            try? Processes.signal(process, Signals.terminate)
            // It may be starting the container just now: then that is what ends the wait.
            var poll = Poll()
            poll.watch(process.raw, .readable)
            if (try? poll.wait(milliseconds: 50)) == true { break }
        }
        return try !engine.status(record.id).isLive
    }

    /// SIGKILL, and waits until the monitor has recorded the exit and cleaned up. It does not start again.
    package func end() throws(EngineError) {
        StopMark.set(in: engine.locations.bundle(record.id))
        if try endWaiting() { return }
        let attachment = try? Attachment.connect(engine.locations, record.id)
        try? send(Signals.kill)
        guard waitForEnd(attachment, milliseconds: 10_000) else {
            throw EngineError("container \(record.name) does not end, 10 s after SIGKILL; see its processes with ps")
        }
    }

    /// SIGKILL by the monitor, for a container whose process is not known here.
    func endThroughMonitor() {
        guard let attachment = try? Attachment.connect(engine.locations, record.id) else { return }
        try? attachment.socket.write(MonitorMessage.signal(Signals.kill).frame)
        _ = attachment.drain(milliseconds: 10_000)
    }

    /// The exit code, once it has ended: from the monitor where it is there, from the record otherwise.
    package func wait() throws(EngineError) -> Int32 {
        let status = try engine.status(record.id)
        if case .restarting(_, let exit?) = status { return exit.exitCode }
        if status.isLive {
            guard let attachment = try? Attachment.connect(engine.locations, record.id) else {
                _ = waitForEnd(nil, milliseconds: -1)
                return try recordedCode()
            }
            if let code = attachment.awaitExit() { return code }
        }
        return try recordedCode()
    }

    private func recordedCode() throws(EngineError) -> Int32 {
        switch try engine.status(record.id) {
        case .exited(let exit?), .restarting(_, let exit?): return exit.exitCode
        case .created: throw EngineError("container \(record.name) has not run yet")
        case .running, .paused: throw EngineError("container \(record.name) was started again before its end was seen")
        case .exited(nil), .restarting(_, nil):
            throw EngineError("how container \(record.name) ended is not known: its monitor was killed")
        }
    }

    /// Until the monitor closes its socket; without one, until the process ends. False on time-out.
    private func waitForEnd(_ attachment: consuming Attachment?, milliseconds: Int32) -> Bool {
        if let attachment = attachment.take() {
            return attachment.drain(milliseconds: milliseconds)
        }
        guard let state = try? engine.operations(record.id).record(), let process = try? Processes.open(state.pid),
            Processes.isAlive(state.pid, startTime: state.startTime)
        else { return true }
        var poll = Poll()
        poll.watch(process.raw, .readable)
        return (try? poll.wait(milliseconds: milliseconds)) ?? false
    }
}
