package import Linux

/// Carries datagrams between ports of the host's and a container on a plain user's network: a process in the network namespace
/// of these, with sockets of the host's.
package struct DatagramRelay {
    package var routes: [DatagramRoute]
    /// The socket of the `PortBinder`.
    package var binder: String

    package init(_ routes: [DatagramRoute], binder: String) {
        self.routes = routes
        self.binder = binder
    }

    /// How many descriptors it may have.
    private static let openFiles: UInt64 = UInt64(RelayLoop.mostFlows) + 2048

    /// - Parameter control: a socket, where a zero byte is written once datagrams are carried, or what came in the way, a line.
    ///   It ends when the other end does.
    package func serve(control: consuming Descriptor) throws {
        let loop: RelayLoop
        do { loop = try begin(control) } catch {
            try? control.write("\(error)\n")
            throw error
        }
        try control.write([0])
        try loop.run()
    }

    private func begin(_ control: borrowing Descriptor) throws -> RelayLoop {
        Signals.ignorePipe()
        let most = try Credentials.raiseOpenFiles(to: Self.openFiles)
        let queue = try EventQueue()
        var listeners: [RelayListener] = []
        let client = try networking("ask who takes ports of the host's (\(binder))") { () throws(SystemError) in
            try PortBinder.Client(binder)
        }
        for route in routes {
            do throws(SystemError) {
                listeners.append(RelayListener(try client.take(route.address, port: route.port), route))
            } catch {
                let port = PublishedPort(host: route.port, container: route.target.port, .udp)
                throw ReservedPorts.refusal(port, route.address, error)
            }
        }
        try Processes.changeDirectory("/")
        try networking("keep the addresses of clients") { () throws(SystemError) in try ClientAddresses.prepare() }
        try Lockdown.apply(keeping: ClientAddresses.capabilities)
        return try RelayLoop(queue, control, listeners, mostFlows: min(RelayLoop.mostFlows, Int(most) - listeners.count - 16))
    }
}
