package import Linux

/// Why names cannot be served: one line.
package struct NameServerError: Error, CustomStringConvertible, Sendable {
    package let description: String
    init(_ description: String) { self.description = description }
}

/// The DNS server of one network: answers for its containers' names, and has other servers asked for the rest.
///
/// There is one process a network, for as long as the network has members. Who starts a container writes its member
/// (`NetworkDirectory.write`), and then sees to it that there is a server (`ensure`).
package struct NameServer: Sendable {
    /// The directory of the networks' folders.
    package var networks: String
    /// The network's id.
    package var network: String
    /// The port it is asked at.
    package var port: UInt16 = 53
    /// Where the host's resolvers are.
    package var resolverConfiguration = "/etc/resolv.conf"

    static let lockName = "server.lock"
    /// Nanoseconds that a server has to begin in.
    private static let patience: UInt64 = 5_000_000_000
    /// How many descriptors it may have: for members, queries on their way, and connections.
    private static let openFiles: UInt64 = 16384 + 2048

    package init(networks: String, network: String) {
        self.networks = networks
        self.network = network
    }

    // MARK: The process

    /// Serves the network until it has no member, or is gone; returns at once where another process does.
    ///
    /// - Parameter ready: where a zero byte is written once names are answered, or what came in the way, a line.
    package func serve(ready: consuming Descriptor) throws {
        let loop: NameServerLoop?
        do { loop = try begin() } catch {
            try? ready.write("\(error)\n")
            throw error
        }
        guard let loop else { return }
        try ready.write([0])
        ready.finish()
        try loop.run()
    }

    /// Takes the lock and binds, with all rights; then gives them up. Nil where another process has the lock.
    private func begin() throws -> NameServerLoop? {
        Signals.ignorePipe()
        let directory = try File.open(networks, [.read, .directory])
        let watch = MonitorWatch(descriptors: Int(try Credentials.raiseOpenFiles(to: Self.openFiles)))
        let own = try NetworkFolder(network, in: directory, watch)
        let lock = ServerLock(try own.openLock())
        guard try lock.take() else { return nil }
        try Processes.changeDirectory("/")
        var listeners: [Listener] = []
        for text in own.document.listen {
            guard let address = IPAddress(text) else { throw NameServerError("network \(network): \"\(text)\" is no address") }
            listeners.append(try Listener(InternetEndpoint(address, port: port)))
        }
        guard !listeners.isEmpty else { throw NameServerError("network \(network) has no address to listen at") }
        let queue = try EventQueue()
        var resolvers = HostResolvers(path: resolverConfiguration)
        // Once with all rights: only root may read it where that is what the host wants.
        _ = resolvers.servers(except: listeners.map { IPAddress($0.endpoint) })
        try Lockdown.apply()
        let loop = try NameServerLoop(
            queue, own: own, others: OtherNetworks(in: directory, except: network, watch), lock: lock, listeners: listeners,
            resolvers: resolvers)
        try lock.sayReady()
        return loop
    }

    // MARK: Its starter

    /// Sees to it that the network has a server that answers: starts one unless there is one, and waits for it.
    ///
    /// - Parameter program: the path of hako-runtime.
    /// - Returns: the server's process id where it was started here, a child that the caller has to reap; nil where another
    ///   process serves.
    /// - Throws: a `NameServerError` with the server's own words, or after 5 seconds without an answer; a `SystemError`.
    @discardableResult
    package func ensure(program: String) throws -> Int32? {
        let lock = ServerLock(
            try File.open("\(networks)/\(network)/\(Self.lockName)", [.readWrite, .create, .noFollow], mode: 0o644))
        let deadline = Trace.now() + Self.patience
        while Trace.now() < deadline {
            if try lock.take() {
                // The server takes it itself. Whoever comes between starts one too, and that which is too late ends.
                try lock.release()
                if let pid = try start(program, deadline: deadline) { return pid }
            } else if try lock.isReady() {
                return nil
            }
            Pause.microseconds(2000)
        }
        throw NameServerError("the name server of network \(network) does not begin to answer")
    }

    /// Starts a server, and waits until it answers. - Returns: nil where another one was faster.
    private func start(_ program: String, deadline: UInt64) throws -> Int32? {
        let (readEnd, writeEnd) = try Pipes.make()
        let ready = Descriptor(owning: readEnd)
        let pid: Int32
        do {
            let far = Descriptor(owning: writeEnd)
            let null = try File.open("/dev/null", .readWrite)
            pid = try Spawn(
                path: program, arguments: [program] + words, environment: [],
                descriptors: [0: null.raw, 1: null.raw, 2: null.raw, 3: far.raw], newSession: true
            ).start()
        }
        var text: [UInt8] = []
        do {
            while let part = try read(ready, until: deadline) {
                if part.first == 0 { return pid }
                if part.isEmpty {
                    let code = try Processes.wait(for: pid)
                    if text.isEmpty && code == 0 { return nil }
                    let line = String(decoding: text.prefix { $0 != 10 }, as: UTF8.self)
                    throw NameServerError(line.isEmpty ? "the name server ended with \(code)" : line)
                }
                text += part.prefix(4096)
            }
        } catch let error as SystemError {
            stop(pid)
            throw error
        }
        stop(pid)
        throw NameServerError("the name server of network \(network) does not begin to answer")
    }

    private func read(_ ready: borrowing Descriptor, until deadline: UInt64) throws(SystemError) -> [UInt8]? {
        var poll = Poll()
        poll.watch(ready.raw, .readable)
        return try poll.wait(until: deadline) ? try ready.read(upTo: 4096) : nil
    }

    private func stop(_ pid: Int32) {
        try? Processes.kill(pid, Signals.kill)
        _ = try? Processes.wait(for: pid)
    }

    /// The command line of the server, without the program; its descriptor 3 is the one that says when it is ready.
    package var words: [String] {
        [
            "name-server", "--networks", networks, "--ready-fd", "3", "--port", "\(port)",
            "--resolv-conf", resolverConfiguration, network,
        ]
    }
}

extension Descriptor {
    /// Closes it before its owner goes out of scope.
    fileprivate consuming func finish() {}
}

extension NetworkDirectory {
    /// The process that answers for the network's names; nil where none said that it does.
    var nameServer: Int32? {
        let text = try? File.readText("\(path)/\(NameServer.lockName)", limit: 64)
        return text.flatMap { Int32($0.filter(\.isNumber)) }
    }

    /// Sees to it that a network has a name server.
    ///
    /// - Parameter program: the path of hako-runtime.
    package func serveNames(_ network: NetworkRecord, program: String) throws(NetworkError) {
        do {
            _ = try Trace.purpose("see to it that the network has a name server") {
                var server = NameServer(networks: root, network: id)
                // Of a plain user's networks, which see other servers than the host.
                let own = "\(root)/user/resolv.conf"
                if File.exists(own) { server.resolverConfiguration = own }
                return try server.ensure(program: program)
            }
        } catch {
            throw NetworkError("network \(network.name) has no name server: \(error)")
        }
    }
}
