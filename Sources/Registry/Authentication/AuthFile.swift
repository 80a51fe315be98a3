internal import EdgeProtocol
internal import JSON
internal import Linux

/// An auth file of containers or docker, as it is: members that are not known here stay (containers-auth.json(5)).
struct AuthFile: Sendable {
    let path: String
    private(set) var content = JSONObject()

    static let largest = 4 << 20

    /// - Throws: a file that is there and cannot be read as one.
    init(path: String) throws {
        self.path = path
        let bytes: [UInt8]
        do {
            bytes = try File.read(path, limit: Self.largest)
        } catch {
            if error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory { return }
            throw RegistryError(.local, "cannot read the credentials: \(error)")
        }
        guard bytes.contains(where: { $0 > 32 }) else { return }
        do {
            guard case .object(let object) = try JSONValue(parsing: bytes) else { throw JSONError("is not an object") }
            content = object
        } catch {
            throw RegistryError(.local, "the auth file \(path) \(error); mend it or take it away")
        }
    }

    private func object(_ key: String) -> JSONObject {
        guard case .object(let object) = content[key] ?? .null else { return JSONObject() }
        return object
    }

    /// The helper that keeps a host's credentials: `credHelpers`.
    func helper(for host: String, repository: String) -> String? {
        guard let found = Self.best(object("credHelpers"), host, repository), case .string(let name) = found.value else {
            return nil
        }
        return name
    }

    /// The helper that keeps all others.
    var store: String? {
        guard case .string(let name) = content["credsStore"] ?? .null, !name.isEmpty else { return nil }
        return name
    }

    /// What `auths` has for a repository; nil for nothing, or an entry that only says that a helper has it.
    func credentials(for host: String, repository: String) -> Credentials? {
        let usable = JSONObject(object("auths").members.filter { Self.parse($0.value) != nil })
        return Self.best(usable, host, repository).flatMap { Self.parse($0.value) }
    }

    private static func best(_ entries: JSONObject, _ host: String, _ repository: String) -> JSONObject.Member? {
        var found: (member: JSONObject.Member, fitness: Int)?
        for member in entries.members {
            guard let fitness = AuthKey(member.key).fitness(host: host, repository: repository) else { continue }
            if found.map({ fitness > $0.fitness }) ?? true { found = (member, fitness) }
        }
        return found?.member
    }

    private static func parse(_ value: JSONValue) -> Credentials? {
        guard case .object(let entry) = value else { return nil }
        if case .string(let token) = entry["identitytoken"] ?? .null, !token.isEmpty { return .identityToken(token) }
        if case .string(let auth) = entry["auth"] ?? .null, let found = Credentials.parse(auth: auth) { return found }
        guard case .string(let username) = entry["username"] ?? .null, case .string(let password) = entry["password"] ?? .null,
            !username.isEmpty
        else { return nil }
        return .password(username: username, password: password)
    }

    // MARK: Changes

    /// What docker and containers call a registry in these files.
    static func key(_ host: String) -> String { AuthKey.canonical(host) == "docker.io" ? "https://index.docker.io/v1/" : host }

    /// Keeps credentials of a host, or with nil an entry that says that a helper has them.
    mutating func set(_ host: String, auth: String?) {
        var auths = object("auths").members.filter { AuthKey($0.key) != AuthKey(host) }
        let entry = JSONObject(auth.map { [JSONObject.Member(key: "auth", value: .string($0))] } ?? [])
        auths.append(JSONObject.Member(key: Self.key(host), value: .object(entry)))
        replace(auths)
    }

    /// Forgets a host, or with nil all.
    ///
    /// - Returns: whether there was something.
    mutating func remove(_ host: String?) -> Bool {
        let auths = object("auths").members
        let kept = host.map { host in auths.filter { AuthKey($0.key) != AuthKey(host) } } ?? []
        guard kept.count < auths.count else { return false }
        replace(kept)
        return true
    }

    /// The hosts that are mentioned.
    var hosts: [String] { object("auths").members.map(\.key) + object("credHelpers").members.map(\.key) }

    private mutating func replace(_ auths: [JSONObject.Member]) {
        var members = content.members
        let value = JSONValue.object(JSONObject(auths))
        if let index = members.lastIndex(where: { $0.key == "auths" }) {
            members[index].value = value
        } else {
            members.append(JSONObject.Member(key: "auths", value: value))
        }
        content = JSONObject(members)
    }

    /// Puts it in its place whole, readable by its owner alone. A link stays one.
    func save() throws {
        do {
            try File.replace(Self.target(path), with: JSONValue.object(content).bytes(pretty: true) + [10], mode: 0o600)
        } catch {
            throw RegistryError(.local, "cannot keep the credentials in \(path): \(error)")
        }
    }

    private static func target(_ path: String) -> String { (try? File.realPath(path)) ?? path }

    /// Keeps others that change the file waiting, until the answer goes: flock(2) of a file beside it, which stays.
    static func lock(_ path: String) async throws -> SharedDescriptor {
        do {
            let target = target(path)
            if let slash = target.lastIndex(of: "/"), slash > target.startIndex {
                try File.makeDirectories(String(target[..<slash]), mode: 0o700)
            }
            let file = SharedDescriptor(try File.open("\(target).lock", [.readWrite, .create, .noFollow], mode: 0o600))
            // Not by a call that waits: the thread is others' too.
            while true {
                do throws(SystemError) {
                    try file.descriptor.lock(.exclusive, waits: false)
                    return file
                } catch {
                    guard error.errno == .wouldBlock else { throw error }
                }
                try await Task.sleep(for: .milliseconds(10))
            }
        } catch let error as SystemError {
            throw RegistryError(.local, "cannot lock the credentials in \(path): \(error)")
        }
    }
}
