import Foundation

/// config.md, Linux Process: capabilities.
enum CapabilityRequirements {
    private static let section = "config.md, Linux Process"
    private static let all5 = ["bounding", "effective", "inheritable", "permitted", "ambient"]

    /// The sets of the process itself, in hexadecimal, without leading zeros.
    private static let script = "sed -n 's/^Cap\\(...\\):\\t0*\\(.\\)/\\1 \\2/p' /proc/self/status"

    private static func set(_ name: String, _ line: String, with sets: [String], _ sentence: String) -> Requirement {
        Requirement(.must, "capabilities.\(name)", section, sentence) { lab in
            // CHOWN is bit 0, KILL bit 5, NET_BIND_SERVICE bit 10.
            let seen = try lab.output("") {
                $0.capabilities(["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE"], sets: sets)
                $0["process.args"] = ["/bin/sed", "-n", "s/^Cap\\(...\\):\\t0*\\(.\\)/\\1 \\2/p", "/proc/self/status"]
                $0["process.user"] = ["uid": 1000, "gid": 1000]
            }
            try require(seen.contains("\(line) 421"), "sets: \(seen)")
        }
    }

    static let all: [Requirement] = [
        set("bounding", "Bnd", with: ["bounding"], "bounding is the bounding set."),
        set("permitted", "Prm", with: all5, "permitted, with ambient, is the permitted set of a user that is not root."),
        set("effective", "Eff", with: all5, "effective, with ambient, is the effective set."),
        set("inheritable", "Inh", with: ["bounding", "permitted", "inheritable"], "inheritable is the inheritable set."),
        set("ambient", "Amb", with: all5, "ambient is the ambient set."),
        Requirement(.must, "capabilities.root", section, "Root has those given, and no others.") { lab in
            let seen = try lab.output(script) { $0.capabilities(["CAP_CHOWN", "CAP_KILL"]) }
            try require(seen.contains("Bnd 21") && seen.contains("Prm 21") && seen.contains("Eff 21"), "sets: \(seen)")
        },
        Requirement(.must, "capabilities.empty", section, "Empty sets leave none.") { lab in
            let seen = try lab.output(script) { $0.capabilities([], sets: all5) }
            try require(seen, is: "Inh 0\nPrm 0\nEff 0\nBnd 0\nAmb 0", "sets")
        },
        Requirement(.must, "capabilities.absent", section, "Without capabilities root's process has none in its effective set.") {
            lab in
            let seen = try lab.output("mknod /dev/extra c 1 3 2>/dev/null && echo made || echo refused") {
                $0["process.capabilities"] = ["bounding": [String](), "effective": [String](), "permitted": [String]()]
            }
            try require(seen, is: "refused", "mknod")
        },
        Requirement(.must, "capabilities.effect.given", section, "One that was given works (CAP_CHOWN).") { lab in
            let seen = try lab.output("touch /mnt/f && chown 5:5 /mnt/f && stat -c %u /mnt/f") {
                $0.mount("/mnt", "tmpfs")
                $0.capabilities(["CAP_CHOWN"])
            }
            try require(seen, is: "5", "owner")
        },
        Requirement(.must, "capabilities.effect.taken", section, "One that was not does not (CAP_CHOWN).") { lab in
            let seen = try lab.output("touch /mnt/f; chown 5:5 /mnt/f 2>/dev/null && echo changed || echo refused") {
                $0.mount("/mnt", "tmpfs")
                $0.capabilities(["CAP_KILL"])
            }
            try require(seen, is: "refused", "chown")
        },
        Requirement(
            .must, "capabilities.unknown", section, "A name the kernel does not have is warned of, and is no error."
        ) { lab in
            let result = try lab.run("echo ran") { $0.capabilities(["CAP_CHOWN", "CAP_NO_SUCH"]) }
            try require(result.status == 0 && result.text == "ran", "\(result)")
            try require(result.err.contains("CAP_NO_SUCH"), "nothing is said of CAP_NO_SUCH")
        },
        Requirement(
            .should, "capabilities.notGrantable", section, "One that cannot be granted here is no error.",
            needs: [.missingCapability]
        ) { lab in
            let result = try lab.run("echo ran") { $0.capabilities(["CAP_CHOWN", "CAP_SYS_RESOURCE"]) }
            try require(result.status == 0 && result.text == "ran", "\(result)")
        },
        Requirement(
            .must, "capabilities.notGrantable.warned", section, "It is warned of.", needs: [.missingCapability]
        ) { lab in
            let result = try lab.run("echo ran") { $0.capabilities(["CAP_CHOWN", "CAP_SYS_RESOURCE"]) }
            try require(result.err.contains("CAP_SYS_RESOURCE"), "nothing is said of it: \(result)")
        },
    ]
}
