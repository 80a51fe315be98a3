internal import Linux
internal import OCI

/// The ids of the user namespace that this process is in. user_namespaces(7).
struct OwnIDs {
    let uids: [IDMapping]
    let gids: [IDMapping]

    static func read() throws(RuntimeError) -> OwnIDs {
        func map(_ name: String) throws(RuntimeError) -> [IDMapping] {
            let path = "/proc/self/\(name)"
            let text = try explaining("read \(path)") { () throws(SystemError) in try File.readText(path, limit: 64 << 10) }
            return text.split(separator: "\n").compactMap { line in
                let numbers = line.split(separator: " ").compactMap { UInt32($0) }
                return numbers.count == 3 ? IDMapping(containerID: numbers[0], hostID: numbers[1], size: numbers[2]) : nil
            }
        }
        return OwnIDs(uids: try map("uid_map"), gids: try map("gid_map"))
    }
}

extension IdentityPlan {
    /// The same ids, by what they are called in a namespace.
    ///
    /// - Throws: for ids that it has not.
    func within(_ own: OwnIDs) throws(RuntimeError) -> IdentityPlan {
        IdentityPlan(uids: try Self.within(uids, own.uids), gids: try Self.within(gids, own.gids))
    }

    private static func within(_ maps: [IDMapping], _ own: [IDMapping]) throws(RuntimeError) -> [IDMapping] {
        var inner: [IDMapping] = []
        for map in maps {
            var (inside, outside, left) = (map.containerID, map.hostID, map.size)
            while left > 0 {
                guard let piece = own.first(where: { outside >= $0.hostID && outside - $0.hostID < $0.size }) else {
                    throw RuntimeError("the id \(outside) is not this user's")
                }
                let offset = outside - piece.hostID
                let count = min(left, piece.size - offset)
                inner.append(IDMapping(containerID: inside, hostID: piece.containerID + offset, size: count))
                (inside, outside, left) = (inside + count, outside + count, left - count)
            }
        }
        return inner
    }
}
