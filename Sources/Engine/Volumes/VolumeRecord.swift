package import JSON

/// A volume: a directory of its own that containers share and outlive them; kept beside its data as `volume.json`.
package struct VolumeRecord: JSONRecord, Equatable {
    package var name = ""
    /// Seconds since 1970.
    package var created: Int64 = 0
    package var labels: [String: String]?
    /// The local driver's `type`, `device` and `o`.
    package var options: [String: String]?
    /// Made for one container without a name of the user's.
    package var anonymous: Bool?
    package var unknown = JSONObject()

    package init() {}

    package init(name: String, created: Int64) {
        self.name = name
        self.created = created
    }

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("name", "created")
        try fields("name", &name)
        try fields("created", &created)
        try fields("labels", &labels)
        try fields("options", &options)
        try fields("anonymous", &anonymous)
    }

    package var isAnonymous: Bool { anonymous == true }

    /// As docker's: a letter or digit, then those and `_ . -`; never what hako's own names in the directory begin with.
    package static func check(_ name: String) throws(EngineError) -> String {
        do throws(EngineError) { return try ContainerName.check(name) } catch {
            throw EngineError.value(
                "volume", name, "a name is made of letters, digits, _ . and -, and begins with a letter or digit")
        }
    }
}
