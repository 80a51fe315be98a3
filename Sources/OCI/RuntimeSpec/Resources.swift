public import JSON

/// Limits, for control groups (config-linux.md, Control groups).
public struct Resources: JSONRecord, Equatable {
    public var devices: [DeviceRule]?
    public var memory: Memory?
    public var cpu: CPU?
    public var pids: Pids?
    public var blockIO: BlockIO?
    public var hugepageLimits: [HugepageLimit]?
    public var network: NetworkLimits?
    public var rdma: [String: RDMALimit]?
    /// cgroup v2 files by name, written as they are.
    public var unified: [String: String]?
    public var unknown = JSONObject()

    public init() {}

    public struct DeviceRule: JSONRecord, Equatable {
        public var allow = false
        /// `a`, `b` or `c`; absent is `a`.
        public var type: String?
        /// Absent is any.
        public var major: Int64?
        public var minor: Int64?
        /// Some of `r`, `w`, `m`.
        public var access: String?
        public var unknown = JSONObject()

        public init(allow: Bool, type: String? = nil, major: Int64? = nil, minor: Int64? = nil, access: String? = nil) {
            self.allow = allow
            self.type = type
            self.major = major
            self.minor = minor
            self.access = access
        }

        public init() {}

        public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields.require("allow")
            try fields("allow", &allow)
            try fields("type", &type)
            try fields("major", &major)
            try fields("minor", &minor)
            try fields("access", &access)
        }
    }

    /// Bytes; -1 is no limit.
    public struct Memory: JSONRecord, Equatable {
        public var limit: Int64?
        public var reservation: Int64?
        /// Memory and swap together, as in cgroup v1.
        public var swap: Int64?
        public var kernel: Int64?
        public var kernelTCP: Int64?
        public var swappiness: UInt64?
        public var disableOOMKiller: Bool?
        public var useHierarchy: Bool?
        public var checkBeforeUpdate: Bool?
        public var unknown = JSONObject()

        public init() {}

        public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("limit", &limit)
            try fields("reservation", &reservation)
            try fields("swap", &swap)
            try fields("kernel", &kernel)
            try fields("kernelTCP", &kernelTCP)
            try fields("swappiness", &swappiness)
            try fields("disableOOMKiller", &disableOOMKiller)
            try fields("useHierarchy", &useHierarchy)
            try fields("checkBeforeUpdate", &checkBeforeUpdate)
        }
    }

    /// Times in microseconds.
    public struct CPU: JSONRecord, Equatable {
        public var shares: UInt64?
        public var quota: Int64?
        public var burst: UInt64?
        public var period: UInt64?
        public var realtimeRuntime: Int64?
        public var realtimePeriod: UInt64?
        public var cpus: String?
        public var mems: String?
        public var idle: Int64?
        public var unknown = JSONObject()

        public init() {}

        public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("shares", &shares)
            try fields("quota", &quota)
            try fields("burst", &burst)
            try fields("period", &period)
            try fields("realtimeRuntime", &realtimeRuntime)
            try fields("realtimePeriod", &realtimePeriod)
            try fields("cpus", &cpus)
            try fields("mems", &mems)
            try fields("idle", &idle)
        }
    }

    public struct Pids: JSONRecord, Equatable {
        /// -1 is no limit.
        public var limit: Int64?
        public var unknown = JSONObject()

        public init(limit: Int64?) { self.limit = limit }

        public init() {}

        public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("limit", &limit)
        }
    }

    public struct BlockIO: JSONRecord, Equatable {
        public var weight: UInt16?
        public var leafWeight: UInt16?
        public var weightDevice: [WeightDevice]?
        /// Bytes, or operations, a second.
        public var throttleReadBpsDevice: [ThrottleDevice]?
        public var throttleWriteBpsDevice: [ThrottleDevice]?
        public var throttleReadIOPSDevice: [ThrottleDevice]?
        public var throttleWriteIOPSDevice: [ThrottleDevice]?
        public var unknown = JSONObject()

        public init() {}

        public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("weight", &weight)
            try fields("leafWeight", &leafWeight)
            try fields("weightDevice", &weightDevice)
            try fields("throttleReadBpsDevice", &throttleReadBpsDevice)
            try fields("throttleWriteBpsDevice", &throttleWriteBpsDevice)
            try fields("throttleReadIOPSDevice", &throttleReadIOPSDevice)
            try fields("throttleWriteIOPSDevice", &throttleWriteIOPSDevice)
        }
    }

    public struct WeightDevice: JSONRecord, Equatable {
        public var major: Int64 = 0
        public var minor: Int64 = 0
        public var weight: UInt16?
        public var leafWeight: UInt16?
        public var unknown = JSONObject()

        public init(major: Int64, minor: Int64, weight: UInt16?) {
            self.major = major
            self.minor = minor
            self.weight = weight
        }

        public init() {}

        public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields.require("major", "minor")
            try fields("major", &major)
            try fields("minor", &minor)
            try fields("weight", &weight)
            try fields("leafWeight", &leafWeight)
        }
    }

    public struct ThrottleDevice: JSONRecord, Equatable {
        public var major: Int64 = 0
        public var minor: Int64 = 0
        public var rate: UInt64 = 0
        public var unknown = JSONObject()

        public init(major: Int64, minor: Int64, rate: UInt64) {
            self.major = major
            self.minor = minor
            self.rate = rate
        }

        public init() {}

        public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields.require("major", "minor", "rate")
            try fields("major", &major)
            try fields("minor", &minor)
            try fields("rate", &rate)
        }
    }

    public struct HugepageLimit: JSONRecord, Equatable {
        public var pageSize = ""
        public var limit: UInt64 = 0
        public var unknown = JSONObject()

        public init() {}

        public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields.require("pageSize", "limit")
            try fields("pageSize", &pageSize)
            try fields("limit", &limit)
        }
    }

    public struct NetworkLimits: JSONRecord, Equatable {
        public var classID: UInt32?
        public var priorities: [Priority]?
        public var unknown = JSONObject()

        public struct Priority: JSONRecord, Equatable {
            public var name = ""
            public var priority: UInt32 = 0
            public var unknown = JSONObject()

            public init() {}

            public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
                try fields.require("name", "priority")
                try fields("name", &name)
                try fields("priority", &priority)
            }
        }

        public init() {}

        public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("classID", &classID)
            try fields("priorities", &priorities)
        }
    }

    public struct RDMALimit: JSONRecord, Equatable {
        public var hcaHandles: UInt32?
        public var hcaObjects: UInt32?
        public var unknown = JSONObject()

        public init() {}

        public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("hcaHandles", &hcaHandles)
            try fields("hcaObjects", &hcaObjects)
        }
    }

    public mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("devices", &devices)
        try fields("memory", &memory)
        try fields("cpu", &cpu)
        try fields("pids", &pids)
        try fields("blockIO", &blockIO)
        try fields("hugepageLimits", &hugepageLimits)
        try fields("network", &network)
        try fields("rdma", &rdma)
        try fields("unified", &unified)
    }
}
