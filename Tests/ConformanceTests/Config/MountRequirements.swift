import Foundation

/// config.md, Mounts: where, what, in which order.
enum MountRequirements {
    private static let section = "config.md, Mounts"

    static let all: [Requirement] = [
        Requirement(.must, "mounts.order", section, "Mounts are made in the order of the list.") { lab in
            let source = try lab.folder("source")
            let script = "grep -c ' /mnt/inner ' /proc/self/mountinfo; [ -d /mnt/inner ] && echo there; ls -A /mnt"
            let nested = try lab.output(script) {
                $0.mount("/mnt", "tmpfs")
                $0.mount("/mnt/inner", "tmpfs")
            }
            try require(nested, is: "1\nthere\ninner", "one below the other")
            let covered = try lab.output("ls -A /mnt") {
                $0.bind(source, "/mnt")
                $0.mount("/mnt", "tmpfs")
                $0.bind(source, "/mnt/later")
            }
            try require(covered, is: "later", "the later one over the earlier")
        },
        Requirement(.must, "mounts.destination.made", section, "A destination that is not there is made.") { lab in
            let root = try lab.privateRoot()
            let seen = try lab.output("stat -f -c %T /new/deep") {
                $0["root.path"] = root
                $0.mount("/new/deep", "tmpfs")
            }
            try require(seen, is: "tmpfs", "the file system")
        },
        Requirement(.must, "mounts.destination.relative", section, "A relative destination is taken from /.") { lab in
            let seen = try lab.output("cd /home; stat -f -c %T /mnt") {
                $0["process.cwd"] = "/home"
                $0.mount("mnt", "tmpfs")
            }
            try require(seen, is: "tmpfs", "the file system of /mnt")
        },
        Requirement(.must, "mounts.destination.missing", section, "destination is required.") { lab in
            try lab.refuses("a mount without destination") { $0.add("mounts", ["type": "tmpfs", "source": "tmpfs"]) }
        },
        Requirement(
            .must, "mounts.destination.inside", section, "A symbolic link in a destination does not lead out of the root."
        ) { lab in
            let root = try lab.privateRoot()
            let outside = try lab.folder("outside")
            try FileManager.default.createSymbolicLink(atPath: "\(root)/link", withDestinationPath: "../../..\(outside)")
            try lab.works()
            _ = try lab.run("true") {
                $0["root.path"] = root
                $0.bind(lab.directory, "/link/made")
            }
            try require(!Machine.exists("\(outside)/made"), "a directory was made on the host")
        },
        Requirement(.must, "mounts.bind.directory", section, "A bind mount shows a directory of the host.") { lab in
            let source = try lab.folder("source")
            _ = try lab.write("hello", to: "source/file")
            try require(try lab.output("cat /mnt/file") { $0.bind(source, "/mnt") }, is: "hello", "the file")
        },
        Requirement(.must, "mounts.bind.file", section, "Or a file.") { lab in
            let root = try lab.privateRoot()
            let file = try lab.write("hello", to: "file")
            let seen = try lab.output("cat /etc/given") {
                $0["root.path"] = root
                $0.bind(file, "/etc/given")
            }
            try require(seen, is: "hello", "the file")
        },
        Requirement(.must, "mounts.bind.write", section, "What is written to it is on the host.") { lab in
            let source = try lab.folder("source")
            _ = try lab.output("echo back > /mnt/file") { $0.bind(source, "/mnt") }
            try require(lab.read("source/file"), is: "back", "the file")
        },
        Requirement(.must, "mounts.bind.relative", section, "A bind mount's source may be relative to the bundle.") { lab in
            let bundle = try lab.bundle(try lab.config("cat /mnt/file") { $0.bind("data", "/mnt") })
            try FileManager.default.createDirectory(atPath: "\(bundle)/data", withIntermediateDirectories: true)
            try "near".write(toFile: "\(bundle)/data/file", atomically: false, encoding: .utf8)
            let result = try lab.runtime("run", "--bundle", bundle, lab.own("c"))
            try require(result.status == 0 && result.text == "near", "\(result)")
        },
        Requirement(.must, "mounts.bind.missing", section, "A bind mount's source that is not there is an error.") { lab in
            try lab.refuses("a source that is not there") { $0.bind(lab.path("nowhere"), "/mnt") }
        },
        Requirement(.must, "mounts.bind.optionDecides", section, "bind in the options makes a bind mount, whatever the type.") {
            lab in
            let source = try lab.folder("source")
            _ = try lab.write("hello", to: "source/file")
            let seen = try lab.output("cat /mnt/file") { $0.mount("/mnt", "tmpfs", ["bind"], from: source) }
            try require(seen, is: "hello", "the file")
        },
        Requirement(.must, "mounts.bind.noType", section, "A bind mount needs no type.") { lab in
            let source = try lab.folder("source")
            _ = try lab.write("hello", to: "source/file")
            let seen = try lab.output("cat /mnt/file") {
                $0.add("mounts", ["destination": "/mnt", "source": source, "options": ["rbind"]] as JSON)
            }
            try require(seen, is: "hello", "the file")
        },
        Requirement(.must, "mounts.bind.alone", section, "bind shows the directory alone, without what is mounted below.") {
            lab in
            let source = try nested(lab)
            let seen = try lab.output("ls /mnt; ls /mnt/below | wc -l") { $0.bind(source, "/mnt") }
            try require(seen, is: "below\n0", "the directory, and how much is below")
        },
        Requirement(.must, "mounts.rbind", section, "rbind shows what is mounted below as well.") { lab in
            let source = try nested(lab)
            let seen = try lab.output("ls /mnt/below") { $0.mount("/mnt", "none", ["rbind"], from: source) }
            try require(seen, is: "mark", "below")
        },
        Requirement(.must, "mounts.type.unknown", section, "A file system the kernel does not have is an error.") { lab in
            try lab.refuses("the type nosuchfs") { $0.mount("/mnt", "nosuchfs") }
        },
        Requirement(.must, "mounts.source.optional", section, "A source may be left out.") { lab in
            let seen = try lab.output("stat -f -c %T /mnt") { $0.add("mounts", ["destination": "/mnt", "type": "tmpfs"]) }
            try require(seen, is: "tmpfs", "the file system")
        },
        Requirement(.must, "mounts.none", section, "mounts may be left out, and nothing is mounted but what is asked for.") {
            lab in
            let seen = try lab.output("ls /proc | wc -l") { $0["mounts"] = nil }
            try require(seen, is: "0", "entries of /proc")
        },
        Requirement(.must, "mounts.tmpfs.size", section, "tmpfs takes size=.") { lab in
            let seen = try lab.output("df -k /mnt | awk 'END { print $2 }'") { $0.mount("/mnt", "tmpfs", ["size=1234k"]) }
            try require(seen == "1236" || seen == "1234", "size is \(seen) KiB")
        },
        Requirement(.must, "mounts.tmpfs.mode", section, "And mode=.") { lab in
            try require(try lab.output("stat -c %a /mnt") { $0.mount("/mnt", "tmpfs", ["mode=0710"]) }, is: "710", "mode")
        },
        Requirement(.must, "mounts.tmpfs.owner", section, "And uid= and gid=.") { lab in
            let seen = try lab.output("stat -c %u:%g /mnt") { $0.mount("/mnt", "tmpfs", ["uid=1000", "gid=29"]) }
            try require(seen, is: "1000:29", "owner")
        },
        Requirement(
            .should, "mounts.data.unknown", section, "Unknown options go to the file system; one it does not know is an error."
        ) { lab in
            try lab.refuses("tmpfs with nosuchoption=1") { $0.mount("/mnt", "tmpfs", ["nosuchoption=1"]) }
        },
        Requirement(.must, "mounts.notOnHost", section, "The container's mounts are not in the host's table.") { lab in
            let container = try lab.start("echo ready; exec sleep 30") { $0.mount("/mnt", "tmpfs") }
            try container.prints("ready")
            let host = Machine.read("/proc/self/mountinfo") ?? ""
            try require(!host.contains("\(Machine.rootfs)/mnt"), "it is there")
        },
        Requirement(.must, "mounts.gone", "runtime.md, Delete", "After delete no mount is left on the host.") { lab in
            let before = Machine.read("/proc/self/mountinfo") ?? ""
            let container = try lab.start("exit 0") { $0.mount("/mnt", "tmpfs") }
            try container.waits(for: "stopped")
            try container.delete()
            let after = Machine.read("/proc/self/mountinfo") ?? ""
            try require(after.split(separator: "\n").count == before.split(separator: "\n").count, "the host's mounts are others")
        },
        Requirement(.must, "mounts.mqueue", section, "mqueue can be mounted.") { lab in
            let seen = try lab.output("grep -c ' /dev/mqueue .* mqueue ' /proc/self/mountinfo") {
                $0.mount("/dev/mqueue", "mqueue")
            }
            try require(seen, is: "1", "mounts")
        },
        Requirement(.must, "mounts.cgroup", section, "The type cgroup shows the control groups, and ro makes them read-only.") {
            lab in
            let script =
                "d=$(dirname $(find /sys/fs/cgroup -name cgroup.procs | head -1)); mkdir $d/x 2>/dev/null && echo made || echo no"
            let seen = try lab.output(script) {
                $0.namespace("cgroup")
                $0.mount("/sys/fs/cgroup", "cgroup", ["ro", "nosuid", "noexec", "nodev"])
            }
            try require(seen, is: "no", "a new group")
        },
    ]

    /// A directory with a file system mounted below it.
    static func nested(_ lab: Lab) throws -> String {
        let source = try lab.folder("source")
        _ = try lab.folder("source/below")
        try lab.host("sh", "-c", "mount -t tmpfs tmpfs \(source)/below && touch \(source)/below/mark")
        return source
    }
}
