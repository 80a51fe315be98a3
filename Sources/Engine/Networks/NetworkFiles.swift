internal import Linux
internal import Networks

/// /etc/hosts and /etc/resolv.conf of a container whose networks change: the lines that say where it is follow, and what it wrote
/// there itself stays. The files are written in place, as they are mounted.
struct NetworkFiles {
    private let bundle: String

    init(_ engine: Engine, _ record: ContainerRecord) { bundle = engine.locations.bundle(record.id) }

    func connected(_ attachment: NetworkAttachment, _ plan: NetworkPlan) throws(EngineError) {
        try edit("hosts") { lines in
            let names = attachment.names.prefix(1).joined()
            let own = (try? File.readText("\(bundle)/hostname", limit: 4096))?.split(separator: "\n").first.map(String.init)
            let words = [own, names].compactMap { $0 }.filter { !$0.isEmpty }
            let unique = words.enumerated().filter { words.firstIndex(of: $0.element) == $0.offset }.map(\.element)
            // What a container without a network is called at.
            lines.removeAll { $0.hasPrefix("127.0.1.1\t") }
            lines += attachment.addresses.map { "\($0)\t\(unique.joined(separator: " "))" }
        }
        guard attachment.network.hasNames else { return }
        let others = plan.attachments.filter { $0.network.id != attachment.network.id && $0.network.hasNames }
        try edit("resolv.conf") { lines in
            // Servers that know no container stand in the way of one that does.
            if others.isEmpty { lines.removeAll { $0.hasPrefix("nameserver") } }
            lines += Self.servers(attachment)
        }
    }

    func disconnected(_ attachment: NetworkAttachment, _ plan: NetworkPlan) throws(EngineError) {
        try edit("hosts") { lines in
            lines.removeAll { line in attachment.addresses.contains { line.hasPrefix("\($0)\t") } }
        }
        guard attachment.network.hasNames else { return }
        let gone = Self.servers(attachment)
        try edit("resolv.conf") { lines in
            lines.removeAll { gone.contains($0) }
            guard !lines.contains(where: { $0.hasPrefix("nameserver") }) else { return }
            let host = plan.servers ?? HostFacts.resolver?.withoutLoopback.servers.map(\.description) ?? []
            lines += host.map { "nameserver \($0)" }
        }
    }

    private static func servers(_ attachment: NetworkAttachment) -> [String] {
        attachment.network.subnets.compactMap(\.gateway).map { "nameserver \($0)" }
    }

    private func edit(_ name: String, _ change: (inout [String]) -> Void) throws(EngineError) {
        let path = "\(bundle)/\(name)"
        try attempt("write \(path)") { () throws(SystemError) in
            let text = File.exists(path) ? try File.readText(path, limit: 1 << 20) : ""
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            if lines.last == "" { lines.removeLast() }
            change(&lines)
            let file = try File.open(path, [.write, .create, .truncate, .noFollow], mode: 0o644)
            try file.write(lines.map { "\($0)\n" }.joined())
        }
    }
}
