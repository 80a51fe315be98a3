package import OCI

/// Where a namespace of the container comes from.
package enum NamespaceMode: Sendable, Equatable {
    /// The container's own.
    case own
    /// None: the host's.
    case host
    /// One that is there, such as /run/netns/NAME.
    case path(String)
    /// That of another container, by what the user called it; once looked up, by its id.
    case container(String)

    /// `--pid`, `--ipc`, `--uts`, `--cgroupns`: `private`, `host`, `ns:PATH` or, but for the last, `container:NAME`.
    package static func parse(_ text: String, flag: String) throws(EngineError) -> NamespaceMode {
        try Numbers.checkNoZero(text, flag: flag)
        switch text {
        case "", "private": return .own
        case "shareable" where flag == "--ipc": return .own
        case "host": return .host
        case let text where text.hasPrefix("ns:"): return .path(try path(text, flag: flag))
        case let text where text.hasPrefix("container:") && flag != "--cgroupns":
            return .container(try container(text, flag: flag))
        default:
            let others = flag == "--cgroupns" ? "" : " or container:NAME"
            throw EngineError.value(flag, text, "it is private, host, ns:PATH\(others)")
        }
    }

    static func container(_ text: String, flag: String) throws(EngineError) -> String {
        let name = String(text.dropFirst("container:".count))
        guard !name.isEmpty else { throw EngineError.value(flag, text, "the container's name is missing") }
        return name
    }

    static func path(_ text: String, flag: String) throws(EngineError) -> String {
        let path = String(text.dropFirst(3))
        guard path.hasPrefix("/") else { throw EngineError.value(flag, text, "the path of a namespace is absolute") }
        return path
    }
}

/// `--time`: the container's clocks. time_namespaces(7).
package struct TimeRequest: Sendable, Equatable {
    package var isHost = false
    /// Nanoseconds to add, by clock (`monotonic`, `boottime`).
    package var offsets: [String: Int64] = [:]

    package init(isHost: Bool = false, offsets: [String: Int64] = [:]) {
        self.isHost = isHost
        self.offsets = offsets
    }

    package static func parse(_ text: String) throws(EngineError) -> TimeRequest {
        if text == "host" { return TimeRequest(isHost: true) }
        if text == "private" { return TimeRequest() }
        var request = TimeRequest()
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let (clock, value) = try Numbers.pair(String(part), flag: "--time")
            guard clock == "monotonic" || clock == "boottime", let seconds = Double(value), seconds.magnitude < 9e9 else {
                throw EngineError.value("--time", text, "it is private, host, or seconds to add: monotonic=3600,boottime=-1.5")
            }
            request.offsets[clock] = Int64((seconds * 1e9).rounded())
        }
        return request
    }
}

/// `--userns`, `--uidmap`, `--gidmap`.
package enum UserNamespaceMode: Sendable, Equatable {
    /// A range of its own for root; for a plain user itself as root and its subordinate ids.
    case own(size: UInt32?)
    case host
    /// For a plain user: its own id is the same inside.
    case keepID
    case maps(uids: [IDMapping], gids: [IDMapping])
    /// That of another container.
    case container(String)

    package static func parse(_ text: String) throws(EngineError) -> UserNamespaceMode {
        let flag = "--userns"
        switch text {
        case "", "private", "auto": return .own(size: nil)
        case "host": return .host
        case "keep-id": return .keepID
        case let text where text.hasPrefix("container:"):
            return .container(try NamespaceMode.container(text, flag: flag))
        case let text where text.hasPrefix("auto:"):
            let (key, value) = try Numbers.pair(String(text.dropFirst(5)), flag: flag)
            guard key == "size" else { throw EngineError.value(flag, text, "auto only takes size=N") }
            return .own(size: UInt32(try Numbers.integer(value, flag: flag, in: 1...65536)))
        default: throw EngineError.value(flag, text, "it is auto, auto:size=N, host, keep-id or container:NAME")
        }
    }

    /// `CONTAINER:HOST[:COUNT]`.
    package static func parseMap(_ text: String, flag: String) throws(EngineError) -> IDMapping {
        let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt32($0) }
        guard (2...3).contains(numbers.count), let inside = numbers[0], let outside = numbers[1],
            let size = numbers.count == 3 ? numbers[2] : 1, size > 0,
            UInt64(inside) + UInt64(size) <= UInt64(UInt32.max), UInt64(outside) + UInt64(size) <= UInt64(UInt32.max)
        else { throw EngineError.value(flag, text, "write it as CONTAINER:HOST:COUNT, in numbers") }
        return IDMapping(containerID: inside, hostID: outside, size: size)
    }

    /// Ranges of one map must not overlap, on either side: the kernel refuses them without saying which.
    package static func check(_ maps: [IDMapping], flag: String) throws(EngineError) {
        for (index, a) in maps.enumerated() {
            for b in maps[(index + 1)...] {
                func overlap(_ x: UInt32, _ y: UInt32) -> Bool {
                    UInt64(x) < UInt64(y) + UInt64(b.size) && UInt64(y) < UInt64(x) + UInt64(a.size)
                }
                if overlap(a.containerID, b.containerID) || overlap(a.hostID, b.hostID) {
                    throw EngineError("\(flag): two of the ranges overlap")
                }
            }
        }
    }
}
