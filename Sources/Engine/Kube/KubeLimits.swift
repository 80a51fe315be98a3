internal import JSON

struct KubeResources: JSONRecord {
    struct Amounts: JSONRecord {
        /// Bytes.
        var memory: Int64?
        /// Thousandths of a processor.
        var cpu: Int64?
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            func amount(_ key: String, thousandths: Bool) throws(JSONError) -> Int64? {
                var value: JSONValue?
                try fields(key, &value)
                guard let value else { return nil }
                var text = value.text()
                if case .string(let word) = value { text = word }
                guard let amount = KubeQuantity.value(text, thousandths: thousandths), amount > 0 else {
                    throw JSONError("is \(text), which is no amount such as \(thousandths ? "500m or 1.5" : "64Mi")", at: key)
                }
                return amount
            }
            memory = try amount("memory", thousandths: false)
            cpu = try amount("cpu", thousandths: true)
            try fields.refuseOthers()
        }
    }

    var limits: Amounts?
    var requests: Amounts?
    var unknown = JSONObject()

    mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("limits", &limits)
        try fields("requests", &requests)
        try fields.refuseOthers()
    }
}

/// Amounts as Kubernetes writes them: `64Mi`, `1.5`, `500m`, `1e3`.
enum KubeQuantity {
    private static let units: [(String, Double)] = [
        ("Ki", 0x1p10), ("Mi", 0x1p20), ("Gi", 0x1p30), ("Ti", 0x1p40), ("Pi", 0x1p50), ("m", 1e-3), ("k", 1e3), ("M", 1e6),
        ("G", 1e9), ("T", 1e12), ("P", 1e15), ("", 1),
    ]

    /// Rounded up; nil for what is no amount.
    static func value(_ text: String, thousandths: Bool) -> Int64? {
        guard let (unit, factor) = units.first(where: { text.hasSuffix($0.0) }) else { return nil }
        let digits = text.dropLast(unit.count)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) || ".eE+-".utf8.contains($0) }),
            let number = Double(digits)
        else { return nil }
        let amount = (number * factor * (thousandths ? 1000 : 1)).rounded(.up)
        return amount < 9e18 && amount > -9e18 ? Int64(amount) : nil
    }
}

/// Of a container, or of all of a pod's where the container says nothing.
struct KubeSecurity: JSONRecord {
    struct Capabilities: JSONRecord {
        var add: [String]?
        var drop: [String]?
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("add", &add)
            try fields("drop", &drop)
            try fields.refuseOthers()
        }
    }

    var runAsUser: UInt32?
    var runAsGroup: UInt32?
    var supplementalGroups: [UInt32]?
    var privileged: Bool?
    var capabilities: Capabilities?
    var readOnlyRootFilesystem: Bool?
    var allowPrivilegeEscalation: Bool?
    var unknown = JSONObject()

    mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("runAsUser", &runAsUser)
        try fields("runAsGroup", &runAsGroup)
        try fields("supplementalGroups", &supplementalGroups)
        try fields("privileged", &privileged)
        try fields("capabilities", &capabilities)
        try fields("readOnlyRootFilesystem", &readOnlyRootFilesystem)
        try fields("allowPrivilegeEscalation", &allowPrivilegeEscalation)
        try fields.refuseOthers()
    }

    /// What is said here, and for the rest what `pod` says.
    func over(_ pod: KubeSecurity?) -> KubeSecurity {
        var both = self
        both.runAsUser = runAsUser ?? pod?.runAsUser
        both.runAsGroup = runAsGroup ?? pod?.runAsGroup
        both.supplementalGroups = supplementalGroups ?? pod?.supplementalGroups
        both.privileged = privileged ?? pod?.privileged
        both.capabilities = capabilities ?? pod?.capabilities
        both.readOnlyRootFilesystem = readOnlyRootFilesystem ?? pod?.readOnlyRootFilesystem
        both.allowPrivilegeEscalation = allowPrivilegeEscalation ?? pod?.allowPrivilegeEscalation
        return both
    }
}
