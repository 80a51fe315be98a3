internal import OCI

/// Limits and device rules.
extension SpecBuilder {
    /// Enough for any usual program, and the end of a fork bomb.
    package static let defaultPids: Int64 = 2048

    func resources() throws(EngineError) -> Resources? {
        let asked = options.resources
        var resources = Resources()
        resources.memory = memory(asked)
        resources.cpu = cpu(asked)
        // A plain user may have no group to set it in: only what was asked for has to work.
        if let limit = asked.pids ?? (context.rootless ? nil : Self.defaultPids) {
            resources.pids = .init(limit: limit == 0 ? -1 : limit)
        }
        resources.blockIO = try blockIO(asked)
        if !context.rootless { resources.devices = deviceRules(asked) }
        return resources == Resources() ? nil : resources
    }

    private func memory(_ asked: ResourceRequest) -> Resources.Memory? {
        var memory = Resources.Memory()
        memory.limit = asked.memory
        memory.reservation = asked.memoryReservation
        memory.swappiness = asked.swappiness.map { UInt64($0) }
        memory.disableOOMKiller = asked.oomKillDisabled ? true : nil
        // As much swap as memory, unless told otherwise.
        memory.swap =
            asked.memorySwap
            ?? (context.hasSwap
                ? asked.memory.map { $0.multipliedReportingOverflow(by: 2) }
                    .flatMap { $0.overflow ? nil : $0.partialValue } : nil)
        return memory == Resources.Memory() ? nil : memory
    }

    private func cpu(_ asked: ResourceRequest) -> Resources.CPU? {
        var cpu = Resources.CPU()
        cpu.shares = asked.cpuShares.map { UInt64($0) }
        cpu.quota = asked.cpuQuota
        cpu.period = asked.cpuPeriod.map { UInt64($0) }
        cpu.cpus = asked.cpus
        cpu.mems = asked.memoryNodes
        return cpu == Resources.CPU() ? nil : cpu
    }

    private func blockIO(_ asked: ResourceRequest) throws(EngineError) -> Resources.BlockIO? {
        func throttles(_ rates: [DeviceRate]) throws(EngineError) -> [Resources.ThrottleDevice]? {
            guard !rates.isEmpty else { return nil }
            return try rates.map { rate throws(EngineError) in
                let number = try number(of: rate.path)
                return Resources.ThrottleDevice(major: number.major, minor: number.minor, rate: rate.rate)
            }
        }
        var block = Resources.BlockIO()
        block.weight = asked.blockWeight.map { UInt16($0) }
        if !asked.blockWeights.isEmpty {
            block.weightDevice = try asked.blockWeights.map { weight throws(EngineError) in
                let number = try number(of: weight.path)
                return Resources.WeightDevice(major: number.major, minor: number.minor, weight: UInt16(weight.rate))
            }
        }
        block.throttleReadBpsDevice = try throttles(asked.readBytes)
        block.throttleWriteBpsDevice = try throttles(asked.writeBytes)
        block.throttleReadIOPSDevice = try throttles(asked.readOperations)
        block.throttleWriteIOPSDevice = try throttles(asked.writeOperations)
        return block == Resources.BlockIO() ? nil : block
    }

    private func number(of path: String) throws(EngineError) -> DeviceNumber {
        guard let number = context.blockDevices[path] else { throw EngineError("\(path) is not a block device") }
        return number
    }

    /// Deny all, then allow the usual: making any node, and using null, zero, full, random, urandom, tty, console and ptys.
    private func deviceRules(_ asked: ResourceRequest) -> [Resources.DeviceRule] {
        if options.privileged { return [.init(allow: true, access: "rwm")] }
        var rules: [Resources.DeviceRule] = [
            .init(allow: false, access: "rwm"), .init(allow: true, type: "c", access: "m"),
            .init(allow: true, type: "b", access: "m"),
        ]
        for (major, minor) in [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2)] as [(Int64, Int64)] {
            rules.append(.init(allow: true, type: "c", major: major, minor: minor, access: "rwm"))
        }
        rules.append(.init(allow: true, type: "c", major: 136, access: "rwm"))
        for device in context.devices {
            rules.append(
                .init(
                    allow: true, type: device.type, major: device.number.major, minor: device.number.minor, access: device.access)
            )
        }
        for rule in asked.deviceRules {
            rules.append(.init(allow: true, type: rule.type, major: rule.major, minor: rule.minor, access: rule.access))
        }
        return rules
    }
}
