import Foundation
import Linux
import Testing

@testable import Networks

/// The binary under test.
private enum Binary {
    /// HAKO_BIN's, or what `make` made.
    static let program: String? = {
        let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        let path = "\(ProcessInfo.processInfo.environment["HAKO_BIN"] ?? "\(project)/bin")/hako-runtime"
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()
}

/// Starting the real server, at a port of 127.0.0.1 that needs no rights.
@Suite(.serialized, .enabled(if: Binary.program != nil, "skipped here: there is no hako-runtime, run make first"))
struct NameServerTests {
    private func withNetwork(_ listen: String = "127.0.0.1", _ body: (NameServer) throws -> Void) throws {
        let networks = "\(FileManager.default.temporaryDirectory.path)/hako-names-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: networks, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: networks) }
        var network = NetworkRecord()
        (network.id, network.name, network.isInternal) = ("n1", "web", true)
        network.subnets = [NetworkSubnet(Subnet("127.0.0.0/8")!, gateway: IPAddress("127.0.0.1"))]
        try NetworkDirectory(networks, "n1").write(network)
        if listen != "127.0.0.1" {
            let text = #"{"id":"n1","name":"web","listen":["\#(listen)"]}"#
            try Data(text.utf8).write(to: URL(filePath: "\(networks)/n1/network.json"))
        }
        var server = NameServer(networks: networks, network: "n1")
        server.port = UInt16(20000 + Int(Processes.id) % 20000)
        try body(server)
    }

    /// Asks for db.web, over UDP.
    private func ask(_ port: UInt16) throws -> [String] {
        let socket = try InternetSockets.connect(.datagrams, to: InternetEndpoint(IPAddress("127.0.0.1")!, port: port))
        _ = try InternetSockets.send(Wire.query("db.web"), on: socket)
        var poll = Poll()
        poll.watch(socket.raw, .readable)
        guard try poll.wait(milliseconds: 20_000) else { return [] }
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = try InternetSockets.receive(on: socket, into: &buffer) ?? 0
        return try #require(Wire.Answer(Array(buffer[..<count]))).addresses
    }

    @Test func manyStartersHaveOneServer() throws {
        let program = try #require(Binary.program)
        try withNetwork { server in
            let member = NetworkMember(id: "aa", monitor: Processes.id, names: ["db"], addresses: [IPAddress("127.0.0.9")!])
            for round in 0..<3 {
                try NetworkDirectory(server.networks, "n1").write(member)
                let started = Shared<[Int32]>([])
                let failures = Shared<[String]>([])
                DispatchQueue.concurrentPerform(iterations: 8) { _ in
                    do {
                        if let pid = try server.ensure(program: program) { started.change { $0.append(pid) } }
                        if try ask(server.port) != ["127.0.0.9"] { failures.change { $0.append("no answer") } }
                    } catch { failures.change { $0.append("\(error)") } }
                }
                #expect(failures.change { $0 } == [], "round \(round)")
                let pids = started.change { $0 }
                #expect(pids.count == 1, "round \(round): \(pids)")
                #expect(try server.ensure(program: program) == nil)
                // Without members it ends, and leaves nothing that the next one is held up by.
                try NetworkDirectory(server.networks, "n1").remove("aa")
                for pid in pids { #expect(try Processes.wait(for: pid) == 0) }
            }
        }
    }

    @Test func aMemberThatComesWhileItEndsIsServed() throws {
        let program = try #require(Binary.program)
        try withNetwork { server in
            let member = NetworkMember(id: "aa", monitor: Processes.id, names: ["db"], addresses: [IPAddress("127.0.0.9")!])
            var pids: [Int32] = []
            // A monitor that ends makes the server look at once; the next member comes about then.
            for round in 0..<100 {
                let monitor = try Spawn(path: "/bin/sleep", arguments: ["sleep", "60"]).start()
                var short = member
                short.monitor = monitor
                try NetworkDirectory(server.networks, "n1").write(short)
                if let pid = try server.ensure(program: program) { pids.append(pid) }
                try Processes.kill(monitor, Signals.kill)
                _ = try Processes.wait(for: monitor)
                Pause.microseconds(UInt32(round % 10) * 50)
                try NetworkDirectory(server.networks, "n1").write(member)
                if let pid = try server.ensure(program: program) { pids.append(pid) }
                #expect(try ask(server.port) == ["127.0.0.9"], "round \(round)")
            }
            try NetworkDirectory(server.networks, "n1").remove("aa")
            for pid in pids { #expect(try Processes.wait(for: pid) == 0) }
        }
    }

    @Test func whyItDoesNotStartIsSaid() throws {
        let program = try #require(Binary.program)
        try withNetwork("nonsense") { server in
            #expect(
                performing: { try server.ensure(program: program) }, throws: { "\($0)".contains("\"nonsense\" is no address") })
            #expect(throws: SystemError.self) { try server.ensure(program: "/nonexistent") }
            #expect(performing: { try server.ensure(program: "/bin/false") }, throws: { "\($0)".contains("ended with 1") })
        }
    }
}
