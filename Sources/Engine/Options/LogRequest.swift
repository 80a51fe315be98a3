package import JSON
package import Runtime

/// `--log-driver` and `--log-opt`: how a container's output is kept.
package struct LogRequest: JSONRecord, Equatable, Sendable {
    package static let drivers = ["k8s-file", "json-file", "journald", "none", "passthrough"]

    /// One of `drivers`.
    package var driver = "k8s-file"
    /// Bytes of a file, and how many are kept.
    package var maxSize = 10 << 20
    package var maxFiles = 3
    /// The journal's CONTAINER_TAG.
    package var tag: String?
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("driver", &driver)
        try fields("maxSize", &maxSize)
        try fields("maxFiles", &maxFiles)
        try fields("tag", &tag)
    }

    package var form: ContainerLog.Options.Form? { ContainerLog.Options.Form(rawValue: driver) }

    package init(driver: String?, options: [String]) throws(EngineError) {
        if let driver {
            guard Self.drivers.contains(driver) || driver == "local" else {
                throw EngineError.value("--log-driver", driver, "it is \(Self.drivers.joined(separator: ", "))")
            }
            self.driver = driver == "local" ? "k8s-file" : driver
        }
        for option in options {
            let (key, value) = try Numbers.pair(option, flag: "--log-opt")
            switch key {
            case "max-size" where form != nil:
                let size = value == "-1" ? Int64(Int32.max) << 16 : try ByteSize.parse(value, flag: "--log-opt max-size")
                guard size >= 4096 else { throw EngineError.value("--log-opt max-size", value, "the least is 4k") }
                maxSize = Int(size)
            case "max-file" where form != nil:
                maxFiles = Int(try Numbers.integer(value, flag: "--log-opt max-file", in: 1...1000))
            case "tag" where self.driver == "journald": tag = value
            default:
                let known = form != nil ? "max-size and max-file" : self.driver == "journald" ? "tag" : "none at all"
                throw EngineError.value("--log-opt", option, "the driver \(self.driver) has no such option (\(known))")
            }
        }
    }
}
