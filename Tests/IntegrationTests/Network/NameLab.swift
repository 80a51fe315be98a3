import Foundation
import Testing

/// A network namespace with addresses on its lo, the folders of networks, and name servers in there.
final class NameLab {
    let directory: String
    private let holder: Child
    private var helpers: [Child] = []

    /// The container engine's agreement: NETWORKS/<id>/….
    var networks: String { "\(directory)/run/networks" }
    var resolverConfiguration: String { "\(directory)/resolv.conf" }

    private static let addresses = [
        "10.89.0.1", "10.89.0.5", "10.89.0.6", "10.89.0.7", "10.90.0.1", "10.90.0.5", "192.0.2.1", "192.0.2.2", "192.0.2.3",
    ]

    /// - Parameter parent: on tmpfs, as live state is.
    init(in parent: String) throws {
        directory = "\(parent)/hako-names-\(UUID().uuidString.prefix(8).lowercased())"
        let setUp = """
            set -e; ip link set lo up; for a in \(Self.addresses.joined(separator: " ")); do ip address add $a/32 dev lo; done
            ip address add fd00::1/128 dev lo nodad; echo up > \(directory)/up; exec sleep 3600
            """
        // The directory that holds all is for its owner only, as a state directory is.
        for (path, mode) in [(directory, 0o755), ("\(directory)/run", 0o700), ("\(directory)/run/networks", 0o755)] {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: mode])
        }
        holder = try Child(["unshare", "--net", "sh", "-c", setUp], environment: Machine.environment)
        let up = "\(directory)/up"
        guard eventually({ FileManager.default.fileExists(atPath: up) }) else { throw HarnessError("no network namespace") }
    }

    func remove() {
        for child in helpers + [holder] { child.send(SIGKILL) }
        for child in helpers + [holder] { _ = try? child.finish(within: 10) }
        try? FileManager.default.removeItem(atPath: directory)
    }

    // MARK: What servers read

    func write(_ path: String, _ text: String) throws {
        try FileManager.default.createDirectory(
            atPath: URL(filePath: path).deletingLastPathComponent().path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        try Data(text.utf8).write(to: URL(filePath: path + ".new"))
        guard rename(path + ".new", path) == 0 else { throw HarnessError("rename \(path)") }
    }

    func network(
        _ id: String = "n1", name: String = "web", listen: String = #""10.89.0.1","fd00::1""#,
        subnets: String = #""10.89.0.0/24","fd00::/64""#, forward: Bool = true, upstreams: String = ""
    ) throws {
        try write(
            "\(networks)/\(id)/network.json",
            #"{"id":"\#(id)","name":"\#(name)","listen":[\#(listen)],"subnets":[\#(subnets)],"forward":\#(forward),"#
                + #""upstreams":[\#(upstreams)]}"#)
    }

    func memberPath(_ id: String, _ network: String = "n1") -> String { "\(networks)/\(network)/members/\(id).json" }

    func member(
        _ id: String, of network: String = "n1", monitor: Child, names: [String], addresses: [String], upstreams: [String] = []
    ) throws {
        func list(_ texts: [String]) -> String { texts.map { "\"\($0)\"" }.joined(separator: ",") }
        try write(
            memberPath(id, network),
            #"{"id":"\#(id)","monitor":\#(monitor.pid),"names":[\#(list(names))],"addresses":[\#(list(addresses))],"#
                + #""upstreams":[\#(list(upstreams))]}"#)
    }

    /// A process that stands for a container's monitor.
    func monitor() throws -> Child { try helper(["sleep", "3600"]) }

    /// Ends a monitor, and reaps it.
    func end(_ monitor: Child) throws {
        monitor.send(SIGKILL)
        _ = try monitor.finish(within: 10)
    }

    // MARK: What runs inside

    private func helper(_ words: [String]) throws -> Child {
        let child = try Child(words, environment: Machine.environment)
        helpers.append(child)
        return child
    }

    private func inside(_ words: [String]) -> [String] { ["nsenter", "--net", "--target", "\(holder.pid)", "--"] + words }

    func run(_ words: [String], within seconds: Double = 30) throws -> Outcome {
        try Child(inside(words), environment: Machine.environment).finish(within: seconds)
    }

    func python(_ script: String, _ arguments: String..., within seconds: Double = 60) throws -> Outcome {
        try run(["python3", "-c", script] + arguments, within: seconds)
    }

    /// A server, running. Its ready pipe is a file.
    func spawnServer(_ id: String = "n1", under words: [String] = []) throws -> Child {
        try? FileManager.default.removeItem(atPath: ready(id))
        let command = """
            exec \(Machine.runtime) name-server --networks \(networks) --ready-fd 3 --resolv-conf \(resolverConfiguration) \
            \(id) 3>\(ready(id))
            """
        return try helper(inside(words + ["sh", "-c", command]))
    }

    func ready(_ id: String) -> String { "\(directory)/ready-\(id)" }

    /// A server that answers by now.
    @discardableResult
    func server(_ id: String = "n1", under words: [String] = []) throws -> Child {
        let child = try spawnServer(id, under: words)
        let path = ready(id)
        guard eventually(within: 10, { FileManager.default.contents(atPath: path) == Data([0]) }) else {
            throw HarnessError(
                "the server of \(id) is not ready: \(String(describing: FileManager.default.contents(atPath: path)))")
        }
        return child
    }

    /// A resolver of the outside.
    @discardableResult
    func resolver(_ address: String, answers: String) throws -> Child {
        let child = try helper(inside(["python3", "-c", NameScripts.resolver, address, answers]))
        let asks = ["dig", "+short", "+tries=1", "+time=1", "@\(address)", "up.example"]
        guard try eventually(within: 10, { try run(asks).text == answers }) else { throw HarnessError("no resolver") }
        return child
    }

    func dig(_ words: String..., from address: String = "10.89.0.1", at server: String = "10.89.0.1") throws -> Outcome {
        try run(["dig", "+tries=1", "+time=8", "-b", address, "@\(server)"] + words)
    }

    /// The answers alone, in order of their text.
    func answers(_ words: String..., from address: String = "10.89.0.1") throws -> [String] {
        try run(["dig", "+tries=1", "+time=8", "+short", "-b", address, "@10.89.0.1"] + words).lines.sorted()
    }
}

func withNames(in parent: String = "/dev/shm", _ body: (NameLab) throws -> Void) throws {
    let lab = try NameLab(in: parent)
    defer { lab.remove() }
    try body(lab)
}
