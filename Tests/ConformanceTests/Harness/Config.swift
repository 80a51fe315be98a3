import Foundation

typealias JSON = [String: Any]

/// A config.json: one that every runtime takes, to be changed by each requirement.
struct Config {
    var json: JSON

    init(args: [String], rootfs: String, cgroupsPath: String) {
        let capabilities = [
            "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_MKNOD", "CAP_NET_BIND_SERVICE", "CAP_SETGID",
            "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
        ]
        json = [
            "ociVersion": "1.0.2",
            "root": ["path": rootfs, "readonly": false] as JSON,
            "hostname": "conformance",
            "process": [
                "terminal": false, "cwd": "/", "args": args, "user": ["uid": 0, "gid": 0],
                "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
                "capabilities": ["bounding": capabilities, "effective": capabilities, "permitted": capabilities],
            ] as JSON,
            "mounts": [
                Self.mount("/proc", "proc"),
                Self.mount("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
                Self.mount("/dev/pts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]),
                Self.mount("/dev/shm", "tmpfs", ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
                Self.mount("/sys", "sysfs", ["nosuid", "noexec", "nodev", "ro"]),
            ],
            "linux": [
                "cgroupsPath": cgroupsPath,
                "namespaces": ["pid", "mount", "ipc", "uts", "network"].map { ["type": $0] },
            ] as JSON,
        ]
    }

    static func mount(_ destination: String, _ type: String, _ options: [String] = [], from source: String? = nil) -> JSON {
        ["destination": destination, "type": type, "source": source ?? type, "options": options]
    }

    /// A value by its path: `process.user.uid`. Setting nil takes it away.
    subscript(path: String) -> Any? {
        get { Self.get(json, path.split(separator: ".")[...]) }
        set { json = Self.set(json, path.split(separator: ".")[...], newValue) }
    }

    private static func get(_ object: JSON, _ path: ArraySlice<Substring>) -> Any? {
        guard let first = path.first else { return object }
        let value = object[String(first)]
        return path.count == 1 ? value : get(value as? JSON ?? [:], path.dropFirst())
    }

    private static func set(_ object: JSON, _ path: ArraySlice<Substring>, _ value: Any?) -> JSON {
        var object = object
        guard let first = path.first.map(String.init) else { return object }
        object[first] = path.count == 1 ? value : set(object[first] as? JSON ?? [:], path.dropFirst(), value)
        return object
    }

    /// One more element of a list, which is made if it is not there.
    mutating func add(_ path: String, _ element: Any) { self[path] = (self[path] as? [Any] ?? []) + [element] }

    mutating func mount(_ destination: String, _ type: String, _ options: [String] = [], from source: String? = nil) {
        add("mounts", Self.mount(destination, type, options, from: source))
    }

    /// Adds a bind mount.
    mutating func bind(_ source: String, _ destination: String, _ options: [String] = []) {
        add("mounts", Self.mount(destination, "none", ["bind"] + options, from: source))
    }

    mutating func namespace(_ type: String, path: String? = nil) {
        without(namespace: type)
        add("linux.namespaces", path.map { ["type": type, "path": $0] } ?? ["type": type])
    }

    mutating func without(namespace type: String) {
        let all = self["linux.namespaces"] as? [[String: String]] ?? []
        self["linux.namespaces"] = all.filter { $0["type"] != type }
    }

    /// A user namespace whose root is the host's user 100000.
    mutating func userNamespace() {
        namespace("user")
        let map: [JSON] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
        self["linux.uidMappings"] = map
        self["linux.gidMappings"] = map
    }

    /// All five sets, unless named otherwise.
    mutating func capabilities(_ names: [String], sets: [String] = ["bounding", "effective", "permitted"]) {
        self["process.capabilities"] = Dictionary(uniqueKeysWithValues: sets.map { ($0, names) })
    }

    /// One more hook of a kind that runs a shell script.
    mutating func hook(_ kind: String, _ script: String, _ more: JSON = [:]) {
        let base: JSON = ["path": "/bin/sh", "args": ["sh", "-c", script], "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]]
        add("hooks.\(kind)", base.merging(more) { $1 })
    }
}
