internal import JSON
internal import Linux
internal import OCI
package import Runtime

/// What a container is doing, as found on the spot: nothing here is remembered, so nothing can be wrong after a crash.
package enum ContainerStatus: Sendable, Equatable {
    case created
    case running(pid: Int32, since: String)
    case paused(pid: Int32, since: String)
    /// It has ended, and its monitor waits to start it again.
    case restarting(monitor: Int32, ExitRecord?)
    /// Nil where the monitor was killed before it could tell.
    case exited(ExitRecord?)

    package var isLive: Bool {
        switch self {
        case .running, .paused, .restarting: true
        case .created, .exited: false
        }
    }

    /// The host's id of its first process, while it runs.
    package var pid: Int32? {
        switch self {
        case .running(let pid, _), .paused(let pid, _): pid
        case .created, .exited, .restarting: nil
        }
    }

    package var name: String {
        switch self {
        case .created: "created"
        case .running: "running"
        case .paused: "paused"
        case .restarting: "restarting"
        case .exited: "exited"
        }
    }

    /// Looks at the runtime's state (the process id, checked by its start time), then at the record of the exit.
    package static func of(_ id: String, in locations: Locations) throws(EngineError) -> ContainerStatus {
        if File.exists("\(locations.state(id))/state.json") {
            do throws(RuntimeError) {
                let (runtime, oci) = try StateRoot(path: locations.state).directory(of: id).state()
                switch oci.status {
                case .running, .created, .creating: return .running(pid: runtime.pid, since: runtime.created)
                case .paused: return .paused(pid: runtime.pid, since: runtime.created)
                case .stopped:
                    settle(id, in: locations)
                    // A record of an earlier end says nothing of this one.
                    if let record = exit(id, in: locations), record.startedAt < runtime.created { return .exited(nil) }
                }
            } catch {
                // It may have ended between the two looks.
                if File.exists("\(locations.state(id))/state.json") { throw EngineError(error) }
            }
        }
        if let record = exit(id, in: locations) {
            if let restart = restarts(id, in: locations), restart.isWaiting,
                Processes.isAlive(restart.monitor, startTime: restart.monitorStart)
            {
                return .restarting(monitor: restart.monitor, record)
            }
            return .exited(record)
        }
        return File.exists("\(locations.bundle(id))/started") ? .exited(nil) : .created
    }

    /// Its process has ended: its monitor, if it lives, is writing down how. Waits for that, a bounded time.
    private static func settle(_ id: String, in locations: Locations) {
        guard exit(id, in: locations) == nil, let monitor = try? Attachment.connect(locations, id) else { return }
        _ = monitor.drain(milliseconds: 2000)
    }

    /// How often it was started again; nil for one that never was.
    package static func restarts(_ id: String, in locations: Locations) -> RestartRecord? {
        let path = RestartRecord.path(locations.bundle(id))
        return (try? File.read(path, limit: 64 << 10)).flatMap { try? RestartRecord(parsing: $0) }
    }

    /// How it is; nil for one without a check, or not started yet.
    package static func health(_ id: String, in locations: Locations) -> HealthRecord? {
        let path = HealthRecord.path(locations.bundle(id))
        return (try? File.read(path, limit: 1 << 20)).flatMap { try? HealthRecord(parsing: $0) }
    }

    /// How it ended: from its directory, or from the state directory where the disk took no more.
    package static func exit(_ id: String, in locations: Locations) -> ExitRecord? {
        for path in [ExitRecord.path(locations.bundle(id)), ExitRecord.path(locations.state(id))] {
            guard let bytes = try? File.read(path, limit: 64 << 10) else { continue }
            if let record = try? ExitRecord(parsing: bytes) { return record }
        }
        return nil
    }

    /// Brings the record of an end from the state directory to where it lasts.
    ///
    /// - Returns: whether there was one there.
    static func keepExit(_ id: String, in locations: Locations) -> Bool {
        guard let bytes = try? File.read(ExitRecord.path(locations.state(id)), limit: 64 << 10) else { return false }
        return (try? File.replace(ExitRecord.path(locations.bundle(id)), with: bytes, mode: 0o600)) != nil
    }
}
