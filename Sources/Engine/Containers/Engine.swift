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
        store = try Trace.purpose("open the list of containers") { () throws(EngineError) in try ContainerStore(locations) }
        runtime = StateRoot(path: locations.state)
    }

    /// Whether the caller is root of the initial user namespace; everyone else makes containers as a plain user.
    package static var isPrivileged: Bool { Privilege.isOverHost }

    package func operations(_ id: String) throws(EngineError) -> ContainerOperations {
        do throws(RuntimeError) { return try ContainerOperations(id: id, root: runtime) } catch { throw EngineError(error) }
    }

    package func status(_ id: String) throws(EngineError) -> ContainerStatus { try ContainerStatus.of(id, in: locations) }
}
