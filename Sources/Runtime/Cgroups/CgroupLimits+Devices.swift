internal import OCI

/// Limits of block devices, huge pages, network priorities and RDMA.
extension CgroupLimits {
    // MARK: Block devices

    mutating func add(_ io: Resources.BlockIO) throws(RuntimeError) {
        if isV2 { try addV2(io) } else { addV1(io) }
    }

    private mutating func addV1(_ io: Resources.BlockIO) {
        if let weight = io.weight, weight != 0 {
            add(.init("blkio", [.init("blkio.weight", "\(weight)"), .init("blkio.bfq.weight", "\(weight)")], "block I/O weight"))
        }
        if let weight = io.leafWeight, weight != 0 {
            add(.init("blkio", "blkio.leaf_weight", "\(weight)", "block I/O leaf weight"))
        }
        for device in io.weightDevice ?? [] {
            let number = "\(device.major):\(device.minor)"
            if let weight = device.weight, weight != 0 {
                let value = "\(number) \(weight)"
                add(
                    .init(
                        "blkio", [.init("blkio.weight_device", value), .init("blkio.bfq.weight_device", value)],
                        "block I/O weight of device \(number)"))
            }
            if let weight = device.leafWeight, weight != 0 {
                add(
                    .init("blkio", "blkio.leaf_weight_device", "\(number) \(weight)", "block I/O leaf weight of device \(number)")
                )
            }
        }
        for (throttle, device) in Self.throttles(io) {
            let number = "\(device.major):\(device.minor)"
            add(
                .init(
                    "blkio", "blkio.throttle.\(throttle.v1)_device", "\(number) \(device.rate)",
                    "\(throttle.name) of device \(number)",
                    isUnlimited: device.rate == 0))
        }
    }

    private mutating func addV2(_ io: Resources.BlockIO) throws(RuntimeError) {
        if io.leafWeight ?? 0 != 0 || (io.weightDevice ?? []).contains(where: { $0.leafWeight ?? 0 != 0 }) {
            throw unsupported("block I/O leaf weight", "cgroup v2 has none; leave it out")
        }
        if let weight = io.weight, weight != 0 {
            add(
                .init(
                    "io", [.init("io.bfq.weight", "\(weight)"), .init("io.weight", "default \(Self.ioWeight(weight))")],
                    "block I/O weight"))
        }
        for device in io.weightDevice ?? [] {
            guard let weight = device.weight, weight != 0 else { continue }
            let number = "\(device.major):\(device.minor)"
            add(
                .init(
                    "io",
                    [.init("io.bfq.weight", "\(number) \(weight)"), .init("io.weight", "\(number) \(Self.ioWeight(weight))")],
                    "block I/O weight of device \(number)"))
        }
        for (throttle, device) in Self.throttles(io) {
            let number = "\(device.major):\(device.minor)"
            let rate = device.rate == 0 ? "max" : "\(device.rate)"
            add(
                .init(
                    "io", "io.max", "\(number) \(throttle.v2)=\(rate)", "\(throttle.name) of device \(number)",
                    isUnlimited: device.rate == 0))
        }
    }

    /// From v1's weights (10 to 1000) to `io.weight`'s (1 to 10000), linearly, as crun and runc do.
    static func ioWeight(_ weight: UInt16) -> UInt64 { 1 + (UInt64(max(weight, 10)) - 10) * 9999 / 990 }

    private struct Throttle {
        var v1: String
        var v2: String
        var name: String
    }

    private static func throttles(_ io: Resources.BlockIO) -> [(Throttle, Resources.ThrottleDevice)] {
        let readBytes = Throttle(v1: "read_bps", v2: "rbps", name: "bytes read a second")
        let writeBytes = Throttle(v1: "write_bps", v2: "wbps", name: "bytes written a second")
        let reads = Throttle(v1: "read_iops", v2: "riops", name: "reads a second")
        let writes = Throttle(v1: "write_iops", v2: "wiops", name: "writes a second")
        return (io.throttleReadBpsDevice ?? []).map { (readBytes, $0) }
            + (io.throttleWriteBpsDevice ?? []).map { (writeBytes, $0) }
            + (io.throttleReadIOPSDevice ?? []).map { (reads, $0) }
            + (io.throttleWriteIOPSDevice ?? []).map { (writes, $0) }
    }

    // MARK: Huge pages

    mutating func add(_ huge: Resources.HugepageLimit) throws(RuntimeError) {
        let digits = huge.pageSize.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, ["KB", "MB", "GB"].contains(huge.pageSize.dropFirst(digits.count)) else {
            throw unsupported("huge pages", "\"\(huge.pageSize)\" is no page size such as 2MB")
        }
        let file = isV2 ? "hugetlb.\(huge.pageSize).max" : "hugetlb.\(huge.pageSize).limit_in_bytes"
        add(.init("hugetlb", file, "\(huge.limit)", "huge pages of \(huge.pageSize)"))
    }

    // MARK: Network, RDMA

    mutating func add(_ network: Resources.NetworkLimits) throws(RuntimeError) {
        let priorities = network.priorities ?? []
        if isV2 && (network.classID ?? 0 != 0 || !priorities.isEmpty) {
            throw unsupported("the network class and priorities", "cgroup v2 has none; leave them out")
        }
        if let classID = network.classID, classID != 0 {
            add(.init("net_cls", "net_cls.classid", "\(classID)", "the network class"))
        }
        for priority in priorities {
            add(
                .init(
                    "net_prio", "net_prio.ifpriomap", "\(priority.name) \(priority.priority)",
                    "the network priority of \(priority.name)"))
        }
    }

    mutating func add(rdma limits: [String: Resources.RDMALimit]) {
        for (device, limit) in limits.sorted(by: { $0.key < $1.key }) {
            var value = device
            if let handles = limit.hcaHandles { value += " hca_handle=\(handles)" }
            if let objects = limit.hcaObjects { value += " hca_object=\(objects)" }
            add(.init("rdma", "rdma.max", value, "RDMA of \(device)"))
        }
    }
}
