package import JSON
internal import Linux
internal import OCI
internal import Runtime

/// What `hako info` tells: of this hako, of what it keeps, and of the machine.
package enum SystemFacts {
    package static func json(_ engine: Engine) throws(EngineError) -> JSONValue {
        [
            "Version": .string(RuntimeVersion.number), "OCIVersion": .string(RuntimeVersion.specification),
            "Containers": try containers(engine), "Images": JSONValue(whole: try engine.images.all().count),
            "Volumes": JSONValue(whole: try engine.volumes.all().count),
            "Secrets": JSONValue(whole: try engine.secrets.all().count),
            "Storage": storage(engine), "Cgroups": try cgroups(), "Security": security(), "Runtime": try runtime(),
            "Host": host(),
        ]
    }

    private static func containers(_ engine: Engine) throws(EngineError) -> JSONValue {
        var (running, paused, stopped) = (0, 0, 0)
        for record in try engine.store.all() {
            switch try engine.status(record.id) {
            case .running, .restarting: running += 1
            case .paused: paused += 1
            case .created, .exited: stopped += 1
            }
        }
        return [
            "Total": JSONValue(whole: running + paused + stopped), "Running": JSONValue(whole: running),
            "Paused": JSONValue(whole: paused), "Stopped": JSONValue(whole: stopped),
        ]
    }

    private static func storage(_ engine: Engine) -> JSONValue {
        let type = try? File.fileSystem(engine.locations.root)
        return [
            "Driver": "overlay", "BackingFilesystem": .string(type.map(name) ?? "unknown"),
            "Root": .string(engine.locations.root),
            "State": .string(engine.locations.state), "VolumeDrivers": ["local"], "SecretDrivers": ["file"],
            "LogDrivers": JSONValue(LogRequest.drivers),
        ]
    }

    private static func name(_ type: FileSystemType) -> String {
        switch type.magic {
        case 0xef53: "extfs"
        case 0x9123_683e: "btrfs"
        case 0x5846_5342: "xfs"
        case 0x2fc1_2fc1: "zfs"
        case 0x6969: "nfs"
        case FileSystemType.tmpfs.magic: "tmpfs"
        case FileSystemType.overlay.magic: "overlay"
        default: "0x" + String(type.magic, radix: 16)
        }
    }

    private static func cgroups() throws(EngineError) -> JSONValue {
        let host: CgroupHost
        do throws(RuntimeError) { host = try CgroupHost.detect(rootless: !Engine.isPrivileged) } catch {
            throw EngineError(error.message)
        }
        let hierarchies = host.v1 + (host.v2.map { [$0] } ?? [])
        // One of systemd's own, `name=systemd`, controls nothing.
        let controllers = Set(hierarchies.flatMap(\.controllers)).filter { !$0.hasPrefix("name=") }.sorted()
        return [
            "Version": .string(host.isHybrid ? "1 and 2 (hybrid)" : host.v2 != nil ? "2" : host.v1.isEmpty ? "none" : "1"),
            "Driver": "cgroupfs", "Controllers": JSONValue(controllers),
            "Limits": JSONValue(
                ["cpu", "cpuset", "memory", "pids", "io", "blkio"].filter {
                    host.canLimit($0, rootless: !Engine.isPrivileged)
                }),
        ]
    }

    private static func security() -> JSONValue {
        let maps = Engine.isPrivileged ? nil : ContainerIdentity.ownMaps()
        return [
            "Rootless": .bool(!Engine.isPrivileged),
            "UserNamespace": .string(
                Engine.isPrivileged
                    ? "a range of ids for each container" : maps == nil ? "one id: this user's" : "this user's subordinate ids"),
            "SubordinateIDs": JSONValue(whole: (maps?.uids ?? []).dropFirst().reduce(0) { $0 + Int($1.size) }),
            "Seccomp": "the built-in profile", "AppArmor": .bool(File.exists("/sys/kernel/security/apparmor/profiles")),
            "SELinux": .bool(HostFacts.hasSELinux), "Capabilities": JSONValue(SecurityDefaults.capabilities),
        ]
    }

    private static func runtime() throws(EngineError) -> JSONValue {
        ["Name": "hako-runtime", "Path": .string(try MonitorLaunch.runtimeProgram()), "Version": .string(RuntimeVersion.number)]
    }

    private static func host() -> JSONValue {
        let memory = table("/proc/meminfo", separator: ":")
        func bytes(_ key: String) -> JSONValue {
            let text = memory[key]?.split(separator: " ").first ?? "0"
            return .integer((Int64(text) ?? 0) * 1024)
        }
        func line(_ path: String) -> String { (try? File.readText(path, limit: 4096)) ?? "" }
        let processors = ((try? File.readText("/proc/cpuinfo")) ?? "").split(separator: "\n").count { $0.hasPrefix("processor") }
        let uptime = line("/proc/uptime").prefix { $0 != "." }
        return [
            "Hostname": .string(HostFacts.hostname), "Kernel": .string(line("/proc/sys/kernel/osrelease")),
            "OperatingSystem": .string(
                table("/etc/os-release", separator: "=")["PRETTY_NAME"]?.split(separator: "\"").first.map(String.init)
                    ?? "unknown"),
            "Architecture": .string(Platform.current.architecture), "CPUs": JSONValue(whole: processors),
            "MemTotal": bytes("MemTotal"), "MemAvailable": bytes("MemAvailable"), "SwapTotal": bytes("SwapTotal"),
            "SwapFree": bytes("SwapFree"), "Uptime": .integer(Int64(uptime) ?? 0),
        ]
    }

    /// Lines of a name and a value.
    private static func table(_ path: String, separator: Character) -> [String: String] {
        var table: [String: String] = [:]
        for line in ((try? File.readText(path)) ?? "").split(separator: "\n") {
            let pair = line.split(separator: separator, maxSplits: 1)
            if pair.count == 2 { table[String(pair[0])] = String(pair[1].drop { $0 == " " }) }
        }
        return table
    }
}
