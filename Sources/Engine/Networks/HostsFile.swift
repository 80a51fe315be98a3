internal import Linux
internal import Networks

/// /etc/hosts of a container. hosts(5).
struct HostsFile {
    let text: String

    /// - Parameter sharesNetwork: with the host, whose names it has then as well.
    init(_ request: NetworkingRequest, _ hostname: String, _ plan: NetworkPlan?, sharesNetwork: Bool) {
        var lines: [String]
        let host = sharesNetwork ? try? File.readText("/etc/hosts", limit: 1 << 20) : nil
        if let host {
            lines = host.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            if lines.last == "" { lines.removeLast() }
        } else {
            lines = Self.usual + Self.own(hostname, plan)
        }
        let gateway = plan?.attachments.lazy.flatMap { $0.network.subnets.compactMap(\.gateway) }.first
        let asked = request.hosts.compactMap { entry in
            (entry.address ?? gateway ?? (sharesNetwork ? IPAddress("127.0.0.1") : nil)).map { "\($0)\t\(entry.name)" }
        }
        let named = Set(request.hosts.map(\.name))
        let internals = ["host.containers.internal", "host.docker.internal"].filter { !named.contains($0) }
        if let gateway, !internals.isEmpty { lines.append("\(gateway)\t\(internals.joined(separator: " "))") }
        // What was asked for comes first: the first line that has a name counts.
        text = (asked + lines).map { "\($0)\n" }.joined()
    }

    private static let usual = [
        "127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback", "ff02::1\tip6-allnodes", "ff02::2\tip6-allrouters",
    ]

    /// The container by its own names.
    private static func own(_ hostname: String, _ plan: NetworkPlan?) -> [String] {
        guard let attachment = plan?.attachments.first(where: { !$0.addresses.isEmpty }) else {
            return hostname == "localhost" || hostname.isEmpty ? [] : ["127.0.1.1\t\(hostname)"]
        }
        var names = [hostname].filter { !$0.isEmpty }
        if let name = attachment.names.first, name != hostname { names.append(name) }
        return attachment.addresses.map { "\($0)\t\(names.joined(separator: " "))" }
    }
}
