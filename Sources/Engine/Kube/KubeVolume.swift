internal import JSON

/// A volume of a pod's.
struct KubeVolume: JSONRecord {
    struct HostPath: JSONRecord {
        enum Kind: String, CaseIterable {
            case any = ""
            case directory = "Directory"
            case directoryOrCreate = "DirectoryOrCreate"
            case file = "File"
            case fileOrCreate = "FileOrCreate"
            case socket = "Socket"
            case characterDevice = "CharDevice"
            case blockDevice = "BlockDevice"
        }

        var path = ""
        var type = Kind.any
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields.require("path")
            try fields("path", &path)
            try fields("type", &type)
            guard path.hasPrefix("/"), !path.utf8.contains(0) else { throw JSONError("is \"\(path)\", not absolute", at: "path") }
            try fields.refuseOthers()
        }
    }

    struct Empty: JSONRecord {
        var medium: String?
        var sizeLimit: JSONValue?
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("medium", &medium)
            try fields("sizeLimit", &sizeLimit)
            guard [nil, "", "Memory"].contains(medium) else {
                throw JSONError("is \"\(medium ?? "")\"; it is Memory, or left out", at: "medium")
            }
            _ = try size
            if sizeLimit != nil, medium != "Memory" { throw JSONError("is kept for the medium Memory only", at: "sizeLimit") }
            try fields.refuseOthers()
        }

        /// In bytes.
        var size: Int64? {
            get throws(JSONError) {
                guard let sizeLimit else { return nil }
                var text = sizeLimit.text()
                if case .string(let word) = sizeLimit { text = word }
                guard let size = KubeQuantity.value(text, thousandths: false), size > 0 else {
                    throw JSONError("is \(text), which is no amount such as 64Mi", at: "sizeLimit")
                }
                return size
            }
        }
    }

    /// Keys of a ConfigMap or a Secret as files.
    struct Files: JSONRecord {
        struct Item: JSONRecord {
            var key = ""
            var path = ""
            var unknown = JSONObject()

            mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
                try fields.require("key", "path")
                try fields("key", &key)
                try fields("path", &path)
                guard !path.isEmpty, path != ".", path != "..", !path.utf8.contains(0), !path.contains("/") else {
                    throw JSONError("is \"\(path)\"; it is a file's name, directories below are not supported", at: "path")
                }
                try fields.refuseOthers()
            }
        }

        var name = ""
        var items: [Item]?
        var defaultMode: UInt32?
        var optional: Bool?
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            // Kubernetes calls a Secret's otherwise than a ConfigMap's.
            var (name, secret): (String?, String?) = (nil, nil)
            try fields("name", &name)
            try fields("secretName", &secret)
            guard let found = secret ?? name else { throw JSONError("is missing", at: "name") }
            self.name = found
            try fields("items", &items)
            try fields("defaultMode", &defaultMode)
            try fields("optional", &optional)
            if let defaultMode, defaultMode > 0o777 { throw JSONError("goes up to 0777", at: "defaultMode") }
            try fields.refuseOthers()
        }
    }

    struct Claim: JSONRecord {
        var claimName = ""
        var readOnly: Bool?
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields.require("claimName")
            try fields("claimName", &claimName)
            try fields("readOnly", &readOnly)
            try fields.refuseOthers()
        }
    }

    enum Source {
        case hostPath(HostPath)
        case empty(Empty)
        case configMap(Files)
        case secret(Files)
        case claim(Claim)
    }

    var name = ""
    var source = Source.empty(Empty())
    var unknown = JSONObject()

    mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("name")
        try fields("name", &name)
        var hostPath: HostPath?
        var empty: Empty?
        var (configMap, secret): (Files?, Files?) = (nil, nil)
        var claim: Claim?
        try fields("hostPath", &hostPath)
        try fields("emptyDir", &empty)
        try fields("configMap", &configMap)
        try fields("secret", &secret)
        try fields("persistentVolumeClaim", &claim)
        let sources: [Source?] = [
            hostPath.map { .hostPath($0) }, empty.map { .empty($0) }, configMap.map { .configMap($0) },
            secret.map { .secret($0) },
            claim.map { .claim($0) },
        ]
        try fields.refuseOthers()
        let found = sources.compactMap { $0 }
        guard found.count == 1 else { throw JSONError("has \(found.count) sources, not one", at: name) }
        source = found[0]
    }
}
