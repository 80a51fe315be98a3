import Foundation

/// config.md, Linux mount options: each option of the table.
enum MountOptionRequirements {
    private static let section = "config.md, Linux mount options"

    /// The options of a mount point in the mount table: those of the mount, then those of the file system.
    private static let table =
        "awk '$5 == \"/mnt\" { a = $6; for (i = 7; $i != \"-\"; i++); print \",\" a \",\", \",\" $(i + 3) \",\" }' "
        + "/proc/self/mountinfo | tail -1"

    /// An option that shows in the mount table: `wanted` has to be there, or `absent` not.
    private static func shows(
        _ option: String, wanted: String? = nil, absent: String? = nil, after: [String] = [],
        _ strength: Requirement.Strength = .must
    ) -> Requirement {
        let what = wanted.map { "the mount is \($0)" } ?? "the mount is not \(absent ?? "")"
        let before = after.isEmpty ? "" : " after \(after.joined(separator: ","))"
        return Requirement(strength, "mounts.option.\(option)", section, "\(option)\(before): \(what).") { lab in
            let seen = try lab.output(table) { $0.mount("/mnt", "tmpfs", after + [option]) }
            if let wanted { try require(seen.contains(",\(wanted),"), "options are \(seen)") }
            if let absent { try require(!seen.isEmpty && !seen.contains(",\(absent),"), "options are \(seen)") }
        }
    }

    /// The same for a bind mount.
    private static func bindShows(_ option: String, wanted: String) -> Requirement {
        Requirement(.must, "mounts.option.bind.\(option)", section, "bind,\(option): the bind mount is \(wanted).") { lab in
            let source = try lab.folder("source")
            let seen = try lab.output(table) { $0.bind(source, "/mnt", [option]) }
            try require(seen.contains(",\(wanted),"), "options are \(seen)")
        }
    }

    /// An option that has to be taken though the mount table shows nothing of it.
    private static func takes(_ option: String, _ strength: Requirement.Strength = .must) -> Requirement {
        Requirement(strength, "mounts.option.\(option)", section, "\(option) is an option, not one of the file system's.") {
            lab in
            try require(try lab.output("stat -f -c %T /mnt") { $0.mount("/mnt", "tmpfs", [option]) }, is: "tmpfs", "/mnt")
        }
    }

    private static func propagates(_ option: String, _ wanted: String?) -> Requirement {
        Requirement(
            .must, "mounts.option.\(option)", section, "\(option): the mount's propagation is \(wanted.map { $0 } ?? "private")."
        ) { lab in
            let source = try lab.folder("source")
            try lab.host("sh", "-c", "mount --bind \(source) \(source) && mount --make-shared \(source)")
            let script =
                "awk '$5 == \"/mnt\" { s = \"\"; for (i = 7; $i != \"-\"; i++) s = s \" \" $i; print \"is\" s }' /proc/self/mountinfo"
            let seen = try lab.output(script) {
                $0.mount("/mnt", "none", ["rbind", option], from: source)
                let kind = ["shared", "slave", "private", "unbindable"].first(where: option.hasSuffix) ?? ""
                $0["linux.rootfsPropagation"] = kind == "unbindable" ? "private" : kind
            }
            if let wanted {
                try require(seen.contains(wanted), "propagation: \"\(seen)\"")
            } else {
                try require(seen.trimmed, is: "is", "propagation")
            }
        }
    }

    /// A recursive option on a bind mount that has a mount below it.
    private static func recurses(
        _ option: String, wanted: String? = nil, absent: String? = nil, below: String = ""
    ) -> Requirement {
        let what = wanted.map { "are \($0)" } ?? "are not \(absent ?? "")"
        return Requirement(.should, "mounts.option.\(option)", section, "\(option): the mounts below \(what) too.") { lab in
            let source = try MountRequirements.nested(lab)
            if !below.isEmpty { try lab.host("mount", "-o", "remount,bind,\(below)", "\(source)/below") }
            let script = "awk '$5 ~ \"^/mnt\" { print \",\" $6 \",\" }' /proc/self/mountinfo"
            let seen = try lab.output(script) { $0.mount("/mnt", "none", ["rbind", option], from: source) }
            let lines = seen.split(separator: "\n")
            try require(lines.count == 2, "mounts: \(seen)")
            if let wanted { try require(lines.allSatisfy { $0.contains(",\(wanted),") }, "options are \(seen)") }
            if let absent { try require(lines.allSatisfy { !$0.contains(",\(absent),") }, "options are \(seen)") }
        }
    }

    static let all: [Requirement] = shown + bound + taken + propagated + recursive + effects

    private static let shown = [
        shows("ro", wanted: "ro"), shows("rw", wanted: "rw", after: ["ro"]), shows("nosuid", wanted: "nosuid"),
        shows("suid", absent: "nosuid", after: ["nosuid"]), shows("nodev", wanted: "nodev"),
        shows("dev", absent: "nodev", after: ["nodev"]), shows("noexec", wanted: "noexec"),
        shows("exec", absent: "noexec", after: ["noexec"]), shows("noatime", wanted: "noatime"),
        shows("atime", absent: "noatime", after: ["noatime"]), shows("nodiratime", wanted: "nodiratime"),
        shows("diratime", absent: "nodiratime", after: ["nodiratime"]), shows("relatime", wanted: "relatime"),
        shows("strictatime", absent: "relatime"), shows("nostrictatime", wanted: "relatime"),
        shows("sync", wanted: "sync"), shows("async", absent: "sync", after: ["sync"]), shows("dirsync", wanted: "dirsync"),
        shows("lazytime", wanted: "lazytime"), shows("nolazytime", absent: "lazytime", after: ["lazytime"]),
        shows("nosymfollow", wanted: "nosymfollow", .should),
        shows("symfollow", absent: "nosymfollow", after: ["nosymfollow"], .should),
    ]

