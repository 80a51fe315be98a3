import Foundation

/// config-linux.md, Default Filesystems, Devices, Default Devices.
enum DeviceRequirements {
    private static let section = "config-linux.md, Devices"

    private static func standard(_ name: String, _ numbers: String) -> Requirement {
        Requirement(
            .must, "devices.default.\(name)", "config-linux.md, Default Devices", "/dev/\(name) is there, and is that device."
        ) { lab in
            let seen = try lab.output("stat -L -c '%F %t:%T' /dev/\(name)")
            try require(seen, is: "character special file \(numbers)", "/dev/\(name)")
        }
    }

    private static func fileSystem(_ path: String, _ type: String) -> Requirement {
        Requirement(
            .should, "filesystems.\(path)", "config-linux.md, Default Filesystems",
            "\(path) is a \(type) where the configuration mounts one."
        ) { lab in
            let seen = try lab.output(
                "awk '$5 == \"\(path)\" { for (i = 7; $i != \"-\"; i++); print $(i + 1) }' /proc/self/mountinfo")
            try require(seen, is: type, "the file system")
        }
    }

    private static func device(
        _ path: String, _ type: String = "c", _ major: Int = 1, _ minor: Int = 3, _ more: JSON = [:]
    ) -> JSON {
        (["path": path, "type": type, "major": major, "minor": minor] as JSON).merging(more) { $1 }
    }

    private static let allowAll: @Sendable (inout Config) -> Void = {
        $0["linux.resources"] = ["devices": [["allow": true, "access": "rwm"] as JSON]]
    }

    static let all: [Requirement] = [
        fileSystem("/proc", "proc"), fileSystem("/sys", "sysfs"), fileSystem("/dev/pts", "devpts"),
        fileSystem("/dev/shm", "tmpfs"),
        standard("null", "1:3"), standard("zero", "1:5"), standard("full", "1:7"), standard("random", "1:8"),
        standard("urandom", "1:9"),
        standard("tty", "5:0"),
        Requirement(
            .must, "devices.default.ptmx", "config-linux.md, Default Devices", "/dev/ptmx is that of the container's /dev/pts."
        ) { lab in
            let seen = try lab.output("stat -L -c %i:%t:%T /dev/ptmx; stat -L -c %i:%t:%T /dev/pts/ptmx")
            let lines = seen.split(separator: "\n")
            try require(lines.count == 2 && lines[0] == lines[1], "they are two: \(seen)")
        },
        Requirement(.must, "devices.default.usable", "config-linux.md, Default Devices", "Any user can use them.") { lab in
            let seen = try lab.output("echo x > /dev/null && head -c 2 /dev/zero | wc -c; head -c 3 /dev/urandom | wc -c") {
                $0["process.user"] = ["uid": 1000, "gid": 1000]
            }
            try require(seen, is: "2\n3", "bytes read")
        },
        Requirement(
            .must, "devices.default.inUserNamespace", "config-linux.md, Default Devices",
            "They are there in a user namespace too."
        ) { lab in
            let seen = try lab.output(
                "for d in null zero full random urandom tty; do [ -c /dev/$d ] || echo no $d; done; head -c 2 /dev/zero | wc -c"
            ) {
                $0.userNamespace()
            }
            try require(seen, is: "2", "devices")
        },
        Requirement(.must, "devices.given", section, "A device of the list is there.") { lab in
            let seen = try lab.output("stat -c '%F %t:%T' /dev/given") { $0["linux.devices"] = [device("/dev/given", "c", 1, 5)] }
            try require(seen, is: "character special file 1:5", "the device")
        },
        Requirement(.must, "devices.given.block", section, "So is a block device (type b).") { lab in
            let seen = try lab.output("stat -c '%F %t:%T' /dev/loopy") { $0["linux.devices"] = [device("/dev/loopy", "b", 7, 0)] }
            try require(seen, is: "block special file 7:0", "the device")
        },
        Requirement(.must, "devices.given.fifo", section, "And a fifo (type p), which needs no numbers.") { lab in
            let seen = try lab.output("stat -c %F /dev/pipe") { $0["linux.devices"] = [["path": "/dev/pipe", "type": "p"]] }
            try require(seen, is: "fifo", "the device")
        },
        Requirement(.must, "devices.given.mode", section, "fileMode is its mode.") { lab in
            let seen = try lab.output("stat -c %a /dev/given") {
                $0["linux.devices"] = [device("/dev/given", "c", 1, 5, ["fileMode": 0o640])]
            }
            try require(seen, is: "640", "mode")
        },
        Requirement(.must, "devices.given.owner", section, "uid and gid are its owner.") { lab in
            let seen = try lab.output("stat -c %u:%g /dev/given") {
                $0["linux.devices"] = [device("/dev/given", "c", 1, 5, ["uid": 1000, "gid": 29])]
            }
            try require(seen, is: "1000:29", "owner")
        },
        Requirement(.must, "devices.given.elsewhere", section, "Its path may be outside of /dev.") { lab in
            let root = try lab.privateRoot()
            let seen = try lab.output("stat -c '%F %t:%T' /opt/deep/given") {
                $0["root.path"] = root
                $0["linux.devices"] = [device("/opt/deep/given", "c", 1, 5)]
            }
            try require(seen, is: "character special file 1:5", "the device")
        },
        Requirement(.must, "devices.given.otherFile", section, "A file at its path that is no such device is an error.") { lab in
            let root = try lab.privateRoot()
            try lab.host("sh", "-c", "mkdir \(root)/opt && echo x > \(root)/opt/given")
            try lab.refuses("a device where a file is") {
                $0["root.path"] = root
                $0["linux.devices"] = [device("/opt/given")]
            }
        },
        Requirement(.must, "devices.type.unknown", "config.md, Valid values", "A type that does not exist is an error.") { lab in
            try lab.refuses("the type x") { $0["linux.devices"] = [device("/dev/given", "x")] }
        },
        Requirement(.must, "devices.path.missing", section, "path is required.") { lab in
            try lab.refuses("a device without path") { $0["linux.devices"] = [["type": "c", "major": 1, "minor": 3] as JSON] }
        },
        Requirement(.must, "devices.path.link", section, "A link in its path does not lead out of the root.") { lab in
            let root = try lab.privateRoot()
            let outside = try lab.folder("outside")
            try FileManager.default.createSymbolicLink(atPath: "\(root)/link", withDestinationPath: "../../..\(outside)")
            try lab.works()
            _ = try lab.run("true") {
                $0["root.path"] = root
                $0["linux.devices"] = [device("/link/node")]
            }
            try require(!Machine.exists("\(outside)/node"), "a node was made on the host")
        },
        Requirement(.may, "devices.links", "runc", "/dev/fd, stdin, stdout, stderr lead to the process's descriptors.") { lab in
            let seen = try lab.output("readlink /dev/fd; readlink /dev/stdin; readlink /dev/stdout; readlink /dev/stderr")
            try require(seen, is: "/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2", "links")
        },
    ]
}
