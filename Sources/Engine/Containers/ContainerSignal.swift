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
        guard try engine.status(record.id).isLive else { throw EngineError("container \(record.name) is not running") }
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
        let attachment = try? Attachment.connect(engine.locations, record.id)
        try? send(number)
        if waitForEnd(attachment, milliseconds: seconds < 0 ? -1 : Int32(clamping: seconds * 1000)) { return }
        try end()
    }

    /// SIGKILL, and waits until the monitor has recorded the exit and cleaned up.
    package func end() throws(EngineError) {
        let attachment = try? Attachment.connect(engine.locations, record.id)
        try? send(Signals.kill)
        guard waitForEnd(attachment, milliseconds: 10_000) else {
            throw EngineError("container \(record.name) does not end, 10 s after SIGKILL; see its processes with ps")
        }
    }

    /// The exit code, once it has ended: from the monitor where it is there, from the record otherwise.
    package func wait() throws(EngineError) -> Int32 {
        if try engine.status(record.id).isLive {
            let attachment = try? Attachment.connect(engine.locations, record.id)
            _ = waitForEnd(attachment, milliseconds: -1)
        }
        guard case .exited(let exit) = try engine.status(record.id) else {
            throw EngineError("container \(record.name) has not run yet")
        }
        guard let exit else { throw EngineError("how container \(record.name) ended is not known: its monitor was killed") }
        return exit.exitCode
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