    private static let bound = [
        bindShows("ro", wanted: "ro"), bindShows("nosuid", wanted: "nosuid"), bindShows("nodev", wanted: "nodev"),
        bindShows("noexec", wanted: "noexec"), bindShows("noatime", wanted: "noatime"),
        bindShows("nodiratime", wanted: "nodiratime"),
    ]

    private static let taken = [
        takes("defaults"), takes("silent"), takes("loud"), takes("iversion"), takes("noiversion"), takes("norelatime"),
        takes("mand", .may), takes("nomand", .may),
        Requirement(.must, "mounts.option.remount", section, "remount changes a mount that is there.") { lab in
            let seen = try lab.output(table) {
                $0.mount("/mnt", "tmpfs")
                $0.mount("/mnt", "tmpfs", ["remount", "ro"])
            }
            try require(seen.contains(",ro,"), "options are \(seen)")
        },
        Requirement(.must, "mounts.option.bind.remount", section, "bind,remount,ro makes a bind mount read-only.") { lab in
            let source = try lab.folder("source")
            let seen = try lab.output("touch /mnt/x 2>/dev/null && echo wrote || echo refused") {
                $0.bind(source, "/mnt")
                $0.bind(source, "/mnt", ["remount", "ro"])
            }
            try require(seen, is: "refused", "writing")
        },
    ]

    private static let propagated = [
        propagates("private", nil), propagates("rprivate", nil), propagates("slave", "master:"), propagates("rslave", "master:"),
        propagates("shared", "shared:"), propagates("rshared", "shared:"), propagates("unbindable", "unbindable"),
        propagates("runbindable", "unbindable"),
    ]

    private static let recursive = [
        recurses("rro", wanted: "ro"), recurses("rrw", absent: "ro", below: "ro"), recurses("rnosuid", wanted: "nosuid"),
        recurses("rsuid", absent: "nosuid", below: "nosuid"), recurses("rnodev", wanted: "nodev"),
        recurses("rdev", absent: "nodev", below: "nodev"), recurses("rnoexec", wanted: "noexec"),
        recurses("rexec", absent: "noexec", below: "noexec"), recurses("rnoatime", wanted: "noatime"),
        recurses("ratime", absent: "noatime", below: "noatime"), recurses("rnodiratime", wanted: "nodiratime"),
        recurses("rdiratime", absent: "nodiratime", below: "nodiratime"),
        recurses("rrelatime", wanted: "relatime", below: "noatime"),
        recurses("rstrictatime", absent: "relatime"), recurses("rnosymfollow", wanted: "nosymfollow"),
        recurses("rsymfollow", absent: "nosymfollow"),
    ]

    private static let effects = [
        Requirement(.must, "mounts.effect.ro", section, "ro: nothing can be written.") { lab in
            let source = try lab.folder("source")
            let seen = try lab.output("echo x > /mnt/file && echo wrote || echo refused") { $0.bind(source, "/mnt", ["ro"]) }
            try require(seen, is: "refused", "writing")
        },
        Requirement(.must, "mounts.effect.ro.notBelow", section, "ro with rbind leaves the mounts below as they are.") { lab in
            let source = try MountRequirements.nested(lab)
            let seen = try lab.output("touch /mnt/below/x && echo wrote; touch /mnt/x 2>/dev/null || echo refused") {
                $0.mount("/mnt", "none", ["rbind", "ro"], from: source)
            }
            try require(seen, is: "wrote\nrefused", "writing")
        },
        Requirement(.must, "mounts.effect.noexec", section, "noexec: nothing can be executed.") { lab in
            let script = "cp /bin/busybox /mnt/true; /mnt/true && echo ran || echo refused"
            try require(try lab.output(script) { $0.mount("/mnt", "tmpfs", ["noexec"]) }, is: "refused", "executing")
            try require(try lab.output(script) { $0.mount("/mnt", "tmpfs", ["exec"]) }, is: "ran", "executing without it")
        },
        Requirement(.must, "mounts.effect.nodev", section, "nodev: no device can be opened.") { lab in
            let script = "mknod /mnt/zero c 1 5; head -c 1 /mnt/zero >/dev/null 2>&1 && echo opened || echo refused"
            try require(try lab.output(script) { $0.mount("/mnt", "tmpfs", ["nodev"]) }, is: "refused", "opening")
            try require(try lab.output(script) { $0.mount("/mnt", "tmpfs", ["dev"]) }, is: "opened", "opening without it")
        },
        Requirement(.must, "mounts.effect.nosuid", section, "nosuid: a set-user-id program runs as its caller.") { lab in
            let script = "cp /bin/busybox /mnt/id; chmod 4755 /mnt/id; su -s /bin/sh tester -c '/mnt/id -u'"
            let caller = try lab.output(script) { $0.mount("/mnt", "tmpfs", ["nosuid", "mode=755"]) }
            try require(caller, is: "1000", "user id")
        },
        Requirement(.may, "mounts.tmpcopyup", section, "tmpcopyup: the tmpfs begins with what was there.") { lab in
            let root = try lab.privateRoot()
            try lab.host("sh", "-c", "mkdir \(root)/filled && echo deep > \(root)/filled/file && chmod 640 \(root)/filled/file")
            let seen = try lab.output("stat -f -c %T /filled; cat /filled/file; stat -c %a /filled/file") {
                $0["root.path"] = root
                $0.mount("/filled", "tmpfs", ["tmpcopyup"])
            }
            try require(seen, is: "tmpfs\ndeep\n640", "the directory")
        },
    ]
}
