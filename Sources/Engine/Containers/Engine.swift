internal import Images
internal import Linux
package import Runtime

/// Containers as users know them: made, started, listed, removed. One value a command; it keeps no state of its own.
public struct Engine {
    public let locations: Locations
    package let store: ContainerStore
    package let runtime: StateRoot

    /// Opens what is kept at `locations`, and makes it where there is nothing yet.
    public init(_ locations: Locations) throws(EngineError) {
        self.locations = locations
        try locations.prepare()
        // `LayerLimits.standard` cannot throw; it takes the same values later.
        _ = try imaging { () throws(ImagesError) in try LayerLimits.fromEnvironment() }
        store = try Trace.purpose("open the list of containers") { () throws(EngineError) in try ContainerStore(locations) }
        runtime = StateRoot(path: locations.state)
    }

    /// Whether the caller is root of the initial user namespace; everyone else makes containers as a plain user.
    package static var isPrivileged: Bool { Privilege.isOverHost }

    /// Whether the caller is root of a user namespace with more ids than one: a plain user's own, or a container's.
    package static var isNamespaceRoot: Bool {
        guard Processes.userID == 0, !isPrivileged, let map = try? File.readText("/proc/self/uid_map", limit: 64 << 10) else {
            return false
        }
        return map.split(separator: "\n").count > 1 || map.split(separator: " ").last != "1"
    }

    /// Writes down what was done to a container.
    package func report(_ action: String, _ record: ContainerRecord, _ attributes: [String: String] = [:]) {
        report(Event("container", action, id: record.id, attributes))
    }

    func report(_ event: Event) { EventLog(path: locations.events).write(event) }

    package func operations(_ id: String) throws(EngineError) -> ContainerOperations {
        do throws(RuntimeError) { return try ContainerOperations(id: id, root: runtime) } catch { throw EngineError(error) }
    }

    package func status(_ id: String) throws(EngineError) -> ContainerStatus { try ContainerStatus.of(id, in: locations) }
}
