import Foundation

/// config-linux.md, Allowed Device list.
enum DeviceRuleRequirements {
    private static let section = "config-linux.md, Allowed Device list"

    /// What a script prints in a container with the device kmsg (1:11), which no runtime grants by default.
    private static func seen(_ lab: Lab, _ script: String, _ rules: String) throws -> String {
        let list = try JSONSerialization.jsonObject(with: Data(rules.utf8))
        return try lab.output(script) {
            $0["linux.resources"] = ["devices": list]
            $0["linux.devices"] = [["path": "/dev/other", "type": "c", "major": 1, "minor": 11, "fileMode": 0o666] as JSON]
            $0.capabilities(["CAP_SYSLOG", "CAP_MKNOD", "CAP_DAC_OVERRIDE"])
        }
    }

    private static let opening = "( : < /dev/other ) 2>/dev/null && echo opened || echo refused"
    private static let writing = "( : > /dev/other ) 2>/dev/null && echo opened || echo refused"
    private static func kmsg(_ allow: Bool, _ access: String, _ more: String = #""type":"c","major":1,"minor":11"#) -> String {
        "{\"allow\":\(allow),\"access\":\"\(access)\",\(more)}"
    }

    private static let none = #"{"allow":false,"access":"rwm"}"#

    private static func rule(_ id: String, _ sentence: String, _ rules: String, _ script: String, _ wanted: String) -> Requirement
    {
        Requirement(.must, "devices.rules.\(id)", section, sentence, needs: Machine.cgroupIsV2 ? [] : [.controller("devices")]) {
            lab in
            try require(try seen(lab, script, rules), is: wanted, "what can be done")
        }
    }

    static let all: [Requirement] = [
        rule("allow", "allow lets a device be used.", "[\(none),\(kmsg(true, "rw"))]", opening, "opened"),
        rule("deny", "A device that nothing allows cannot be.", "[\(none)]", opening, "refused"),
        rule(
            "order", "Entries are applied in order: a later denial holds.", "[\(kmsg(true, "rw")),\(kmsg(false, "rw"))]", opening,
            "refused"),
        rule(
            "access.read", "access r does not let it be written to.", "[\(none),\(kmsg(true, "r"))]", "\(opening); \(writing)",
            "opened\nrefused"),
        rule(
            "access.write", "access w does not let it be read.", "[\(none),\(kmsg(true, "w"))]", "\(opening); \(writing)",
            "refused\nopened"),
        rule(
            "minor.any", "Without a minor number any is meant.", "[\(none),\(kmsg(true, "rw", #""type":"c","major":1"#))]",
            opening,
            "opened"),
        rule(
            "type.block", "A rule for block devices is not one for characters.",
            "[\(none),\(kmsg(true, "rw", #""type":"b","major":1,"minor":11"#))]", opening, "refused"),
        rule("all", "Type a means all devices.", "[\(none),\(kmsg(true, "rwm", #""type":"a""#))]", opening, "opened"),
        rule(
            "mknod", "With m a node can be made.", "[\(none),\(kmsg(true, "m", #""type":"b","major":7"#))]",
            "mknod /dev/l b 7 9 2>/dev/null && echo made || echo refused", "made"),
        rule(
            "default", "The default devices can be used though all are denied.", "[\(none)]",
            "head -c 1 /dev/zero | wc -c; echo x > /dev/null && echo fine", "1\nfine"),
        Requirement(
            .must, "devices.rules.type.unknown", "config.md, Valid values", "A rule of a type that does not exist is an error.",
            needs: Machine.cgroupIsV2 ? [] : [.controller("devices")]
        ) { lab in
            try lab.refuses("the type x") {
                $0["linux.resources"] = [
                    "devices": [["allow": true, "type": "x", "major": 1, "minor": 3, "access": "r"] as JSON]
                ]
            }
        },
    ]
}
