internal import Linux

/// What the host's kernel has to be told once, so that packets pass between a bridge and the world. ip-sysctl.
enum HostForwarding {
    static func enable(for network: NetworkRecord) throws(SystemError) {
        let families = Set(network.subnets.map(\.subnet.family))
        if families.contains(.v4) {
            // So that a port published on 127.0.0.1 is reached; the table's first chain keeps others from using it.
            try set("ipv4/conf/\(network.interface)/route_localnet", "1")
            if !network.isInternal { try set("ipv4/ip_forward", "1") }
        }
        guard families.contains(.v6) else { return }
        try set("ipv6/conf/\(network.interface)/accept_ra", "0")
        if !network.isInternal {
            try keepRouterAdvertisements()
            try set("ipv6/conf/all/forwarding", "1")
        }
    }

    private static let root = "/proc/sys/net/"

    /// Written only where it differs: who may not write, but has it so already, needs nothing.
    private static func set(_ key: String, _ value: String) throws(SystemError) {
        if current(key) == value { return }
        try File.command(root + key, value)
    }

    private static func current(_ key: String) -> String? {
        (try? File.readText(root + key, limit: 64))?.split(separator: "\n").first.map(String.init)
    }

    /// A host that forwards believes no router any more, unless told to (2): it would lose its own way out.
    private static func keepRouterAdvertisements() throws(SystemError) {
        guard current("ipv6/conf/all/forwarding") == "0" else { return }
        for name in try File.open("\(root)ipv6/conf", [.read, .directory]).list() where name != "all" {
            if current("ipv6/conf/\(name)/accept_ra") == "1" { try set("ipv6/conf/\(name)/accept_ra", "2") }
        }
    }
}
