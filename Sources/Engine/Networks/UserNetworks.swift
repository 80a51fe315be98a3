internal import Linux
internal import Networks
internal import OCI
internal import Runtime

/// A plain user's networks: bridges as root's, in a network namespace of the user's own, which one process holds, and whose way out is
/// pasta's. What makes or changes them runs in there, as root of the user's namespace.
struct UserNetworks {
    private let engine: Engine
    private var root: String { NetworkDirectory.root(engine.locations.state) }
    private var place: String { "\(root)/user" }
    private var file: ProcessFile { ProcessFile("\(place)/holder.pid") }

    init(_ engine: Engine) { self.engine = engine }

    /// Whether the caller is a plain user, outside of that namespace.
    static var areNeeded: Bool { !Engine.isPrivileged && Processes.userID != 0 }

    /// Where what a plain user's containers left can be taken back.
    enum Site {
        /// In this process's own network namespace: the user's, root's, or that of a container that hako runs in.
        case here
        /// Where the holder is.
        case inside
        /// Not from here: this process is in another of the user's namespaces.
        case outOfReach
        /// Nowhere: the namespace is gone, and with it all that was in there.
        case gone
    }

    var site: Site {
        guard !Engine.isPrivileged, File.exists(place) else { return UserNetworks.areNeeded ? .gone : .here }
        guard let holder else { return .gone }
        let namespaces = ["\(holder)", "self"].map { try? File.readLink("/proc/\($0)/ns/net") }
        if namespaces[0] != nil, namespaces[0] == namespaces[1] { return .here }
        return Processes.userID == 0 ? .outOfReach : .inside
    }

    /// The process that holds the namespace; nil where none does.
    var holder: Int32? { file.alive }

    /// Whether the way out and in is there as well.
    private var isWhole: Bool { UserNetworkProcess.isAlive(place) && PortBinder(place).isAlive }

    /// The holder; it, and what belongs to it, is started where it is missing.
    func ensure() throws(EngineError) -> Int32 {
        if let holder, isWhole { return holder }
        return try withLock { () throws(EngineError) in
            if let holder {
                try connect(holder)
                return holder
            }
            let (holder, channel) = try start()
            try writeResolver()
            disconnect()
            try connect(holder)
            try attempt("write \(file.path)") { () throws(SystemError) in
                try file.write(holder)
                try Sockets.send([0], on: channel.descriptor)
            }
            return holder
        }
    }

    /// Starts what leads out of the namespace and in, where it is missing.
    private func connect(_ holder: Int32) throws(EngineError) {
        let program = try MonitorLaunch.runtimeProgram()
        try connecting { () throws(NetworkError) in
            if !UserNetworkProcess.isAlive(place) {
                var pasta = UserNetwork(program: "pasta", options: [])
                pasta.forwardsListening = true
                try UserNetworkProcess(pasta, directory: place).start([], process: holder)
            }
            let binder = PortBinder(place)
            if !binder.isAlive { try binder.start(program: program, holder: holder) }
        }
    }

    private func disconnect() {
        UserNetworkProcess.end(place)
        PortBinder(place).end()
    }

    private func withLock<Result>(_ body: () throws(EngineError) -> Result) throws(EngineError) -> Result {
        let lock = try attempt("lock \(place)") { () throws(SystemError) in
            // The name server has to come in.
            for directory in [root, place] { try File.makeDirectories(directory, mode: 0o755) }
            let directory = try File.open(place, [.read, .directory])
            try directory.lock(.exclusive)
            return directory
        }
        defer { withExtendedLifetime(lock.raw) {} }
        return try body()
    }

    /// - Returns: the holder, and its end of a socket: it stays when it reads there that it is written down, and ends with the
    ///   socket otherwise.
    private func start() throws(EngineError) -> (Int32, SharedDescriptor) {
        guard let maps = ContainerIdentity.ownMaps() else {
            throw EngineError("networks of a plain user's take subordinate ids; see subuid(5) and the package uidmap")
        }
        let program = try MonitorLaunch.runtimeProgram()
        return try attempt("start \(program)") { () throws(SystemError) in
            let sockets = try Sockets.pair(.stream)
            let null = try File.open("/dev/null", .readWrite)
            let child = try Spawn(
                path: program, arguments: NamespaceCommand.words(program, maps) + [program, "user-network"],
                descriptors: [0: null.raw, 1: null.raw, 2: 2, 3: sockets.far.raw], newSession: true
            ).start()
            let near = sockets.keepNear()
            guard try near.read(upTo: 1) == [0] else { throw SystemError("read", "the user's networks", .brokenPipe) }
            return (child, SharedDescriptor(near))
        }
    }

    /// Where the host's servers are on its own loopback, pasta leads to them.
    private func writeResolver() throws(EngineError) {
        let path = "\(place)/resolv.conf"
        var file = (HostFacts.resolver ?? ResolverFile()).withoutLoopback
        if file.servers.isEmpty { file.servers = [UserNetwork.nameServer] }
        let text = file.text
        try attempt("write \(path)") { () throws(SystemError) in
            try File.replace(path, with: Array(text.utf8), mode: 0o644, durable: false)
        }
    }

    // MARK: Commands

    /// Runs a command of hako's in there.
    ///
    /// - Parameter starts: whether the namespace is made where there is none; otherwise there is nothing to be done.
    func run(_ words: [String], starts: Bool) throws(EngineError) -> Int32 {
        guard let holder = try starts ? ensure() : holder else { return 0 }
        let own = try attempt("find hako itself") { () throws(SystemError) in try File.readLink("/proc/self/exe") }
        let runtime = try MonitorLaunch.runtimeProgram()
        let whole =
            [runtime, "enter", "\(holder)", own, "--root", engine.locations.root, "--state", engine.locations.state] + words
        return try attempt("run hako in the user's networks") { () throws(SystemError) in
            try Processes.wait(for: try Spawn(path: whole[0], arguments: whole).start())
        }
    }

    /// Ends the namespace where nobody is connected any more.
    func endUnlessUsed() throws(EngineError) {
        // Who makes a container has this lock until its monitor runs.
        let lock = try engine.locations.lock(.exclusive)
        defer { withExtendedLifetime(lock.raw) {} }
        try withLock { () throws(EngineError) in
            guard let holder, !NetworkDirectory.all(root).contains(where: { $0.all().contains(where: \.isAlive) }) else { return }
            disconnect()
            try? Processes.kill(holder, Signals.terminate)
            try? File.remove(file.path)
            for directory in NetworkDirectory.all(root) where directory.id != "user" { try? directory.discard() }
        }
    }
}

extension Engine {
    /// Runs a whole command again where a plain user's networks are.
    ///
    /// - Returns: its exit code; nil where this process is there, or needs not be.
    package func againInNetworks(_ words: [String], starts: Bool = false) throws(EngineError) -> Int32? {
        guard UserNetworks.areNeeded else { return nil }
        let networks = UserNetworks(self)
        guard starts || networks.holder != nil else { return nil }
        return try networks.run(words, starts: starts)
    }

    /// Ends what holds a plain user's networks where nobody needs it any more.
    package func endUserNetworks() throws(EngineError) {
        if UserNetworks.areNeeded { try UserNetworks(self).endUnlessUsed() }
    }
}
