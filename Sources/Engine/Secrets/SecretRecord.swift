package import JSON

/// A secret: a blob that containers get at run time, and images never hold. Kept beside its content as `secret.json`.
package struct SecretRecord: JSONRecord, Equatable {
    /// 25 hexadecimal digits.
    package var id = ""
    package var name = ""
    /// Seconds since 1970.
    package var created: Int64 = 0
    package var updated: Int64 = 0
    package var labels: [String: String]?
    package var unknown = JSONObject()

    package init() {}

    package init(name: String, created: Int64) {
        id = String(ContainerRecord.newID().prefix(25))
        self.name = name
        self.created = created
        updated = created
    }

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("id", "name", "created")
        try fields("id", &id)
        try fields("name", &name)
        try fields("created", &created)
        try fields("updated", &updated)
        try fields("labels", &labels)
    }

    package static func check(_ name: String) throws(EngineError) -> String {
        do throws(EngineError) { return try ContainerName.check(name) } catch {
            throw EngineError.value(
                "secret", name, "a name is made of letters, digits, _ . and -, and begins with a letter or digit")
        }
    }

    /// Bytes that one may have, as with podman.
    package static let largest = 512_000
}
