internal import JSON
internal import Linux
package import OCI

/// Where the runtime keeps its containers' states: one directory a container, below `--root`.
package struct StateRoot: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    package static var standard: StateRoot {
        standard(
            userID: Processes.userID, runtimeDirectory: Environment.value("XDG_RUNTIME_DIR"), isOverHost: { Privilege.isOverHost }
        )
    }

    /// `/run/hako-runtime`, or a plain user's below XDG_RUNTIME_DIR. A plain user's Podman calls as root of the user's own
    /// namespace, who may write where the user may and no more.
    static func standard(userID: UInt32, runtimeDirectory: String?, isOverHost: () -> Bool) -> StateRoot {
        if let runtimeDirectory, runtimeDirectory.hasPrefix("/"), userID != 0 || !isOverHost() {
            return StateRoot(path: "\(runtimeDirectory)/hako-runtime")
        }
        return StateRoot(path: userID == 0 ? "/run/hako-runtime" : "/tmp/hako-runtime-\(userID)/hako-runtime")
    }

    /// - Throws: for an id that could leave the directory, or be taken for something else.
    package func directory(of id: String) throws(RuntimeError) -> StateDirectory {
        let allowed =
            !id.isEmpty && id != "." && id != ".." && id.utf8.count <= 1024
            && id.utf8.allSatisfy { ($0 | 32 >= 97 && $0 | 32 <= 122) || (48...57).contains($0) || "_+.-".utf8.contains($0) }
        guard allowed else {
            throw RuntimeError("\"\(id)\" is not a container id: letters, digits and _ + . - are allowed")
        }
        return StateDirectory(id: id, path: "\(path)/\(id)")
    }

    /// The ids there are, sorted; a root that is not there has none.
    package func ids() -> [String] {
        guard let directory = try? File.open(path, [.read, .directory]) else { return [] }
        let names = (try? directory.list()) ?? []
        return names.filter { File.exists("\(path)/\($0)/state.json") }.sorted()
    }
}

/// One container's state directory.
package struct StateDirectory: Sendable {
    package let id: String
    package let path: String

    private var stateFile: String { "\(path)/state.json" }
    private var intendedFile: String { "\(path)/cgroup.json" }
    package var startSocket: String { "\(path)/start.sock" }
    package var attachSocket: String { "\(path)/attach.sock" }

    /// Makes the directory; it is what makes an id unique. What a crash has left half made is taken over.
    package func claim() throws(RuntimeError) {
        do throws(SystemError) {
            try File.makeDirectories(String(path.dropLast(id.count + 1)), mode: 0o700)
            try File.makeDirectory(path, mode: 0o700)
        } catch {
            guard error.errno == .fileExists else { throw RuntimeError("cannot make the state directory: \(error)") }
            guard let state = try? load(), !File.exists(stateFile) || state.status(waitsForStart: false) != .stopped else {
                // Neither a live container nor one that waits for delete: the remains of a creation that was cut short.
                guard !File.exists(stateFile) else {
                    throw RuntimeError("container with id \(id) already exists; delete it first")
                }
                try removeHalfMade()
                try explaining("make the state directory \(path)") { () throws(SystemError) in
                    try File.makeDirectory(path, mode: 0o700)
                }
                return
            }
            throw RuntimeError("container with id \(id) already exists")
        }
    }

    /// Writes down which control groups are about to be made, for whoever finds the creation cut short.
    package func saveIntended(_ cgroup: Cgroup) throws(RuntimeError) {
        try explaining("write \(intendedFile)") { () throws(SystemError) in
            try File.open(intendedFile, [.write, .create, .truncate, .noFollow], mode: 0o600).write(cgroup.json.bytes())
        }
    }

    /// Takes away what a creation left that was cut short before there was a state.
    package func removeHalfMade() throws(RuntimeError) {
        // A file that is not whole was not followed by any group.
        if let bytes = try? File.read(intendedFile, limit: 1 << 20), let cgroup = try? Cgroup(parsing: bytes) {
            try? cgroup.kill(Signals.kill)
            try cgroup.remove()
        }
        remove()
    }

    package func save(_ state: RuntimeState) throws(RuntimeError) {
        try explaining("write \(stateFile)") { () throws(SystemError) in
            // A reboot ends the container and this directory alike: nothing here has to outlive a power cut.
            try File.replace(stateFile, with: state.json.bytes(), mode: 0o600, durable: false)
        }
    }

    package func load() throws(RuntimeError) -> RuntimeState {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try File.read(stateFile, limit: 16 << 20)
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw RuntimeError("cannot read \(stateFile): \(error.errno)") }
            throw RuntimeError("container \(id) does not exist")
        }
        do throws(JSONError) {
            return try RuntimeState(parsing: bytes)
        } catch {
            throw RuntimeError("\(stateFile) is damaged: \(error); remove \(path) after ending the container's processes")
        }
    }

    /// The container's state as the specification has it.
    package func state() throws(RuntimeError) -> (runtime: RuntimeState, oci: ContainerState) {
        let state = try load()
        let status = state.status(waitsForStart: File.exists(startSocket))
        return (
            state,
            ContainerState(
                id: id, status: status, pid: status == .stopped ? 0 : state.pid, bundle: state.bundle,
                annotations: state.annotations)
        )
    }

    /// Removes the directory with the few files it holds.
    ///
    /// - Parameter kept: the name of one that stays, and the directory with it.
    package func remove(keeping kept: String? = nil) {
        guard let directory = try? File.open(path, [.read, .directory, .noFollow]) else { return }
        for name in (try? directory.list()) ?? [] where name != kept { try? directory.remove(name) }
        if kept == nil { try? File.removeDirectory(path) }
    }
}
