package import JSON
internal import YAML

/// What a file of Kubernetes' objects has of those that hako knows.
package enum KubeObject {
    case pod(KubePod)
    case deployment(KubeDeployment)
    case configMap(KubeConfigMap)
    case secret(KubeSecret)
    case claim(KubeClaim)

    /// - Throws: for all that is not supported, naming the document, its object and the field.
    package static func read(_ bytes: [UInt8], file: String) throws(EngineError) -> [KubeObject] {
        let documents: [JSONValue]
        do throws(YAMLError) { documents = try YAMLReader.documents(bytes) } catch { throw EngineError("\(file), \(error)") }
        guard !documents.isEmpty else { throw EngineError("\(file): there is no object in it") }
        var objects: [KubeObject] = []
        for (number, document) in documents.enumerated() {
            for value in try items(of: document, "\(file), document \(number + 1)") {
                objects.append(try object(value, "\(file), document \(number + 1)"))
            }
        }
        return objects
    }

    /// Those of a List; others stand for themselves.
    private static func items(of value: JSONValue, _ place: String) throws(EngineError) -> [JSONValue] {
        guard case .object(let object) = value, object["kind"] == "List" else { return [value] }
        guard case .array(let items)? = object["items"] else { throw EngineError("\(place): a List has items") }
        return items
    }

    private static func object(_ value: JSONValue, _ place: String) throws(EngineError) -> KubeObject {
        guard case .object(let object) = value, case .string(let kind)? = object["kind"] else {
            throw EngineError("\(place): it has no kind")
        }
        let versions = ["Deployment": "apps/v1"]
        let version = object["apiVersion"] ?? .null
        do throws(JSONError) {
            let found: KubeObject
            switch kind {
            case "Pod": found = .pod(try KubePod(json: value))
            case "Deployment": found = .deployment(try KubeDeployment(json: value))
            case "ConfigMap": found = .configMap(try KubeConfigMap(json: value))
            case "Secret": found = .secret(try KubeSecret(json: value))
            case "PersistentVolumeClaim": found = .claim(try KubeClaim(json: value))
            default:
                throw JSONError(
                    "\(kind) is not supported; there are Pod, Deployment, ConfigMap, Secret and PersistentVolumeClaim", at: "kind"
                )
            }
            guard version == .string(versions[kind] ?? "v1") else {
                throw JSONError("of a \(kind) is \(versions[kind] ?? "v1")", at: "apiVersion")
            }
            return found
        } catch {
            throw EngineError("\(place) (\(kind)): \(error)")
        }
    }
}

package struct KubeMetadata: JSONRecord {
    package var name = ""
    package var labels: [String: String]?
    package var annotations: [String: String]?
    package var namespace: String?
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("name", &name)
        try fields("labels", &labels)
        try fields("annotations", &annotations)
        try fields("namespace", &namespace)
        // What a cluster adds of its own.
        fields.ignore("creationTimestamp", "uid", "resourceVersion", "generation", "managedFields")
        try fields.refuseOthers()
    }
}

/// The members that all objects have.
extension JSONFields {
    mutating func head(_ metadata: inout KubeMetadata) throws(JSONError) {
        try require("apiVersion", "kind", "metadata")
        ignore("apiVersion", "kind", "status")
        var found: KubeMetadata? = metadata
        try self("metadata", &found)
        metadata = found ?? KubeMetadata()
        guard !metadata.name.isEmpty else { throw JSONError("is missing", at: "metadata.name") }
    }
}

package struct KubePod: JSONRecord {
    package var metadata = KubeMetadata()
    package var spec = KubePodSpec()
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.head(&metadata)
        try fields.require("spec")
        try fields.value("spec", &spec)
        try fields.refuseOthers()
    }
}

package struct KubeDeployment: JSONRecord {
    struct Spec: JSONRecord {
        var replicas: Int?
        var template = Template()
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields.require("template")
            try fields("replicas", &replicas)
            try fields.value("template", &template)
            // How a cluster changes one into another, and finds its pods.
            fields.ignore("selector", "strategy", "revisionHistoryLimit", "progressDeadlineSeconds", "minReadySeconds")
            try fields.refuseOthers()
        }
    }

    struct Template: JSONRecord {
        var metadata = KubeMetadata()
        var spec = KubePodSpec()
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields.require("spec")
            try fields.value("metadata", &metadata)
            try fields.value("spec", &spec)
            try fields.refuseOthers()
        }
    }

    package var metadata = KubeMetadata()
    var spec = Spec()
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.head(&metadata)
        try fields.require("spec")
        try fields.value("spec", &spec)
        if let replicas = spec.replicas, !(0...1000).contains(replicas) {
            throw JSONError("is \(replicas); it goes from 0 to 1000", at: "spec.replicas")
        }
        try fields.refuseOthers()
    }

    /// Its pods, each with a name of its own.
    package var pods: [KubePod] {
        let count = spec.replicas ?? 1
        return (0..<count).map { number in
            var pod = KubePod()
            pod.metadata = spec.template.metadata
            pod.metadata.namespace = pod.metadata.namespace ?? metadata.namespace
            pod.metadata.name = count == 1 ? "\(metadata.name)-pod" : "\(metadata.name)-pod-\(number)"
            pod.spec = spec.template.spec
            return pod
        }
    }
}

package struct KubeConfigMap: JSONRecord {
    package var metadata = KubeMetadata()
    var data: [String: String]?
    var binaryData: [String: String]?
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.head(&metadata)
        try fields("data", &data)
        try fields("binaryData", &binaryData)
        fields.ignore("immutable")
        try fields.refuseOthers()
        _ = try content
    }

    /// By key.
    var content: [String: [UInt8]] {
        get throws(JSONError) { try KubeData.content(text: ("data", data), encoded: ("binaryData", binaryData)) }
    }
}

package struct KubeSecret: JSONRecord {
    package var metadata = KubeMetadata()
    var data: [String: String]?
    var stringData: [String: String]?
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.head(&metadata)
        try fields("data", &data)
        try fields("stringData", &stringData)
        fields.ignore("type", "immutable")
        try fields.refuseOthers()
        _ = try content
    }

    /// By key; what is given as text wins.
    var content: [String: [UInt8]] {
        get throws(JSONError) { try KubeData.content(text: ("stringData", stringData), encoded: ("data", data)) }
    }
}

package struct KubeClaim: JSONRecord {
    package var metadata = KubeMetadata()
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.head(&metadata)
        // Sizes and classes of storage are a cluster's: a volume here is a directory.
        fields.ignore("spec")
        try fields.refuseOthers()
    }
}

extension JSONFields {
    /// A record in any case.
    mutating func value<R: JSONRecord>(_ key: String, _ property: inout R) throws(JSONError) {
        var optional: R? = property
        try self(key, &optional)
        property = optional ?? R()
    }
}
