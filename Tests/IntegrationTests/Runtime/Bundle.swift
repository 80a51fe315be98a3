import Foundation
import Testing

/// An OCI bundle of a test: `hako-runtime spec`'s configuration, changed as the test wants.
struct Bundle {
    let hako: Hako
    let path: String

    init(
        _ hako: Hako, _ command: [String], named name: String = "bundle", _ change: (inout [String: Any]) -> Void = { _ in }
    ) throws {
        self.hako = hako
        path = hako.path(name)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        chown(path, uid_t(hako.identity.id), gid_t(hako.identity.id))
        try? FileManager.default.removeItem(atPath: "\(path)/config.json")
        let words = ["spec", "--bundle", path] + (hako.identity == .user ? ["--rootless"] : [])
        let made = try hako.spawn(hako.runtimeWords(words)).finish()
        if made.status != 0 { throw HarnessError("hako-runtime spec: \(made)") }
        var config = try Self.read("\(path)/config.json")
        config.at("root", "path", hako.rootfs)
        config.at("root", "readonly", false)
        config.at("process", "terminal", false)
        config.at("process", "args", command)
        change(&config)
        try JSONSerialization.data(withJSONObject: config, options: [.prettyPrinted]).write(
            to: URL(filePath: "\(path)/config.json"))
    }

    static func read(_ path: String) throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: try Data(contentsOf: URL(filePath: path)))
        guard let object = value as? [String: Any] else { throw HarnessError("\(path) holds no object") }
        return object
    }

    /// The container's state as `state` prints it.
    func state(_ identifier: String) throws -> [String: Any] {
        let result = try hako.runtime("state", identifier)
        guard result.status == 0, let object = try JSONSerialization.jsonObject(with: Data(result.out.utf8)) as? [String: Any]
        else {
            throw HarnessError("state: \(result)")
        }
        return object
    }
}

extension [String: Any] {
    /// Sets `[outer][inner]`.
    mutating func at(_ outer: String, _ inner: String, _ value: Any) {
        var object = self[outer] as? [String: Any] ?? [:]
        object[inner] = value
        self[outer] = object
    }

    /// Leaves the container in the caller's namespace of this kind.
    mutating func remove(namespace kind: String) {
        let namespaces = (self["linux"] as? [String: Any])?["namespaces"] as? [[String: Any]] ?? []
        at("linux", "namespaces", namespaces.filter { $0["type"] as? String != kind })
    }

    /// Adds a user namespace: the container's ids are those from 100000 on.
    mutating func addUserNamespace() {
        var linux = self["linux"] as? [String: Any] ?? [:]
        linux["namespaces"] = (linux["namespaces"] as? [[String: Any]] ?? []) + [["type": "user"]]
        for key in ["uidMappings", "gidMappings"] { linux[key] = [["containerID": 0, "hostID": 100_000, "size": 65536]] }
        self["linux"] = linux
    }
}
