internal import Linux

/// A server that is asked for names that are nobody's here.
package struct Upstream: Hashable, Sendable, CustomStringConvertible {
    package var address: IPAddress
    /// The index of the device that a link-local address is on, or 0.
    package var scope: UInt32 = 0

    package init(address: IPAddress, scope: UInt32 = 0) {
        self.address = address
        self.scope = scope
    }

    /// `1.1.1.1`, `fd00::1` or `fe80::1%eth0`; nil for what is no address, or on a device that is not there.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(first), !address.isUnspecified else { return nil }
        self.init(address: address)
        if parts.count == 2 {
            guard address.family == .v6, let scope = InternetText.scope(String(parts[1])) else { return nil }
            self.scope = scope
        }
    }

    package var description: String { scope == 0 ? "\(address)" : "\(address)%\(scope)" }

    /// As many as a resolver asks. resolv.conf(5), MAXNS.
    static let most = 3

    /// Those of a list that can be asked: not the servers' own addresses, where each query would come back for ever.
    package static func usable(_ texts: [some StringProtocol], except own: [IPAddress]) -> [Upstream] {
        var found: [Upstream] = []
        for text in texts where found.count < most {
            guard let upstream = Upstream(text), !own.contains(upstream.address), !found.contains(upstream) else { continue }
            found.append(upstream)
        }
        return found
    }

    /// The `nameserver` lines of a file of resolv.conf(5).
    package static func parse(resolverConfiguration text: String, except own: [IPAddress]) -> [Upstream] {
        let servers = text.split(whereSeparator: \.isNewline).compactMap { line -> Substring? in
            let words = line.split(whereSeparator: \.isWhitespace)
            return words.count >= 2 && words[0] == "nameserver" ? words[1] : nil
        }
        return usable(servers, except: own)
    }
}
