import Testing

@testable import Linux

/// Sockets of the Internet, on this machine's own addresses.
@Suite struct InternetSocketTests {
    static let loopbacks = [
        InternetEndpoint(isVersion6: false, address: 0x7f00_0001, port: 0),
        InternetEndpoint(isVersion6: true, address: 1, port: 0),
    ]

    /// Binds to a port that is free, and says which.
    private func bind(
        _ kind: InternetSockets.Kind, _ endpoint: InternetEndpoint
    ) throws -> (socket: SharedDescriptor, endpoint: InternetEndpoint) {
        var endpoint = endpoint
        for port in UInt16(20000)...20500 {
            endpoint.port = port
            do { return (SharedDescriptor(try InternetSockets.bind(kind, to: endpoint)), endpoint) } catch {
                guard error.errno == .addressInUse else { throw error }
            }
        }
        throw SystemError("bind", "no free port", .addressInUse)
    }

    @Test(arguments: loopbacks) func datagramsHaveTheirSender(_ loopback: InternetEndpoint) throws {
        let (server, endpoint) = try bind(.datagrams, loopback)
        var buffer = [UInt8](repeating: 0, count: 8)
        #expect(try InternetSockets.receiveDatagram(on: server.descriptor, into: &buffer) == nil)
        let client = try InternetSockets.connect(.datagrams, to: endpoint)
        #expect(try InternetSockets.receive(on: client, into: &buffer) == nil)
        #expect(try InternetSockets.send([1, 2, 3], on: client) == 3)
        let received = try #require(try InternetSockets.receiveDatagram(on: server.descriptor, into: &buffer))
        #expect(received.count == 3 && buffer[..<3] == [1, 2, 3])
        #expect(received.sender.isVersion6 == loopback.isVersion6 && received.sender.address == loopback.address)
        #expect(try InternetSockets.send([9, 8, 7], count: 2, to: received.sender, on: server.descriptor))
        #expect(try InternetSockets.receive(on: client, into: &buffer, from: 6) == 2 && buffer[6...] == [9, 8])
    }

    @Test(arguments: loopbacks) func streamsAreHeardOfByTheirToken(_ loopback: InternetEndpoint) throws {
        let (server, endpoint) = try bind(.stream, loopback)
        var queue = try EventQueue()
        try queue.add(server.descriptor, token: 0xffff_ffff_0000_0001)
        #expect(try queue.wait(until: 0).isEmpty)
        let client = try InternetSockets.connect(.stream, to: endpoint)
        let event = try #require(try queue.wait(until: .max).first)
        #expect(event.token == 0xffff_ffff_0000_0001 && event.isReadable && !event.isBroken)
        let (raw, peer) = try #require(try InternetSockets.accept(on: server.descriptor))
        #expect(peer.address == loopback.address)
        #expect(try InternetSockets.accept(on: server.descriptor) == nil)
        let accepted = Descriptor(owning: raw)
        try queue.add(accepted, token: 2, readable: true, writable: false)
        #expect(try queue.wait(until: 0).isEmpty)
        try queue.change(accepted, token: 3, readable: false, writable: true)
        #expect(try queue.wait(until: 0).map(\.token) == [3])
        // More than the buffers hold is not waited for.
        let much = [UInt8](repeating: 7, count: 64 << 20)
        let sent = try #require(try InternetSockets.send(much, on: client))
        #expect(sent < much.count)
    }

    @Test func anAddressOfNoDeviceCanBeBound() throws {
        _ = try bind(.datagrams, InternetEndpoint(isVersion6: false, address: 0xc000_0207, port: 0))
        _ = try bind(.stream, InternetEndpoint(isVersion6: true, address: UInt128(0x2001_0db8) << 96 | 7, port: 0))
    }

    @Test func aPortIsBoundOnce() throws {
        let (_, endpoint) = try bind(.stream, Self.loopbacks[0])
        let (kept, taken) = try bind(.datagrams, Self.loopbacks[0])
        #expect(
            performing: { _ = try InternetSockets.bind(.datagrams, to: taken) },
            throws: { "\($0)" == "bind 127.0.0.1:\(taken.port): Address already in use" })
        withExtendedLifetime((kept, endpoint)) {}
    }

    @Test func randomNumbersAreNotTheSame() throws {
        var numbers = RandomNumbers()
        var seen: Set<UInt16> = []
        for _ in 0..<1000 { seen.insert(try numbers.next()) }
        #expect(seen.count > 950)
    }

    @Test func devicesHaveNumbers() {
        #expect(InternetText.scope("lo") == 1 && InternetText.scope("7") == 7 && InternetText.scope("no such device") == nil)
    }
}
