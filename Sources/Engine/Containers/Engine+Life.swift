internal import Linux
internal import Runtime

/// Starting containers that are there, and what depends on that.
extension Engine {
    /// Removes the container that has a name, if one has.
    package func replace(_ name: String) throws(EngineError) {
        guard let id = try store.holder(of: name) else { return }
        try ContainerRemoval.remove(try store.find(id), self, force: true)
    }

    /// Starts what a container needs that does not run, and what that needs before it.
    package func startRequired(by settings: ContainerSettings) throws(EngineError) {
        // It was there before what needs it: there is no circle.
        for id in settings.requires ?? [] where try !status(id).isLive {
            let record = try find(id)
            try MonitorLaunch(self, record, try Engine.settings(record)).startAgain().awaitStart(record.name)
        }
    }

    /// Those that run again after a reboot, or after their monitor was killed: all whose policy says so and whose end nobody
    /// asked for.
    package func awaitingRestart() throws(EngineError) -> [ContainerRecord] {
        var waiting: [ContainerRecord] = []
        // The oldest first: what others need was there before them.
        for record in try store.all().reversed() {
            guard let policy = try? Engine.settings(record).restart, policy.kind != .no else { continue }
            guard case .exited(let exit) = try status(record.id) else { continue }
            // It waits for hako restore.
            if exit?.checkpointed == true { continue }
            let wasStopped = StopMark.isSet(in: locations.bundle(record.id))
            // As with docker: always means always, once the machine starts again.
            if wasStopped, policy.kind != .always { continue }
            if policy.kind == .onFailure, !policy.restarts(after: exit?.exitCode ?? 255, count: 0) { continue }
            waiting.append(record)
        }
        return waiting
    }
}

extension Attachment {
    /// Reads until the container runs.
    ///
    /// - Throws: why it does not.
    package consuming func awaitStart(_ name: String) throws(EngineError) {
        while let message = next() {
            if case .started = message { return }
            if case .failed(_, let why) = message { throw EngineError("cannot start container \(name): \(why)") }
        }
        throw EngineError("the monitor of container \(name) ended without a word; it was killed, or crashed")
    }
}
