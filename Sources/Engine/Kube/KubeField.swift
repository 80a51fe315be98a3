internal import JSON

/// What a variable takes from the pod's own description: `metadata.name`, `metadata.labels['app']`.
struct KubeField: JSONRecord {
    var fieldPath = ""
    var unknown = JSONObject()

    mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        var version: String?
        try fields.require("fieldPath")
        try fields("apiVersion", &version)
        try fields("fieldPath", &fieldPath)
        guard [nil, "v1"].contains(version) else { throw JSONError("is \(version ?? ""); it is v1", at: "apiVersion") }
        try fields.refuseOthers()
    }

    /// - Parameter node: the machine's name.
    /// - Throws: for what is not known, or not before the pod runs.
    func value(of metadata: KubeMetadata, node: String) throws(JSONError) -> String {
        switch fieldPath {
        case "metadata.name": return metadata.name
        case "metadata.namespace": return metadata.namespace ?? "default"
        case "spec.nodeName": return node
        case "spec.serviceAccountName": return "default"
        case "status.podIP", "status.podIPs", "status.hostIP", "status.hostIPs":
            throw JSONError("is \(fieldPath), which is not known before the pod runs", at: "fieldPath")
        default: break
        }
        if let key = Self.key(fieldPath, of: "metadata.labels") { return metadata.labels?[key] ?? "" }
        if let key = Self.key(fieldPath, of: "metadata.annotations") { return metadata.annotations?[key] ?? "" }
        throw JSONError(
            "is \"\(fieldPath)\"; there are metadata.name, metadata.namespace, metadata.labels['KEY'], "
                + "metadata.annotations['KEY'], spec.nodeName and spec.serviceAccountName", at: "fieldPath")
    }

    /// `KEY` of `metadata.labels['KEY']`.
    private static func key(_ path: String, of map: String) -> String? {
        let (begin, end) = ("\(map)['", "']")
        guard path.hasPrefix(begin), path.hasSuffix(end), path.utf8.count > begin.utf8.count + end.utf8.count else { return nil }
        return String(path.dropFirst(begin.count).dropLast(end.count))
    }
}

/// What a variable takes from the container's limits: `limits.memory`, in units of a divisor.
struct KubeResourceField: JSONRecord {
    var resource = ""
    var containerName: String?
    var divisor: String?
    var unknown = JSONObject()

    mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        var unit: JSONValue?
        try fields.require("resource")
        try fields("resource", &resource)
        try fields("containerName", &containerName)
        try fields("divisor", &unit)
        divisor = unit?.text()
        if case .string(let text)? = unit { divisor = text }
        guard ["limits.cpu", "limits.memory", "requests.cpu", "requests.memory"].contains(resource) else {
            throw JSONError("is \"\(resource)\"; it is cpu or memory of limits or requests", at: "resource")
        }
        guard divisor == nil || units != nil else { throw JSONError("is \(divisor ?? ""), which is no amount", at: "divisor") }
        try fields.refuseOthers()
    }

    private var isProcessor: Bool { resource.hasSuffix("cpu") }

    /// Bytes, or thousandths of a processor; `0` is as good as none.
    private var units: Int64? {
        guard let divisor, divisor != "0" else { return isProcessor ? 1000 : 1 }
        return KubeQuantity.value(divisor, thousandths: isProcessor).flatMap { $0 > 0 ? $0 : nil }
    }

    /// Rounded up. What is not requested is what the limit is, as with Kubernetes.
    ///
    /// - Throws: where there is none.
    func value(of resources: KubeResources?) throws(JSONError) -> String {
        let limits = isProcessor ? resources?.limits?.cpu : resources?.limits?.memory
        let requests = (isProcessor ? resources?.requests?.cpu : resources?.requests?.memory) ?? limits
        guard let amount = resource.hasPrefix("limits") ? limits : requests, let units else {
            throw JSONError("is \(resource), which the container does not say", at: "resource")
        }
        return "\((amount - 1) / units + 1)"
    }
}
