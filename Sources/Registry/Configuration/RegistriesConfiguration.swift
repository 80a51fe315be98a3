internal import EdgeProtocol
internal import Linux

/// Mirrors, blocks and exceptions for registries (containers-registries.conf(5), version 2).
struct RegistriesConfiguration: Sendable {
    struct Place: Sendable, Equatable {
        /// Host, and maybe a path; empty for the name as it is.
        var location = ""
        var isInsecure = false
        var takes = Target.Takes.all
    }

    struct Registry: Sendable, Equatable {
        /// `docker.io`, `quay.io/team`, `*.example.com`.
        var prefix: String
        var place: Place
        var isBlocked = false
        var mirrors: [Place] = []
    }

    private(set) var registries: [Registry] = []

    static let largest = 1 << 20

    init() {}

    /// Reads the file the user names, or those of the machine and of the user; then their folders, later ones over earlier.
    init(options: RegistryOptions, variable: (String) -> String? = Environment.value) throws {
        let home = variable("HOME").map { "\($0)/.config/containers/registries.conf" }
        let system = "/etc/containers/registries.conf"
        if let only = options.registriesConf ?? variable("CONTAINERS_REGISTRIES_CONF") {
            try add(file: only, isNeeded: true)
            try add(folder: "\(only).d")
        } else {
            if let home, File.exists(home) { try add(file: home) } else { try add(file: system) }
            try add(folder: "\(system).d")
            if let home { try add(folder: "\(home).d") }
        }
    }

    private mutating func add(folder: String) throws {
        guard let directory = try? File.open(folder, [.read, .directory]) else { return }
        for name in try directory.list().sorted() where name.hasSuffix(".conf") { try add(file: "\(folder)/\(name)") }
    }

    private mutating func add(file: String, isNeeded: Bool = false) throws {
        let bytes: [UInt8]
        do {
            bytes = try File.read(file, limit: Self.largest)
        } catch {
            if error.errno == .noSuchFileOrDirectory, !isNeeded { return }
            throw RegistryError(.local, "cannot read the registries' configuration: \(error)")
        }
        do {
            try add(String(decoding: bytes, as: UTF8.self))
        } catch {
            throw RegistryError(.local, "\(file), \(error)")
        }
    }

    /// Adds what a text says; of two entries with one prefix the later counts.
    mutating func add(_ text: String) throws {
        var found: [Registry] = []
        for section in try ConfigurationText(parsing: text).sections where section.isListed {
            if section.path == ["registry"] {
                let place = Self.place(section.values)
                var registry = Registry(prefix: place.location, place: place)
                if case .string(let prefix) = section.values["prefix"] ?? .other { registry.prefix = prefix }
                registry.isBlocked = section.values["blocked"] == .bool(true)
                if case .list(let mirrors) = section.values["mirror"] ?? .other {
                    for case .table(let values) in mirrors { registry.mirrors.append(Self.place(values)) }
                }
                if section.values["mirror-by-digest-only"] == .bool(true) { registry.place.takes = .digestOnly }
                guard !registry.prefix.isEmpty else {
                    throw RegistryError(.local, "a [[registry]] has neither prefix nor location")
                }
                found.append(registry)
            } else if section.path == ["registry", "mirror"], !found.isEmpty {
                found[found.count - 1].mirrors.append(Self.place(section.values))
            }
        }
        for var registry in found {
            if registry.place.takes == .digestOnly {
                registry.place.takes = .all
                registry.mirrors = registry.mirrors.map {
                    Place(location: $0.location, isInsecure: $0.isInsecure, takes: .digestOnly)
                }
            }
            registries.removeAll { $0.prefix == registry.prefix }
            registries.append(registry)
        }
    }

    private static func place(_ values: [String: ConfigurationText.Value]) -> Place {
        var place = Place()
        if case .string(let location) = values["location"] ?? .other { place.location = location }
        place.isInsecure = values["insecure"] == .bool(true)
        if case .string(let takes) = values["pull-from-mirror"] ?? .other { place.takes = Target.Takes(rawValue: takes) ?? .all }
        return place
    }

    /// The entry with the longest prefix of a name.
    func registry(for name: String) -> Registry? {
        registries.filter { Self.length(of: $0.prefix, in: name) != nil }.max { $0.prefix.utf8.count < $1.prefix.utf8.count }
    }

    /// How much of a name a prefix covers; nil for none of it.
    private static func length(of prefix: String, in name: String) -> Int? {
        if prefix.hasPrefix("*.") {
            let host = name.prefix { $0 != "/" }
            return host.hasSuffix(prefix.dropFirst()) ? host.count : nil
        }
        return name == prefix || name.hasPrefix("\(prefix)/") ? prefix.count : nil
    }

    /// Where a repository is looked for, in order: the mirrors, then its own place.
    ///
    /// - Parameter isPushing: mirrors are not written to.
    /// - Throws: `blocked`.
    func targets(registry host: String, repository: String, isPushing: Bool = false, isInsecure: Bool = false) throws -> [Target]
    {
        let name = repository.isEmpty ? host : "\(host)/\(repository)"
        guard let registry = registry(for: name), let covered = Self.length(of: registry.prefix, in: name) else {
            return [Target(site: Site(host, isInsecure: isInsecure), repository: repository)]
        }
        guard !registry.isBlocked else {
            throw RegistryError(.blocked, "registries.conf blocks \(registry.prefix), and so \(name)")
        }
        let rest = name.dropFirst(covered)
        return ((isPushing ? [] : registry.mirrors) + [registry.place]).map { place in
            let text = place.location.isEmpty ? name : place.location + rest
            let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
            return Target(
                site: Site(parts.first ?? host, isInsecure: isInsecure || place.isInsecure),
                repository: parts.count > 1 ? parts[1] : "",
                isMirror: text != name, takes: place.takes)
        }
    }
}
