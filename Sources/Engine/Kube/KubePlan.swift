internal import JSON

/// What the objects of a file come to here, as values: nothing is done yet, and all that is not supported was said.
package struct KubePlan: Sendable {
    package struct Container: Sendable {
        package var options: RunOptions
        /// Nil for the usual: where the image is not here.
        package var pull: PullPolicy?
        /// Runs to its end before the next one is made.
        package var isInit = false
        /// Kinds of namespaces that are not the pod's.
        package var given: Set<String> = []
        /// What is not done although it was said, a line each.
        package var warnings: [String] = []

        init(_ options: RunOptions) { self.options = options }
    }

    package struct Pod: Sendable {
        package var request: PodRequest
        /// Those that come first, first.
        package var containers: [Container] = []
        var volumes: [Volume] = []
        var hostPaths: [HostPath] = []

        package var name: String { request.name ?? "" }
    }

    /// A volume that is made for a pod, and goes with it.
    struct Volume: Sendable {
        var name: String
        /// Nil for an empty one.
        var files: [String: [UInt8]]?
        var mode: UInt32 = 0o644
    }

    struct HostPath: Sendable {
        var path: String
        var type: KubeVolume.HostPath.Kind
        var field: String
    }

    package var pods: [Pod] = []
    /// By their names here: `SECRET.KEY`.
    var secrets: [String: (secret: String, content: [UInt8])] = [:]
    package var claims: [String] = []

    /// - Parameter stored: keys of secrets that are here already, by the secret's name.
    init(_ objects: [KubeObject], stored: [String: Set<String>]) throws(EngineError) {
        var maps: [String: [String: [UInt8]]] = [:]
        var keys = stored
        var pods: [KubePod] = []
        for object in objects {
            switch object {
            case .pod(let pod): pods.append(pod)
            case .deployment(let deployment): pods += deployment.pods
            case .claim(let claim): claims.append(try VolumeRecord.check(claim.metadata.name))
            case .configMap(let map): maps[map.metadata.name] = try Self.content { () throws(JSONError) in try map.content }
            case .secret(let secret):
                let name = secret.metadata.name
                let content = try Self.content { () throws(JSONError) in try secret.content }
                keys[name] = Set(content.keys)
                for (key, bytes) in content { secrets[try Self.secretName(name, key)] = (name, bytes) }
            }
        }
        for pod in pods { self.pods.append(try KubePodPlanner(pod, maps: maps, secrets: keys).plan()) }
        let names = self.pods.map(\.name)
        if let twice = Dictionary(grouping: names, by: { $0 }).first(where: { $0.value.count > 1 })?.key {
            throw EngineError("two pods are called \(twice)")
        }
    }

    private static func content(_ body: () throws(JSONError) -> [String: [UInt8]]) throws(EngineError) -> [String: [UInt8]] {
        do throws(JSONError) { return try body() } catch { throw EngineError("\(error)") }
    }

    /// What a key of a Secret is called among hako's.
    static func secretName(_ secret: String, _ key: String) throws(EngineError) -> String {
        try SecretRecord.check("\(secret).\(key)")
    }

    /// The volume of a pod's own.
    static func volumeName(_ pod: String, _ volume: String) throws(EngineError) -> String {
        try VolumeRecord.check("\(pod)-\(volume)")
    }
}
