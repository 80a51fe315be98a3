import Foundation

/// config.md, Root; config-linux.md, Rootfs Mount Propagation, Masked Paths, Readonly Paths.
enum RootRequirements {
    /// The field of mountinfo that holds the propagation of a mount point.
    private static func propagation(of point: String) -> String {
        "awk '$5 == \"\(point)\" { s = \"\"; for (i = 7; $i != \"-\"; i++) s = s \" \" $i; print \"is\" s }' /proc/self/mountinfo | tail -1"
    }

    static let all: [Requirement] = [
        Requirement(.must, "root.absolute", "config.md, Root", "path may be absolute.") { lab in
            let root = try lab.privateRoot()
            _ = try lab.write("this one", to: "rootfs/mark")
            try require(try lab.output("cat /mark") { $0["root.path"] = root }, is: "this one", "/mark")
        },
        Requirement(.must, "root.relative", "config.md, Root", "path may be relative to the bundle.") { lab in
            let bundle = try lab.bundle(try lab.config("cat /mark") { $0["root.path"] = "rootfs" })
            try lab.host("cp", "-a", Machine.rootfs, "\(bundle)/rootfs")
            try "below".write(toFile: "\(bundle)/rootfs/mark", atomically: false, encoding: .utf8)
            let result = try lab.runtime("run", "--bundle", bundle, lab.own("c"))
            try require(result.status == 0 && result.text == "below", "\(result)")
        },
        Requirement(.must, "root.missing", "config.md, Root", "On Linux root is required.") { lab in
            try lab.refuses("a configuration without root") { $0["root"] = nil }
        },
        Requirement(.must, "root.notThere", "config.md, Root", "A path without a directory is an error.") { lab in
            try lab.refuses("a root that is not there") { $0["root.path"] = lab.path("nowhere") }
        },
        Requirement(.must, "root.noDirectory", "config.md, Root", "So is a file.") { lab in
            let file = try lab.write("x", to: "file")
            try lab.refuses("a file as root") { $0["root.path"] = file }
        },
        Requirement(.must, "root.writable", "config.md, Root", "Without readonly the root can be written to.") { lab in
            let root = try lab.privateRoot()
            _ = try lab.output("echo kept > /written") { $0["root.path"] = root }
            try require(lab.read("rootfs/written"), is: "kept", "the file on the host")
        },
        Requirement(.must, "root.readonly", "config.md, Root", "With readonly it cannot.") { lab in
            let root = try lab.privateRoot()
            let seen = try lab.output("echo x > /written && echo wrote || echo refused") {
                $0["root.path"] = root
                $0["root.readonly"] = true
            }
            try require(seen, is: "refused", "writing")
            try require(!Machine.exists("\(root)/written"), "the file is there")
        },
        Requirement(.must, "root.readonly.mounts", "config.md, Root", "Mounts below a read-only root stay writable.") { lab in
            let seen = try lab.output("echo x > /tmp/file && cat /tmp/file") {
                $0["root.readonly"] = true
                $0.mount("/tmp", "tmpfs")
            }
            try require(seen, is: "x", "the file")
        },
        Requirement(.must, "root.isTheRoot", "config.md, Root", "Nothing of the host's root can be seen.") { lab in
            let seen = try lab.output("ls -d /proc/1/root\(lab.directory) /..\(lab.directory) 2>/dev/null | wc -l")
            try require(seen, is: "0", "directories of the host")
        },
        Requirement(
            .must, "rootfsPropagation.shared", "config-linux.md, Rootfs Mount Propagation",
            "shared puts the root in a peer group."
        ) { lab in
            let seen = try lab.output(propagation(of: "/")) { $0["linux.rootfsPropagation"] = "shared" }
            try require(seen.contains("shared:"), "propagation: \(seen)")
        },
        Requirement(
            .must, "rootfsPropagation.slave", "config-linux.md, Rootfs Mount Propagation",
            "slave: a mount that the host makes below the root, where that is shared, appears in the container."
        ) { lab in
            let root = try lab.privateRoot()
            try lab.host("sh", "-c", "mkdir -p \(root)/mnt && mount --bind \(root) \(root) && mount --make-shared \(root)")
            let container = try lab.start("echo ready; while [ ! -e /mnt/sign ]; do sleep 0.05; done; echo seen") {
                $0["root.path"] = root
                $0["linux.rootfsPropagation"] = "slave"
            }
            try container.prints("ready")
            try lab.host("sh", "-c", "mount -t tmpfs tmpfs \(root)/mnt && touch \(root)/mnt/sign")
            try container.prints("seen")
        },
        Requirement(
            .must, "rootfsPropagation.private", "config-linux.md, Rootfs Mount Propagation",
            "private: neither shared nor slave."
        ) { lab in
            let seen = try lab.output(propagation(of: "/")) { $0["linux.rootfsPropagation"] = "private" }
            try require(seen.trimmed, is: "is", "propagation")
        },
        Requirement(
            .must, "rootfsPropagation.unbindable", "config-linux.md, Rootfs Mount Propagation",
            "unbindable: private, and it cannot be bind mounted."
        ) { lab in
            let seen = try lab.output(propagation(of: "/")) { $0["linux.rootfsPropagation"] = "unbindable" }
            try require(seen.contains("unbindable"), "propagation: \(seen)")
        },
        Requirement(.must, "maskedPaths.file", "config-linux.md, Masked Paths", "A masked file cannot be read.") { lab in
            let root = try lab.privateRoot()
            _ = try lab.write("secret", to: "rootfs/secret")
            let seen = try lab.output("cat /secret; cat /proc/keys 2>/dev/null | wc -c") {
                $0["root.path"] = root
                $0["linux.maskedPaths"] = ["/secret", "/proc/keys"]
            }
            try require(seen, is: "0", "what can be read")
        },
        Requirement(.must, "maskedPaths.directory", "config-linux.md, Masked Paths", "Nothing of a masked directory can be read.")
        { lab in
            let root = try lab.privateRoot()
            _ = try lab.write("secret", to: "rootfs/home/secret")
            let seen = try lab.output("ls -A /home | wc -l") {
                $0["root.path"] = root
                $0["linux.maskedPaths"] = ["/home"]
            }
            try require(seen, is: "0", "entries")
        },
        Requirement(.should, "maskedPaths.missing", "config-linux.md, Masked Paths", "One that is not there is passed over.") {
            lab in
            try lab.accepts { $0["linux.maskedPaths"] = ["/nothing/here"] }
        },
        Requirement(.must, "maskedPaths.bind", "config-linux.md, Masked Paths", "What was mounted there is masked too.") { lab in
            let source = try lab.folder("source")
            _ = try lab.write("secret", to: "source/secret")
            let seen = try lab.output("ls -A /mnt | wc -l") {
                $0.bind(source, "/mnt")
                $0["linux.maskedPaths"] = ["/mnt"]
            }
            try require(seen, is: "0", "entries")
        },
        Requirement(.must, "readonlyPaths.directory", "config-linux.md, Readonly Paths", "A directory becomes read-only.") {
            lab in
            let root = try lab.privateRoot()
            let seen = try lab.output("touch /home/x 2>/dev/null && echo wrote; touch /usr/x && echo fine") {
                $0["root.path"] = root
                $0["linux.readonlyPaths"] = ["/home"]
            }
            try require(seen, is: "fine", "writing")
        },
        Requirement(.must, "readonlyPaths.proc", "config-linux.md, Readonly Paths", "/proc/sys becomes read-only.") { lab in
            let script = "echo changed > /proc/sys/kernel/hostname; cat /proc/sys/kernel/hostname"
            try require(try lab.output(script) { $0["linux.readonlyPaths"] = ["/proc/sys"] }, is: "conformance", "hostname")
            try require(try lab.output(script), is: "changed", "hostname without it")
        },
        Requirement(.must, "readonlyPaths.file", "config-linux.md, Readonly Paths", "So does a file.") { lab in
            let root = try lab.privateRoot()
            _ = try lab.write("old", to: "rootfs/file")
            let seen = try lab.output("echo new > /file; echo end") {
                $0["root.path"] = root
                $0["linux.readonlyPaths"] = ["/file"]
            }
            try require(seen, is: "end", "output")
            try require(lab.read("rootfs/file"), is: "old", "the file")
        },
        Requirement(.should, "readonlyPaths.missing", "config-linux.md, Readonly Paths", "One that is not there is passed over.")
        { lab in
            try lab.accepts { $0["linux.readonlyPaths"] = ["/nothing/here"] }
        },
    ]
}
