internal import Linux

/// An address that the server is asked at, over UDP and TCP.
final class Listener {
    let endpoint: InternetEndpoint
    let datagrams: Descriptor
    let streams: Descriptor
    var isAccepting = true

    /// How often, and after how many microseconds, an address is tried again that another server has. One that is ending
    /// holds its sockets until it has seen that it is not needed.
    private static let attempts = 200
    private static let pause: UInt32 = 10_000

    /// - Throws: what bind(2) says.
    init(_ endpoint: InternetEndpoint) throws(SystemError) {
        self.endpoint = endpoint
        datagrams = try Self.bind(.datagrams, endpoint)
        streams = try Self.bind(.stream, endpoint)
    }

    private static func bind(_ kind: InternetSockets.Kind, _ endpoint: InternetEndpoint) throws(SystemError) -> Descriptor {
        var attempt = 1
        while true {
            do throws(SystemError) { return try InternetSockets.bind(kind, to: endpoint) } catch {
                guard error.errno == .addressInUse, attempt < attempts else { throw error }
                attempt += 1
                Pause.microseconds(pause)
            }
        }
    }
}
