internal import Linux

/// A relay speaks with the container as its client: the container sees whom it serves. What it answers is sent to an address that is not
/// on this host, and has to find the relay's socket all the same. ip(7), IP_TRANSPARENT; the kernel's tproxy.rst.
enum ClientAddresses {
    /// CAP_NET_BIND_SERVICE, for clients' ports below 1024, and CAP_NET_RAW.
    static let capabilities: UInt64 = 1 << 10 | 1 << 13

    private static let table = "hako-udp"
    /// Of connections of the relay's, and of packets that answer them.
    private static let mark: UInt32 = 0x68616b6f
    /// The routes of these.
    private static let routes: UInt8 = 104

    /// Sets this network namespace up, once; again is as well.
    static func prepare() throws(SystemError) {
        var batch = FilterBatch()
        batch.replaceTable(table)
        // What is sent from here and from another's address is the relay's.
        batch.addChain("own", in: table, at: .ownKnown)
        batch.addRule(
            [.sourceType(to: 1), .different(1, Expression.local), .value(markBytes, to: 1), .setConnection(.mark, from: 1)],
            to: "own", in: table)
        batch.addChain("answers", in: table, at: .known)
        batch.addRule(
            [.connection(.mark, to: 1), .equal(1, markBytes), .setMeta(.mark, from: 1)], to: "answers", in: table)
        try batch.commit("make the table \(table)")
        var links = try Links()
        for family in IPAddress.Family.allCases where family == .v4 || File.exists("/proc/sys/net/ipv6") {
            for message in [
                LinkMessages.everythingIsHere(family, table: routes), LinkMessages.rule(family, mark: mark, table: routes),
            ] {
                do throws(SystemError) { try links.transact([message], "routes of clients' addresses") } catch {
                    guard error.errno == .fileExists else { throw error }
                }
            }
        }
    }

    private static var markBytes: [UInt8] { NetlinkMessage.bytes(of: mark) }

    /// A socket to a container's port for a client: with the client's address and port, with another port where one speaks for
    /// it already, or with the gateway's address for clients that the container would not answer by the gateway.
    static func connect(_ route: DatagramRoute, for client: InternetEndpoint, isFirst: Bool) throws(SystemError) -> Descriptor {
        let address = IPAddress(client)
        guard !address.isLoopback, client.scope == 0, !route.subnet.contains(address) else {
            return try InternetSockets.connect(.datagrams, to: route.target)
        }
        var own = client
        if !isFirst { own.port = 0 }
        return try InternetSockets.connect(to: route.target, as: own)
    }
}
