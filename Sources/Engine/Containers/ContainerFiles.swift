internal import Linux

/// The files that hako makes for each container and mounts over the image's: /etc/hostname, /etc/hosts, /etc/resolv.conf,
/// and /etc/localtime where a time zone is asked for.
struct ContainerFiles {
    let bundle: String
    let hostname: String
    let options: RunOptions

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
        let hosts = sharesNetwork ? try? File.read("/etc/hosts", limit: 1 << 20) : nil
        try put("hosts", hosts ?? Array(Self.hosts(hostname).utf8))
        if let resolver = try? File.read("/etc/resolv.conf", limit: 1 << 20) { try put("resolv.conf", resolver) }
        if let zone = options.timezone { try put("localtime", try Self.zone(zone)) }
        return files
    }

    static func hosts(_ hostname: String) -> String {
        "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n"
            + (hostname == "localhost" ? "" : "127.0.1.1\t\(hostname)\n")
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
