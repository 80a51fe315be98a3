internal import Linux
internal import Runtime

extension Engine {
    /// By the control group; a plain user's container without one has all of its process id namespace.
    func processIDs(of record: ContainerRecord, _ status: ContainerStatus) throws(EngineError) -> [Int32] {
        let found: [Int32]
        do throws(RuntimeError) { found = try ContainerOperations(id: record.id, root: runtime).processes() } catch {
            guard !Engine.isPrivileged else { throw EngineError(error.message) }
            return namespaceMembers(status)
        }
        return found.isEmpty ? namespaceMembers(status) : found
    }

    private func namespaceMembers(_ status: ContainerStatus) -> [Int32] {
        guard let first = status.pid else { return [] }
        guard let namespace = try? File.readLink("/proc/\(first)/ns/pid") else { return [first] }
        // One that shares the host's is not told from others by it.
        guard namespace != (try? File.readLink("/proc/self/ns/pid")) else { return [first] }
        let names = (try? File.open("/proc", [.read, .directory]).list()) ?? []
        return names.compactMap { Int32($0) }.filter { (try? File.readLink("/proc/\($0)/ns/pid")) == namespace }
    }
}
