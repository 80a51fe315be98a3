package import OCI

/// Choosing the host's ids behind a container's user namespace.
package enum IdentityRanges {
    /// systemd's range for containers: nothing else on the host should use these ids.
    package static let space: Range<UInt32> = 524_288..<1_878_982_656
    package static let step: UInt32 = 65536

    /// The next free range of `size` ids after `last`, so that the ids of a container that is gone are used again late.
    ///
    /// - Parameter taken: ranges of other containers and of /etc/subuid and /etc/subgid.
    /// - Returns: where it begins; nil when all are taken.
    package static func next(size: UInt32, taken: [Range<UInt32>], after last: UInt32?) -> UInt32? {
        let slots = (space.upperBound - space.lowerBound) / step
        let first = last.map { space.contains($0) ? ($0 - space.lowerBound) / step + 1 : 0 } ?? 0
        // A taken range hides whole slots; only those near it have to be looked at.
        let sorted = taken.sorted { $0.lowerBound < $1.lowerBound }
        for offset in 0..<slots {
            let start = space.lowerBound + (first + offset) % slots * step
            let range = start..<start + max(size, 1)
            if range.upperBound <= space.upperBound, !sorted.contains(where: { $0.overlaps(range) }) { return start }
        }
        return nil
    }

    /// The ranges that a subordinate id file gives to a user: lines `name-or-id:start:count`. subuid(5).
    package static func subordinate(_ text: String, name: String?, id: UInt32) -> [Range<UInt32>] {
        entries(text).filter { $0.owner == name ?? "" || $0.owner == String(id) }.map(\.range)
    }

    /// All ranges of a subordinate id file, whoever has them.
    package static func all(_ text: String) -> [Range<UInt32>] { entries(text).map(\.range) }

    /// The ids of the host's in a map that a user has not.
    package static func missing(_ maps: [IDMapping], own: UInt32, given: [Range<UInt32>]) -> [Range<UInt32>] {
        let owned = (given + [own..<own + 1]).sorted { $0.lowerBound < $1.lowerBound }
        var missing: [Range<UInt32>] = []
        for map in maps where map.size > 0 {
            var next = map.hostID
            let end = UInt32(clamping: UInt64(map.hostID) + UInt64(map.size))
            for range in owned where range.upperBound > next && range.lowerBound < end {
                if range.lowerBound > next { missing.append(next..<range.lowerBound) }
                next = range.upperBound
            }
            if next < end { missing.append(next..<end) }
        }
        return missing
    }

    private static func entries(_ text: String) -> [(owner: String, range: Range<UInt32>)] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 3, !fields[0].isEmpty, let start = UInt32(fields[1]), let count = UInt32(fields[2]), count > 0,
                UInt64(start) + UInt64(count) <= UInt64(UInt32.max)
            else { return nil }
            return (String(fields[0]), start..<start + count)
        }
    }

    /// A plain user's map: itself as root, then its subordinate ids.
    package static func rootless(id: UInt32, subordinate: [Range<UInt32>]) -> [IDMapping] {
        var maps = [IDMapping(containerID: 0, hostID: id, size: 1)]
        var next: UInt32 = 1
        for range in subordinate {
            maps.append(IDMapping(containerID: next, hostID: range.lowerBound, size: UInt32(range.count)))
            next += UInt32(range.count)
        }
        return maps
    }

    /// A plain user's map in which it keeps its own id; the subordinate ids lie around it.
    package static func keepID(id: UInt32, subordinate: [Range<UInt32>]) -> [IDMapping] {
        var maps: [IDMapping] = []
        var next: UInt32 = 0
        func add(_ range: Range<UInt32>) {
            guard !range.isEmpty else { return }
            maps.append(IDMapping(containerID: next, hostID: range.lowerBound, size: UInt32(range.count)))
            next += UInt32(range.count)
        }
        var isPlaced = false
        for range in subordinate {
            if !isPlaced, next + UInt32(range.count) >= id {
                let cut = range.lowerBound + (id - next)
                add(range.lowerBound..<cut)
                add(id..<id + 1)
                add(cut..<range.upperBound)
                isPlaced = true
            } else {
                add(range)
            }
        }
        if !isPlaced { maps.append(IDMapping(containerID: id, hostID: id, size: 1)) }
        return maps
    }
}
