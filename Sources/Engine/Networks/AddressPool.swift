package import Networks

/// Which container has which address: a table of the database. An address stays with its container until that is removed, so that a
/// container that starts again is found where it was; only where a network has no other left, one that does not run gives it up.
extension ContainerStore {
    /// A network whose address a container needs.
    package struct AddressClaim: Sendable {
        package var network: NetworkRecord
        /// Those that were asked for.
        package var asked: [IPAddress]

        package init(_ network: NetworkRecord, asked: [IPAddress]) {
            self.network = network
            self.asked = asked
        }
    }

    /// Gives a container an address of each subnet of a network. Within a transaction.
    ///
    /// - Parameter isIdle: whether the container of this id does not run.
    func lease(
        _ claim: AddressClaim, to container: String, isIdle: (String) -> Bool
    ) throws(EngineError) -> [IPAddress] {
        let network = claim.network
        for address in claim.asked {
            guard let subnet = network.subnets.first(where: { $0.subnet.contains(address) }) else {
                throw EngineError("the address \(address) is in no subnet of network \(network.name)")
            }
            guard subnet.subnet.usable?.contains(address) == true, address != subnet.gateway else {
                throw EngineError("the address \(address) cannot be a container's in network \(network.name)")
            }
        }
        var addresses: [IPAddress] = []
        for subnet in network.subnets {
            let asked = claim.asked.first { subnet.subnet.contains($0) }
            if let asked {
                addresses.append(try take(asked, network, container, isIdle))
            } else {
                addresses.append(try next(subnet, network, container, isIdle))
            }
        }
        return addresses
    }

    /// Takes over what a container had, where nobody else has it now.
    func restore(_ plan: NetworkPlan, of container: String) throws(EngineError) {
        for attachment in plan.attachments {
            for address in attachment.addresses where try holder(of: address, attachment.network) == nil {
                try write(address, attachment.network, container)
            }
        }
    }

    /// Whether a container has all of these still.
    func holds(_ attachment: NetworkAttachment, _ container: String) throws(EngineError) -> Bool {
        for address in attachment.addresses where try holder(of: address, attachment.network) != container { return false }
        return true
    }

    /// Gives back what a container has in a network.
    func release(_ network: NetworkRecord, of container: String) throws(EngineError) {
        try database.access("give addresses back") { () throws(DatabaseError) in
            try database.run("DELETE FROM addresses WHERE network = ? AND container = ?", .text(network.id), .text(container))
        }
    }

    /// The containers that have an address in a network.
    package func holders(in network: NetworkRecord) throws(EngineError) -> Set<String> {
        try database.access("look for the network's containers") { () throws(DatabaseError) in
            Set(try database.rows("SELECT container FROM addresses WHERE network = ?", [.text(network.id)]) { $0.text(0) })
        }
    }

    // MARK: One address

    private func holder(of address: IPAddress, _ network: NetworkRecord) throws(EngineError) -> String? {
        try database.access("look for the address's holder") { () throws(DatabaseError) in
            try database.rows(
                "SELECT container FROM addresses WHERE network = ? AND address = ?",
                [.text(network.id), .text(address.description)]
            ) { $0.text(0) }.first
        }
    }

    private func write(_ address: IPAddress, _ network: NetworkRecord, _ container: String) throws(EngineError) {
        try database.access("give the container an address") { () throws(DatabaseError) in
            try database.run(
                "INSERT OR REPLACE INTO addresses VALUES (?, ?, ?)", .text(network.id), .text(address.description),
                .text(container))
        }
    }

    private func take(
        _ address: IPAddress, _ network: NetworkRecord, _ container: String, _ isIdle: (String) -> Bool
    ) throws(EngineError) -> IPAddress {
        if let other = try holder(of: address, network), other != container, !isIdle(other) {
            throw EngineError("the address \(address) of network \(network.name) is container \(other.prefix(12))'s")
        }
        try write(address, network, container)
        return address
    }

    /// The one after that which was given out last: an address is used again late.
    private func next(
        _ subnet: NetworkSubnet, _ network: NetworkRecord, _ container: String, _ isIdle: (String) -> Bool
    ) throws(EngineError) -> IPAddress {
        guard let range = subnet.range else {
            throw EngineError("network \(network.name) gives out no addresses of \(subnet.subnet)")
        }
        let key = "address \(network.id) \(subnet.subnet)"
        let size = range.upperBound.value - range.lowerBound.value + 1
        // Nobody has more than some millions of containers.
        let count = Int64(clamping: min(size, 1 << 24))
        let last = try database.access("look for a free address") { () throws(DatabaseError) in
            try database.rows("SELECT value FROM facts WHERE key = ?", [.text(key)]) { $0.integer(0) ?? 0 }.first ?? -1
        }
        for mayTakeIdle in [false, true] {
            for step in 1...count {
                let offset = (last + step) % count
                let address = IPAddress(subnet.subnet.family, range.lowerBound.value + UInt128(offset))
                if address == subnet.gateway { continue }
                if let other = try holder(of: address, network), other != container, !(mayTakeIdle && isIdle(other)) { continue }
                try write(address, network, container)
                try database.access("remember the address") { () throws(DatabaseError) in
                    try database.run("INSERT OR REPLACE INTO facts VALUES (?, ?)", .text(key), .integer(offset))
                }
                return address
            }
        }
        throw EngineError(
            "network \(network.name) has no address left in \(subnet.subnet); remove containers, or make a larger network")
    }
}
