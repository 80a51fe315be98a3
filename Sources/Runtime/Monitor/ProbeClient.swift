internal import Linux
internal import Networks
internal import OCI

/// Makes one check of a container's port: in a process of its own, which enters the container's network and nothing else of it.
package enum ProbeClient {
    /// - Parameter milliseconds: until which it has to be answered.
    /// - Returns: what was found, for the record.
    /// - Throws: why the container is not well.
    package static func run(
        _ probe: NetworkProbe, id: String, milliseconds: UInt64, root: StateRoot
    ) throws(RuntimeError) -> String {
        let deadline = Trace.now() + milliseconds * 1_000_000
        try enterNetwork(of: id, root)
        let connection = try connect(probe, until: deadline)
        guard probe.path != nil else { return "connected to \(probe.authority)" }
        let status = try explaining("ask \(probe.authority)") { () throws(SystemError) in
            try ask(probe.request, on: connection, until: deadline)
        }
        switch status {
        case .success(let code) where (200...399).contains(code): return "HTTP \(code)"
        case .success(let code): throw RuntimeError("\(probe.text): HTTP \(code)")
        case .failure(let error): throw RuntimeError("\(probe.text): \(error.why)")
        }
    }

    /// setns(2) by descriptor: its network is that of the process that was looked at, whatever has its number by now.
    private static func enterNetwork(of id: String, _ root: StateRoot) throws(RuntimeError) {
        let (runtime, oci) = try root.directory(of: id).state()
        guard oci.status != .stopped else { throw RuntimeError("container not running") }
        try explaining("enter the container's network") { () throws(SystemError) in
            let process = try Processes.open(runtime.pid)
            func isOther(_ name: String) throws(SystemError) -> Bool {
                try File.readLink("/proc/\(runtime.pid)/ns/\(name)") != File.readLink("/proc/self/ns/\(name)")
            }
            let (otherUsers, otherNetwork) = (try isOther("user"), try isOther("net"))
            guard Processes.isAlive(runtime.pid, startTime: runtime.startTime) else {
                throw SystemError("pidfd_open", "\(runtime.pid)", .noSuchProcess)
            }
            guard otherNetwork else { return }
            // Whoever shares the host's process ids may not look into this one.
            try Processes.setDumpable(false)
            // A plain user has rights over the network only from the user namespace that owns it.
            let plain = otherUsers && !Privilege.isOverHost
            try Namespaces.join(process, plain ? [.user, .network] : .network)
        }
    }

    /// Where no host is named, a server may listen on either loopback address.
    private static func connect(_ probe: NetworkProbe, until deadline: UInt64) throws(RuntimeError) -> Descriptor {
        let hosts = probe.host.map { [$0] } ?? ["127.0.0.1", "::1"]
        var first: SystemError?
        for host in hosts {
            do throws(SystemError) {
                guard let address = IPAddress(host) else { throw SystemError("connect", host, .invalidArgument) }
                return try InternetSockets.connect(to: InternetEndpoint(address, port: probe.port), until: deadline)
            } catch {
                first = first ?? error
                guard error.errno == .connectionRefused else { break }
            }
        }
        throw RuntimeError("\(probe.text): \(first.map { "\($0.errno)" } ?? "no address")")
    }

    private static func ask(
        _ request: [UInt8], on connection: borrowing Descriptor, until deadline: UInt64
    ) throws(SystemError) -> Result<Int, AnswerHead.Malformed> {
        func wait(_ events: Poll.Events) throws(SystemError) {
            var poll = Poll()
            poll.watch(connection.raw, events)
            guard try poll.wait(until: deadline) else { throw SystemError("poll", "the answer", .timedOut) }
        }
        var rest = request[...]
        while !rest.isEmpty {
            try wait(.writable)
            rest = rest.dropFirst(try connection.writeSome(Array(rest)))
        }
        var head = AnswerHead()
        while true {
            try wait(.readable)
            let bytes = try connection.read(upTo: 16 << 10)
            if bytes.isEmpty { return .failure(AnswerHead.Malformed(why: "the connection was closed without an answer")) }
            do throws(AnswerHead.Malformed) {
                if let status = try head.append(bytes) { return .success(status) }
            } catch {
                return .failure(error)
            }
        }
    }
}
