internal import Linux
package import Networks

/// Takes networks away. Held alone meanwhile: nobody makes a container that would use one.
package struct NetworkRemoval: ~Copyable {
    private let engine: Engine
    private let lock: Descriptor

    package init(_ engine: Engine) throws(EngineError) {
        self.engine = engine
        lock = try engine.locations.lock(.exclusive)
    }

    /// Removes one that no container is connected to.
    package func remove(_ network: NetworkRecord) throws(EngineError) {
        if case .outOfReach = UserNetworks(engine).site {
            throw EngineError("network \(network.name) cannot be removed from here; use hako network rm")
        }
        let users = try engine.users(of: network)
        guard users.isEmpty else {
            throw EngineError(
                "network \(network.name) is in use by \(users.map(\.name).joined(separator: ", ")); remove those containers first, or "
                    + "disconnect them (hako network disconnect)")
        }
        if case .gone = UserNetworks(engine).site {
            try attempt("forget the network \(network.name)") { () throws(SystemError) in try engine.directory(network).discard()
            }
        } else {
            try connecting { () throws(NetworkError) in try engine.host(network).remove() }
        }
        try engine.networks.remove(network, engine)
    }

    /// Removes those that no container is connected to, but for the default one.
    ///
    /// - Returns: their names.
    package func prune(where accepts: (NetworkRecord) -> Bool) throws(EngineError) -> [String] {
        var names: [String] = []
        for network in try engine.networks.all() where network.name != NetworkStore.standardName && accepts(network) {
            guard try engine.users(of: network).isEmpty else { continue }
            try remove(network)
            names.append(network.name)
        }
        return names
    }
}

extension Engine {
    /// The containers that are connected to a network, running or not.
    package func users(of network: NetworkRecord) throws(EngineError) -> [ContainerRecord] {
        let holders = try store.holders(in: network)
        guard !holders.isEmpty else { return [] }
        return try store.all().filter { holders.contains($0.id) }
    }

    /// Takes back what one container left there that does not run.
    package func leaveNetworks(_ id: String) throws(EngineError) {
        guard case .here = UserNetworks(self).site else { return try sweepUserNetworks() }
        for directory in NetworkDirectory.all(NetworkDirectory.root(locations.state)) {
            guard let member = directory.member(id), member.awaitEnd(), let network = directory.network() else { continue }
            _ = try connecting { () throws(NetworkError) in try NetworkHost(network, directory).forget(member) }
        }
    }

    /// The same for a plain user: where the networks are, or nowhere any more.
    private func sweepUserNetworks() throws(EngineError) {
        let directories = NetworkDirectory.all(NetworkDirectory.root(locations.state))
        guard directories.contains(where: { $0.all().contains { !$0.isAlive } }) else { return }
        switch UserNetworks(self).site {
        case .here, .outOfReach: return
        case .inside:
            _ = try againInNetworks(["network", "sweep"])
            return
        case .gone: break
        }
        for directory in directories {
            for member in directory.all() where !member.isAlive {
                try attempt("forget a container's network") { () throws(SystemError) in try directory.remove(member.id) }
            }
        }
    }

    /// Takes back what containers left in the host's network whose monitors were killed; cheap where there is nothing.
    ///
    /// - Returns: how many.
    @discardableResult
    package func sweepNetworks() throws(EngineError) -> Int {
        guard case .here = UserNetworks(self).site else {
            try sweepUserNetworks()
            return 0
        }
        var count = 0
        for directory in NetworkDirectory.all(NetworkDirectory.root(locations.state)) {
            guard let network = directory.network() else { continue }
            let dead = directory.all().filter { !$0.isAlive }.count
            guard dead > 0 else { continue }
            try connecting { () throws(NetworkError) in try NetworkHost(network, directory).sweep() }
            count += dead
        }
        return count
    }
}

extension Engine {
    /// Makes the host's side of the networks anew that these containers, or any, are connected to.
    ///
    /// - Returns: the networks' names.
    package func reloadNetworks(of containers: [ContainerRecord]) throws(EngineError) -> [String] {
        var names: [String] = []
        for directory in NetworkDirectory.all(NetworkDirectory.root(locations.state)) {
            guard let network = directory.network(), network.driver == .bridge else { continue }
            let members = directory.all().filter(\.isAlive)
            guard
                containers.isEmpty
                    ? !members.isEmpty : members.contains(where: { member in containers.contains { $0.id == member.id } })
            else { continue }
            let program = try MonitorLaunch.runtimeProgram()
            try connecting { () throws(NetworkError) in
                try NetworkHost(network, directory).reload()
                if network.hasNames { try directory.serveNames(network, program: program) }
            }
            names.append(network.name)
        }
        return names
    }
}
