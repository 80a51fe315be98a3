internal import Linux

/// Gives network devices of the caller's namespace to a container (config-linux.md, Network Devices).
struct NetworkDeviceMover: ~Copyable {
    private var host: NetworkDevices
    private var inside: NetworkDevices
    private let namespace: Descriptor

    /// Moves them to the network namespace of a process, with their permanent addresses, and brings them up.
    ///
    /// When its namespace ends, a device made by software goes with it; the kernel returns one of hardware to the host.
    ///
    /// - Throws: a device that is not there, or a name that is taken inside, before anything is moved.
    static func move(_ devices: [NetworkDevicePlan], to pid: Int32) throws(RuntimeError) {
        guard !devices.isEmpty else { return }
        var mover = try explaining("open the container's network namespace") { () throws(SystemError) in
            let namespace = try File.open("/proc/\(pid)/ns/net", .read)
            return NetworkDeviceMover(
                host: try NetworkDevices(), inside: try NetworkDevices.of(namespace), namespace: namespace)
        }
        var found: [(device: NetworkDevicePlan, index: Int32)] = []
        for device in devices { found.append((device, try mover.look(device))) }
        for (device, index) in found {
            try Trace.purpose("give the container the network device \(device.name)") { () throws(RuntimeError) in
                try mover.move(device, index)
            }
        }
    }

    private mutating func look(_ device: NetworkDevicePlan) throws(RuntimeError) -> Int32 {
        do throws(SystemError) {
            if (try? inside.index(of: device.nameInside)) != nil {
                throw SystemError("rtnetlink", device.nameInside, .fileExists)
            }
            return try host.index(of: device.name)
        } catch {
            let reason = error.errno == .fileExists ? "the container has a device \(device.nameInside) already" : "\(error.errno)"
            throw RuntimeError("cannot give the container the network device \(device.name): \(reason)")
        }
    }

    private mutating func move(_ device: NetworkDevicePlan, _ index: Int32) throws(RuntimeError) {
        do throws(SystemError) {
            let addresses = try host.permanentAddresses(of: index, device.name)
            try host.move(index, to: namespace, as: device.nameInside)
            let index = try inside.index(of: device.nameInside)
            for address in addresses { try inside.add(address, to: index, device.nameInside) }
            try inside.bringUp(index, device.nameInside)
        } catch {
            let reason = error.errno == .invalidArgument ? "a device of its kind stays in its namespace" : "\(error.errno)"
            throw RuntimeError("cannot give the container the network device \(device.name): \(reason) (\(error.subject))")
        }
    }
}
