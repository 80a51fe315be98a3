package import Linux

/// The relay of a container, as its monitor starts, watches and ends it.
package final class RelayProcess {
    private let context: NetworkConnection.Context
    private var routes: [DatagramRoute] = []
    private var running: Running?

    private struct Running {
        let pid: Int32
        let process: SharedDescriptor
        /// It ends when this is closed.
        let control: SharedDescriptor
        let since = Trace.now()
        var index: Int?
    }

    /// Nanoseconds: one that ends sooner is not started again.
    private static let shortestLife: UInt64 = 1_000_000_000
    /// Milliseconds that it has to begin in.
    private static let patience: Int32 = 5000

    package init(_ context: NetworkConnection.Context) { self.context = context }

    deinit { end() }

    /// Carries what a container's ports get now, and nothing else.
    package func follow(_ plan: NetworkPlan) throws(NetworkError) {
        guard let binder = PortBinder.path(context.state) else { return }
        let (wanted, before) = (DatagramRoute.all(plan), routes)
        guard wanted != before else { return }
        end()
        do throws(NetworkError) { try start(wanted, binder) } catch {
            // What was published stays so.
            try? start(before, binder)
            throw error
        }
    }

    package func end() {
        routes = []
        guard let old = running.take() else { return }
        try? Processes.signal(old.process.descriptor, Signals.kill)
        _ = try? Processes.wait(for: old.pid)
    }

    private func start(_ routes: [DatagramRoute], _ binder: String) throws(NetworkError) {
        guard !routes.isEmpty else { return }
        running = try Trace.purpose("publish ports of udp") { () throws(NetworkError) in
            try Self.start([context.program, "udp-relay", "--binder", binder, "--control-fd", "3"] + routes.map(\.description))
        }
        self.routes = routes
    }

    private static func start(_ words: [String]) throws(NetworkError) -> Running {
        let (pid, control) = try networking("start \(words[0])") { () throws(SystemError) in
            let sockets = try Sockets.pair(.stream)
            let null = try File.open("/dev/null", .readWrite)
            let pid = try Spawn(
                path: words[0], arguments: words, environment: [],
                descriptors: [0: null.raw, 1: null.raw, 2: null.raw, 3: sockets.far.raw], newSession: true
            ).start()
            return (pid, SharedDescriptor(sockets.keepNear()))
        }
        do throws(NetworkError) {
            let process = try networking("start \(words[0])") { () throws(SystemError) in
                var poll = Poll()
                poll.watch(control.descriptor.raw, .readable)
                guard try poll.wait(milliseconds: patience) else { throw SystemError("poll", "the relay", .timedOut) }
                return SharedDescriptor(try Processes.open(pid))
            }
            let said = (try? control.descriptor.read(upTo: 4096)) ?? []
            guard said.first == 0 else {
                let line = String(decoding: said.prefix { $0 != 10 }, as: UTF8.self)
                throw NetworkError(line.isEmpty ? "the relay of udp ended at once" : line)
            }
            return Running(pid: pid, process: process, control: control)
        } catch {
            try? Processes.kill(pid, Signals.kill)
            _ = try? Processes.wait(for: pid)
            throw error
        }
    }

    // MARK: While the container runs

    package func watch(in poll: inout Poll) {
        guard let running else { return }
        self.running?.index = poll.watch(running.process.descriptor.raw, .readable)
    }

    /// Starts it anew where it was killed.
    package func look(_ poll: Poll) {
        guard let old = running, let index = old.index, !poll[index].isEmpty else { return }
        let wanted = routes
        end()
        guard Trace.now() - old.since > Self.shortestLife, let binder = PortBinder.path(context.state) else { return }
        try? start(wanted, binder)
    }
}
