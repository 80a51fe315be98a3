package import Linux

/// Where hako keeps what lasts (`root`) and what a reboot ends (`state`).
public struct Locations: Sendable, Equatable {
    /// `/var/lib/hako`: containers, layers, the database.
    public let root: String
    /// `/run/hako`: a directory for each container that runs.
    public let state: String

    public init(root: String, state: String) {
        self.root = root
        self.state = state
    }

    /// Those asked for, or the usual ones: of the system for root, of the user otherwise (XDG base directories).
    ///
    /// - Parameter directory: what relative paths are relative to.
    package static func choose(
        root: String?, state: String?, isRoot: Bool, userID: UInt32, directory: String, variable: (String) -> String?
    ) throws(EngineError) -> Locations {
        func given(_ flag: String?, _ name: String) -> String? {
            guard let text = flag ?? variable(name), !text.isEmpty else { return nil }
            return clean(text.hasPrefix("/") ? text : "\(directory)/\(text)")
        }
        func absolute(_ name: String) -> String? { variable(name).flatMap { $0.hasPrefix("/") ? $0 : nil } }
        let standardRoot: String
        if isRoot {
            standardRoot = "/var/lib/hako"
        } else if let data = absolute("XDG_DATA_HOME") {
            standardRoot = "\(data)/hako"
        } else if let home = absolute("HOME") {
            standardRoot = "\(home)/.local/share/hako"
        } else if let asked = given(root, "HAKO_ROOT") {
            standardRoot = asked
        } else {
            throw EngineError("neither HOME nor XDG_DATA_HOME is set; say where containers are kept with --root DIR")
        }
        let standardState = isRoot ? "/run/hako" : absolute("XDG_RUNTIME_DIR").map { "\($0)/hako" } ?? "/tmp/hako-\(userID)"
        return Locations(
            root: given(root, "HAKO_ROOT") ?? clean(standardRoot), state: given(state, "HAKO_STATE") ?? clean(standardState))
    }

    /// Without `//`, `.` and a slash at the end; `..` stays for the kernel, which knows the links.
    private static func clean(_ path: String) -> String {
        let parts = path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
        let clean = parts.reduce(into: "") { if $1 != "." { $0 += "/\($1)" } }
        return clean.isEmpty ? "/" : clean
    }

    package var containers: String { "\(root)/containers" }
    /// What happened, a line each: `EventLog`.
    package var events: String { "\(root)/events.log" }
    package var database: String { "\(root)/hako.db" }
    package func bundle(_ id: String) -> String { "\(containers)/\(id)" }
    /// A bundle's `config.json`.
    package func configuration(_ id: String) -> String { "\(bundle(id))/config.json" }
    package func state(_ id: String) -> String { "\(state)/\(id)" }
    package func attachSocket(_ id: String) -> String { "\(state)/\(id)/attach.sock" }

    /// Makes the directories. The state's has to be the caller's alone: in /tmp anyone could have made it before.
    package func prepare() throws(EngineError) {
        if !File.exists(containers) {
            try attempt("make \(containers)", hint: "give --root a directory that you may write to") { () throws(SystemError) in
                try File.makeDirectories(containers, mode: 0o711)
                // Each container's files get a place of their own on the disk, as the directories in /home may. Without a journal ext4
                // goes through all inodes that were deleted just before to find a free one, and a new place has none. With a journal it
                // does not, and new places would only have to be read from the disk.
                let directory = try File.open(containers, [.read, .directory])
                if directory.isOnExt4WithoutJournal() { try? directory.markTopOfHierarchy() }
            }
        }
        try prepareState()
    }

    /// Who owns what belongs to an id that is not in the user namespace. user_namespaces(7), overflowuid.
    private static let nobody: UInt32 = 65534

    private func prepareState() throws(EngineError) {
        if let status = try? File.linkStatus(state) {
            guard status.isDirectory else { throw EngineError("\(state) is not a directory; move it away, or give --state") }
            guard state.hasPrefix("/tmp/") else { return }
            // In a container's user namespace whoever made it may have another number, and nobody strange has one.
            let isOwn = status.uid == Processes.userID || (Engine.isNamespaceRoot && status.uid != Self.nobody)
            guard isOwn, status.permissions & 0o077 == 0 else {
                throw EngineError(
                    "\(state) is not yours alone (owner \(status.uid), mode \(String(status.permissions, radix: 8))); give --state"
                )
            }
            return
        }
        try attempt("make \(state)", hint: "give --state a directory that you may write to") { () throws(SystemError) in
            try File.makeDirectories(state, mode: 0o700)
        }
        if state.hasPrefix("/tmp/") { try prepareState() }
    }

    /// Held while containers are made and removed (shared), and while `system check` looks for halves (exclusive).
    package func lock(_ kind: Descriptor.LockKind) throws(EngineError) -> Descriptor {
        try attempt("lock \(containers)") { () throws(SystemError) in
            let directory = try File.open(containers, [.read, .directory])
            try directory.lock(kind)
            return directory
        }
    }
}
