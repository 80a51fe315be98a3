package import JSON
internal import Linux

/// A container that is connected to a network now: a file of the network's below the state directory. It is there before anything of
/// the host's is changed for the container, so that whoever comes after a crash can take that back.
package struct NetworkMember: JSONRecord, Equatable {
    /// The container's.
    package var id = ""
    /// The process that stays with it; who is not alive is connected no more.
    package var monitor: Int32 = 0
    /// When that one started, in clock ticks since the boot, as its number may be another's by now. proc_pid_stat(5).
    package var monitorStart: UInt64 = 0
    package var names: [String] = []
    package var addresses: [IPAddress] = []
    /// Name servers of its own.
    package var upstreams: [String]?
    package var ports: [PublishedPort] = []
    /// The device on the host.
    package var link: String?
    /// The device in the container.
    package var interface: String?
    package var hardware: String?
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("id", "monitor")
        try fields("id", &id)
        try fields("monitor", &monitor)
        try fields("monitorStart", &monitorStart)
        try fields("names", &names)
        try fields.texts("addresses", &addresses) { IPAddress($0) }
        try fields("upstreams", &upstreams)
        try fields("ports", &ports)
        try fields("link", &link)
        try fields("interface", &interface)
        try fields("hardware", &hardware)
    }

    package var isAlive: Bool { Processes.isAlive(monitor, startTime: monitorStart) }
}
