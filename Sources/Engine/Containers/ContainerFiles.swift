internal import Linux
internal import Networks

/// The files that hako makes for each container and mounts over the image's: /etc/hostname, /etc/hosts, /etc/resolv.conf,
/// and /etc/localtime where a time zone is asked for.
struct ContainerFiles {
    let bundle: String
    let hostname: String
    let options: RunOptions
    let networks: ContainerNetworks
    /// How the container is connected.
    let plan: NetworkPlan?

    /// Writes them into the bundle.
    ///
    /// - Returns: where each is, by the path it has in the container.
    func write() throws(EngineError) -> [String: String] {
        var files: [String: String] = [:]
        let sharesNetwork = options.network == .host
        func put(_ name: String, _ content: [UInt8]) throws(EngineError) {
            let path = "\(bundle)/\(name)"
            try attempt("write \(path)") { () throws(SystemError) in
                try File.open(path, [.write, .create, .truncate, .noFollow], mode: 0o644).write(content)
            }
            files["/etc/\(name)"] = path
        }
        try put("hostname", Array("\(hostname)\n".utf8))
        try put("hosts", Array(HostsFile(options.networking, hostname, plan, sharesNetwork: sharesNetwork).text.utf8))
        if let resolver = HostFacts.resolver { try put("resolv.conf", Array(networks.resolver(plan, resolver).text.utf8)) }
        if let zone = options.timezone { try put("localtime", try Self.zone(zone)) }
        return files
    }

    /// The rules of a time zone, from the host's data: `local`, or a name such as Asia/Tokyo. tzfile(5).
    private static func zone(_ name: String) throws(EngineError) -> [UInt8] {
        if name == "local" {
            return try attempt("use the host's time zone") { () throws(SystemError) in
                try File.read("/etc/localtime", limit: 1 << 20)
            }
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.isEmpty, !parts.contains(""), !parts.contains(".."), !parts.contains("."), !name.utf8.contains(0) else {
            throw EngineError.value("--timezone", name, "not the name of a time zone")
        }
        guard let bytes = try? File.read("/usr/share/zoneinfo/\(name)", limit: 1 << 20), bytes.starts(with: Array("TZif".utf8))
        else {
            throw EngineError.value("--timezone", name, "no such time zone in /usr/share/zoneinfo")
        }
        return bytes
    }
}
