import Foundation

/// config.md, POSIX-platform Mounts: uidMappings and gidMappings, idmap and ridmap.
enum MountMappingRequirements {
    private static let section = "config.md, POSIX-platform Mounts"
    private static let map = [["containerID": 0, "hostID": 5000, "size": 1000]]

    private static func mount(_ source: String, _ options: [String], uids: Any?, gids: Any?) -> JSON {
        var mount = Config.mount("/mnt", "none", options, from: source)
        mount["uidMappings"] = uids
        mount["gidMappings"] = gids
        return mount
    }

    /// A directory with a file of user 7's and group 8's.
    private static func source(_ lab: Lab) throws -> String {
        let source = try lab.folder("source")
        chown(try lab.write("x", to: "source/file"), 7, 8)
        return source
    }

    static let all: [Requirement] = [
        Requirement(.should, "mounts.idmap", section, "idmap with both maps: files have the mapped owners.") { lab in
            let source = try source(lab)
            let seen = try lab.output("stat -c %u:%g /mnt/file") {
                $0.add("mounts", mount(source, ["bind", "idmap"], uids: map, gids: map))
            }
            try require(seen, is: "5007:5008", "owner")
            try require(try lab.host("stat", "-c", "%u:%g", "\(source)/file"), is: "7:8", "owner on the host")
        },
        Requirement(.should, "mounts.ridmap", section, "ridmap maps the mounts below as well.") { lab in
            let source = try MountRequirements.nested(lab)
            chown("\(source)/below/mark", 7, 8)
            let seen = try lab.output("stat -c %u:%g /mnt/below/mark") {
                $0.add("mounts", mount(source, ["rbind", "ridmap"], uids: map, gids: map))
            }
            try require(seen, is: "5007:5008", "owner")
        },
        Requirement(
            .must, "mounts.idmap.noMap", "config.md, Linux mount options",
            "idmap without maps and without a user namespace is an error."
        ) { lab in
            let source = try source(lab)
            try lab.refuses("idmap without a map") { $0.bind(source, "/mnt", ["idmap"]) }
        },
        Requirement(
            .may, "mounts.idmap.container", "config.md, Linux mount options",
            "idmap without maps takes those of the container's user namespace."
        ) { lab in
            let source = try source(lab)
            let seen = try lab.output("stat -c %u:%g /mnt/file") {
                $0.userNamespace()
                $0.bind(source, "/mnt", ["idmap"])
            }
            try require(seen, is: "7:8", "owner")
        },
        Requirement(.must, "mounts.idmap.bothMaps", section, "uidMappings without gidMappings is an error.") { lab in
            let source = try source(lab)
            try lab.refuses("a map of users alone") { $0.add("mounts", mount(source, ["bind", "idmap"], uids: map, gids: nil)) }
        },
        Requirement(.must, "mounts.idmap.bothMaps.gid", section, "gidMappings without uidMappings is an error.") { lab in
            let source = try source(lab)
            try lab.refuses("a map of groups alone") { $0.add("mounts", mount(source, ["bind", "idmap"], uids: nil, gids: map)) }
        },
    ]
}
