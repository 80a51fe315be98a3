internal import JSON
internal import Linux
internal import OCI
package import Runtime

/// What a container is doing, as found on the spot: nothing here is remembered, so nothing can be wrong after a crash.
package enum ContainerStatus: Sendable, Equatable {
    case created
    case running(pid: Int32, since: String)
    case paused(pid: Int32, since: String)
    /// Nil where the monitor was killed before it could tell.
    case exited(ExitRecord?)

    package var isLive: Bool {
        switch self {
        case .running, .paused: true
        case .created, .exited: false
        }
    }

    package var name: String {
        switch self {
        case .created: "created"
        case .running: "running"
        case .paused: "paused"
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
                case .stopped: return .exited(exit(id, in: locations))
                }
            } catch {
                // It may have ended between the two looks.
                if File.exists("\(locations.state(id))/state.json") { throw EngineError(error) }
            }
        }
        if let record = exit(id, in: locations) { return .exited(record) }
        return File.exists("\(locations.bundle(id))/started") ? .exited(nil) : .created
    }

    package static func exit(_ id: String, in locations: Locations) -> ExitRecord? {
        guard let bytes = try? File.read("\(locations.bundle(id))/exit.json", limit: 64 << 10) else { return nil }
        return try? ExitRecord(parsing: bytes)
    }
}
