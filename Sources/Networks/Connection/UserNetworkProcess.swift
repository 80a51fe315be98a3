internal import JSON
internal import Linux

/// The program that is a plain user's network, for one container: started with it, and ended after it.
package struct UserNetworkProcess {
    private let user: UserNetwork
    /// The container's state directory, where it is written down which process it is.
    private let directory: String

    package init(_ user: UserNetwork, directory: String) {
        self.user = user
        self.directory = directory
    }

    /// Starts it for the namespaces of a process, and waits until the network is there.
    package func start(_ ports: [PublishedPort], process: Int32) throws(NetworkError) {
        guard let program = UserNetwork.path(of: user.program) else {
            throw NetworkError(
                "\(user.program) is not installed: a plain user's container has its network by it (Debian: package "
                    + "\(user.program == "pasta" ? "passt" : user.program)); --network none does without")
        }
        try Trace.purpose("give the container the user's network, by \(user.program)") { () throws(NetworkError) in
            switch user.program {
            case "pasta": try startPasta(program, ports, process)
            default: try startSlirp(program, ports, process)
            }
        }
    }

    // MARK: pasta

    /// pasta(1): it goes to the background when the network is there, and keeps the clients' addresses.
    private func startPasta(_ program: String, _ ports: [PublishedPort], _ process: Int32) throws(NetworkError) {
        let own = "\(directory)/pasta.pid"
        var words = [
            program, "--config-net", "--quiet", "--stderr", "--pid", own, "--dns-forward", UserNetwork.nameServer.description,
            "--no-map-gw", "--ns-ifname", user.forwardsListening ? "up0" : "eth0", "-U", "none",
        ]
        // It looks for ports that are listened at only where it also leads the host's to the namespace's own loopback, which no
        // container reaches.
        if !user.forwardsListening { words += ["-T", "none"] }
        for (flag, transport) in [("-t", PublishedPort.TransportProtocol.tcp), ("-u", .udp)] {
            let published = ports.filter { $0.transport == transport }
            if published.isEmpty { words += [flag, user.forwardsListening && transport == .tcp ? "auto" : "none"] }
            for port in published { words += [flag, Self.specification(port)] }
        }
        guard !ports.contains(where: { $0.transport == .sctp }) else {
            throw NetworkError("pasta publishes tcp and udp, not sctp")
        }
        words += user.options
        words += ["--userns", "/proc/\(process)/ns/user", "--netns", "/proc/\(process)/ns/net"]
        let (code, said) = try run(program, words)
        guard code == 0 else {
            throw NetworkError(
                "pasta could not give the container a network: \(said.isEmpty ? "exit code \(code)" : said); --network none does "
                    + "without")
        }
        let text = (try? File.readText(own, limit: 64)) ?? ""
        guard let pid = Int32(text.filter(\.isNumber)) else { throw NetworkError("pasta did not say which process it is") }
        try networking("write down which process the network is") { () throws(SystemError) in try Self.file(directory).write(pid)
        }
    }

    private static func specification(_ port: PublishedPort) -> String {
        let place = port.address.map { "\($0)/" } ?? ""
        func range(_ first: UInt16) -> String { port.count == 1 ? "\(first)" : "\(first)-\(first + port.count - 1)" }
        return "\(place)\(range(port.host)):\(range(port.container))"
    }

    /// Runs it to the end of its first process.
    ///
    /// - Returns: its exit code, and the last line that it said.
    private func run(_ program: String, _ words: [String]) throws(NetworkError) -> (Int32, String) {
        try networking("start \(program)") { () throws(SystemError) in
            let code = try Processes.wait(for: try spawn(program, words))
            return (code, lastWords)
        }
    }

    private var log: String { "\(directory)/network.log" }
    /// The last line that it said.
    private var lastWords: String {
        ((try? File.readText(log, limit: 64 << 10)) ?? "").split(separator: "\n").last.map(String.init) ?? ""
    }

    private func spawn(_ program: String, _ words: [String], _ handed: [CInt: CInt] = [:]) throws(SystemError) -> Int32 {
        let log = try File.open(log, [.write, .create, .truncate, .noFollow], mode: 0o600)
        let null = try File.open("/dev/null", .readWrite)
        let descriptors = [0: null.raw, 1: log.raw, 2: log.raw].merging(handed) { $1 }
        return try Spawn(path: program, arguments: words, descriptors: descriptors, newSession: true).start()
    }

    // MARK: slirp4netns

    /// slirp4netns(1): it stays a child, and says when the network is there.
    private func startSlirp(_ program: String, _ ports: [PublishedPort], _ process: Int32) throws(NetworkError) {
        let socket = "\(directory)/slirp.sock"
        try networking("start \(program)") { () throws(SystemError) in
            let ready = try Sockets.pair(.stream)
            let words =
                [
                    program, "--configure", "--mtu=65520", "--disable-host-loopback", "--enable-seccomp",
                    // A socket's name has 107 bytes at most.
                    "--api-socket=/proc/self/fd/4/slirp.sock", "--ready-fd=3", "--netns-type=path",
                    "--userns-path=/proc/\(process)/ns/user",
                ] + user.options + ["/proc/\(process)/ns/net", "eth0"]
            let own = try File.open(directory, [.read, .directory])
            try Self.file(directory).write(try spawn(program, words, [3: ready.far.raw, 4: own.raw]))
            try awaitReady(ready.keepNear(), program)
        }
        for port in ports.flatMap(\.single) { try forward(port, socket) }
    }

    private func awaitReady(_ end: consuming Descriptor, _ program: String) throws(SystemError) {
        var poll = Poll()
        let index = poll.watch(end.raw, .readable)
        _ = try poll.wait(milliseconds: 10_000)
        guard poll[index].contains(.readable), try !end.read(upTo: 1).isEmpty else {
            throw SystemError("read", "it ended: \(lastWords)", .brokenPipe)
        }
    }

    /// The program's own interface: a document of JSON each way.
    private func forward(_ port: PublishedPort, _ socket: String) throws(NetworkError) {
        let question: JSONValue = [
            "execute": "add_hostfwd",
            "arguments": [
                "proto": .string(port.transport.rawValue),
                "host_addr": .string((port.address ?? IPAddress(.v4, 0)).description), "host_port": JSONValue(whole: port.host),
                "guest_port": JSONValue(whole: port.container),
            ],
        ]
        let answer = try networking("publish the port \(port.host)") { () throws(SystemError) in
            let connection = try Sockets.connect(to: socket)
            try connection.write(question.bytes())
            return try connection.read(upTo: 4096)
        }
        guard case .object(let object)? = try? JSONValue(parsing: answer), object["error"] == nil else {
            throw NetworkError(
                "slirp4netns cannot publish the port \(port.host)/\(port.transport.rawValue): it is taken, or not yours to have")
        }
    }

    // MARK: Its end

    private static func file(_ directory: String) -> ProcessFile { ProcessFile("\(directory)/network.pid") }

    package static func isAlive(_ directory: String) -> Bool { file(directory).alive != nil }

    /// Ends it, also one that a monitor left which was killed; nothing there is fine.
    package static func end(_ directory: String) {
        guard let pid = file(directory).alive else { return }
        // Until it is gone its ports are taken.
        if let process = try? Processes.open(pid) {
            try? Processes.signal(process, Signals.kill)
            var poll = Poll()
            poll.watch(process.raw, .readable)
            _ = try? poll.wait(milliseconds: 2000)
        }
        // The monitor's own child, or taken over by it.
        _ = try? Processes.wait(for: pid)
        try? File.remove(file(directory).path)
    }
}
