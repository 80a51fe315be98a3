internal import Linux
internal import OCI
internal import Runtime

/// Runs a command of hako's as root of a user namespace, where a plain user reaches files that belong to its subordinate ids.
package struct NamespaceCommand {
    private let engine: Engine
    private let maps: IdentityMaps

    /// - Parameter maps: those of a container; nil for all that the user has.
    /// - Returns: nil where there is nothing to be gained: for root, and for a user without subordinate ids.
    init?(_ engine: Engine, maps: IdentityMaps? = nil) {
        guard !Engine.isPrivileged, Processes.userID != 0 else { return nil }
        guard let maps = maps ?? ContainerIdentity.ownMaps(), maps.uids.count > 1 || maps.uids[0].size > 1 else { return nil }
        self.engine = engine
        self.maps = maps
    }

    /// For what a plain user may only do as root of a namespace, whatever ids there are: mounting. Nil for root.
    init?(ofUser engine: Engine, maps given: IdentityMaps? = nil) {
        guard !Engine.isPrivileged, Processes.userID != 0 else { return nil }
        self.engine = engine
        maps =
            given ?? ContainerIdentity.ownMaps()
            ?? IdentityMaps(
                uids: [IDMapping(containerID: 0, hostID: Processes.userID, size: 1)],
                gids: [IDMapping(containerID: 0, hostID: Processes.groupID, size: 1)])
    }

    /// What stands before a program's words to run it in a user namespace with these ids.
    static func words(_ program: String, _ maps: IdentityMaps) -> [String] {
        func flags(_ name: String, _ maps: [IDMapping]) -> [String] {
            maps.map { "\(name)=\($0.containerID):\($0.hostID):\($0.size)" }
        }
        return [program, "unshare"] + flags("--uid-map", maps.uids) + flags("--gid-map", maps.gids) + ["--"]
    }

    /// Runs it with this process's own streams.
    ///
    /// - Returns: its exit code.
    func run(_ words: [String]) throws(EngineError) -> Int32 {
        let child = try start(words, [0: 0, 1: 1, 2: 2])
        return try attempt("wait for hako-runtime") { () throws(SystemError) in try Processes.wait(for: child) }
    }

    /// Runs it and gives what it prints; what it complains of is the error.
    func output(of words: [String]) throws(EngineError) -> [UInt8] {
        let (out, err) = try attempt("make a pipe") { () throws(SystemError) in (try Pipes.make(), try Pipes.make()) }
        let outEnd = Descriptor(owning: out.read)
        let errEnd = Descriptor(owning: err.read)
        let child: Int32
        do {
            let outWrite = Descriptor(owning: out.write)
            let errWrite = Descriptor(owning: err.write)
            child = try start(words, [1: outWrite.raw, 2: errWrite.raw])
        }
        // Errors are one line: they fit into their pipe while the output is read.
        let printed = try? outEnd.readToEnd(limit: 1 << 20)
        let complaint = String(decoding: (try? errEnd.readToEnd(limit: 64 << 10)) ?? [], as: UTF8.self)
        let code = try attempt("wait for hako-runtime") { () throws(SystemError) in try Processes.wait(for: child) }
        guard code == 0, let printed else {
            guard !complaint.isEmpty else { throw EngineError("\(words.joined(separator: " ")) ended with \(code)") }
            throw EngineError(complaint: complaint)
        }
        return printed
    }

    func start(_ words: [String], _ descriptors: [CInt: CInt]) throws(EngineError) -> Int32 {
        let program = try MonitorLaunch.runtimeProgram()
        let own = try attempt("find hako itself") { () throws(SystemError) in try File.readLink("/proc/self/exe") }
        let arguments =
            Self.words(program, maps) + [own, "--root", engine.locations.root, "--state", engine.locations.state] + words
        return try Trace.purpose("become root over the user's subordinate ids") { () throws(EngineError) in
            try attempt("start \(program)") { () throws(SystemError) in
                try Spawn(path: program, arguments: arguments, descriptors: descriptors).start()
            }
        }
    }
}

extension Engine {
    /// Runs a whole command again as root of the user's namespace, where that takes it to see all files.
    ///
    /// - Returns: its exit code; nil where this process can do as well itself.
    package func again(_ words: [String]) throws(EngineError) -> Int32? { try NamespaceCommand(self)?.run(words) }
}
