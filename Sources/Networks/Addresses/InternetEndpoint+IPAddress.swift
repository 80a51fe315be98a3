package import Linux

extension InternetEndpoint {
    package init(_ address: IPAddress, port: UInt16, scope: UInt32 = 0) {
        self.init(isVersion6: address.family == .v6, address: address.value, port: port, scope: scope)
    }
}

extension IPAddress {
    init(_ endpoint: InternetEndpoint) { self.init(endpoint.isVersion6 ? .v6 : .v4, endpoint.address) }
}
