package import Linux

/// The name servers of a container's networks, as its monitor watches them: one that was killed is started again.
package struct NameServerWatch {
    private struct Server {
        let network: NetworkRecord
        let directory: NetworkDirectory
        let pid: Int32
        let process: SharedDescriptor
        let since = Trace.now()
        var index: Int?
    }

    private let context: NetworkConnection.Context
    private var servers: [Server] = []

    /// Nanoseconds: one that ends sooner is not started again.
    private static let shortestLife: UInt64 = 1_000_000_000

    package init(_ context: NetworkConnection.Context) { self.context = context }

    /// Those of the networks that the container is connected to now.
    package mutating func follow(_ plan: NetworkPlan) {
        servers = plan.attachments.map(\.network).filter(\.hasNames).compactMap { server(of: $0) }
    }

    package mutating func end() { servers = [] }

    private func server(of network: NetworkRecord) -> Server? {
        let directory = NetworkDirectory(NetworkDirectory.root(context.state), network.id)
        guard let pid = directory.nameServer, let process = try? Processes.open(pid) else { return nil }
        return Server(network: network, directory: directory, pid: pid, process: SharedDescriptor(process))
    }

    package mutating func watch(in poll: inout Poll) {
        for index in servers.indices {
            servers[index].index = poll.watch(servers[index].process.descriptor.raw, .readable)
        }
    }

    /// Starts those anew that have ended, where the container is still a member of their network.
    package mutating func look(_ poll: Poll) {
        for ended in servers where ended.index.map({ !poll[$0].isEmpty }) == true {
            servers.removeAll { $0.pid == ended.pid }
            // Where the monitor started it, it is its child.
            _ = try? Processes.wait(for: ended.pid)
            guard ended.directory.member(context.id) != nil, Trace.now() - ended.since > Self.shortestLife,
                (try? ended.directory.serveNames(ended.network, program: context.program)) != nil,
                let server = server(of: ended.network)
            else { continue }
            servers.append(server)
        }
    }
}
