/// Finds users and groups in the text of a container's /etc/passwd and /etc/group. passwd(5), group(5).
package struct UserLookup: Sendable {
    private struct Account {
        var name: Substring
        var uid: UInt32
        var gid: UInt32
        var home: Substring
    }

    private struct Group {
        var name: Substring
        var gid: UInt32
        var members: [Substring]
    }

    private let accounts: [Account]
    private let groups: [Group]

    /// Lines that are damaged count for nothing, as for the C library.
    package init(passwd: String, group: String) {
        accounts = passwd.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 6, let uid = UInt32(fields[2]), let gid = UInt32(fields[3]) else { return nil }
            return Account(name: fields[0], uid: uid, gid: gid, home: fields[5])
        }
        groups = group.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 4, let gid = UInt32(fields[2]) else { return nil }
            return Group(name: fields[0], gid: gid, members: fields[3].split(separator: ","))
        }
    }

    /// - Throws: for a name that the container does not know.
    package func resolve(_ request: UserRequest?, extraGroups: [UserRequest.Name]) throws(EngineError) -> ResolvedUser {
        let request = request ?? UserRequest(user: .id(0))
        var user = ResolvedUser()
        let account: Account?
        switch request.user {
        case .id(let id):
            account = accounts.first { $0.uid == id }
            user.uid = id
        case .name(let name):
            guard let found = accounts.first(where: { $0.name == name }) else {
                throw EngineError(
                    "--user \"\(name)\": no such user in the container's /etc/passwd; a number needs no entry there")
            }
            account = found
            user.uid = found.uid
        }
        user.gid = try request.group.map { group throws(EngineError) in try gid(group, flag: "--user") } ?? account?.gid ?? 0
        user.home = account.flatMap { $0.home.hasPrefix("/") ? String($0.home) : nil } ?? (user.uid == 0 ? "/root" : "/")
        var additional: [UInt32] = []
        // With a group named, the user's others are left out, as with docker.
        if request.group == nil, let account {
            additional = groups.filter { $0.members.contains(account.name) }.map(\.gid)
        }
        for group in extraGroups { additional.append(try gid(group, flag: "--group-add")) }
        var seen: Set<UInt32> = []
        user.additionalGroups = additional.filter { seen.insert($0).inserted }
        return user
    }

    private func gid(_ group: UserRequest.Name, flag: String) throws(EngineError) -> UInt32 {
        switch group {
        case .id(let id): return id
        case .name(let name):
            guard let found = groups.first(where: { $0.name == name }) else {
                throw EngineError(
                    "\(flag) \"\(name)\": no such group in the container's /etc/group; a number needs no entry there")
            }
            return found.gid
        }
    }
}
