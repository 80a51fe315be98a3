/// A `.container` file, as podman's systemd generator takes it, made a service that runs hako. podman-systemd.unit(5).
package struct ContainerUnit {
    /// `web`, of `web.container`.
    private let name: String
    private let file: UnitFile
    /// The whole path of hako, and its global flags.
    private let hako: [String]

    package init(name: String, text: String, hako: [String]) throws(EngineError) {
        self.name = name
        self.hako = hako
        file = try UnitFile(text)
        guard file.sections.contains(where: { $0.name == "Container" }) else { throw EngineError("there is no [Container]") }
    }

    /// Each value a flag of `run`.
    private static let values: [String: String] = [
        "AddHost": "--add-host", "Annotation": "--annotation", "AddDevice": "--device", "DNS": "--dns",
        "DNSOption": "--dns-option",
        "DNSSearch": "--dns-search", "ExposeHostPort": "--expose", "IP": "--ip", "IP6": "--ip6",
        "NetworkAlias": "--network-alias",
        "Entrypoint": "--entrypoint", "EnvironmentFile": "--env-file",
        "GIDMap": "--gidmap", "GroupAdd": "--group-add", "HealthCmd": "--health-cmd", "HealthInterval": "--health-interval",
        "HealthOnFailure": "--health-on-failure", "HealthRetries": "--health-retries",
        "HealthStartPeriod": "--health-start-period",
        "HealthTimeout": "--health-timeout", "HostName": "--hostname", "LogDriver": "--log-driver", "LogOpt": "--log-opt",
        "Memory": "--memory", "Mount": "--mount", "Network": "--network", "PidsLimit": "--pids-limit", "PublishPort": "--publish",
        "Pull": "--pull", "Secret": "--secret", "ShmSize": "--shm-size", "StopSignal": "--stop-signal",
        "StopTimeout": "--stop-timeout", "Timezone": "--timezone", "Tmpfs": "--tmpfs", "UIDMap": "--uidmap", "Ulimit": "--ulimit",
        "UserNS": "--userns", "Volume": "--volume", "WorkingDir": "--workdir",
    ]
    /// Each word of a value a flag.
    private static let lists: [String: String] = [
        "AddCapability": "--cap-add", "DropCapability": "--cap-drop", "Environment": "--env", "Label": "--label",
        "Sysctl": "--sysctl",
    ]
    private static let switches: [String: [String]] = [
        "ReadOnly": ["--read-only"], "RunInit": ["--init"], "NoNewPrivileges": ["--security-opt", "no-new-privileges"],
    ]
    private static let security: [String: String] = ["Mask": "mask=", "Unmask": "unmask=", "SeccompProfile": "seccomp="]
    /// Looked at on their own.
    private static let others: Set<String> = ["Image", "Rootfs", "Exec", "ContainerName", "User", "Group", "PodmanArgs"]

    /// The service.
    ///
    /// - Throws: for a key that is not known or not supported.
    package func service() throws(EngineError) -> String {
        let container = value("ContainerName") ?? "systemd-\(name)"
        let program = hako.map(SystemdUnit.quoted).joined(separator: " ")
        let words = ["run", "--name", container, "--replace", "--rm"] + (try flags()) + (try command())
        var made = file
        for index in made.sections.indices where made.sections[index].name == "Container" {
            made.sections[index].name = "X-Container"
        }
        var service = UnitFile.Section(name: "Service")
        let given = Set(file.entries("Service").map(\.key))
        for (key, text) in [
            ("Type", "exec"), ("KillMode", "mixed"), ("SyslogIdentifier", "%N"),
            ("ExecStart", "\(program) \(words.map(SystemdUnit.quoted).joined(separator: " "))"),
            ("ExecStop", "\(program) stop \(SystemdUnit.quoted(container))"),
            ("ExecStopPost", "-\(program) rm --force \(SystemdUnit.quoted(container))"),
        ] where !given.contains(key) {
            service.entries.append(.init(key: key, value: text))
        }
        made.sections.append(service)
        return "# Made of \(name).container by hako generate quadlet.\n" + made.text
    }

    /// The targets that want it: a generator makes their links itself.
    package var wantedBy: [String] {
        file.entries("Install").filter { $0.key == "WantedBy" }.flatMap { $0.value.split(separator: " ").map(String.init) }
    }

    private func value(_ key: String) -> String? { file.entries("Container").last { $0.key == key }?.value }

    private func flags() throws(EngineError) -> [String] {
        var flags: [String] = []
        if value("LogDriver") == nil { flags += ["--log-driver", "passthrough"] }
        for entry in file.entries("Container") where !Self.others.contains(entry.key) {
            if let flag = Self.values[entry.key] {
                flags += [flag, entry.value]
            } else if let flag = Self.lists[entry.key] {
                for word in try UnitFile.words(entry.value) { flags += [flag, word] }
            } else if let words = Self.switches[entry.key] {
                guard let isOn = Numbers.boolean(entry.value) else { throw EngineError("\(entry.key): it is true or false") }
                if isOn { flags += words }
            } else if let option = Self.security[entry.key] {
                flags += ["--security-opt", option + entry.value]
            } else {
                throw EngineError("[Container] \(entry.key) is not supported")
            }
        }
        if let user = value("User") { flags += ["--user", user + (value("Group").map { ":\($0)" } ?? "")] }
        for entry in file.entries("Container") where entry.key == "PodmanArgs" { flags += try UnitFile.words(entry.value) }
        return flags
    }

    private func command() throws(EngineError) -> [String] {
        let exec = try value("Exec").map { text throws(EngineError) in try UnitFile.words(text) } ?? []
        switch (value("Image"), value("Rootfs")) {
        case (let image?, nil): return [image] + exec
        case (nil, let root?): return ["--rootfs", root] + exec
        default: throw EngineError("[Container] needs an Image or a Rootfs, and not both")
        }
    }
}
