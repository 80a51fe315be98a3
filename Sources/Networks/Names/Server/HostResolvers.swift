internal import Linux

/// The servers that the host asks: resolv.conf(5), read again when it has changed.
struct HostResolvers {
    let path: String
    private var servers: [Upstream] = []
    private var seen: FileStatus?
    private var isSettled = false

    /// More of it is not read.
    private static let longestFile = 64 << 10

    init(path: String) { self.path = path }

    /// As many as can be asked. While the file is not there, being replaced, those of before.
    mutating func servers(except own: [IPAddress]) -> [Upstream] {
        let tick = WallClock.lastTick()
        guard let status = try? File.status(path), !(isSettled && status == seen),
            let text = try? File.readText(path, limit: Self.longestFile)
        else { return servers }
        seen = status
        isSettled = FileTime(status).isSettled(tick)
        servers = Upstream.parse(resolverConfiguration: text, except: own)
        return servers
    }
}
